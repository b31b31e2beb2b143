package archipel.functions;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.mango.Selector;
import archipel.view.BuiltinReducer;
import archipel.view.DesignDocument;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * What a design document has to be like to be stored, in CouchDB's order and with its texts: the types of what has a
 * meaning, then that views have maps, then that maps and reduces compile. Everything else is compiled when it is first
 * called.
 */
final class DesignCheck {
    private static final String FUNCTION = "object or string";
    private static final String ANY = "*";

    private final JsonNode design;
    private final String database;
    private final FunctionEngine engine;
    private final String language;

    /** @param database whatever tells its database from others */
    DesignCheck(JsonNode design, String database, FunctionEngine engine) {
        this.design = design;
        this.database = database;
        this.engine = engine;
        this.language = DesignDocument.language(design);
    }

    /** @throws RequestException 400 */
    void run() {
        types();
        JsonNode views = design.get("views");
        if (views != null) {
            views.properties().forEach(view -> requireMap(view.getKey(), view.getValue()));
        }
        if (design.path("options").path("partitioned").asBoolean(false)) {
            throw new RequestException(ErrorCode.DESIGN_PARTITIONED);
        }
        if (language.equals("query")) {
            JsonNode validation = design.get("validate_doc_update");
            if (validation != null && validation.isObject()) {
                Selector.compile(validation);
            }
        }
        if (views != null && (language.equals("query") || DesignDocument.isJavaScript(language))) {
            for (Map.Entry<String, JsonNode> view : views.properties()) {
                if (!view.getKey().equals("lib")) {
                    functions(view.getKey(), view.getValue());
                }
            }
        }
    }

    private void types() {
        boolean query = language.equals("query");
        require(FUNCTION, "filters", ANY);
        require("string", "language");
        require(FUNCTION, "lists", ANY);
        require("object", "options");
        require("boolean", "options", "include_design");
        require("boolean", "options", "local_seq");
        require("boolean", "options", "partitioned");
        require("string or array", "rewrites");
        require(FUNCTION, "shows", ANY);
        require(FUNCTION, "updates", ANY);
        JsonNode validation = design.get("validate_doc_update");
        if (!query || validation == null || !validation.isObject()) {
            require("string", "validate_doc_update");
        }
        require("object", "views", "lib");
        require(query ? "object" : "string", "views", ANY, "map");
        require("string", "views", ANY, "reduce");
    }

    /** That what stands at the path, if anything does, has the type, and all on the way to it are objects. */
    private void require(String type, String... path) {
        require(design, type, List.of(path), "");
    }

    private static void require(JsonNode within, String type, List<String> path, String above) {
        String name = path.getFirst();
        List<String> rest = path.subList(1, path.size());
        for (String key : name.equals(ANY) ? List.copyOf(within.propertyNames()) : List.of(name)) {
            JsonNode value = within.get(key);
            if (value == null) {
                continue;
            }
            String wanted = rest.isEmpty() ? type : "object";
            if (!is(value, wanted)) {
                throw new RequestException(ErrorCode.DESIGN_FIELD_TYPE, above + key, wanted);
            }
            if (!rest.isEmpty()) {
                require(value, type, rest, above + key + ".");
            }
        }
    }

    private static boolean is(JsonNode value, String type) {
        return switch (type) {
            case "string" -> value.isString();
            case "boolean" -> value.isBoolean();
            case "string or array" -> value.isString() || value.isArray();
            case FUNCTION -> value.isObject() || value.isString();
            default -> value.isObject();
        };
    }

    private static void requireMap(String name, JsonNode view) {
        if (!name.equals("lib") && view.get("map") == null) {
            throw new RequestException(ErrorCode.DESIGN_VIEW_WITHOUT_MAP, name);
        }
    }

    private void functions(String name, JsonNode view) {
        boolean compiled = DesignDocument.isJavaScript(language);
        if (compiled) {
            engine.check(database, "map", name, view.path("map").asString(""));
        }
        JsonNode reduce = view.get("reduce");
        if (reduce == null) {
            return;
        }
        String source = reduce.asString("");
        if (source.startsWith("_")) {
            BuiltinReducer.check(source);
        } else if (compiled) {
            engine.check(database, "reduce", name, source);
        }
    }
}
