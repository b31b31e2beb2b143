package archipel.find;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.DocumentGuard;
import archipel.auth.SecurityObject;
import archipel.auth.UserContext;
import archipel.databases.DatabaseEndpoints;
import archipel.databases.IndexCompactor;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.documents.DocumentEndpoints;
import archipel.engine.Database;
import archipel.http.TestServer;
import archipel.view.IndexKeeper;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Queries that take long, what they hold meanwhile, and their clients. */
@Timeout(180)
class GoneFindTest {
    private static final int DOCUMENTS = 1_000;

    private final CountDownLatch indexAsked = new CountDownLatch(1);
    private final CountDownLatch indexGoesOn = new CountDownLatch(1);
    private final CountDownLatch buildGoesOn = new CountDownLatch(1);
    private final CountDownLatch readerGone = new CountDownLatch(1);
    private final CountDownLatch showGoesOn = new CountDownLatch(1);
    private final AtomicInteger shown = new AtomicInteger();

    private TestServer server;
    private IndexKeeper keeper;

    /** A build asks it for the time twice: the query before it begins, its own thread while it goes on. */
    private Instant now() {
        indexAsked.countDown();
        awaitQuietly(Thread.currentThread().getName().startsWith("archipel-index") ? buildGoesOn : indexGoesOn);
        return Instant.now();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertTrue(latch.await(2, TimeUnit.MINUTES));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void start(@TempDir Path directory) {
        keeper = new IndexKeeper(this::now);
        KeptIndexes kept = new KeptIndexes(keeper);
        IndexSource indexes = (database, reader) -> kept.of(database, () -> {
            try {
                return reader.check();
            } catch (IOException e) {
                readerGone.countDown();
                throw e;
            }
        });
        server = new TestServer(directory, SecurityObject.EVERYONE, new SlowGuard(), (router, services) -> {
            DocumentEndpoints.register(router, services, () -> "made");
            DatabaseEndpoints.register(router, services, () -> "made", IndexCompactor.NONE);
            FindEndpoints.register(router, services, indexes);
        });
        server.put("/db", "");
        StringBuilder documents = new StringBuilder("{\"docs\":[{\"n\":0}");
        for (int i = 1; i < DOCUMENTS; i++) {
            documents.append(",{\"_id\":\"%04d\",\"n\":%d}".formatted(i, i));
        }
        assertEquals(201, server.post("/db/_bulk_docs", documents + "]}").status());
    }

    @AfterEach
    void stop() {
        indexGoesOn.countDown();
        buildGoesOn.countDown();
        showGoesOn.countDown();
        keeper.close();
        server.close();
    }

    private Socket find(String body) throws IOException {
        Socket socket = new Socket("127.0.0.1", server.server().port());
        String user = Base64.getEncoder().encodeToString("admin:".getBytes(StandardCharsets.UTF_8));
        String request = "POST /db/_find HTTP/1.1\r\nHost: h\r\nAuthorization: Basic " + user
                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    @Test
    void find_waitsForAnIndex_holdsNothingAndEndsWithItsClient() throws Exception {
        assertEquals(
                200,
                server.post("/db/_index", "{\"index\":{\"fields\":[\"n\"]},\"ddoc\":\"n\"}")
                        .status());
        Socket client = find("{\"selector\":{\"n\":{\"$lt\":3}}}");
        awaitQuietly(indexAsked);
        assertEquals(201, server.put("/db/later", "{}").status());
        assertEquals(0, server.node().oldestSnapshotMs(), "no snapshot is held where the index is waited for");
        indexGoesOn.countDown();
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> !keeper.tasks().isEmpty());
        client.close();
        assertTrue(readerGone.await(1, TimeUnit.MINUTES), "the query looks at its client");
        assertEquals(1, keeper.tasks().size(), "the build goes on without it");
        buildGoesOn.countDown();
        assertEquals(
                3,
                server.post("/db/_find", "{\"selector\":{\"n\":{\"$lt\":3}}}")
                        .json()
                        .get("docs")
                        .size());
    }

    /** Looking for the client's end must not eat what it sends next. */
    @Test
    void find_nextRequestComesMeanwhile_isAnsweredAfterwards() throws Exception {
        Socket client = find("{\"selector\":{\"n\":{\"$lt\":3}}}");
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> shown.get() > 0);
        client.getOutputStream()
                .write("GET /db/0001 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                        .getBytes(StandardCharsets.ISO_8859_1));
        showGoesOn.countDown();
        client.setSoTimeout(120_000);
        String answers = new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertTrue(answers.contains("\"n\":2"), answers);
        assertTrue(answers.contains("{\"_id\":\"0001\""), answers);
        client.close();
    }

    @Test
    void find_looksAtManyDocuments_endsWithItsClient() throws Exception {
        Socket client = find("{\"selector\":{\"n\":-1}}");
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> shown.get() > 0);
        assertEquals(201, server.put("/db/later", "{}").status());
        assertTrue(server.node().oldestSnapshotMs() > 0);
        client.close();
        showGoesOn.countDown();
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> server.node().oldestSnapshotMs() == 0);
        assertTrue(shown.get() < DOCUMENTS, "it broke off after " + shown);
    }

    /** Takes its time for each document. */
    private final class SlowGuard implements DocumentGuard {
        @Override
        public ParsedDocument beforeWrite(
                Database database, UserContext user, String id, boolean newEdits, ParsedDocument document) {
            return document;
        }

        @Override
        public DocumentBody beforeShow(Database database, UserContext user, String id, DocumentBody body) {
            if (indexAsked.getCount() > 0) {
                shown.incrementAndGet();
                awaitQuietly(showGoesOn);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(6));
            }
            return body;
        }

        @Override
        public void requireDesigns(Database database, UserContext user) {}

        @Override
        public boolean showsAll(Database database) {
            return true;
        }
    }
}
