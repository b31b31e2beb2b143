package archipel.mango;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.JsonBuffer;
import archipel.document.JsonCollation;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.document.Sha256;
import archipel.index.IndexRow;
import archipel.index.Reducer;
import archipel.view.Emission;
import archipel.view.IndexDefinition;
import archipel.view.Mapper;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The Mango indexes of one design document as an index of rows: to each a view, whose keys are arrays of documents'
 * fields and whose values are null. Definitions that hold the same are equal, whatever they are called.
 */
public final class FieldIndexDefinition implements IndexDefinition {
    /** What design documents with such indexes call their language. */
    public static final String LANGUAGE = "query";

    private static final byte[] NULL = "null".getBytes(US_ASCII);

    private final String designDocument;
    private final List<FieldIndex> indexes = new ArrayList<>();
    private final String signature;

    private FieldIndexDefinition(String designDocument, JsonNode views) {
        this.designDocument = designDocument;
        List<String> names = new ArrayList<>(views.propertyNames());
        names.sort(JsonCollation::compareBytes);
        for (String name : names) {
            FieldIndex index = index(name, views.get(name));
            if (index != null) {
                indexes.add(index);
            }
        }
        this.signature = signed(indexes, JsonCollation.version());
    }

    /**
     * Views that are no such indexes, since somebody wrote them by hand, are passed over.
     *
     * @param designDocument its id
     * @param design its members
     * @return null where it is in another language
     */
    public static @Nullable FieldIndexDefinition of(String designDocument, JsonNode design) {
        JsonNode language = design.get("language");
        if (language == null || !language.isString() || !language.stringValue().equals(LANGUAGE)) {
            return null;
        }
        JsonNode views = design.get("views");
        return new FieldIndexDefinition(
                designDocument, views != null && views.isObject() ? views : JsonNodeFactory.instance.objectNode());
    }

    private @Nullable FieldIndex index(String name, JsonNode view) {
        JsonNode map = view.get("map");
        JsonNode options = view.get("options");
        if (map == null || !map.isObject() || options == null || !options.isObject()) {
            return null;
        }
        SortOrder columns = SortOrder.stored(map.get("fields"));
        // Older indexes name it otherwise.
        JsonNode partial = map.get(map.has("partial_filter_selector") ? "partial_filter_selector" : "selector");
        if (columns == null || partial != null && !partial.isObject()) {
            return null;
        }
        int number = indexes.size();
        if (partial == null || partial.isEmpty()) {
            return new FieldIndex(this, number, name, columns, null, JsonNodeFactory.instance.objectNode());
        }
        try {
            return new FieldIndex(this, number, name, columns, Selector.compile(partial), partial);
        } catch (RequestException e) {
            return null;
        }
    }

    /** @param collation the version of what makes the keys' places */
    static String signed(List<FieldIndex> indexes, String collation) {
        JsonBuffer text = new JsonBuffer().ascii("mango 1 ").ascii(collation);
        for (FieldIndex index : indexes) {
            text.ascii(" [");
            index.columns().fields().forEach(field -> text.string(field).ascii(','));
            text.ascii(']').raw(index.partialJson().toString().getBytes(UTF_8));
        }
        MessageDigest digest = Sha256.begin();
        digest.update(text.array(), 0, text.size());
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    /** By name, in the order of bytes. */
    public List<FieldIndex> indexes() {
        return Collections.unmodifiableList(indexes);
    }

    @Override
    public String signature() {
        return signature;
    }

    @Override
    public String designDocument() {
        return designDocument;
    }

    @Override
    public List<String> views() {
        return indexes.stream().map(FieldIndex::name).toList();
    }

    @Override
    public Mapper mapper(Mapper.Failures failures) {
        return new FieldMapper(indexes.stream().map(IndexedFields::new).toList());
    }

    @Override
    public List<Reducer> reducers() {
        return Collections.nCopies(indexes.size(), new RowCount());
    }

    @Override
    public boolean isReduced(int view) {
        return true;
    }

    @Override
    public String language() {
        return LANGUAGE;
    }

    /** Takes the fields of documents. */
    private static final class FieldMapper implements Mapper {
        private final List<IndexedFields> views;
        private final @Nullable Set<String> members;

        private FieldMapper(List<IndexedFields> views) {
            this.views = views;
            this.members = members(views);
        }

        private static @Nullable Set<String> members(List<IndexedFields> views) {
            Set<String> members = new HashSet<>();
            for (IndexedFields view : views) {
                Set<String> looked = view.members();
                if (looked == null) {
                    return null;
                }
                members.addAll(looked);
            }
            return members;
        }

        @Override
        public List<List<Emission>> map(List<byte[]> documents) {
            List<List<Emission>> emissions = new ArrayList<>(documents.size());
            for (byte[] document : documents) {
                emissions.add(
                        map(members == null ? JsonTree.ofValid(document) : JsonTree.membersOfValid(document, members)));
            }
            return emissions;
        }

        private List<Emission> map(JsonNode document) {
            List<Emission> emissions = new ArrayList<>(views.size());
            for (int view = 0; view < views.size(); view++) {
                ArrayNode key = views.get(view).key(document);
                if (key != null) {
                    emissions.add(new Emission(view, key.toString().getBytes(UTF_8), NULL));
                }
            }
            return emissions;
        }
    }

    /** CouchDB's {@code _count}, for those who read such an index as a view. */
    private static final class RowCount implements Reducer {
        @Override
        public byte[] reduce(List<IndexRow> rows) {
            return Integer.toString(rows.size()).getBytes(US_ASCII);
        }

        @Override
        public byte[] rereduce(List<byte[]> reductions) {
            long sum = 0;
            for (byte[] reduction : reductions) {
                sum += Long.parseLong(new String(reduction, US_ASCII));
            }
            return Long.toString(sum).getBytes(US_ASCII);
        }
    }

    /** What a document is indexed by. Safe for concurrent use. */
    static final class IndexedFields {
        private final List<FieldPath> columns;
        private final @Nullable Selector partial;
        private final @Nullable Set<String> members;

        IndexedFields(FieldIndex index) {
            this.columns = index.columns().fields().stream().map(FieldPath::new).toList();
            this.partial = index.partial();
            this.members = members(columns, partial);
        }

        private static @Nullable Set<String> members(List<FieldPath> columns, @Nullable Selector partial) {
            Set<String> members = new HashSet<>();
            columns.forEach(column -> members.add(column.names().getFirst()));
            if (partial != null) {
                Set<String> looked = partial.members();
                if (looked == null) {
                    return null;
                }
                members.addAll(looked);
            }
            return members;
        }

        /** The members of a document, at its top, that are looked at; null for all. */
        @Nullable
        Set<String> members() {
            return members;
        }

        /** The columns' values; null where the document lacks one, or is not to be in the index. */
        @Nullable
        ArrayNode key(JsonNode document) {
            ArrayNode key = JsonNodeFactory.instance.arrayNode();
            for (FieldPath column : columns) {
                if (!(column.find(document) instanceof FieldPath.Present(JsonNode value))) {
                    return null;
                }
                key.add(value);
            }
            return partial == null || partial.matches(document) ? key : null;
        }
    }
}
