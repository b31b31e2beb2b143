package archipel.mango;

import archipel.document.JsonCollation;
import archipel.mango.Condition.Comparison;
import archipel.mango.Plan.Access;
import archipel.mango.Planner.Estimates;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A plan as {@code _explain} shows it: CouchDB's members, and {@code plan} and {@code estimated_rows} of our own. */
final class Explanation {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final FindQuery query;
    private final Plan plan;
    private final Estimates estimates;
    private final long documents;

    /** @param documents how many there are; -1 where that is not said */
    Explanation(FindQuery query, Plan plan, Estimates estimates, long documents) {
        this.query = query;
        this.plan = plan;
        this.estimates = estimates;
        this.documents = documents;
    }

    ObjectNode json(String database) {
        ObjectNode json = NODES.objectNode();
        json.put("dbname", database);
        FieldIndex index = plan.index();
        json.set("index", index == null ? NODES.nullNode() : index.json());
        json.put("partitioned", false);
        json.set("selector", query.selector().json());
        json.set("opts", query.json());
        json.put("limit", query.limit()).put("skip", query.skip());
        if (query.fields().isEmpty()) {
            json.putArray("fields");
        } else {
            query.fields().forEach(json.putArray("fields")::add);
        }
        candidates(json.putArray("index_candidates"));
        hints(json.putArray("selector_hints").addObject());
        if (index != null) {
            arguments(json.putObject("mrargs"), index);
            json.put("covering", plan.isCovering());
        }
        access(json.putObject("plan"));
        return json;
    }

    private void candidates(ArrayNode list) {
        for (Plan.Candidate candidate : plan.candidates()) {
            ObjectNode entry = list.addObject();
            entry.set("index", candidate.index().json());
            ObjectNode analysis = entry.putObject("analysis");
            analysis.put("usable", candidate.usable());
            analysis.putArray("reasons").addObject().put("name", candidate.reason());
            analysis.put("ranking", candidate.ranking()).put("covering", candidate.covering());
            if (candidate.usable()) {
                rows(analysis, estimate(candidate.index()));
            }
        }
    }

    private long estimate(FieldIndex index) {
        return index.isAllDocuments()
                ? documents
                : estimates.rows(
                        index,
                        ColumnEncoding.keys(
                                query.selector().condition(), index.columns().fields()));
    }

    private static void rows(ObjectNode into, long rows) {
        if (rows >= 0) {
            into.put("estimated_rows", rows);
        }
    }

    private void hints(ObjectNode hints) {
        Condition condition = query.selector().condition();
        SortedSet<String> indexable = SelectorFields.indexable(condition);
        SortedSet<String> others = SelectorFields.named(condition);
        others.removeAll(indexable);
        others.remove("");
        hints.put("type", "json");
        indexable.forEach(hints.putArray("indexable_fields")::add);
        others.forEach(hints.putArray("unindexable_fields")::add);
    }

    private void arguments(ObjectNode arguments, FieldIndex index) {
        boolean nothing = plan.access() instanceof Access.Nothing;
        boolean descending = query.sort().descending() && !plan.sorts();
        Condition condition = query.selector().condition();
        JsonNode start = nothing ? NODES.nullNode() : Bounds.start(index, condition);
        JsonNode end = nothing ? NODES.nullNode() : Bounds.end(index, condition);
        arguments.put("include_docs", query.r() == 1 && !plan.isCovering());
        arguments.put("view_type", "map").put("reduce", false).putNull("partition");
        arguments.set("start_key", descending ? end : start);
        arguments.set("end_key", descending ? start : end);
        arguments.put("direction", descending ? "rev" : "fwd");
        arguments.put("stable", query.stable()).put("update", query.update());
        if (query.conflicts()) {
            arguments.put("conflicts", true);
        } else {
            arguments.put("conflicts", "undefined");
        }
    }

    /** What CouchDB has no word for. */
    private void access(ObjectNode into) {
        switch (plan.access()) {
            case Access.Nothing nothing -> into.put("access", "nothing");
            case Access.Documents walk ->
                into.put("access", "documents")
                        .put("ranges", walk.ids().ranges().size());
            case Access.Keys keys ->
                into.put("access", "index").put("ranges", keys.keys().ranges().size());
            case Access.Union union -> {
                into.put("access", "union");
                ArrayNode walks = into.putArray("indexes");
                for (Access.Keys keys : union.walks()) {
                    ObjectNode walk = walks.addObject();
                    walk.put("ddoc", keys.index().designDocument());
                    walk.put("name", keys.index().name());
                    walk.put("ranges", keys.keys().ranges().size());
                    rows(walk, estimates.rows(keys.index(), keys.keys()));
                }
            }
        }
        String order = query.sort().isEmpty() ? "none" : plan.sorts() ? "memory" : "index";
        into.put("sort", plan.index() == null ? "impossible" : order);
        rows(into, plan.estimatedRows());
        if (documents >= 0) {
            into.put("documents", documents);
        }
    }

    /**
     * The keys between which CouchDB would walk through an index, as {@code _explain} shows them; the ranges that are
     * walked here are as narrow or narrower.
     */
    static final class Bounds {
        private static final String MAXIMUM = "<MAX>";
        private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

        private @Nullable JsonNode low;
        private @Nullable JsonNode high;
        private boolean bounded;

        /** Of one field, from all conditions on it that have to hold together. */
        private static Bounds of(Condition condition, String field) {
            Bounds bounds = new Bounds();
            bounds.narrow(condition, field);
            return bounds;
        }

        private void narrow(Condition condition, String field) {
            if (condition instanceof Condition.Every every) {
                every.conditions().forEach(each -> narrow(each, field));
            } else if (condition instanceof Condition.Field at
                    && at.path().toString().equals(field)
                    && SelectorFields.isIndexable(at.condition())) {
                bounded = true;
                narrow(at.condition());
            }
        }

        private void narrow(Condition condition) {
            if (condition instanceof Condition.BeginsWith begins) {
                raise(NODES.stringNode(begins.prefix()));
                lower(NODES.stringNode(begins.prefix() + '\uFFFF'));
            } else if (condition instanceof Condition.Compare compare) {
                Comparison comparison = compare.comparison();
                if (comparison == Comparison.EQUAL
                        || comparison == Comparison.GREATER
                        || comparison == Comparison.GREATER_OR_EQUAL) {
                    raise(compare.argument());
                }
                if (comparison == Comparison.EQUAL
                        || comparison == Comparison.LESS
                        || comparison == Comparison.LESS_OR_EQUAL) {
                    lower(compare.argument());
                }
            }
        }

        private void raise(JsonNode value) {
            low = low == null || JsonCollation.compare(value, low) > 0 ? value : low;
        }

        private void lower(JsonNode value) {
            high = high == null || JsonCollation.compare(value, high) < 0 ? value : high;
        }

        /** Where the walk begins, going up: an array of values, or for the documents themselves one value. */
        static JsonNode start(FieldIndex index, Condition condition) {
            if (index.isAllDocuments()) {
                JsonNode low = of(condition, "_id").low;
                return low == null ? NODES.nullNode() : low;
            }
            ArrayNode key = NODES.arrayNode();
            for (String column : index.columns().fields()) {
                JsonNode low = of(condition, column).low;
                if (low == null) {
                    break;
                }
                key.add(low);
            }
            return key;
        }

        /** Where it ends, going up. */
        static JsonNode end(FieldIndex index, Condition condition) {
            if (index.isAllDocuments()) {
                JsonNode high = of(condition, "_id").high;
                return high == null ? NODES.stringNode(MAXIMUM) : high;
            }
            ArrayNode key = NODES.arrayNode();
            List<String> columns = index.columns().fields();
            for (String column : columns) {
                Bounds bounds = of(condition, column);
                if (!bounds.bounded || bounds.high == null) {
                    return key.add(MAXIMUM);
                }
                key.add(bounds.high);
            }
            return key.add(MAXIMUM);
        }
    }
}
