package archipel.nemesis;

import archipel.cluster.ServerProcess;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Requests to nodes, and what is known where no answer comes. Safe for use by many threads. */
final class NodeClient implements AutoCloseable {
    static final JsonMapper JSON = new JsonMapper();

    private static final Duration CONNECT = Duration.ofSeconds(2);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
    private volatile List<String> urls = List.of();

    /** A block of a database. */
    record Head(long number, String hash) {}

    /** @param block of which the answer is, where it names one */
    record Answer(int status, String body, @Nullable Head block) {
        /** What the body says; an empty object where it is no JSON. */
        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (JacksonException other) {
                return JSON.createObjectNode();
            }
        }

        boolean isSuccess() {
            return status / 100 == 2;
        }

        /** Whether the answer itself says that nobody knows whether the write is done. */
        boolean isUndecided() {
            return status == 503
                    && (json().path("error").asString("").equals("write_undecided")
                            || json().path("reason").asString("").equals("This was applied before."));
        }

        /** Whether it refuses because the node cannot do it now, or does too much at once. */
        boolean isUnavailable() {
            return status == 503 || status == 429;
        }

        String reason() {
            return status + " " + json().path("reason").asString(body);
        }
    }

    /** From now on these are the nodes, by number. */
    void serve(List<String> nodes) {
        urls = List.copyOf(nodes);
    }

    int nodes() {
        return urls.size();
    }

    /** Whether a request that failed so never got to the node. */
    static boolean neverSent(IOException failure) {
        return failure instanceof ConnectException || failure instanceof HttpConnectTimeoutException;
    }

    /**
     * @param most until the answer begins, and twice that until it ends
     * @param headers names, each with its value behind it
     */
    Answer send(int node, String method, String path, String body, Duration most, String... headers)
            throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(urls.get(node) + path))
                .header("Authorization", ServerProcess.authorization())
                .timeout(most)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        CompletableFuture<HttpResponse<String>> pending = http.sendAsync(request.build(), BodyHandlers.ofString());
        try {
            HttpResponse<String> answer = pending.get(2 * most.toMillis(), TimeUnit.MILLISECONDS);
            return new Answer(
                    answer.statusCode(),
                    answer.body(),
                    answer.headers()
                            .firstValue("Archipel-Block")
                            .map(NodeClient::head)
                            .orElse(null));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IOException(e.getCause());
        } catch (TimeoutException e) {
            pending.cancel(true);
            throw new HttpTimeoutException("the answer does not end");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    private static Head head(String text) {
        int dash = text.indexOf('-');
        return new Head(Long.parseLong(text.substring(0, dash)), text.substring(dash + 1));
    }

    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
