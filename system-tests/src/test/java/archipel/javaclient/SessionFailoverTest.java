package archipel.javaclient;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two web servers behind one address, of which one dies: the session goes on at the other. */
final class SessionFailoverTest {
    @TempDir
    private Path directory;

    /** A web application's process. */
    private record WebServer(Process process, int port) {
        static WebServer start(String addresses, String name) throws IOException {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:+UseSerialGC",
                            "-Xmx128m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            BasketServer.class.getName(),
                            addresses,
                            name)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            BufferedReader output = process.inputReader(UTF_8);
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith("port ")) {
                    return new WebServer(process, Integer.parseInt(line.substring(5)));
                }
            }
            throw new IOException("the web server has ended");
        }
    }

    /** The address that browsers know: passes requests on to the first server that answers. */
    private static HttpServer front(List<Integer> ports, HttpClient client) throws IOException {
        HttpServer front = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        front.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            for (int port : ports) {
                try (exchange) {
                    pass(exchange, port, body, client);
                    return;
                } catch (java.net.ConnectException away) {
                    ports.remove(Integer.valueOf(port));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        front.start();
        return front;
    }

    private static void pass(HttpExchange exchange, int port, byte[] body, HttpClient client)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + port + exchange.getRequestURI()))
                .method(exchange.getRequestMethod(), BodyPublishers.ofByteArray(body));
        for (String name : List.of("Cookie", "Content-Type")) {
            String value = exchange.getRequestHeaders().getFirst(name);
            if (value != null) {
                request.header(name, value);
            }
        }
        HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
        List<String> cookies = response.headers().allValues("Set-Cookie");
        if (!cookies.isEmpty()) {
            exchange.getResponseHeaders().put("Set-Cookie", cookies);
        }
        exchange.sendResponseHeaders(response.statusCode(), response.body().length);
        exchange.getResponseBody().write(response.body());
    }

    @Test
    void basket_servingServerIsKilled_isThereOnTheOtherUnderTheSameId() throws Exception {
        try (ServerProcess node = ServerProcess.start(ServerOptions.in(directory));
                HttpClient passing = HttpClient.newHttpClient();
                HttpClient browser = HttpClient.newBuilder()
                        .cookieHandler(new CookieManager())
                        .build()) {
            WebServer first = WebServer.start(node.adminUrl(), "first");
            WebServer second = WebServer.start(node.adminUrl(), "second");
            HttpServer front = front(new CopyOnWriteArrayList<>(List.of(first.port, second.port)), passing);
            try {
                URI url = URI.create("http://127.0.0.1:" + front.getAddress().getPort() + "/basket");
                String[] put = ask(browser, url, "item=rope").split(" ", 3);
                assertEquals("first", put[0]);
                assertEquals("[rope]", put[2]);
                assertEquals("first " + put[1] + " [rope, lamp]", ask(browser, url, "item=lamp"));

                first.process.destroyForcibly().waitFor();

                assertEquals("second " + put[1] + " [rope, lamp]", ask(browser, url, ""));
                assertEquals("second " + put[1] + " [rope, lamp, chart]", ask(browser, url, "item=chart"));
            } finally {
                front.stop(0);
                first.process.destroyForcibly();
                second.process.destroyForcibly();
            }
        }
    }

    private static String ask(HttpClient browser, URI url, String form) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url);
        if (!form.isEmpty()) {
            request.header("Content-Type", "application/x-www-form-urlencoded").POST(BodyPublishers.ofString(form));
        }
        return browser.send(request.build(), BodyHandlers.ofString()).body();
    }
}
