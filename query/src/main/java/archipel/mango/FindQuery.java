package archipel.mango;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code _find} and {@code _explain} are asked for.
 *
 * @param useIndex nothing, a design document, or a design document and the name of an index in it
 * @param bookmark as it came; empty for none
 * @param fields names; none for whole documents
 * @param update whether an index is brought up to date first
 * @param allowFallback whether another index than the one named may be used
 */
public record FindQuery(
        Selector selector,
        List<String> useIndex,
        String bookmark,
        long limit,
        long skip,
        SortOrder sort,
        List<String> fields,
        Projection projection,
        long r,
        boolean conflicts,
        JsonNode stale,
        boolean update,
        boolean stable,
        boolean executionStats,
        boolean allowFallback) {
    private static final String PREFIX = "_design/";

    /** @throws RequestException 400 with CouchDB's texts, for the first member that is wrong in CouchDB's order */
    public static FindQuery parse(ObjectNode body, long defaultLimit) {
        Members members = new Members(body);
        Selector selector = Selector.compile(members.required("selector"));
        List<String> useIndex = useIndex(members.take("use_index"));
        JsonNode bookmark = members.take("bookmark");
        if (bookmark != null && !bookmark.isString() && !bookmark.isNull()) {
            throw new RequestException(ErrorCode.QUERY_BOOKMARK, ErlangTerm.of(bookmark));
        }
        long limit = members.count("limit", defaultLimit);
        long skip = members.count("skip", 0);
        JsonNode sort = members.take("sort");
        SortOrder order = sort == null ? SortOrder.NONE : SortOrder.parse(sort);
        JsonNode fields = members.take("fields");
        List<String> names = fields == null ? List.of() : fields(fields);
        requireNoPartition(members.take("partition"));
        long r = members.positive("r", 1);
        boolean conflicts = members.bool("conflicts", false);
        JsonNode stale = members.take("stale");
        if (stale != null && !isStale(stale)) {
            throw new RequestException(ErrorCode.QUERY_STALE, ErlangTerm.of(stale));
        }
        boolean update = members.bool("update", true);
        boolean stable = members.bool("stable", false);
        boolean stats = members.bool("execution_stats", false);
        boolean fallback = members.bool("allow_fallback", true);
        members.requireEmpty();
        return new FindQuery(
                selector,
                useIndex,
                bookmark == null || bookmark.isNull() ? "" : given(bookmark.stringValue()),
                limit,
                skip,
                order,
                names,
                Projection.compile(names),
                r,
                conflicts,
                stale == null || stale.isBoolean() ? JsonNodeFactory.instance.booleanNode(false) : stale,
                update && (stale == null || stale.isBoolean()),
                stable,
                stats,
                fallback);
    }

    /** A client that pages sends back what an empty page told it: then there is nowhere to go on from. */
    private static String given(String bookmark) {
        return bookmark.equals(Bookmark.NONE) ? "" : bookmark;
    }

    private static boolean isStale(JsonNode stale) {
        return stale.isString()
                ? stale.stringValue().equals("ok") || stale.stringValue().equals("false")
                : stale.isBoolean() && !stale.booleanValue();
    }

    private static List<String> useIndex(@Nullable JsonNode given) {
        if (given == null || given.isNull()) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        if (given.isString()) {
            names.addAll(List.of(given.stringValue().split("/", -1)));
            if (names.size() > 1 && names.getFirst().equals("_design")) {
                names.removeFirst();
            }
        } else if (given.isArray()) {
            for (JsonNode name : given) {
                if (!name.isString()) {
                    throw new RequestException(ErrorCode.QUERY_INDEX_NAME, ErlangTerm.of(given));
                }
                names.add(name.stringValue());
            }
        } else {
            throw new RequestException(ErrorCode.QUERY_INDEX_NAME, ErlangTerm.of(given));
        }
        if (names.size() > 2) {
            throw new RequestException(ErrorCode.QUERY_INDEX_NAME, ErlangTerm.of(given));
        }
        if (!names.isEmpty() && !names.getFirst().startsWith(PREFIX)) {
            names.set(0, PREFIX + names.getFirst());
        }
        return List.copyOf(names);
    }

    private static List<String> fields(JsonNode fields) {
        if (!fields.isArray()) {
            throw new RequestException(ErrorCode.QUERY_FIELDS, ErlangTerm.of(fields));
        }
        Set<String> names = new LinkedHashSet<>();
        for (JsonNode field : fields) {
            if (!field.isString()) {
                throw new RequestException(ErrorCode.QUERY_FIELD, ErlangTerm.of(field));
            }
            names.add(field.stringValue());
        }
        return List.copyOf(names);
    }

    private static void requireNoPartition(@Nullable JsonNode partition) {
        if (partition == null) {
            return;
        }
        if (!partition.isString()) {
            throw new RequestException(ErrorCode.ILLEGAL_PARTITION);
        }
        if (!partition.stringValue().isEmpty()) {
            throw new RequestException(ErrorCode.NOT_PARTITIONED);
        }
    }

    /** Whether that index is the one named, or one of those in the design document named. */
    boolean names(FieldIndex index) {
        return !useIndex.isEmpty()
                && useIndex.getFirst().equals(index.designDocument())
                && (useIndex.size() == 1 || useIndex.get(1).equals(index.name()));
    }

    /** As {@code _explain} shows it. */
    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        useIndex.forEach(json.putArray("use_index")::add);
        json.put("bookmark", bookmark.isEmpty() ? Bookmark.NONE : bookmark);
        json.put("limit", limit).put("skip", skip);
        json.set("sort", sort.object());
        fields.forEach(json.putArray("fields")::add);
        json.put("partition", "").put("r", r).put("conflicts", conflicts);
        json.set("stale", stale);
        json.put("update", update).put("stable", stable);
        return json.put("execution_stats", executionStats).put("allow_fallback", allowFallback);
    }
}
