package archipel.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The ids that CouchDB 3.5.0 gave to such replications: started there with {@code "continuous":true} on a node whose
 * {@code [couchdb] uuid} was {@value #NODE}, read from the {@code _local_id} of the answers to {@code _replicate}. The
 * filters were stored in {@code _design/f} of the source, once with spaces around a single line and once in three.
 */
class ReplicationIdTest {
    private static final String NODE = "0123456789abcdef0123456789abcdef";
    private static final String SOURCE = "\"http://admin:secret@127.0.0.1:26984/src\"";
    private static final String TARGET = "\"http://admin:secret@127.0.0.1:26984/tgt\"";
    private static final String ONE = "  function(doc, req) { return true; }  ";
    private static final String TWO = "function(doc, req) {\n  return doc.a == req.query.a;\n}";

    static final Settings SETTINGS =
            Settings.of(SettingCatalog.of(List.of(ReplicationSettings.GROUP), Map.of()), Map.of(), Map.of());

    static ReplicationOptions options(String source, String target, String more) {
        String body = "{\"source\":" + source + ",\"target\":" + target + more + "}";
        ReplicationOptions options = ReplicationRequest.parse(JsonTree.parse(body, JsonLimits.DEFAULT), SETTINGS)
                .options();
        assertNotEquals(null, options);
        return options;
    }

    private static String id(String source, String more, @Nullable String code) {
        return ReplicationId.of(NODE, options(source, TARGET, ",\"continuous\":true" + more), "somebody", code)
                .toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\u0001', textBlock = """
            40019cdfe978af707e7250ee33bb2584+continuous               |
            40019cdfe978af707e7250ee33bb2584+continuous+create_target | "create_target":true
            b9d9834db4df8f23496afd56ef369ba5+continuous               | "doc_ids":["b","a","%C3%A9","a"]
            fc7422123654b0a48bd7464d68d9ff8e+continuous               | "doc_ids":[]
            3ada4613dab60fb579d78c7a4ee32748+continuous               | "filter":"_design"
            c36f01582b99bea27549fa29e928e563+continuous               | "winning_revs_only":true
            40019cdfe978af707e7250ee33bb2584+continuous               | "winning_revs_only":false
            40019cdfe978af707e7250ee33bb2584+continuous               | "worker_processes":2,"checkpoint_interval":7
            """)
    void of_options_isCouchDbs(String expected, String options) {
        assertEquals(expected, id(SOURCE, options == null ? "" : "," + options, null));
    }

    @Test
    void of_selector_isCouchDbsOfItsNormalForm() {
        String selector = ",\"selector\":{\"type\":\"a\",\"n\":{\"$gt\":1,\"$lt\":300.5},\"tags\":{\"$in\":[1,2,3]},"
                + "\"$or\":[{\"x.y\":null},{\"z\":\"é\"}]}";
        assertEquals("ada91d1e21f430ce5324315f45a1130c+continuous", id(SOURCE, selector, ""));
    }

    @Test
    void of_filter_isCouchDbsOfItsText() {
        assertEquals("d676236c57e12b302fbc1bfd665ddbef+continuous", id(SOURCE, ",\"filter\":\"f/one\"", ONE));
        String two = ",\"filter\":\"f/two\",\"query_params\":{\"a\":\"1\",\"b\":\"x\"}";
        assertEquals("6da14673d5c2d8d79d90ccc6be82c3cc+continuous", id(SOURCE, two, TWO));
    }

    @Test
    void of_sources_isCouchDbs() {
        Map.of(
                        "{\"url\":\"https://example.invalid/db\"}",
                        "4fda358426fd903b5145a635cca64b27",
                        "{\"url\":\"http://example.invalid:5984/db?x=1\",\"headers\":{\"X-B\":\"2\",\"X-A\":\"1\"}}",
                        "130949422d9fe6f5c8e22edc3a7cf883",
                        "{\"url\":\"http://example.invalid:80/a%2Fb/\","
                                + "\"auth\":{\"basic\":{\"username\":\"ü\",\"password\":\"p\"}}}",
                        "da8f25ef1754f367d23f2b05875649c5",
                        "{\"url\":\"http://u:p@example.invalid:7777\","
                                + "\"headers\":{\"Authorization\":\"Basic dTI6cDI=\"}}",
                        "8048ad8d67318d1a9673ad6bce5b4b30",
                        "\"http://[::1]:5985/db\"",
                        "b47564a09c90c6f12cd6ad4223c6f5ec")
                .forEach((source, id) -> assertEquals(id + "+continuous", id(source, "", ""), source));
    }

    @Test
    void of_anotherPassword_isTheSame() {
        assertEquals(id(SOURCE, "", ""), id("\"http://admin:other@127.0.0.1:26984/src/\"", "", ""));
        assertNotEquals(id(SOURCE, "", ""), id("\"http://other:secret@127.0.0.1:26984/src\"", "", ""));
    }

    /** CouchDB has it in the name since 3.5.1, so that checkpoints of a run from the beginning do not count. */
    @Test
    void of_sinceSequence_isAnother() {
        assertNotEquals(id(SOURCE, "", ""), id(SOURCE, ",\"since_seq\":5", ""));
        assertNotEquals(id(SOURCE, ",\"since_seq\":\"5\"", ""), id(SOURCE, ",\"since_seq\":5", ""));
    }

    @Test
    void of_localEnd_dependsOnTheUser() {
        ReplicationOptions options = options("\"src\"", TARGET, "");
        assertNotEquals(ReplicationId.of(NODE, options, "a", null), ReplicationId.of(NODE, options, "b", null));
        assertEquals(ReplicationId.of(NODE, options, "a", null), ReplicationId.of(NODE, options, "a", null));
    }

    @Test
    void parse_whatWasShown_isTheId() {
        ReplicationId id = new ReplicationId("abc", "+continuous");
        assertEquals(id, ReplicationId.parse(id.toString()));
        assertEquals(new ReplicationId("abc", ""), ReplicationId.parse("abc"));
    }
}
