package archipel.view;

import archipel.document.CanonicalJson;
import archipel.document.ErrorCode;
import archipel.document.JsonCollation;
import archipel.document.RequestException;
import archipel.document.SortKey;
import archipel.index.Reducer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The views of a design document whose language is JavaScript. */
public final class ViewDefinition implements IndexDefinition {
    private static final int SIGNATURE_BYTES = 16;

    private final Scripts scripts;
    private final DesignDocument design;
    private final List<View> views;
    private final boolean designDocuments;
    private final boolean localSequence;
    private final String signature;

    private ViewDefinition(Scripts scripts, DesignDocument design) {
        JsonNode json = design.members();
        this.scripts = scripts;
        this.design = design;
        this.views = views(json.path("views"));
        JsonNode options = json.path("options");
        this.designDocuments = options.path("include_design").asBoolean(false);
        this.localSequence = options.path("local_seq").asBoolean(false);
        this.signature = signature(json, JsonCollation.version());
    }

    /** @throws RequestException 404 {@code missing_named_view} when it has no views */
    static ViewDefinition of(Scripts scripts, DesignDocument design) {
        ViewDefinition definition = new ViewDefinition(scripts, design);
        if (definition.views.isEmpty()) {
            throw new RequestException(ErrorCode.MISSING_NAMED_VIEW);
        }
        return definition;
    }

    private static List<View> views(JsonNode members) {
        List<View> views = new ArrayList<>();
        for (Map.Entry<String, JsonNode> member : members.properties()) {
            JsonNode map = member.getValue().path("map");
            if (map.isString() && !member.getKey().equals("lib")) {
                JsonNode reduce = member.getValue().path("reduce");
                boolean raw = member.getValue()
                        .path("options")
                        .path("collation")
                        .asString("")
                        .equals("raw");
                views.add(new View(
                        member.getKey(), map.stringValue(), reduce.isString() ? reduce.stringValue() : null, raw));
            }
        }
        // By name, since views go by number and equal definitions have equal numbers.
        views.sort(Comparator.comparing(View::name));
        return List.copyOf(views);
    }

    /**
     * Of everything that rows and reductions depend on.
     *
     * @param collation the version of what makes their sort keys
     */
    static String signature(JsonNode json, String collation) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        all.put("format", 1);
        all.put("collation", collation);
        all.set("views", json.path("views"));
        all.set("options", json.path("options").isMissingNode() ? all.nullNode() : json.path("options"));
        byte[] canonical = all.toString().getBytes(StandardCharsets.UTF_8);
        byte[] digest = CanonicalJson.digest(canonical, 0, canonical.length);
        return HexFormat.of().formatHex(digest, 0, SIGNATURE_BYTES);
    }

    @Override
    public String signature() {
        return signature;
    }

    @Override
    public String designDocument() {
        return design.id();
    }

    @Override
    public List<String> views() {
        return views.stream().map(View::name).toList();
    }

    @Override
    public Mapper mapper(Mapper.Failures failures) {
        return scripts.design(design.database(), design.json())
                .mapper(views.stream().map(View::map).toList(), failures);
    }

    @Override
    public List<Reducer> reducers() {
        return views.stream()
                .map(view -> view.reduce == null ? Reducer.NONE : reducer(view.reduce))
                .toList();
    }

    private Reducer reducer(String source) {
        Reducer builtin = BuiltinReducer.of(source);
        return builtin == null
                ? new LimitedReducer(
                        scripts.design(design.database(), design.json()).reducer(source))
                : builtin;
    }

    @Override
    public boolean isReduced(int view) {
        return views.get(view).reduce != null;
    }

    @Override
    public String language() {
        return "javascript";
    }

    @Override
    public byte[] sortKey(int view, JsonNode key) {
        return views.get(view).raw ? SortKey.raw(key) : SortKey.of(key);
    }

    @Override
    public boolean designDocuments() {
        return designDocuments;
    }

    @Override
    public boolean localSequence() {
        return localSequence;
    }

    private record View(String name, String map, @Nullable String reduce, boolean raw) {}
}
