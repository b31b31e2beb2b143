package archipel.feeds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.RequestException;
import archipel.feeds.FeedWriter.Shape;
import org.junit.jupiter.api.Test;

class ChangesQueryTest {
    @Test
    void build_nothingSet_isTheReferencesDefaults() {
        ChangesQuery query = query();
        assertEquals(Shape.NORMAL, query.shape());
        assertEquals("0", query.since());
        assertEquals(ChangesQuery.NO_LIMIT, query.limit());
        assertEquals(0, query.heartbeatMs());
        assertEquals(60_000, query.timeoutMs());
        assertFalse(query.allLeaves());
    }

    @Test
    void set_namesInAnyCase_lastOneWins() {
        ChangesQuery query = query("FEED", "continuous", "feed", "live", "Since", "3-aabbccdd", "last-event-id", "7");
        assertEquals(Shape.CONTINUOUS, query.shape());
        assertEquals("7", query.since());
    }

    @Test
    void set_onlyTrueTurnsOn() {
        assertTrue(query("include_docs", "true").includeDocuments());
        assertFalse(query("include_docs", "1").includeDocuments());
        assertFalse(query("descending", "false").descending());
    }

    @Test
    void set_heartbeatAndTimeout_areBoundedByTheSetting() {
        assertEquals(60_000, query("heartbeat", "true").heartbeatMs());
        assertEquals(60_000, query("heartbeat", "90000").heartbeatMs());
        assertEquals(250, query("heartbeat", "250").heartbeatMs());
        assertEquals(60_000, query("timeout", "120000").timeoutMs());
        assertEquals(0, query("timeout", "0").timeoutMs());
    }

    @Test
    void set_badValues_haveTheReferencesTexts() {
        refused("Supported `feed` types: normal, continuous, live, longpoll, eventsource", "feed", "no");
        refused("The heartbeat value should be a positive integer (in milliseconds).", "heartbeat", "0");
        refused("Invalid heartbeat value. Expecting a positive integer value (in milliseconds).", "heartbeat", "soon");
        refused("invalid_seq_interval", "seq_interval", "0");
        refused("invalid_seq_interval", "seq_interval", "x");
        refused("The `limit` value should be an integer.", "limit", "x");
        refused("The `timeout` value should be an integer.", "timeout", "x");
    }

    @Test
    void since_quotedAsJson_isUnquoted() {
        assertEquals("3-aabbccdd", query("since", "\"3-aabbccdd\"").since());
    }

    @Test
    void setLastEventId_otherFeeds_isPassedOver() {
        ChangesQuery.Builder builder = new ChangesQuery.Builder(60_000);
        builder.set("since", "1");
        builder.setLastEventId("2");
        assertEquals("1", builder.build().since());
        builder.set("feed", "eventsource");
        builder.setLastEventId("2");
        assertEquals("2", builder.build().since());
    }

    private static void refused(String reason, String... parameters) {
        RequestException refusal = assertThrows(RequestException.class, () -> query(parameters));
        assertEquals(400, refusal.code().status());
        assertEquals(reason, refusal.reason());
    }

    private static ChangesQuery query(String... parameters) {
        ChangesQuery.Builder builder = new ChangesQuery.Builder(60_000);
        for (int i = 0; i < parameters.length; i += 2) {
            builder.set(parameters[i], parameters[i + 1]);
        }
        return builder.build();
    }
}
