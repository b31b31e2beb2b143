package archipel.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.ConnectException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NodeUrlTest {
    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1, true, 80",
        "https://127.0.0.1/, true, 443",
        "https://[::1]:6984, true, 6984",
        "HTTPS://example.org/archipel, false, 443"
    })
    void parse_portAndPath_areThoseOfTheUrl(String text, boolean wholeNode, int port) {
        NodeUrl url = NodeUrl.parse(text);
        assertEquals(wholeNode, url.isWholeNode());
        assertEquals(port, url.port());
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1, http://127.0.0.1 (port 80):",
        "https://a/archipel, https://a/archipel (port 443):",
        "http://127.0.0.1:5984/, http://127.0.0.1:5984:"
    })
    void unreachable_refused_namesThePortThatWasTried(String text, String said) {
        String message = String.valueOf(NodeFailure.unreachable(NodeUrl.parse(text), new ConnectException())
                .getMessage());
        assertTrue(message.startsWith("Nothing is listening at " + said + " start the node"), message);
    }
}
