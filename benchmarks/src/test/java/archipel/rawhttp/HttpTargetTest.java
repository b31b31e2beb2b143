package archipel.rawhttp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HttpTargetTest {
    @Test
    void parse_urlWithCredentialsAndPath_keepsThemForEveryRequest() {
        HttpTarget target = HttpTarget.parse("http://admin:p%40ss@localhost:5985/couch/");
        String request = new String(target.request("PUT", "/db/id", "{}".getBytes()));

        assertEquals("http://localhost:5985/couch", target.url());
        assertTrue(request.startsWith("PUT /couch/db/id HTTP/1.1\r\nHost: localhost:5985\r\n"), request);
        assertTrue(request.contains("\r\nAuthorization: Basic YWRtaW46cEBzcw==\r\n"), request);
        assertTrue(request.contains("\r\nContent-Length: 2\r\n"), request);
        assertTrue(request.endsWith("\r\n\r\n{}"), request);
    }

    @Test
    void parse_anotherMachine_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> HttpTarget.parse("http://192.0.2.1:5984"));
    }

    @Test
    void parse_notHttp_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> HttpTarget.parse("https://127.0.0.1"));
        assertThrows(IllegalArgumentException.class, () -> HttpTarget.parse("127.0.0.1:5984"));
    }
}
