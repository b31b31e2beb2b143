package archipel.mesh;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.JsonBuffer;
import archipel.identity.NodeIdentity;
import java.util.List;
import org.junit.jupiter.api.Test;

class GossipMessageTest {
    private static final NodeRecord RECORD = NodeRecord.sign(NodeIdentity.make(), List.of("http://10.0.0.1:5984/"), 3);

    private static String member() {
        JsonBuffer json = new JsonBuffer();
        Member.joined(RECORD, 2).appendTo(json);
        return new String(json.toByteArray(), UTF_8);
    }

    private static GossipMessage parse(String json) throws MeshViolationException {
        return GossipMessage.parse(json.getBytes(UTF_8), _ -> null);
    }

    @Test
    void parse_all_isRead() throws MeshViolationException {
        GossipMessage told =
                parse("{\"members\":[" + member() + "],\"instance\":\"a1\",\"observed\":\"10.0.0.9\",\"twin\":true,"
                        + "\"later\":{\"x\":[1]},\"proof\":\"p\"}");
        assertEquals(RECORD.id(), told.members().getFirst().id());
        assertEquals(2, told.members().getFirst().epoch());
        assertEquals("a1", told.instance());
        assertEquals("10.0.0.9", told.observed());
        assertTrue(told.twin());
        assertEquals("p", told.proof());
        assertEquals("", parse("{}").proof());
    }

    /** A signature takes as long to check as a thousand other members to read. */
    @Test
    void parse_recordThatIsKnown_isNotCheckedAgain() throws MeshViolationException {
        byte[] json = ("{\"members\":[" + member() + "]}").getBytes(UTF_8);
        GossipMessage told = GossipMessage.parse(json, id -> id.equals(RECORD.id()) ? RECORD : null);
        assertSame(RECORD, told.members().getFirst().record());
        String altered = member().replace("10.0.0.1", "10.0.0.2");
        assertThrows(
                MeshViolationException.class,
                () -> GossipMessage.parse(("{\"members\":[" + altered + "]}").getBytes(UTF_8), _ -> RECORD));
    }

    @Test
    void parse_tooMuch_isAViolation() {
        String tombstone = "{\"id\":\"" + "0".repeat(32) + "\",\"epoch\":1,\"removed\":true}";
        String many = (tombstone + ",").repeat(GossipMessage.MOST_REMOVED) + tombstone;
        assertThrows(MeshViolationException.class, () -> parse("{\"members\":[" + many + "]}"));
        String live = (member() + ",").repeat(GossipMessage.MOST_LIVE) + member();
        assertThrows(
                MeshViolationException.class,
                () -> GossipMessage.parse(("{\"members\":[" + live + "]}").getBytes(UTF_8), _ -> RECORD));
        String large = member().replace("{", "{\"more\":\"" + "x".repeat(10_000) + "\",");
        assertThrows(MeshViolationException.class, () -> parse("{\"members\":[" + large + "]}"));
        for (String name : List.of("instance", "observed", "proof")) {
            String text = "{\"" + name + "\":\"" + "x".repeat(1_000_000) + "\"}";
            assertThrows(MeshViolationException.class, () -> parse(text));
        }
    }

    @Test
    void parse_malformed_isAViolation() {
        for (String json : List.of(
                "", "[]", "{", "{\"members\":[{]}", "{\"members\":[1]}", "{\"instance\":7}", "{\"members\":[{}]}")) {
            assertThrows(MeshViolationException.class, () -> parse(json), json);
        }
    }
}
