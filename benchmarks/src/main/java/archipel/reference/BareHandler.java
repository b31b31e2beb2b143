package archipel.reference;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * A process with Helidon's web server and handlers that do next to nothing: {@code GET} gives a constant of 1 KB,
 * {@code PUT} reads its body and acknowledges it. Prints its port,
 * and ends with its standard input.
 */
public final class BareHandler {
    private static final byte[] ACKNOWLEDGED =
            "{\"ok\":true,\"id\":\"0\",\"rev\":\"1-0\"}\n".getBytes(StandardCharsets.US_ASCII);

    private BareHandler() {}

    public static void main(String[] arguments) throws IOException {
        byte[] document = ("{\"text\":\"" + "x".repeat(1012) + "\"}\n").getBytes(StandardCharsets.US_ASCII);
        WebServer server = WebServer.builder()
                .host("127.0.0.1")
                .port(0)
                .routing(routing -> routing.get("/*", (request, response) -> {
                            response.header(HeaderNames.CONTENT_TYPE, "application/json");
                            response.send(document);
                        })
                        .put("/*", (request, response) -> {
                            try (InputStream body = request.content().inputStream()) {
                                body.readAllBytes();
                            }
                            response.status(Status.CREATED_201);
                            response.header(HeaderNames.CONTENT_TYPE, "application/json");
                            response.send(ACKNOWLEDGED);
                        }))
                .build()
                .start();
        System.out.println(server.port());
        while (System.in.read() >= 0) {
            continue;
        }
        server.stop();
    }
}
