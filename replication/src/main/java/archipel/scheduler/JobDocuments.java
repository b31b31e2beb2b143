package archipel.scheduler;

import archipel.access.DocumentOutcome;
import archipel.access.DocumentWrite;
import archipel.auth.UserContext;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.ends.LocalDatabases;
import archipel.engine.Database;
import archipel.memory.Allowance;
import archipel.memory.Reservation;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.scheduler.JobMembers.Fingerprint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads the documents of {@code _replicator}, and notes in them what became of their replications. */
final class JobDocuments {
    private static final Logger LOG = LoggerFactory.getLogger(JobDocuments.class);

    /** How often a note is tried again where somebody else has written the document meanwhile. */
    private static final int TRIES = 20;

    private final LocalDatabases databases;

    JobDocuments(LocalDatabases databases) {
        this.databases = databases;
    }

    /** A document as it is now. @param json without its id and revision */
    record Stored(Revision revision, DocumentBody body) {
        ObjectNode members() {
            return JobMembers.read(body.json());
        }

        Fingerprint fingerprint() {
            return JobMembers.fingerprint(body.json());
        }
    }

    /** Null where there is none. */
    @Nullable
    Stored find(String database, String id) {
        Database found = databases.node().find(database);
        if (found == null) {
            return null;
        }
        try (Reader reader = found.door().newest(Visibility.EVERYTHING)) {
            return find(reader, id);
        } catch (RequestException e) {
            if (e.code() == ErrorCode.NO_DATABASE) {
                return null;
            }
            throw e;
        }
    }

    static @Nullable Stored find(Reader reader, String id) {
        DocumentRecord record = reader.documents().find(id);
        Leaf winner = record == null ? null : record.winner();
        if (record == null || winner == null || winner.deleted()) {
            return null;
        }
        DocumentBody body = reader.documents().body(record, winner.revision());
        return body == null ? null : new Stored(winner.revision(), body);
    }

    /**
     * Notes that all is copied.
     *
     * @return false where the document asks for something else by now, so that nothing is noted
     */
    boolean completed(JobOrigin.Document origin, JobInfo info, Instant started, Instant now) {
        Map<String, byte @Nullable []> changes = state("completed", now);
        changes.put(JobMembers.STATE_REASON, null);
        changes.put(JobMembers.STATISTICS, statistics(info, started));
        return note(origin, changes);
    }

    /** Notes that it cannot be done, and is not tried again. */
    boolean failed(JobOrigin.Document origin, String reason, Instant now) {
        LOG.warn("Replication of document {} in {} failed: {}", origin.id(), origin.database(), reason);
        Map<String, byte @Nullable []> changes = state("failed", now);
        changes.put(JobMembers.STATISTICS, null);
        changes.put(JobMembers.STATE_REASON, string(reason));
        return note(origin, changes);
    }

    /** Notes that it is about to run. */
    void triggered(JobOrigin.Document origin, String id, Instant now) {
        Map<String, byte @Nullable []> changes = state("triggered", now);
        changes.put(JobMembers.STATE_REASON, null);
        changes.put(JobMembers.REPLICATION_ID, string(id));
        changes.put(JobMembers.STATISTICS, null);
        note(origin, changes);
    }

    /** Notes that it failed for now. */
    void error(JobOrigin.Document origin, @Nullable String id, String reason, Instant now) {
        Map<String, byte @Nullable []> changes = state("error", now);
        changes.put(JobMembers.STATE_REASON, string(reason));
        changes.put(JobMembers.STATISTICS, null);
        changes.put(JobMembers.REPLICATION_ID, id == null ? new byte[] {'n', 'u', 'l', 'l'} : string(id));
        note(origin, changes);
    }

    private static Map<String, byte @Nullable []> state(String state, Instant now) {
        Map<String, byte @Nullable []> changes = new LinkedHashMap<>();
        changes.put(JobMembers.STATE, string(state));
        changes.put(JobMembers.STATE_TIME, string(time(now)));
        return changes;
    }

    private static byte[] string(String text) {
        return new JsonBuffer(text.length() + 16).string(text).toByteArray();
    }

    static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static byte[] statistics(JobInfo info, Instant started) {
        JsonBuffer json = new JsonBuffer(512).ascii('{');
        info.appendTo(json);
        return json.ascii(",\"start_time\":").string(time(started)).ascii('}').toByteArray();
    }

    /**
     * Changes members of a document that still asks for the same, whatever else somebody has changed in it.
     *
     * @return false where it does not, or where another node leads by now, whose job this is then
     */
    private boolean note(JobOrigin.Document origin, Map<String, byte @Nullable []> changes) {
        return withMemory(() -> {
            for (int tried = 0; tried < TRIES; tried++) {
                Database database = databases.node().find(origin.database());
                Stored stored = database == null ? null : find(origin.database(), origin.id());
                if (database == null || stored == null || !stored.fingerprint().equals(origin.fingerprint())) {
                    return false;
                }
                if (isNoted(stored, changes)) {
                    return true;
                }
                switch (write(database, origin, stored, changes)) {
                    case DONE -> {
                        return true;
                    }
                    case CEDED -> {
                        return false;
                    }
                    case CONFLICT -> {
                        continue;
                    }
                }
            }
            throw new RequestException(ErrorCode.CONFLICT);
        });
    }

    /** What became of a note. */
    private enum Written {
        DONE,
        CONFLICT,
        /** Another node leads. */
        CEDED
    }

    private static boolean isNoted(Stored stored, Map<String, byte @Nullable []> changes) {
        byte[] state = changes.get(JobMembers.STATE);
        String before = JobMembers.text(stored.members(), JobMembers.STATE);
        return before != null
                && state != null
                && Arrays.equals(string(before), state)
                && changes.get(JobMembers.STATE_REASON) == null
                && changes.get(JobMembers.STATISTICS) == null;
    }

    private Written write(
            Database database, JobOrigin.Document origin, Stored stored, Map<String, byte @Nullable []> changes) {
        byte[] json = JobMembers.changed(stored.body().json(), changes);
        ParsedDocument document = new ParsedDocument(origin.id(), stored.revision(), false, null, List.of(), json);
        DocumentWrite write =
                DocumentWrite.of(origin.id(), document, stored.body().attachments());
        try {
            return database.inTerm(origin.term(), () -> write(database, write));
        } catch (RequestException e) {
            if (e.code() == ErrorCode.STALE_TERM) {
                LOG.debug("Document {} in {} is left to the node that leads now.", origin.id(), database.name());
                return Written.CEDED;
            }
            throw e;
        }
    }

    private Written write(Database database, DocumentWrite write) {
        try {
            DocumentOutcome outcome = databases
                    .writes()
                    .write(database, UserContext.NODE, List.of(write), false)
                    .documents()
                    .getFirst();
            return switch (outcome) {
                case DocumentOutcome.Stored _ -> Written.DONE;
                case DocumentOutcome.Refused refused -> {
                    if (refused.refusal().code() == ErrorCode.CONFLICT) {
                        yield Written.CONFLICT;
                    }
                    // A validation function that lets nobody change it, which must not keep others from replicating.
                    LOG.warn(
                            "What became of document {} in {} cannot be noted: {}",
                            outcome.id(),
                            database.name(),
                            refused.refusal().toString());
                    yield Written.DONE;
                }
                case DocumentOutcome.Failed failed -> throw failed.cause();
                case DocumentOutcome.Untried untried -> throw new IllegalStateException(untried.toString());
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With memory of its own, as a request of an admin would have. */
    <T extends @Nullable Object> T withMemory(Supplier<T> work) {
        try (Reservation reserved = databases.memory().admit(true)) {
            return ScopedValue.where(Allowance.CURRENT, reserved).call(work::get);
        }
    }
}
