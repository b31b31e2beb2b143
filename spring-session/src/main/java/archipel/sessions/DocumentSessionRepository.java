package archipel.sessions;

import archipel.client.BulkOutcome;
import archipel.client.BulkWrite;
import archipel.client.Cursor;
import archipel.client.Database;
import archipel.client.Document;
import archipel.client.Query;
import archipel.failures.ConflictException;
import archipel.failures.OutcomeUnknownException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.session.FindByIndexNameSessionRepository;
import org.springframework.session.FlushMode;
import org.springframework.session.MapSession;
import org.springframework.session.SaveMode;
import org.springframework.session.SessionIdGenerator;
import org.springframework.session.UuidSessionIdGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sessions in the documents of one database, each under the id that the browser holds. Whoever can read the database
 * can take over sessions: it should be the application's alone.
 *
 * <p>A save writes what was changed of a session over what is stored of it, attribute by attribute, so that requests of
 * one session that run at the same time do not undo each other. A session that was deleted meanwhile stays deleted.
 * Safe for use by many threads; setters are called before the first session.
 */
public final class DocumentSessionRepository implements FindByIndexNameSessionRepository<DocumentSession> {
    private static final Logger LOG = LoggerFactory.getLogger(DocumentSessionRepository.class);
    private static final int LONGEST_ID = 200;
    private static final int MOST_ATTEMPTS = 50;
    private static final int PAGE = 100;

    private final Database database;
    private final InstantSource clock;
    private AttributeCodec codec = new JavaAttributeCodec();
    private SessionIdGenerator ids = UuidSessionIdGenerator.getInstance();
    private SaveMode saveMode = SaveMode.ON_SET_ATTRIBUTE;
    private FlushMode flushMode = FlushMode.ON_SAVE;
    private Duration maxInactive = MapSession.DEFAULT_MAX_INACTIVE_INTERVAL;

    /** @param clock for when sessions expire; those of all servers should agree to within seconds */
    public DocumentSessionRepository(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /** How attributes become bytes; default: Java's serialisation. */
    public void setAttributeCodec(AttributeCodec other) {
        codec = other;
    }

    public void setSessionIdGenerator(SessionIdGenerator other) {
        ids = other;
    }

    /** When attributes count as changed; default: when they are set. */
    public void setSaveMode(SaveMode other) {
        saveMode = other;
    }

    /** When changes are written; default: at the end of a request. */
    public void setFlushMode(FlushMode other) {
        flushMode = other;
    }

    /** After how long without a request a new session expires; negative for never. */
    public void setDefaultMaxInactiveInterval(Duration interval) {
        maxInactive = interval;
    }

    /** Makes the database and its indexes, unless they are there. */
    public void prepare() {
        database.create();
        database.createIndex("sessions-by-expiry", SessionDocuments.EXPIRES);
        database.createIndex("sessions-by-principal", SessionDocuments.PRINCIPAL);
    }

    private DocumentSession.Rules rules() {
        return new DocumentSession.Rules(saveMode, ids, clock);
    }

    private SessionDocuments documents() {
        return new SessionDocuments(codec);
    }

    @Override
    public DocumentSession createSession() {
        Instant now = clock.instant();
        return flushing(new DocumentSession(rules(), ids.generate(), now, now, maxInactive, true));
    }

    private DocumentSession flushing(DocumentSession session) {
        if (flushMode == FlushMode.IMMEDIATE) {
            save(session);
        }
        return watched(session);
    }

    @Override
    public void save(DocumentSession session) {
        if (!session.isChanged()) {
            return;
        }
        boolean unknown = false;
        for (int attempt = 1; ; attempt++) {
            try {
                if (session.isNew()) {
                    database.create(session.getId(), documents().write(session, null));
                } else {
                    update(session);
                }
                session.saved();
                return;
            } catch (ConflictException | OutcomeUnknownException e) {
                if (attempt == MOST_ATTEMPTS) {
                    throw e;
                }
                unknown |= e instanceof OutcomeUnknownException;
                if (session.isNew() && e instanceof ConflictException) {
                    if (!unknown) {
                        // Somebody else's session, which must not be given to this browser.
                        throw e;
                    }
                    // An attempt before this one has come through.
                    session.found();
                }
                // Writing the same once more comes to the same.
                LOG.debug("session is saved again", e);
            }
        }
    }

    private void update(DocumentSession session) {
        Optional<Document<JsonNode>> stored = database.find(session.storedId(), JsonNode.class);
        if (stored.isEmpty()) {
            // It was invalidated, or has expired, while this request went on.
            return;
        }
        String revision = stored.get().revision();
        ObjectNode document =
                documents().write(session, (ObjectNode) stored.get().value());
        if (session.getId().equals(session.storedId())) {
            database.replace(session.getId(), revision, document);
        } else {
            // The former id must not be good for anything once the new one is.
            database.writeAtomically(
                    new BulkWrite().create(session.getId(), document).delete(session.storedId(), revision));
        }
    }

    @Override
    public @Nullable DocumentSession findById(String id) {
        if (!isPlausible(id)) {
            return null;
        }
        Optional<Document<JsonNode>> stored = database.find(id, JsonNode.class);
        if (stored.isEmpty()) {
            return null;
        }
        DocumentSession session = documents().read(id, stored.get().value(), rules());
        if (session.isExpired()) {
            deleteById(id);
            return null;
        }
        return watched(session);
    }

    private DocumentSession watched(DocumentSession session) {
        if (flushMode == FlushMode.IMMEDIATE) {
            session.onChange(() -> save(session));
        }
        return session;
    }

    /** What a browser sends can be anything; ids of other documents begin with an underscore. */
    private static boolean isPlausible(String id) {
        return !id.isEmpty() && id.length() <= LONGEST_ID && id.charAt(0) != '_';
    }

    @Override
    public void deleteById(String id) {
        if (!isPlausible(id)) {
            return;
        }
        for (int attempt = 1; ; attempt++) {
            Optional<Document<JsonNode>> stored = database.find(id, JsonNode.class);
            if (stored.isEmpty()) {
                return;
            }
            try {
                database.delete(id, stored.get().revision());
                return;
            } catch (ConflictException | OutcomeUnknownException e) {
                if (attempt == MOST_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    @Override
    public Map<String, DocumentSession> findByIndexNameAndIndexValue(String indexName, String indexValue) {
        if (!PRINCIPAL_NAME_INDEX_NAME.equals(indexName)) {
            return Map.of();
        }
        ObjectNode selector = JsonNodeFactory.instance.objectNode().put(SessionDocuments.PRINCIPAL, indexValue);
        Map<String, DocumentSession> sessions = new HashMap<>();
        database.query(Query.where(selector), JsonNode.class).forEachRemaining(document -> {
            DocumentSession session = documents().read(document.id(), document.value(), rules());
            if (!session.isExpired()) {
                sessions.put(document.id(), watched(session));
            }
        });
        return sessions;
    }

    /** Deletes the sessions whose time is over. @return how many */
    public int cleanUpExpiredSessions() {
        ObjectNode selector = JsonNodeFactory.instance.objectNode();
        selector.putObject(SessionDocuments.EXPIRES).put("$lte", clock.millis());
        Cursor<Document<JsonNode>> expired = database.query(
                Query.where(selector).fields(SessionDocuments.EXPIRES).pageSize(PAGE), JsonNode.class);
        int deleted = 0;
        while (expired.hasNext()) {
            BulkWrite write = new BulkWrite();
            for (int i = 0; i < PAGE && expired.hasNext(); i++) {
                Document<JsonNode> document = expired.next();
                write.delete(document.id(), document.revision());
            }
            // One that was used in the last moment conflicts, and stays.
            deleted += (int) database.write(write).stream()
                    .filter(BulkOutcome.Stored.class::isInstance)
                    .count();
        }
        return deleted;
    }
}
