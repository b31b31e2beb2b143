package archipel.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.Authenticator.Authentication;
import archipel.auth.UserContext;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.health.Health;
import archipel.memory.MemoryBudget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether the sender is asked for again at the end of a body, whichever way it comes. */
class ConfirmationTest {
    private static final UserContext ADA = new UserContext("ada", List.of("old"), "default");
    private static final byte[] TEXT = "{\"a\":\"0123456789\"}".getBytes(StandardCharsets.UTF_8);

    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger taken = new AtomicInteger();
    private volatile boolean revoked;
    private volatile List<String> roles = ADA.roles();
    private HttpServer server;

    @BeforeEach
    void start() {
        server = BareServer.start(
                HttpSettings.DEFAULT,
                new Health(),
                new MemoryBudget(MemoryBudget.Limits.DEFAULT),
                _ -> new Authentication(ADA, null),
                this::present,
                router -> {
                    router.server("_whole", Access.USER, "GET,PUT")
                            .get((request, answer) -> answer.ok(200))
                            .put((request, answer) -> take(request, answer, false));
                    router.server("_stream", Access.USER, "PUT").put((request, answer) -> take(request, answer, true));
                    router.server("_open", Access.USER, "PUT")
                            .on(Verb.PUT, Access.OPEN, (request, answer) -> take(request, answer, false));
                });
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private UserContext present(UserContext user) {
        asked.incrementAndGet();
        if (revoked) {
            throw new RequestException(ErrorCode.CREDENTIALS_REVOKED);
        }
        return new UserContext(user.name(), roles, user.authenticatedBy());
    }

    private void take(Request request, Answer answer, boolean stream) throws IOException {
        begun.incrementAndGet();
        byte[] body =
                stream ? request.body().stream().readAllBytes() : request.body().bytes(1_000);
        assertEquals(TEXT.length, body.length);
        taken.incrementAndGet();
        answer.text(200, "text/plain", String.join(",", request.user().roles()).getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"_whole", "_stream"})
    void slowBody_revokedMeanwhile_isRefusedBeforeItIsTaken(String path) throws IOException {
        for (boolean chunked : new boolean[] {false, true}) {
            for (boolean gzip : new boolean[] {false, true}) {
                revoked = false;
                String what = path + (chunked ? " in chunks" : "") + (gzip ? " gzipped" : "");
                RawClient.Answer answer = slow(path, chunked, gzip, () -> revoked = true);
                assertEquals(401, answer.status(), what);
                assertTrue(answer.text().contains("no longer valid"), answer.text());
                assertEquals(0, taken.get(), what);
            }
        }
    }

    @Test
    void slowBody_otherRolesMeanwhile_goesOnWithThese() throws IOException {
        assertEquals(
                "new",
                slow("_whole", false, false, () -> roles = List.of("new")).text());
    }

    /** Whoever logs in does not need what it has. */
    @Test
    void slowBody_ofWhatIsOpenToAll_isNotAskedFor() throws IOException {
        assertEquals(200, slow("_open", false, false, () -> revoked = true).status());
        assertEquals(0, asked.get());
    }

    @Test
    void quickRequests_areNotAskedFor() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.get("/_whole"); // until everything is loaded
            client.send(head("_whole", false, false, TEXT.length)).send(TEXT).read(false);
            int before = asked.get();
            int quick = 0;
            for (int i = 0; i < 50; i++) {
                Stopwatch stopwatch = new Stopwatch();
                assertEquals(200, client.get("/_whole").status());
                client.send(head("_whole", false, false, TEXT.length)).send(TEXT);
                assertEquals(200, client.read(false).status());
                quick += stopwatch.milliseconds() < 100 ? 1 : 0;
            }
            assertTrue(asked.get() - before <= 50 - quick, asked.get() - before + " of " + (50 - quick) + " slow ones");
        }
    }

    /** Sends the half of a body, the rest after something has happened and so late that it is asked for again. */
    private RawClient.Answer slow(String path, boolean chunked, boolean gzip, Runnable meanwhile) throws IOException {
        byte[] body = gzip ? gzipped(TEXT) : TEXT;
        byte[] first = Arrays.copyOf(body, body.length / 2);
        byte[] last = Arrays.copyOfRange(body, first.length, body.length);
        int before = begun.get();
        try (RawClient client = new RawClient(server.port())) {
            client.send(head(path, chunked, gzip, body.length)).send(chunked ? chunk(first) : first);
            Awaitility.await().until(() -> begun.get() > before);
            Stopwatch waited = new Stopwatch();
            meanwhile.run();
            Awaitility.await().until(() -> waited.milliseconds() > 150);
            client.send(chunked ? chunk(last) : last);
            return client.send(chunked ? "0\r\n\r\n" : "").read(false);
        }
    }

    private static String head(String path, boolean chunked, boolean gzip, int length) {
        return "PUT /" + path + " HTTP/1.1\r\nHost: h\r\n"
                + (chunked ? "Transfer-Encoding: chunked\r\n" : "Content-Length: " + length + "\r\n")
                + (gzip ? "Content-Encoding: gzip\r\n" : "") + "\r\n";
    }

    private static byte[] chunk(byte[] bytes) throws IOException {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        chunk.write((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        chunk.write(bytes);
        chunk.write("\r\n".getBytes(StandardCharsets.US_ASCII));
        return chunk.toByteArray();
    }

    private static byte[] gzipped(byte[] bytes) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
            out.write(bytes);
        }
        return compressed.toByteArray();
    }
}
