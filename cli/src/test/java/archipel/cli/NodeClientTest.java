package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.node.Login;
import archipel.node.NodeFailure;
import archipel.node.NodeUrl;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NodeClientTest {
    private static NodeClient client(ScriptedNode node) {
        return new NodeClient(NodeUrl.parse(node.url()), new Login("root", "relax"), Duration.ofMillis(300));
    }

    @Test
    void converse_nodeFallsSilent_isNotWaitedForForEver() throws IOException {
        String line = ScriptedNode.begun("{\"new_bytes\":1,\"of\":2}") + ScriptedNode.STAY;
        try (ScriptedNode node = new ScriptedNode(_ -> line);
                NodeClient client = client(node)) {
            List<String> told = new ArrayList<>();
            IOException silent = assertThrows(
                    IOException.class, () -> client.converse("/_backup", "{}", json -> told.add(json.toString())));
            assertTrue(String.valueOf(silent.getMessage()).startsWith("nothing came for"), silent.getMessage());
            assertEquals(List.of("{\"new_bytes\":1,\"of\":2}"), told);
        }
        try (ScriptedNode node = new ScriptedNode(_ -> ScriptedNode.STAY);
                NodeClient client = client(node)) {
            NodeFailure silent = assertThrows(NodeFailure.class, client::greet);
            assertTrue(String.valueOf(silent.getMessage()).contains("has sent nothing"), silent.getMessage());
        }
    }

    @Test
    void url_parts_areToldApart() {
        assertEquals(new NodeUrl("http://[::1]:5984", null, null), NodeUrl.parse("http://[::1]:5984//"));
        assertEquals(
                new NodeUrl("https://example.org/a/b", "ada", "1:2@+ é"),
                NodeUrl.parse("https://ada:1%3A2%40+%20%C3%A9@example.org/a/b/"));
        assertEquals(new NodeUrl("http://h:1", "ada", null), NodeUrl.parse("http://ada:@h:1"));
        assertEquals(
                "http://h:1/_backup",
                NodeUrl.parse("http://h:1/").resolve("/_backup").toString());
    }

    @Test
    void texts_ofWhatIsSecret_haveNothingOfIt() {
        assertFalse(NodeUrl.parse("http://ada:secret@h").toString().contains("secret"));
        assertFalse(new Login("ada", "secret").toString().contains("secret"));
        assertEquals(
                "Unmatched: 'http://h/', 'https://i'",
                NodeUrl.withoutUserInfo("Unmatched: 'http://ada:se@cret@h/', 'https://bob@i'"));
    }
}
