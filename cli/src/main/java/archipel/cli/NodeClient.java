package archipel.cli;

import archipel.node.Login;
import archipel.node.NodeFailure;
import archipel.node.NodeUrl;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks a running node, as a server admin. What fails is a {@link NodeFailure}; a connection that ends in the middle of
 * an answer is an {@link IOException}, because only the caller knows what that means.
 */
final class NodeClient implements AutoCloseable {
    private static final Duration CONNECTING = Duration.ofSeconds(10);
    private static final JsonMapper JSON = new JsonMapper();

    private final NodeUrl url;
    private final Login login;
    private final Duration patience;
    // Follows no redirection: the password is for this node alone.
    private final HttpClient http;

    /** As the other, trusting whom Java trusts. */
    NodeClient(NodeUrl url, Login login, Duration patience) {
        this(url, login, null, patience);
    }

    /**
     * @param trusted what certificates are compared with; null for those that Java trusts
     * @param patience for how long the node may say nothing
     */
    NodeClient(NodeUrl url, Login login, @Nullable SSLContext trusted, Duration patience) {
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECTING);
        this.http = (trusted == null ? builder : builder.sslContext(trusted)).build();
        this.url = url;
        this.login = login;
        this.patience = patience;
    }

    NodeUrl url() {
        return url;
    }

    /** Makes sure that there is a node of Archipel's, without telling it the password unless it asks for one. */
    void greet() throws InterruptedException {
        JsonNode welcome = null;
        try {
            HttpRequest.Builder request = request("/").GET();
            HttpResponse<AnswerLines> response = send(request);
            if (response.statusCode() == 401) {
                response = send(asAdmin(request));
            }
            if (response.statusCode() / 100 == 3 || response.statusCode() == 401) {
                throw refusal(response);
            }
            welcome = json(response);
        } catch (IOException e) {
            // Answers that are no HTTP, or are cut off, are not Archipel's either.
        }
        if (welcome == null || !welcome.path("vendor").path("name").asString("").equals("Archipel")) {
            throw NodeFailure.notArchipel(url);
        }
    }

    /** What is at that path. */
    JsonNode get(String path) throws IOException, InterruptedException {
        HttpResponse<AnswerLines> response = send(asAdmin(request(path).GET()));
        if (response.statusCode() != 200) {
            throw refusal(response);
        }
        JsonNode json = json(response);
        if (json == null) {
            throw new IOException("the response is not JSON");
        }
        return json;
    }

    /**
     * Has the node do something that takes long, and gives the last line it says of it.
     *
     * @param told the lines before that one
     * @throws IOException when there is no last line
     */
    JsonNode converse(String path, String body, Consumer<JsonNode> told) throws IOException, InterruptedException {
        HttpRequest.Builder request = asAdmin(request(path)).header("Content-Type", "application/json");
        HttpResponse<AnswerLines> response = send(request.POST(BodyPublishers.ofString(body)));
        if (response.statusCode() != 200) {
            throw refusal(response);
        }
        AnswerLines lines = response.body();
        for (String line = lines.next(); line != null; line = lines.next()) {
            JsonNode json = parsed(line);
            if (json.has("error")) {
                throw new NodeFailure(url + " failed: " + json.path("reason").asString(""));
            }
            if (json.has("ok")) {
                return json;
            }
            told.accept(json);
        }
        throw new IOException("the response ended early");
    }

    private static JsonNode parsed(String line) throws IOException {
        try {
            return JSON.readTree(line);
        } catch (JacksonException e) {
            throw new IOException("the response was cut off", e);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(url.resolve(path)).timeout(patience).header("Accept", "application/json");
    }

    private HttpRequest.Builder asAdmin(HttpRequest.Builder request) {
        return request.header("Authorization", login.basic());
    }

    private HttpResponse<AnswerLines> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        try {
            return http.send(request.build(), _ -> new AnswerLines(patience));
        } catch (HttpConnectTimeoutException e) {
            throw NodeFailure.unconnected(url, CONNECTING);
        } catch (HttpTimeoutException e) {
            throw NodeFailure.silent(url, patience);
        } catch (ConnectException e) {
            throw NodeFailure.unreachable(url, e);
        } catch (SSLException e) {
            throw NodeFailure.insecure(url, e);
        }
    }

    private NodeFailure refusal(HttpResponse<AnswerLines> response) throws IOException, InterruptedException {
        int status = response.statusCode();
        if (status / 100 == 3) {
            return NodeFailure.redirected(
                    url, status, response.headers().firstValue("Location").orElse(""));
        }
        JsonNode json = json(response);
        String reason = json == null ? "" : json.path("reason").asString("");
        if (status == 401) {
            return new NodeFailure(
                    status,
                    reason,
                    url + " rejected the login as \"" + login.name() + "\" (" + reason + "): give the name and the "
                            + "password of a server admin with --admin and ARCHIPEL_ADMIN_PASSWORD or "
                            + "--admin-password-file, or in the URL.");
        }
        return new NodeFailure(status, reason, url + " refused the request (" + status + "): " + reason);
    }

    /** Null when it is none. */
    private static @Nullable JsonNode json(HttpResponse<AnswerLines> response)
            throws IOException, InterruptedException {
        try {
            return JSON.readTree(response.body().rest());
        } catch (JacksonException e) {
            return null;
        }
    }

    @Override
    public void close() {
        // Not close, which would wait for the rest of an answer that nobody reads any more.
        http.shutdownNow();
    }
}
