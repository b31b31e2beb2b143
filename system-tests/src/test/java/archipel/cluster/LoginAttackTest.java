package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.testkit.RawHttp2;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guesses at names and passwords by the thousand, on a small node: those who know theirs get in meanwhile. */
final class LoginAttackTest {
    private static final int USERS = 6;
    private static final int STREAMS = 100;
    private static final int GUESSERS = 40;
    /** Thirty thousand requests at once take two processors a while, on which the guessers run as well. */
    private static final Duration PATIENCE_IN_BURST = Duration.ofSeconds(45);

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicInteger guesses = new AtomicInteger();

    @BeforeAll
    static void allowSockets() throws IOException, InterruptedException {
        OpenFiles.allow(20_000);
    }

    @Test
    void logins_flooded_letThoseInWhoKnowTheirPassword() throws Exception {
        ServerOptions options = SmallNode.options(directory).with("pbkdf2_iterations", "100000");
        try (SmallNode node = SmallNode.start(options)) {
            for (int i = 0; i < USERS; i++) {
                String user =
                        "{\"name\":\"user" + i + "\",\"password\":\"right" + i + "\",\"roles\":[],\"type\":\"user\"}";
                assertEquals(
                        201,
                        node.asAdmin("PUT", "/_users/org.couchdb.user:user" + i, user)
                                .status());
            }
            try (HostileClients clients = new HostileClients(node)) {
                List<Thread> guessers = guess(node);
                try {
                    try (Bystander bystander = Bystander.start(node, "127.0.0.1")) {
                        clients.open(150, "127.0.0.3", LoginAttackTest::guessOnManyStreams);
                        clients.open(150, "127.0.0.4", LoginAttackTest::guessOnManyStreams);
                        assertLogsIn(node, 0, PATIENCE_IN_BURST);
                        bystander.assertServed(PATIENCE_IN_BURST);
                    }
                    try (Bystander bystander = Bystander.start(node, "127.0.0.1")) {
                        for (int i = 1; i < USERS; i++) {
                            assertLogsIn(node, i, PATIENCE);
                        }
                        bystander.assertServed(PATIENCE);
                    }
                } finally {
                    ended.set(true);
                    for (Thread guesser : guessers) {
                        guesser.join();
                    }
                }
            }
            System.out.println(guesses + " guesses were answered over HTTP/1");
            node.awaitRecovered(0);
            assertTrue(node.process().countLines("") < 300, node.process()::lastLines);
        }
    }

    /** For the first time, so that the password has to be hashed. */
    private static void assertLogsIn(SmallNode node, int user, Duration most) throws IOException {
        String body = "{\"name\":\"user" + user + "\",\"password\":\"right" + user + "\"}";
        long start = System.nanoTime();
        SmallNode.Answer answer = node.send("127.0.0.1", "POST", "/_session", null, body);
        long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        System.out.println("user" + user + " logged in after " + tookMs + " ms");
        assertEquals(200, answer.status(), answer.body());
        assertTrue(tookMs < most.toMillis(), "a login took " + tookMs + " ms");
    }

    /** Names that nobody has, and wrong passwords of those that somebody has. */
    private List<Thread> guess(SmallNode node) {
        List<Thread> guessers = new ArrayList<>();
        for (int i = 0; i < GUESSERS; i++) {
            int guesser = i;
            guessers.add(Thread.startVirtualThread(() -> {
                for (int round = 0; !ended.get(); round++) {
                    String name = switch (guesser % 4) {
                        case 0 -> ServerProcess.ADMIN;
                        case 1 -> "user" + round % USERS;
                        default -> "nobody" + guesser + "-" + round;
                    };
                    guess(node, "127.0.0." + (2 + guesser % 3), name, round);
                }
            }));
        }
        return guessers;
    }

    private void guess(SmallNode node, String from, String name, int round) {
        try {
            SmallNode.Answer answer = round % 2 == 0
                    ? node.send(from, "GET", "/calm", name + ":wrong" + round, "")
                    : node.send(
                            from,
                            "POST",
                            "/_session",
                            null,
                            "{\"name\":\"" + name + "\",\"password\":\"wrong" + round + "\"}");
            assertTrue(answer.status() >= 400, answer.body());
            guesses.incrementAndGet();
        } catch (IOException e) {
            // Refused without an answer.
        }
    }

    private static void guessOnManyStreams(Socket socket) throws IOException {
        ByteArrayOutputStream requests = new ByteArrayOutputStream();
        for (int stream = 0; stream < STREAMS; stream++) {
            String name = stream % 2 == 0 ? "user" + stream % USERS : "nobody" + stream;
            requests.writeBytes(
                    RawHttp2.get(2 * stream + 1, "/calm", "authorization", SmallNode.basic(name + ":wrong" + stream)));
        }
        RawHttp2.over(socket).write(requests.toByteArray());
    }
}
