package archipel.client;

import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A declarative query, as {@code _find} takes it.
 *
 * @param selector which documents
 * @param fields which of their members; empty for all
 * @param sort members by which they are ordered, ascending; empty for the order of the index
 * @param pageSize how many documents are held in memory at once
 */
public record Query(JsonNode selector, List<String> fields, List<String> sort, int pageSize) {
    private static final int PAGE = 200;

    public Query {
        fields = List.copyOf(fields);
        sort = List.copyOf(sort);
        if (pageSize < 1) {
            throw new IllegalArgumentException("a page has one document at least: " + pageSize);
        }
    }

    public static Query where(JsonNode selector) {
        return new Query(selector, List.of(), List.of(), PAGE);
    }

    /** With only these members; the id and the revision always come. */
    public Query fields(String... names) {
        return new Query(selector, List.of(names), sort, pageSize);
    }

    public Query sortedBy(String... names) {
        return new Query(selector, fields, List.of(names), pageSize);
    }

    public Query pageSize(int count) {
        return new Query(selector, fields, sort, count);
    }
}
