package archipel.witness;

import archipel.testimony.Block;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A node by its URL. For any number of threads. */
final class Endpoint implements AutoCloseable {
    private static final Duration MOST_TO_CONNECT = Duration.ofSeconds(5);
    private static final Duration MOST_TO_ANSWER = Duration.ofSeconds(30);

    private final HttpClient client;
    private final String base;
    private final @Nullable String authorization;

    /** @param url of the node, with a name and password in it where it asks for such */
    Endpoint(URI url) {
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(MOST_TO_CONNECT)
                .build();
        String host = url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
        this.base = url.getScheme() + "://" + host + url.getRawPath().replaceAll("/+$", "");
        String user = url.getUserInfo();
        this.authorization = user == null
                ? null
                : "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Sends a request and reads the whole answer.
     *
     * @param path with parameters, from the node's root
     * @param body null for none
     * @throws IOException when no whole answer comes
     */
    Answer send(String method, String path, @Nullable String body, Map<String, String> headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(MOST_TO_ANSWER)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        headers.forEach(request::header);
        HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
        return new Answer(
                response.statusCode(),
                response.headers()
                        .firstValue("Archipel-Block")
                        .map(Block::parse)
                        .orElse(null),
                response.headers().firstValue("ETag").orElse(null),
                response.body());
    }

    /** Whether it is up and says so. */
    boolean isUp() throws InterruptedException {
        try {
            return send("GET", "/_up", null, Map.of()).status() == 200;
        } catch (IOException _) {
            return false;
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
