package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that need more than the log remembers, while others go on writing: they are sent images. */
final class EnsembleImageTest {
    private static final Duration MOST = Duration.ofSeconds(60);
    private static final String[] DATABASES = {"/sein", "/molene", "/ouessant"};
    private static final int KIBIBYTES = 64;

    private final HttpClient client = HttpClient.newHttpClient();
    private final String text = "0123456789abcdef".repeat(KIBIBYTES << 6);
    private int written;

    @TempDir
    private Path directory;

    @AfterEach
    void stop() {
        client.close();
    }

    private HttpResponse<String> send(ServerProcess node, String method, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest request = node.request(path)
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    private String get(ServerProcess node, String path) throws IOException, InterruptedException {
        return send(node, "GET", path, "").body();
    }

    private void write(ServerProcess node) throws IOException, InterruptedException {
        String path = DATABASES[written % DATABASES.length] + "/doc" + written++;
        HttpResponse<String> answer = send(node, "PUT", path, "{\"text\":\"" + text + "\"}");
        assertEquals(201, answer.statusCode(), answer::body);
    }

    // More than any group's log remembers: each is forgotten up to the time before last.
    private void writeMuch(ServerProcess node) throws IOException, InterruptedException {
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 3 * DATABASES.length * 1024 / KIBIBYTES / 2; i++) {
                write(node);
            }
            Awaitility.await().pollDelay(Duration.ofMillis(1_200)).until(() -> true);
        }
    }

    private void assertCatchesUp(ServerProcess from, ServerProcess node) {
        Awaitility.await().atMost(MOST).ignoreExceptions().untilAsserted(() -> {
            for (String database : DATABASES) {
                assertEquals(get(from, database + "/_blocks?limit=5&descending=true"), newest(node, database));
            }
        });
    }

    private String newest(ServerProcess node, String database) throws IOException, InterruptedException {
        return get(node, database + "/_blocks?limit=5&descending=true");
    }

    @Test
    void member_behindTheLog_isSentImagesWhileWritesGoOn() throws Exception {
        try (EnsembleProcesses ensemble = EnsembleProcesses.start(
                directory, 3, options -> options.withJvm("-Xmx256m").with("ensemble_log_size", "1MiB"))) {
            ServerProcess a = ensemble.member("a");
            ServerProcess c = ensemble.member("c");
            for (String database : DATABASES) {
                assertEquals(201, send(a, "PUT", database, "").statusCode());
            }
            write(a);
            c.kill();
            writeMuch(a);
            whileWriting(a, () -> {
                c.launchAgain();
                c.awaitServing();
                Awaitility.await().atMost(MOST).until(() -> c.countLines("an image of group") > 0);
            });
            assertCatchesUp(a, c);
            assertTrue(get(a, "/_ensemble").contains("\"images\":[]"), get(a, "/_ensemble"));

            ServerOptions empty = ServerOptions.in(directory.resolve("d")).withJvm("-Xmx256m");
            whileWriting(a, () -> join(a, empty));
            try (ServerProcess d = ServerProcess.start(empty)) {
                Awaitility.await().atMost(MOST).until(() -> d.countLines("an image of group") > 0);
                write(a);
                assertCatchesUp(a, d);
                Awaitility.await().atMost(MOST).until(() -> get(a, "/_ensemble").contains("\"settled\":true"));
            }
        }
    }

    private void join(ServerProcess through, ServerOptions node) throws IOException, InterruptedException {
        Files.createDirectories(node.data());
        Command.run(
                "cannot run archipel",
                directory,
                MOST,
                Map.of("ARCHIPEL_ADMIN_PASSWORD", ServerProcess.PASSWORD, "ARCHIPEL_ENSEMBLE_GROUPS", "3"),
                node.archipel(
                                "ensemble",
                                "join",
                                through.url(),
                                "d=127.0.0.1:" + LoopbackPort.free(),
                                "--data",
                                node.data().toString())
                        .toArray(String[]::new));
    }

    private interface Work {
        void run() throws Exception;
    }

    private void whileWriting(ServerProcess node, Work work) throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        FutureTask<@Nullable Void> writing = new FutureTask<>(() -> {
            while (!done.get()) {
                write(node);
            }
            return null;
        });
        Thread.ofVirtual().name("writer").start(writing);
        try {
            work.run();
        } finally {
            done.set(true);
            writing.get();
        }
    }
}
