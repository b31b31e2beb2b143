package archipel.mango;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * An index that a client wants.
 *
 * @param designDocument the id of the design document that is to define it
 * @param definition as the client sent it
 * @param view as it is stored in the design document
 * @param partitioned null where the client does not say
 */
public record IndexRequest(
        String designDocument,
        String name,
        JsonNode definition,
        ObjectNode view,
        @Nullable Boolean partitioned) {
    private static final String PREFIX = "_design/";
    private static final long DEFAULT_QUORUM = 2;

    /** @throws RequestException 400 or 503 with CouchDB's texts */
    public static IndexRequest parse(ObjectNode body) {
        Members members = new Members(body);
        JsonNode definition = members.required("index");
        String type = members.string("type");
        String name = name(members.string("name"));
        String design = name(members.string("ddoc"));
        long quorum = members.positive("w", DEFAULT_QUORUM);
        JsonNode partitioned = members.take("partitioned");
        if (partitioned != null && !partitioned.isBoolean()) {
            throw new RequestException(ErrorCode.QUERY_NOT_BOOLEAN, ErlangTerm.of(partitioned));
        }
        members.requireEmpty();
        requireJson(type == null ? "json" : type);
        String made = name != null && design != null ? "" : madeName(definition, design, name, partitioned, quorum);
        String id = design == null ? made : design;
        id = id.startsWith(PREFIX) ? id : PREFIX + id;
        if (id.equals(PREFIX)) {
            throw new RequestException(ErrorCode.DOCUMENT_ID_INCOMPLETE, PREFIX);
        }
        if (partitioned != null && partitioned.booleanValue()) {
            throw new RequestException(ErrorCode.NOT_PARTITIONED);
        }
        return new IndexRequest(
                id,
                name == null ? made : name,
                definition,
                view(definition),
                partitioned == null ? null : partitioned.booleanValue());
    }

    private static @Nullable String name(@Nullable String name) {
        if (name != null && name.isEmpty()) {
            throw new RequestException(ErrorCode.INDEX_NAME_EMPTY);
        }
        return name;
    }

    private static void requireJson(String type) {
        switch (type) {
            case "json" -> {
                // The only kind there is.
            }
            case "text", "nouveau" -> throw new RequestException(ErrorCode.INDEX_SERVICE_MISSING, type);
            default -> throw new RequestException(ErrorCode.INDEX_TYPE, type);
        }
    }

    private static ObjectNode view(JsonNode definition) {
        if (!(definition instanceof ObjectNode object)) {
            throw new RequestException(ErrorCode.INDEX_NOT_OBJECT, ErlangTerm.of(definition));
        }
        Members members = new Members(object);
        SortOrder columns = SortOrder.parse(members.required("fields"));
        JsonNode partial = members.take("partial_filter_selector");
        Selector filter = partial == null ? null : Selector.compile(partial);
        members.requireEmpty();
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        ObjectNode map = view.putObject("map");
        map.set("fields", columns.object());
        map.set("partial_filter_selector", filter == null ? JsonNodeFactory.instance.objectNode() : filter.json());
        view.put("reduce", "_count");
        view.putObject("options").set("def", definition);
        return view;
    }

    /** The name that CouchDB 3.5 makes for an index without one, so that the same request finds the same index. */
    private static String madeName(
            JsonNode definition,
            @Nullable String design,
            @Nullable String name,
            @Nullable JsonNode partitioned,
            long quorum) {
        ErlangFormat term = new ErlangFormat().begin().tuple(2).json(definition).list(6);
        option(term, "ddoc", design);
        term.tuple(2).atom("def").json(definition);
        option(term, "name", name);
        term.tuple(2).atom("partitioned").atom(partitioned == null ? "db_default" : partitioned.toString());
        option(term, "type", "json");
        term.tuple(2)
                .atom("w")
                .json(JsonNodeFactory.instance.numberNode(quorum))
                .nil();
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(term.bytes()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    private static void option(ErlangFormat term, String key, @Nullable String value) {
        term.tuple(2).atom(key);
        if (value == null) {
            term.atom("auto_name");
        } else {
            term.binary(value);
        }
    }

    /**
     * The design document with the index in it; null where it has it already.
     *
     * @param existing the members of the one there is; null for none
     * @throws RequestException 400 where that is in another language
     */
    public @Nullable ObjectNode addTo(@Nullable ObjectNode existing) {
        ObjectNode document = existing == null ? JsonNodeFactory.instance.objectNode() : existing.deepCopy();
        if (existing == null) {
            document.put("language", "query");
        }
        requireQueries(document);
        JsonNode partitionedNow = document.path("options").path("partitioned");
        if (existing != null && partitioned != null && partitionedNow.asBoolean(false) != partitioned) {
            throw new RequestException(ErrorCode.INDEX_PARTITIONED, designDocument);
        }
        ObjectNode views = document.get("views") instanceof ObjectNode there ? there : document.putObject("views");
        JsonNode before = views.get(name);
        if (view.equals(before)) {
            return null;
        }
        views.set(name, view);
        if (partitioned != null && !document.has("options")) {
            document.putObject("options").put("partitioned", partitioned);
        }
        return document;
    }

    private static void requireQueries(ObjectNode document) {
        JsonNode language = document.get("language");
        if (language == null || !language.isString() || !language.stringValue().equals("query")) {
            String shown = language == null
                    ? "false"
                    : "{" + ErlangTerm.of(text("language")) + "," + ErlangTerm.of(language) + "}";
            throw new RequestException(ErrorCode.INDEX_LANGUAGE, shown);
        }
    }

    private static JsonNode text(String text) {
        return JsonNodeFactory.instance.stringNode(text);
    }

    /**
     * The design document without one index, empty where nothing is left of it; null where there is no such index.
     *
     * @param document its members
     */
    public static @Nullable ObjectNode remove(String designDocument, ObjectNode document, String name) {
        FieldIndexDefinition definition = FieldIndexDefinition.of(designDocument, document);
        if (definition == null || !definition.views().contains(name)) {
            return null;
        }
        ObjectNode rest = document.deepCopy();
        ObjectNode views = (ObjectNode) rest.get("views");
        views.remove(name);
        if (views.isEmpty()) {
            rest.remove("views");
        }
        return rest.size() == 1 && rest.has("language") ? JsonNodeFactory.instance.objectNode() : rest;
    }

    /** A design document's id, with or without the prefix. */
    public static String designId(String name) {
        return name.startsWith(PREFIX) ? name : PREFIX + name;
    }

    /**
     * What {@code _bulk_delete} is asked for, as ids of design documents.
     *
     * @throws RequestException 400 with CouchDB's texts
     */
    public static List<String> designIds(ObjectNode body) {
        Members members = new Members(body);
        JsonNode ids = members.required("docids");
        if (!ids.isArray()) {
            throw new RequestException(ErrorCode.INDEX_BULK_DELETE, ErlangTerm.of(ids));
        }
        members.positive("w", DEFAULT_QUORUM);
        members.requireEmpty();
        List<String> names = new ArrayList<>();
        for (JsonNode id : ids) {
            if (!id.isString()) {
                throw new RequestException(ErrorCode.QUERY_INDEX_NAME, ErlangTerm.of(id));
            }
            names.add(designId(id.stringValue()));
        }
        return names;
    }

    /**
     * Values in Erlang's external term format, as {@code term_to_binary} writes them with minor version 1: CouchDB
     * names indexes by its hash. See
     * <a href="https://www.erlang.org/doc/apps/erts/erl_ext_dist.html">External Term Format</a>.
     */
    static final class ErlangFormat {
        private static final int LARGEST_BYTE = 255;

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        ErlangFormat begin() {
            out.write(131);
            return this;
        }

        ErlangFormat tuple(int elements) {
            out.write(104);
            out.write(elements);
            return this;
        }

        ErlangFormat list(int elements) {
            out.write(108);
            out.writeBytes(int4(elements));
            return this;
        }

        /** What ends a list; alone it is the empty one. */
        ErlangFormat nil() {
            out.write(106);
            return this;
        }

        ErlangFormat atom(String name) {
            out.write(100);
            out.write(name.length() >> 8);
            out.write(name.length());
            out.writeBytes(name.getBytes(ISO_8859_1));
            return this;
        }

        ErlangFormat binary(String text) {
            byte[] utf8 = text.getBytes(UTF_8);
            out.write(109);
            out.writeBytes(int4(utf8.length));
            out.writeBytes(utf8);
            return this;
        }

        ErlangFormat json(JsonNode value) {
            switch (value.getNodeType()) {
                case STRING -> binary(value.stringValue());
                case NUMBER -> number(value);
                case ARRAY -> array(value);
                case OBJECT -> {
                    tuple(1);
                    if (!value.isEmpty()) {
                        list(value.size());
                    }
                    for (Map.Entry<String, JsonNode> member : value.properties()) {
                        tuple(2).binary(member.getKey()).json(member.getValue());
                    }
                    nil();
                }
                default -> atom(value.toString());
            }
            return this;
        }

        /** Small numbers alone are a string to Erlang. */
        private void array(JsonNode array) {
            boolean bytes = !array.isEmpty() && array.size() < 1 << 16;
            for (JsonNode element : array) {
                bytes = bytes
                        && element.isIntegralNumber()
                        && element.canConvertToInt()
                        && element.intValue() >= 0
                        && element.intValue() <= LARGEST_BYTE;
            }
            if (bytes) {
                out.write(107);
                out.write(array.size() >> 8);
                out.write(array.size());
                array.forEach(element -> out.write(element.intValue()));
                return;
            }
            if (!array.isEmpty()) {
                list(array.size());
                array.forEach(this::json);
            }
            nil();
        }

        private void number(JsonNode number) {
            if (!number.isIntegralNumber()) {
                out.write(70);
                out.writeBytes(ByteBuffer.allocate(8)
                        .putDouble(number.decimalValue().doubleValue())
                        .array());
            } else if (number.canConvertToInt()) {
                int value = number.intValue();
                if (value >= 0 && value <= LARGEST_BYTE) {
                    out.write(97);
                    out.write(value);
                } else {
                    out.write(98);
                    out.writeBytes(int4(value));
                }
            } else {
                large(number.bigIntegerValue());
            }
        }

        private void large(BigInteger value) {
            byte[] magnitude = value.abs().toByteArray();
            int first = magnitude[0] == 0 ? 1 : 0;
            int length = magnitude.length - first;
            out.write(length <= LARGEST_BYTE ? 110 : 111);
            if (length <= LARGEST_BYTE) {
                out.write(length);
            } else {
                out.writeBytes(int4(length));
            }
            out.write(value.signum() < 0 ? 1 : 0);
            for (int i = magnitude.length - 1; i >= first; i--) {
                out.write(magnitude[i]);
            }
        }

        private static byte[] int4(int value) {
            return ByteBuffer.allocate(4).putInt(value).array();
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }
}
