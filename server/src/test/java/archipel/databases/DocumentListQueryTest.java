package archipel.databases;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.QueryArgument;
import archipel.document.RequestException;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

class DocumentListQueryTest {
    @Test
    void build_nothingSet_isTheWholeOrder() {
        DocumentListQuery query = query();
        assertFalse(query.isEmptyRange());
        assertFalse(query.isPastEnd("z"));
        assertFalse(query.isBeforeStart(""));
        assertEquals(Long.MAX_VALUE, query.limit());
        assertTrue(query.inclusiveEnd());
    }

    @Test
    void isPastEnd_inclusiveOrNotInBothDirections() {
        assertFalse(query("endkey", "\"b\"").isPastEnd("b"));
        assertTrue(query("endkey", "\"b\"").isPastEnd("ba"));
        assertTrue(query("endkey", "\"b\"", "inclusive_end", "false").isPastEnd("b"));
        assertFalse(query("endkey", "\"b\"", "descending", "true").isPastEnd("c"));
        assertTrue(query("endkey", "\"b\"", "descending", "true").isPastEnd("a"));
        assertTrue(query("end_key", "\"b\"", "descending", "true", "inclusive_end", "FALSE")
                .isPastEnd("b"));
    }

    @Test
    void isBeforeStart_bothDirections_isStrict() {
        assertTrue(query("startkey", "\"b\"").isBeforeStart("a"));
        assertFalse(query("startkey", "\"b\"").isBeforeStart("b"));
        assertTrue(query("startkey", "\"b\"", "descending", "true").isBeforeStart("c"));
        assertFalse(query("startkey", "\"b\"", "descending", "true").isBeforeStart("b"));
    }

    @Test
    void isEmptyRange_keysThatAreNoIds_lieBeyondAllIds() {
        assertTrue(query("startkey", "{}").isEmptyRange());
        assertTrue(query("startkey", "[\"a\"]").isEmptyRange());
        assertFalse(query("startkey", "7").isEmptyRange());
        assertFalse(query("endkey", "{}").isEmptyRange());
        assertTrue(query("endkey", "null").isEmptyRange());
        assertTrue(query("key", "1").isEmptyRange());
        assertFalse(query("startkey", "{}", "descending", "true").isEmptyRange());
        assertTrue(query("startkey", "false", "descending", "true").isEmptyRange());
        assertTrue(query("limit", "0").isEmptyRange());
    }

    @Test
    void keys_ofAnyKind_keepOrderAndText() {
        List<ListKey> keys =
                query("keys", "[\"b\", 1.5,[1, 2] ,{\"x\":1},\"a\"]").keys();
        assertNotNull(keys);
        assertEquals(
                List.of("\"b\"", "1.5", "[1,2]", "{\"x\":1}", "\"a\""),
                keys.stream().map(key -> key.json().toString()).toList());
    }

    @Test
    void keys_withOtherBounds_areRefused() {
        String refusal = "`keys` is incompatible with `key`, `start_key` and `end_key`";
        refused(refusal, "keys", "[\"a\",\"b\"]", "key", "\"a\"");
        assertEquals(1, query("keys", "[\"a\"]", "key", "\"a\"").keys().size());
    }

    @Test
    void keys_single_isARangeWhereAskedSo() {
        DocumentListQuery.Builder builder = new DocumentListQuery.Builder(DocumentListQueryTest::json, true);
        builder.set("keys", QueryArgument.ofQuery("[\"a\"]"));
        assertEquals(new ListKey.Id("a"), builder.build().start());
        assertEquals(new ListKey.Id("a"), builder.build().end());
    }

    @Test
    void set_badValues_haveTheReferencesTexts() {
        refused("Invalid boolean parameter: \"x\"", "descending", "x");
        refused("Invalid value for integer: \"x\"", "limit", "x");
        refused("Invalid value for positive integer: \"-1\"", "skip", "-1");
        refused("Invalid value for `stale`.", "stale", "no");
        refused("Invalid value for `stable`.", "stable", "no");
        refused("Invalid value for `update`.", "update", "no");
        refused("Reduce is invalid for map-only views.", "reduce", "true");
        refused("Invalid use of grouping on a map view.", "group", "true");
        refused("`partition` parameter is not supported on this db", "partition", "p");
        refused("`keys` parameter must be an array.", "keys", "{}");
        refused("invalid UTF-8 JSON", "startkey", "\"a");
        refused("invalid UTF-8 JSON", "startkey", "a");
        refused("invalid UTF-8 JSON", "startkey", "1 2");
        refused("invalid UTF-8 JSON", "keys", "[\"a\"]]");
    }

    @Test
    void set_badValuesInABody_areQuotedAsErlangDoes() {
        DocumentListQuery.Builder builder = new DocumentListQuery.Builder(DocumentListQueryTest::json, false);
        RequestException text =
                assertThrows(RequestException.class, () -> builder.set("limit", QueryArgument.ofBody(json("\"x\""))));
        assertEquals("Invalid value for integer: <<\"x\">>", text.reason());
        RequestException number =
                assertThrows(RequestException.class, () -> builder.set("limit", QueryArgument.ofBody(json("-1"))));
        assertEquals("Invalid value for positive integer: -1", number.reason());
    }

    @Test
    void set_hugeLimit_isNoLimit() {
        assertEquals(Long.MAX_VALUE, query("limit", "99999999999999999999").limit());
    }

    @Test
    void set_documentIdBounds_countWhereThereIsNoKey() {
        assertEquals(new ListKey.Id("a"), query("startkey_docid", "a").start());
        assertEquals(
                new ListKey.Id("b"),
                query("startkey", "\"b\"", "startkey_docid", "a").start());
    }

    private static void refused(String reason, String... parameters) {
        RequestException refusal = assertThrows(RequestException.class, () -> query(parameters));
        assertEquals(reason, refusal.reason());
    }

    @Test
    void set_largeMemberOfABody_isNotCopiedAsText() {
        ArrayNode large = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < 100_000; i++) {
            large.add("a key of some length " + i);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        DocumentListQuery.Builder builder = new DocumentListQuery.Builder(DocumentListQueryTest::json, false);
        builder.set("unknown", QueryArgument.ofBody(JsonNodeFactory.instance.arrayNode()));
        long before = threads.getCurrentThreadAllocatedBytes();
        builder.set("unknown", QueryArgument.ofBody(large));
        assertTrue(threads.getCurrentThreadAllocatedBytes() - before < 100_000);
    }

    private static DocumentListQuery query(String... parameters) {
        DocumentListQuery.Builder builder = new DocumentListQuery.Builder(DocumentListQueryTest::json, false);
        for (int i = 0; i < parameters.length; i += 2) {
            builder.set(parameters[i], QueryArgument.ofQuery(parameters[i + 1]));
        }
        return builder.build();
    }

    private static JsonNode json(String text) {
        return JsonTree.parse(text, JsonLimits.DEFAULT);
    }
}
