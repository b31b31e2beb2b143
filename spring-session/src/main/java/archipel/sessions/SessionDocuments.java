package archipel.sessions;

import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.session.DelegatingIndexResolver;
import org.springframework.session.FindByIndexNameSessionRepository;
import org.springframework.session.IndexResolver;
import org.springframework.session.PrincipalNameIndexResolver;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Between sessions and documents: {@code created}, {@code accessed} and {@code expires} in milliseconds since the
 * epoch, {@code maxInactive} in seconds, {@code principal}, and {@code attributes} in base 64, each by itself.
 */
final class SessionDocuments {
    static final String EXPIRES = "expires";
    static final String PRINCIPAL = "principal";
    private static final String ATTRIBUTES = "attributes";
    private static final String CREATED = "created";
    private static final String ACCESSED = "accessed";
    private static final String MAX_INACTIVE = "maxInactive";

    /** What Spring finds the user's name in. */
    private static final Set<String> OF_PRINCIPAL =
            Set.of(FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME, "SPRING_SECURITY_CONTEXT");

    private final AttributeCodec codec;
    private final IndexResolver<DocumentSession> indexes =
            new DelegatingIndexResolver<>(new PrincipalNameIndexResolver<>());

    SessionDocuments(AttributeCodec codec) {
        this.codec = codec;
    }

    DocumentSession read(String id, JsonNode document, DocumentSession.Rules rules) {
        DocumentSession session = new DocumentSession(
                rules,
                id,
                Instant.ofEpochMilli(document.path(CREATED).asLong()),
                Instant.ofEpochMilli(document.path(ACCESSED).asLong()),
                Duration.ofSeconds(document.path(MAX_INACTIVE).asLong()),
                false);
        document.path(ATTRIBUTES)
                .properties()
                .forEach(one -> session.restore(
                        one.getKey(),
                        codec,
                        Base64.getDecoder().decode(one.getValue().asString())));
        return session;
    }

    private void writePrincipal(DocumentSession session, ObjectNode document) {
        String principal =
                indexes.resolveIndexesFor(session).get(FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME);
        if (principal == null) {
            document.remove(PRINCIPAL);
        } else {
            document.put(PRINCIPAL, principal);
        }
    }

    /**
     * Writes what this request has changed, and leaves the rest as others have stored it.
     *
     * @param before as it is stored; null for a session that is new
     */
    ObjectNode write(DocumentSession session, @Nullable ObjectNode before) {
        ObjectNode document = before == null ? JsonNodeFactory.instance.objectNode() : before;
        document.put(CREATED, session.getCreationTime().toEpochMilli());
        // Another request of the same session may have been later.
        long accessed = Math.max(
                document.path(ACCESSED).asLong(0), session.getLastAccessedTime().toEpochMilli());
        document.put(ACCESSED, accessed);
        if (before == null || session.isIntervalChanged()) {
            document.put(MAX_INACTIVE, session.getMaxInactiveInterval().toSeconds());
        }
        long seconds = document.path(MAX_INACTIVE).asLong();
        if (seconds < 0) {
            document.remove(EXPIRES);
        } else {
            document.put(EXPIRES, accessed + TimeUnit.SECONDS.toMillis(seconds));
        }
        if (before == null || !Collections.disjoint(session.changedAttributes(), OF_PRINCIPAL)) {
            writePrincipal(session, document);
        }
        ObjectNode attributes = document.withObject(ATTRIBUTES);
        for (String name : session.changedAttributes()) {
            Object value = session.attribute(name);
            if (value == null) {
                attributes.remove(name);
            } else {
                attributes.put(name, Base64.getEncoder().encodeToString(codec.write(value)));
            }
        }
        return document;
    }
}
