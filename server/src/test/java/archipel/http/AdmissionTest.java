package archipel.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.Authenticator.Authentication;
import archipel.auth.UserContext;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.health.Health;
import archipel.health.Problem;
import archipel.http.RawClient.Answer;
import archipel.memory.MemoryBudget;
import archipel.memory.Reservation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is let in while memory is taken: requests come before their senders, admins and the health check come last. */
class AdmissionTest {
    private static final long TOTAL = 4 << 20;

    private final MemoryBudget memory = new MemoryBudget(new MemoryBudget.Limits() {
        @Override
        public long totalBytes() {
            return TOTAL;
        }

        @Override
        public int waitMs() {
            return 100;
        }
    });
    private final Health health = new Health();
    private final AtomicInteger slowLogins = new AtomicInteger();
    /** The authenticator waits for it where it has to hash. */
    private volatile CountDownLatch hashed = new CountDownLatch(0);

    private HttpServer server;
    private Reservation taken;

    @BeforeEach
    void fill() {
        server = BareServer.start(
                HttpSettings.DEFAULT,
                health,
                memory,
                credentials -> {
                    String given = credentials.authorization();
                    if (given == null) {
                        return Authentication.ANONYMOUS;
                    }
                    if (given.equals("known admin")) {
                        return new Authentication(new UserContext("root", List.of("_admin"), "default"), null);
                    }
                    if (credentials.knownOnly()) {
                        return Authentication.ANONYMOUS;
                    }
                    slowLogins.incrementAndGet();
                    awaitHashed();
                    if (given.equals("admin")) {
                        return new Authentication(new UserContext("root", List.of("_admin"), "default"), null);
                    }
                    throw new RequestException(ErrorCode.UNAUTHORIZED, "Name or password is incorrect.");
                },
                router -> {
                    router.server("_ok", Access.ANYONE, "GET").get(exchange -> exchange.ok(200));
                    router.server("_session", Access.ANYONE, "POST").on(Verb.POST, Access.OPEN, exchange -> {
                        exchange.body().bytes(1_000);
                        exchange.ok(200);
                    });
                    router.server("_up", Access.ANYONE, "GET").get(exchange -> exchange.ok(200));
                });
        taken = memory.admit(true);
        taken.hold(TOTAL - 64 * 1024);
    }

    @AfterEach
    void stop() {
        taken.close();
        server.close();
    }

    private Answer get(String path, String authorization) throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            String login = authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n";
            return client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n" + login + "\r\n")
                    .read(false);
        }
    }

    @Test
    void full_strangers_areRefusedAdminsAreNot() throws IOException {
        assertEquals(503, get("/_ok", "").status());
        assertEquals(0, slowLogins.get());
        assertEquals(401, get("/_ok", "wrong").status());
        assertEquals(200, get("/_ok", "known admin").status());
        assertEquals(1, slowLogins.get());
        assertEquals(200, get("/_up", "").status());
        taken.release(TOTAL);
        assertEquals(401, get("/_ok", "wrong").status());
        assertEquals(200, get("/_ok", "").status());
    }

    @Test
    void full_admin_getsInWithAPasswordThatIsNotRemembered() throws IOException {
        assertEquals(200, get("/_ok", "admin").status());
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /_session HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}");
            assertEquals(200, client.read(false).status());
        }
    }

    /** Logins take memory and time, so that few are looked at together. */
    @Test
    void full_manyLogins_areLookedAtInFewPlaces() throws Exception {
        hashed = new CountDownLatch(1);
        AtomicInteger refused = new AtomicInteger();
        List<Thread> strangers = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            strangers.add(Thread.startVirtualThread(() -> {
                try {
                    if (get("/_ok", "wrong").status() == 503) {
                        refused.incrementAndGet();
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
        }
        // Of one client a quarter of sixteen.
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> refused.get() == 26);
        assertEquals(4, slowLogins.get());
        hashed.countDown();
        for (Thread stranger : strangers) {
            stranger.join();
        }
        assertEquals(200, get("/_ok", "admin").status());
    }

    private void awaitHashed() {
        try {
            hashed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void full_isReportedAndWithdrawn() throws IOException {
        assertEquals(503, get("/_ok", "").status());
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> health.has(Problem.MEMORY_SHED));
        taken.release(TOTAL);
        assertEquals(200, get("/_ok", "").status());
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> !health.has(Problem.MEMORY_SHED));
        assertTrue(memory.shed() > 0);
    }
}
