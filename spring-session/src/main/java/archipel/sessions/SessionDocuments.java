package archipel.sessions;

import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
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

    /** @param before as it is stored; null for a session that is new */
    ObjectNode write(DocumentSession session, @Nullable ObjectNode before) {
        ObjectNode document = before == null ? JsonNodeFactory.instance.objectNode() : before;
        document.put(CREATED, session.getCreationTime().toEpochMilli());
        // Another request of the same session may have been later.
        long accessed = Math.max(
                document.path(ACCESSED).asLong(0), session.getLastAccessedTime().toEpochMilli());
        document.put(ACCESSED, accessed);
        document.put(MAX_INACTIVE, session.getMaxInactiveInterval().toSeconds());
        if (session.getMaxInactiveInterval().isNegative()) {
            document.remove(EXPIRES);
        } else {
            document.put(EXPIRES, accessed + session.getMaxInactiveInterval().toMillis());
        }
        String principal =
                indexes.resolveIndexesFor(session).get(FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME);
        if (principal == null) {
            document.remove(PRINCIPAL);
        } else {
            document.put(PRINCIPAL, principal);
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
