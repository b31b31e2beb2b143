package archipel.client;

import archipel.calls.Reply;
import archipel.failures.ErrorAnswer;
import archipel.failures.ServerFaultException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Between documents' members and what applications make of them. */
final class Json {
    private static final String ATTACHMENTS = "_attachments";
    private static final JsonMapper EXACT = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final JsonMapper mapper;

    Json(JsonMapper mapper) {
        this.mapper = mapper;
    }

    JsonMapper mapper() {
        return mapper;
    }

    /** @throws JacksonException where it is none */
    JsonNode read(byte[] json) {
        return mapper.readTree(json);
    }

    /** @throws ServerFaultException where it is no JSON */
    JsonNode read(Reply reply) {
        return reply.json(mapper);
    }

    /** As {@link #exactly(byte[])}. @throws ServerFaultException where it is no JSON */
    static JsonNode exactly(Reply reply) {
        return reply.json(EXACT);
    }

    /** With numbers as they stand there, whatever an application's mapper makes of them. */
    static JsonNode exactly(byte[] json) {
        return EXACT.readTree(json);
    }

    /** Whether two trees are the same to a node: numbers of equal value are, however they are held or laid out. */
    static boolean isSame(JsonNode one, JsonNode other) {
        return one.equals(Json::compare, other);
    }

    /** @return 0 for the same; otherwise the order means nothing */
    private static int compare(JsonNode one, JsonNode other) {
        if (one.isNumber() && other.isNumber()) {
            return one.decimalValue().compareTo(other.decimalValue());
        }
        return one.equals(other) ? 0 : 1;
    }

    byte[] bytes(JsonNode json) {
        return mapper.writeValueAsBytes(json);
    }

    /**
     * A document's own members.
     *
     * @param value JSON as bytes or as a tree, or anything that the mapper makes an object of
     * @throws IllegalArgumentException where that is no JSON object
     */
    ObjectNode object(Object value) {
        JsonNode tree;
        try {
            tree = value instanceof byte[] bytes
                    ? EXACT.readTree(bytes)
                    : value instanceof JsonNode node ? node.deepCopy() : mapper.valueToTree(value);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("no JSON can be made of " + value.getClass(), e);
        }
        if (tree instanceof ObjectNode object) {
            return object;
        }
        throw new IllegalArgumentException("a document is a JSON object, which " + value.getClass() + " is not");
    }

    /** The members of a document that are the application's. */
    static ObjectNode own(JsonNode document) {
        ObjectNode own = ((ObjectNode) document).deepCopy();
        own.propertyNames().stream()
                .filter(name -> name.startsWith("_"))
                .toList()
                .forEach(own::remove);
        return own;
    }

    /** A document as a node's answer has it. */
    <T> Document<T> document(Reply reply, Block block, Class<T> type) {
        JsonNode document = type == byte[].class ? exactly(reply) : read(reply);
        if (!document.isObject()) {
            throw new ServerFaultException(
                    reply.what(),
                    new ErrorAnswer(reply.status(), "bad_answer", "The answer is no document.", Map.of()));
        }
        return document(document, block, type);
    }

    /** @throws IllegalArgumentException where its members do not make a value of the type */
    <T> Document<T> document(JsonNode document, Block block, Class<T> type) {
        return new Document<>(
                document.path("_id").asString(""),
                document.path("_rev").asString(""),
                block,
                value(document.path("_id").asString(""), own(document), type),
                stubs(document.path(ATTACHMENTS)));
    }

    private <T> T value(String id, ObjectNode own, Class<T> type) {
        if (type == byte[].class) {
            return type.cast(EXACT.writeValueAsBytes(own));
        }
        if (type.isInstance(own)) {
            return type.cast(own);
        }
        try {
            return mapper.treeToValue(own, type);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(id + " makes no " + type.getName() + ": " + e.getOriginalMessage(), e);
        }
    }

    static Map<String, AttachmentStub> stubs(JsonNode attachments) {
        Map<String, AttachmentStub> stubs = new HashMap<>();
        attachments.properties().forEach(member -> {
            JsonNode stub = member.getValue();
            stubs.put(
                    member.getKey(),
                    new AttachmentStub(
                            stub.path("content_type").asString(""),
                            stub.path("length").asLong(0),
                            stub.path("digest").asString(""),
                            stub.path("revpos").asInt(0)));
        });
        return stubs;
    }

    /** Has a document keep the attachments that it had. */
    static void keep(ObjectNode document, Map<String, AttachmentStub> stubs) {
        if (!stubs.isEmpty()) {
            ObjectNode attachments = document.putObject(ATTACHMENTS);
            stubs.forEach((name, stub) -> attachments
                    .putObject(name)
                    .put("stub", true)
                    .put("content_type", stub.contentType())
                    .put("length", stub.length())
                    .put("digest", stub.digest())
                    .put("revpos", stub.revisionPosition()));
        }
    }

    /** Sets what a request says of the document beside its own members. */
    static ObjectNode envelope(ObjectNode document, String id, @Nullable String revision) {
        document.put("_id", id);
        if (revision != null) {
            document.put("_rev", revision);
        }
        return document;
    }
}
