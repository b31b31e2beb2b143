package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.testkit.RawHttp2;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What somebody without a password does to a small node with connections alone: many that are idle, requests that never
 * end, answers that are never taken. Others are served meanwhile, and nothing of it is left afterwards.
 */
final class ConnectionAttackTest {
    /** The longest that a bystander may be without an answer; far more than it takes, on a machine that is busy. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final int OPEN_FILES = 2_000;
    private static final String UNFINISHED =
            "GET / HTTP/1.1\r\nHost: a\r\n" + ("X-Filler: " + "x".repeat(2_000) + "\r\n").repeat(30);

    @TempDir
    private Path directory;

    @BeforeAll
    static void allowSockets() throws IOException, InterruptedException {
        OpenFiles.allow(20_000);
    }

    private ServerOptions hurried() {
        return SmallNode.options(directory).with("head_timeout_ms", "2000").with("transfer_timeout_ms", "1500");
    }

    @Test
    void idleConnections_moreThanTheNodeHasDescriptorsFor_leaveRoomForOthersAndTheStore() throws Exception {
        try (SmallNode node = SmallNode.start(SmallNode.options(directory).withOpenFiles(OPEN_FILES));
                HostileClients clients = new HostileClients(node)) {
            String idle = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
            try (Bystander bystander = Bystander.start(node, "127.0.0.1")) {
                clients.open(1_500, "127.0.0.2", idle);
                assertTrue(node.metric("connections_refused") > 0);
                bystander.assertServed(PATIENCE);
            }
            try (Bystander bystander = Bystander.start(node, "127.0.0.1")) {
                for (int address = 3; address < 6; address++) {
                    clients.open(500, "127.0.0." + address, idle);
                }
                Awaitility.await()
                        .atMost(Duration.ofMinutes(1))
                        .ignoreExceptions()
                        .until(() -> node.problems().contains("descriptors_short"));
                Awaitility.await()
                        .atMost(Duration.ofMinutes(1))
                        .ignoreExceptions()
                        .until(() -> node.metric("connections_open") < OPEN_FILES / 2);
                assertOpensFiles(node);
                bystander.assertServed(PATIENCE);
            }
            assertEquals(1, node.process().countLines("Connections are refused"));
            assertTrue(node.process().countLines("") < 60, node.process()::lastLines);
            clients.leave();
            node.awaitRecovered(0);
        }
    }

    /** What makes the store open files. */
    private static void assertOpensFiles(SmallNode node) {
        String design = "{\"views\":{\"v\":{\"map\":\"function (doc) { emit(doc._id, null); }\"}}}";
        for (String request : List.of("/calm/_design/d", "/made", "/made/doc")) {
            String body = request.equals("/calm/_design/d") ? design : "{}";
            Awaitility.await().atMost(Duration.ofMinutes(1)).ignoreExceptions().until(() -> {
                int status = node.asAdmin("PUT", request, body).status();
                return status == 201 || status == 409 || status == 412;
            });
        }
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .ignoreExceptions()
                .until(() -> node.asAdmin("GET", "/calm/_design/d/_view/v?limit=1", "")
                                .status()
                        == 200);
    }

    /** With the limits that a node has by default. */
    @Test
    @Tag("soak")
    void idleConnections_twentyThousand_leaveRoomForOthers() throws Exception {
        OpenFiles.allow(25_000);
        try (SmallNode node = SmallNode.start(SmallNode.options(directory).withOpenFiles(20_000));
                HostileClients clients = new HostileClients(node);
                Bystander bystander = Bystander.start(node, "127.0.0.1")) {
            for (int address = 2; address < 6; address++) {
                clients.open(5_000, "127.0.0." + address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2));
            }
            assertOpensFiles(node);
            bystander.assertServed(PATIENCE);
            clients.leave();
            node.awaitRecovered(0);
        }
    }

    /** With the deadlines that a node has by default: minutes. */
    @Test
    @Tag("soak")
    void bodiesAndHeads_slow_endInTime() throws Exception {
        try (SmallNode node = SmallNode.start(SmallNode.options(directory));
                HostileClients clients = new HostileClients(node);
                Bystander bystander = Bystander.start(node, "127.0.0.1")) {
            clients.open(2_000, "127.0.0.2", UNFINISHED);
            clients.open(1_800, "127.0.0.3", "POST /_session HTTP/1.1\r\nHost: a\r\nContent-Length: 65000\r\n\r\n{");
            Awaitility.await()
                    .atMost(Duration.ofMinutes(5))
                    .pollInterval(Duration.ofSeconds(1))
                    .ignoreExceptions()
                    .until(() -> node.metric("connections_open") < 10);
            bystander.assertServed(PATIENCE);
            node.awaitRecovered(0);
        }
    }

    @Test
    void idleConnections_afterTwoRequestsEach_holdLittle() throws Exception {
        try (SmallNode node = SmallNode.start(SmallNode.options(directory));
                HostileClients clients = new HostileClients(node)) {
            try (Bystander bystander = Bystander.start(node, "127.0.0.1")) {
                clients.open(2_400, "127.0.0.2", ConnectionAttackTest::twoRequests);
                clients.open(100, "127.0.0.3", ConnectionAttackTest::manyStreams);
                assertEquals(2_500, clients.count());
                bystander.assertServed(PATIENCE);
            }
            assertTrue(node.metric("connections_open") >= 2_500);
            node.awaitRecovered(clients.count());
        }
    }

    private static void twoRequests(Socket socket) throws IOException {
        for (int i = 0; i < 2; i++) {
            String request = "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: b\r\nX-Number: " + i + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            RawConnection answer = RawConnection.over(socket, Duration.ofSeconds(30));
            String head = answer.head();
            assertTrue(answer.body(head).contains("Archipel"), head);
        }
    }

    private static void manyStreams(Socket socket) throws IOException {
        RawHttp2 client = RawHttp2.over(socket);
        for (int stream = 0; stream < 50; stream++) {
            client.write(RawHttp2.get(2 * stream + 1, "/", "x-field-" + stream, "value " + stream));
        }
        client.awaitEnds(50);
    }

    @Test
    void heads_unfinished_endInTimeAndHoldLittle() throws Exception {
        try (SmallNode node = SmallNode.start(hurried());
                HostileClients clients = new HostileClients(node)) {
            try (Bystander bystander = Bystander.start(node, "127.0.0.1")) {
                clients.open(1_000, "127.0.0.2", UNFINISHED);
                clients.open(400, "127.0.0.3", socket -> unfinishedHead(RawHttp2.over(socket)));
                bystander.assertServed(PATIENCE);
            }
            node.awaitRecovered(0);
        }
    }

    /** Small requests pass while unfinished ones hold all the memory there is for heads. */
    @Test
    void heads_unfinished_letSmallOnesPass() throws Exception {
        ServerOptions patient = SmallNode.options(directory).with("head_timeout_ms", "600000");
        try (SmallNode node = SmallNode.start(patient);
                HostileClients clients = new HostileClients(node)) {
            clients.open(200, "127.0.0.2", UNFINISHED);
            // What is left of it goes in smaller steps, until even a small one is refused.
            String small = UNFINISHED.substring(0, 300);
            Awaitility.await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
                clients.open(20, "127.0.0.2", UNFINISHED.substring(0, 3_000));
                clients.open(20, "127.0.0.2", small);
                try (Socket socket = node.open("127.0.0.2")) {
                    socket.setSoTimeout(1_000);
                    socket.getOutputStream().write(small.getBytes(StandardCharsets.US_ASCII));
                    byte[] status = socket.getInputStream().readNBytes(12);
                    return new String(status, StandardCharsets.US_ASCII).equals("HTTP/1.1 503");
                }
            });
            node.assertServes();
            try (RawHttp2 client = RawHttp2.over(node.open("127.0.0.1"))) {
                // One after the other: of several together a part could come alone, which is an unfinished one.
                for (int stream = 1; stream < 20; stream += 2) {
                    client.write(RawHttp2.get(stream, "/_up", "x-filler", "y".repeat(1_000)));
                    assertEquals(0, client.awaitEnds(1), "requests were reset");
                }
            }
        }
    }

    @Test
    void heads_unfinishedOverTls_endInTimeAndHoldLittle() throws Exception {
        try (SmallNode node = SmallNode.startWithTls(hurried());
                HostileClients clients = new HostileClients(node)) {
            try (Bystander bystander = Bystander.start(node, "127.0.0.1")) {
                // Nothing of a handshake, and half of one.
                clients.openInClear(100, "127.0.0.4", new byte[] {0x16, 3, 1});
                clients.open(100, "127.0.0.2", UNFINISHED);
                clients.open(100, "127.0.0.3", socket -> unfinishedHead(RawHttp2.over(socket)), "h2");
                bystander.assertServed(PATIENCE);
            }
            node.awaitRecovered(0);
        }
    }

    /** 112 KiB of a head in HEADERS and CONTINUATION frames, of which none says that it is the last. */
    private static void unfinishedHead(RawHttp2 client) throws IOException {
        byte[] filler = new byte[16 << 10];
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        frames.writeBytes(RawHttp2.frame(
                RawHttp2.HEADERS,
                0,
                1,
                RawHttp2.fields(":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a")));
        byte[] field = RawHttp2.fields("x", "y".repeat(filler.length - 16));
        for (int i = 0; i < 7; i++) {
            frames.writeBytes(RawHttp2.frame(RawHttp2.CONTINUATION, 0, 1, field));
        }
        client.write(frames.toByteArray());
    }

    @Test
    void bodies_slow_endInTimeAndHoldLittle() throws Exception {
        try (SmallNode node = SmallNode.start(hurried());
                HostileClients silent = new HostileClients(node);
                HostileClients dripping = new HostileClients(node)) {
            try (Bystander bystander = Bystander.start(node, "127.0.0.1");
                    Drip drip = Drip.start(dripping, "x")) {
                String post = "POST /_session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
                dripping.open(100, "127.0.0.3", post + "Transfer-Encoding: chunked\r\n\r\n1;");
                dripping.open(100, "127.0.0.3", post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: ");
                dripping.open(100, "127.0.0.3", post + "Content-Length: 65000\r\n\r\n{\"a\":\"");
                silent.open(1_800, "127.0.0.2", post + "Content-Length: 65000\r\n\r\n{");
                drip.awaitAllClosed();
                bystander.assertServed(PATIENCE);
            }
            node.awaitRecovered(0);
        }
    }

    /** Says a byte on each connection ten times a second, so that none is ever idle. */
    private record Drip(HostileClients clients, AtomicBoolean ended, Thread thread) implements AutoCloseable {
        private static final long MOST_SECONDS = 25;

        static Drip start(HostileClients clients, String text) {
            AtomicBoolean ended = new AtomicBoolean();
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            Thread thread = Thread.ofVirtual()
                    .start(() -> Awaitility.await()
                            .atMost(Duration.ofMinutes(1))
                            .pollInterval(100, TimeUnit.MILLISECONDS)
                            .until(() -> {
                                int closed = clients.say(bytes);
                                return ended.get() || closed == clients.count() && closed >= 300;
                            }));
            return new Drip(clients, ended, thread);
        }

        void awaitAllClosed() throws InterruptedException {
            assertTrue(
                    thread.join(Duration.ofSeconds(MOST_SECONDS)),
                    () -> clients.say(new byte[1]) + " of " + clients.count() + " dripping requests were broken off");
        }

        @Override
        public void close() {
            ended.set(true);
        }
    }

    @Test
    void answers_notTaken_endInTimeAndReleaseSnapshots() throws Exception {
        try (SmallNode node = SmallNode.start(hurried().with("transfer_timeout_ms", "3000"));
                HostileClients clients = new HostileClients(node)) {
            prepareLargeAnswers(node);
            long before = node.metric("snapshots");
            String login = SmallNode.basic(ServerProcess.ADMIN + ":" + ServerProcess.PASSWORD);
            List<String> targets = List.of(
                    "/large/_all_docs?include_docs=true", "/large/doc0/file", "/large/_changes?include_docs=true");
            long heldUp = 0;
            try (Bystander bystander = Bystander.start(node, "127.0.0.1")) {
                for (String target : targets) {
                    String request = "GET " + target + " HTTP/1.1\r\nHost: a\r\nAuthorization: " + login + "\r\n\r\n";
                    clients.open(60, "127.0.0.2", socket -> stopReading(socket, request));
                    clients.open(10, "127.0.0.3", socket -> stopReading(RawHttp2.over(socket), target, login));
                    heldUp = Math.max(heldUp, node.metric("snapshots"));
                }
                System.out.println(heldUp + " snapshots were held at once");
                assertTrue(heldUp > before + 10, "no answer was held up");
                // What is deleted now is held back by the snapshots, until they are released.
                assertEquals(200, node.asAdmin("DELETE", "/large", "").status());
                bystander.assertServed(PATIENCE);
            }
            node.awaitRecovered(0);
            assertTrue(node.metric("snapshots") <= before, "snapshots are held after the attack");
        }
    }

    private static void prepareLargeAnswers(SmallNode node) throws IOException {
        assertEquals(201, node.asAdmin("PUT", "/large", "").status());
        StringBuilder docs = new StringBuilder("{\"docs\":[");
        for (int i = 0; i < 2_000; i++) {
            docs.append(i == 0 ? "" : ",")
                    .append("{\"_id\":\"doc")
                    .append(i)
                    .append("\",\"a\":\"")
                    .append("x".repeat(8_000))
                    .append("\"}");
        }
        assertEquals(
                201,
                node.asAdmin("POST", "/large/_bulk_docs", docs.append("]}").toString())
                        .status());
        String rev = node.asAdmin("GET", "/large/doc0", "").json().get("_rev").asString();
        assertEquals(
                201,
                node.asAdmin("PUT", "/large/doc0/file?rev=" + rev, "y".repeat(16_000_000))
                        .status());
    }

    private static void stopReading(Socket socket, String request) throws IOException {
        socket.setReceiveBufferSize(4 << 10);
        OutputStream out = socket.getOutputStream();
        out.write(request.getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        assertEquals("HTTP/1.1 200", new String(in.readNBytes(12), StandardCharsets.US_ASCII));
    }

    private static void stopReading(RawHttp2 client, String target, String login) throws IOException {
        for (int stream = 1; stream < 10; stream += 2) {
            client.write(RawHttp2.get(stream, target, "authorization", login));
        }
    }
}
