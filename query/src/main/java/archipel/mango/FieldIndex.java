package archipel.mango;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A place where a query can find documents: an index that a design document defines, or the documents themselves. */
public final class FieldIndex {
    /** Every document, by id. */
    public static final FieldIndex ALL_DOCUMENTS = new FieldIndex(
            null, 0, "_all_docs", new SortOrder(List.of("_id"), false), null, JsonNodeFactory.instance.objectNode());

    private final @Nullable FieldIndexDefinition definition;
    private final int view;
    private final String name;
    private final SortOrder columns;
    private final @Nullable Selector partial;
    private final JsonNode partialJson;

    /**
     * @param definition null for the documents themselves
     * @param view its number in the definition
     * @param columns what the index is sorted by
     * @param partial what documents must match to be in it; null where all are
     * @param partialJson that selector as it is stored; an empty object where all are
     */
    FieldIndex(
            @Nullable FieldIndexDefinition definition,
            int view,
            String name,
            SortOrder columns,
            @Nullable Selector partial,
            JsonNode partialJson) {
        this.definition = definition;
        this.view = view;
        this.name = name;
        this.columns = columns;
        this.partial = partial;
        this.partialJson = partialJson;
    }

    boolean isAllDocuments() {
        return definition == null;
    }

    /** What it is a view of. @throws IllegalStateException for the documents themselves */
    public FieldIndexDefinition definition() {
        if (definition == null) {
            throw new IllegalStateException("documents have no index");
        }
        return definition;
    }

    /** Its number in the definition. */
    public int view() {
        return view;
    }

    /** Its design document's id; null for the documents themselves. */
    public @Nullable String designDocument() {
        return definition == null ? null : definition.designDocument();
    }

    public String name() {
        return name;
    }

    SortOrder columns() {
        return columns;
    }

    @Nullable
    Selector partial() {
        return partial;
    }

    JsonNode partialJson() {
        return partialJson;
    }

    /** Names the walk through it, in bookmarks. */
    String walk() {
        return definition == null ? Bookmark.DOCUMENTS : definition.signature() + view;
    }

    /** As {@code _index} lists it. */
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("ddoc", designDocument());
        json.put("name", name);
        json.put("type", isAllDocuments() ? "special" : "json");
        if (!isAllDocuments()) {
            json.put("partitioned", false);
        }
        ObjectNode shown = json.putObject("def");
        shown.set("fields", columns.list());
        if (!partialJson.isEmpty()) {
            shown.set("partial_filter_selector", partialJson);
        }
        return json;
    }
}
