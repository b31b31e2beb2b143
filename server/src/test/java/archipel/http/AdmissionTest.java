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
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
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
                new HttpSettings() {
                    @Override
                    public long transferTimeoutMs() {
                        return 600_000;
                    }

                    @Override
                    public long minimumBytesPerSecond() {
                        return 0;
                    }
                },
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
                    throw new RequestException(ErrorCode.WRONG_CREDENTIALS);
                },
                router -> {
                    router.server("_ok", Access.ANYONE, "GET").get((_, answer) -> answer.ok(200));
                    router.server("_session", Access.ANYONE, "POST").on(Verb.POST, Access.OPEN, (request, answer) -> {
                        request.body().bytes(1_000);
                        answer.ok(200);
                    });
                    router.server("_open", Access.OPEN, "GET").get((_, answer) -> answer.ok(200));
                    router.server("_up", Access.ANYONE, "GET").get((_, answer) -> answer.ok(200));
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
        assertEquals(200, logIn());
    }

    @Test
    void full_adminWhosePasswordIsNotRemembered_isLookedAtOnce() throws IOException {
        assertEquals(200, get("/_ok", "admin").status());
        assertEquals(1, slowLogins.get());
    }

    /** Such a path takes wrong credentials for none, also where whoever sends them was looked at to be let in. */
    @Test
    void full_wrongPasswordWhereEverybodyMayAsk_isServedOnceThereIsMemory() throws Exception {
        hashed = new CountDownLatch(1);
        FutureTask<Integer> status =
                new FutureTask<>(() -> get("/_open", "wrong").status());
        Thread.ofVirtual().start(status);
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> slowLogins.get() == 1);
        taken.release(TOTAL);
        hashed.countDown();
        assertEquals(200, status.get(1, TimeUnit.MINUTES));
        assertEquals(1, slowLogins.get());
    }

    /** What such a client still sends after its answer is read for a while, without the place. */
    @Test
    void full_refusedLoginsThatSendOn_keepNoPlaces() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                RawClient client = new RawClient(server.port());
                clients.add(client);
                client.send("POST /_session HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\nx");
                assertEquals(413, client.read(false).status());
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void full_loginsThatAreSentSlowly_areBrokenOff() throws IOException {
        List<RawClient> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                RawClient client = new RawClient(server.port());
                slow.add(client);
                client.send("POST /_session HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n\r\nx");
            }
            Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> logIn() == 503);
            Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> {
                drip(slow.getFirst());
                return logIn() == 200;
            });
            for (RawClient client : slow) {
                // To the end of the connection, with an answer or without.
                long _ = client.rest();
            }
        } finally {
            for (RawClient client : slow) {
                client.close();
            }
        }
    }

    private int logIn() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            return client.send("POST /_session HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}")
                    .read(false)
                    .status();
        }
    }

    private static void drip(RawClient client) {
        try {
            client.send("x");
        } catch (IOException e) {
            // Broken off.
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
