package archipel.javaclient;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.client.Archipel;
import archipel.client.AttachmentContent;
import archipel.client.AttachmentSource;
import archipel.client.Block;
import archipel.client.BulkOutcome;
import archipel.client.BulkWrite;
import archipel.client.Change;
import archipel.client.ChangeFeed;
import archipel.client.Consistency;
import archipel.client.Cursor;
import archipel.client.Database;
import archipel.client.Document;
import archipel.client.FeedOptions;
import archipel.client.Listing;
import archipel.client.Query;
import archipel.client.Written;
import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.failures.AccessDeniedException;
import archipel.failures.BadRequestException;
import archipel.failures.BlockNotReachedException;
import archipel.failures.BlockPrunedException;
import archipel.failures.ConflictException;
import archipel.failures.NotFoundException;
import archipel.failures.OtherHistoryException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the client reads and writes, at one node. */
final class DatabaseTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private static Path directory;

    private static ServerProcess server;

    private Archipel archipel;
    private Database islands;

    @BeforeAll
    static void startServer() throws IOException {
        server = ServerProcess.start(ServerOptions.in(directory));
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void connect() {
        archipel = Archipel.connect(server.adminUrl());
        islands = archipel.database("islands");
        assertTrue(islands.create());
    }

    @AfterEach
    void drop() {
        islands.delete();
        archipel.close();
    }

    private static Archipel impatient() {
        return Archipel.builder(server.adminUrl())
                .patience(Duration.ofMillis(300))
                .answeringWithin(Duration.ofMillis(300))
                .connect();
    }

    @Test
    void create_database_isThereUntilDeleted() {
        assertFalse(islands.create());
        assertTrue(islands.exists());
        assertTrue(archipel.databases().contains("islands"));
        assertEquals("islands", islands.info().path("db_name").asString());
        assertFalse(archipel.database("no-such").exists());
        assertEquals(
                404,
                assertThrows(
                                NotFoundException.class,
                                () -> archipel.database("no-such").get("x"))
                        .status());
    }

    @Test
    void documents_typedTreesAndBytes_areWhatWasWritten() {
        Written written = islands.create("ouessant/1 é", new Island("Ouessant", 15.6));
        Document<Island> read = islands.get("ouessant/1 é", Island.class);
        assertEquals(new Island("Ouessant", 15.6), read.value());
        assertEquals(written.revision(), read.revision());
        assertEquals(written.block(), read.block());
        assertEquals(
                "Ouessant", islands.get("ouessant/1 é").value().path("name").asString());
        islands.replace(read.with("{\"name\":\"Enez Eusa\",\"area\":15.6}".getBytes(UTF_8)));
        assertEquals(
                "{\"name\":\"Enez Eusa\",\"area\":15.6}",
                new String(islands.get("ouessant/1 é", byte[].class).value(), UTF_8));
        ConflictException e = assertThrows(
                ConflictException.class, () -> islands.replace("ouessant/1 é", written.revision(), read.value()));
        assertEquals("conflict", e.error());
        assertThrows(ConflictException.class, () -> islands.create("ouessant/1 é", read.value()));
        islands.delete("ouessant/1 é", islands.get("ouessant/1 é").revision());
        assertTrue(islands.find("ouessant/1 é", Island.class).isEmpty());
        assertEquals(
                "deleted",
                assertThrows(NotFoundException.class, () -> islands.get("ouessant/1 é"))
                        .reason());
        assertThrows(IllegalArgumentException.class, () -> islands.create("x", List.of()));
    }

    @Test
    void write_bulk_tellsOfEach() {
        Written molene = islands.create("molene", new Island("Molène", 0.75));
        List<BulkOutcome> outcomes = islands.write(new BulkWrite()
                .create("sein", new Island("Sein", 0.58))
                .create("molene", new Island("Molène", 1))
                .delete("molene", molene.revision()));
        assertInstanceOf(BulkOutcome.Stored.class, outcomes.get(0));
        assertEquals(
                "conflict",
                assertInstanceOf(BulkOutcome.Refused.class, outcomes.get(1)).error());
        assertInstanceOf(BulkOutcome.Stored.class, outcomes.get(2));
        assertThrows(
                ConflictException.class,
                () -> islands.writeAtomically(new BulkWrite()
                        .create("groix", new Island("Groix", 14.8))
                        .create("sein", new Island("Sein", 1))));
        assertTrue(islands.find("groix", Island.class).isEmpty());
        assertEquals(
                2,
                islands.writeAtomically(new BulkWrite()
                                .create("groix", new Island("Groix", 14.8))
                                .create("hoedic", new Island("Hœdic", 2.08)))
                        .size());
    }

    @Test
    void documents_pagesWhileSomebodyWrites_areOfOneBlock() {
        BulkWrite write = new BulkWrite();
        for (int i = 0; i < 25; i++) {
            write.create(String.format("i%02d", i), new Island("nr " + i, i));
        }
        islands.write(write);
        Cursor<Document<Island>> cursor =
                islands.documents(Listing.startingWith("i").pageSize(10), Island.class);
        assertEquals("i00", cursor.next().id());
        islands.create("i23a", new Island("new", 0));
        islands.delete("i24", islands.get("i24").revision());
        List<String> ids = cursor.stream().map(Document::id).toList();
        assertEquals(24, ids.size());
        assertEquals("i24", ids.get(23));
        assertFalse(ids.contains("i23a"));
        assertEquals(
                List.of("i23a", "i23", "i22"),
                islands.ids(Listing.all().backwards().pageSize(2)).stream()
                        .map(Written::id)
                        .limit(3)
                        .toList());
        assertEquals(
                List.of("i03", "i04", "i05"),
                islands.ids(Listing.all().from("i03").to("i05").pageSize(1)).stream()
                        .map(Written::id)
                        .toList());
    }

    @Test
    void query_pages_areOfOneBlock() {
        BulkWrite write = new BulkWrite();
        for (int i = 0; i < 25; i++) {
            write.create(String.format("i%02d", i), new Island("nr", i));
        }
        islands.write(write);
        Query query = Query.where(JSON.readTree("{\"area\":{\"$gte\":5}}")).pageSize(7);
        Cursor<Document<Island>> cursor = islands.query(query, Island.class);
        cursor.next();
        islands.create("i25", new Island("nr", 25));
        assertEquals(19, cursor.toList().size());
        List<Document<JsonNode>> names =
                islands.query(query.fields("name"), JsonNode.class).toList();
        assertEquals(21, names.size());
        assertEquals("{\"name\":\"nr\"}", names.get(0).value().toString());
        assertTrue(names.get(0).revision().startsWith("1-"));
        assertThrows(
                BadRequestException.class,
                () -> islands.query(Query.where(JSON.readTree("{\"a\":{\"$no\":1}}")), JsonNode.class)
                        .hasNext());
    }

    @Test
    void at_earlierBlock_showsThatState() {
        Block first = islands.create("sein", new Island("Sein", 0.5)).block();
        Block second = islands.replace("sein", islands.get("sein").revision(), new Island("Sein", 0.58))
                .block();
        assertEquals(0.5, islands.at(first).get("sein", Island.class).value().area());
        assertEquals(
                0.58, islands.atLeast(first).get("sein", Island.class).value().area());
        assertEquals(second, islands.seenBlock().orElseThrow());
        assertEquals(second, islands.newestBlock());
        assertEquals(second, islands.reading(Consistency.ANY).get("sein").block());
        try (Archipel other = impatient()) {
            Database same = other.database("islands");
            assertThrows(
                    BlockNotReachedException.class,
                    () -> same.atLeast(Block.number(99)).get("sein"));
            assertThrows(
                    OtherHistoryException.class,
                    () -> same.atLeast(new Block(1, "0".repeat(64))).get("sein"));
        }
    }

    @Test
    void at_prunedBlock_saysSo() throws Exception {
        Block first = islands.create("sein", new Island("Sein", 0.5)).block();
        java.net.http.HttpClient http = java.net.http.HttpClient.newHttpClient();
        http.send(
                server.request("/islands/_horizon")
                        .PUT(java.net.http.HttpRequest.BodyPublishers.ofString("{\"blocks\":1}"))
                        .build(),
                java.net.http.HttpResponse.BodyHandlers.discarding());
        islands.create("groix", new Island("Groix", 14.8));
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
            islands.create("more" + System.nanoTime(), new Island("x", 1));
            try {
                islands.at(first).get("sein");
                return false;
            } catch (BlockPrunedException e) {
                return true;
            }
        });
        // A block that is seen may be pruned before the client reads again.
        try (Archipel late = Archipel.connect(server.adminUrl())) {
            assertEquals(
                    "sein", late.database("islands").atLeast(first).get("sein").id());
        }
        http.shutdownNow();
    }

    @Test
    void get_databaseMadeAgain_saysSoUntilForgotten() {
        islands.create("sein", new Island("Sein", 0.5));
        islands.create("groix", new Island("Groix", 14.8));
        try (Archipel other = Archipel.connect(server.adminUrl())) {
            other.database("islands").delete();
            other.database("islands").create();
            other.database("islands").create("hoedic", new Island("Hœdic", 2.08));
            other.database("islands").create("molene", new Island("Molène", 0.75));
        }
        assertThrows(OtherHistoryException.class, () -> islands.get("molene"));
        islands.forget();
        assertEquals("molene", islands.get("molene").id());
    }

    @Test
    void attachments_streamed_comeBackAndStayWithTheDocument() {
        byte[] content = "x".repeat(300_000).getBytes(UTF_8);
        Written made = islands.create("sein", new Island("Sein", 0.58));
        Written map =
                islands.putAttachment("sein", made.revision(), "a map.txt", "text/plain", AttachmentSource.of(content));
        try (AttachmentContent read = islands.attachment("sein", "a map.txt")) {
            assertEquals("text/plain", read.contentType());
            assertArrayEquals(content, read.readAll());
        }
        Document<Island> document = islands.get("sein", Island.class);
        assertEquals(300_000, document.attachments().get("a map.txt").length());
        Written kept = islands.replace(document.with(new Island("Enez Sun", 0.58)));
        assertEquals(1, islands.get("sein").attachments().size());
        assertThrows(
                ConflictException.class,
                () -> islands.putAttachment("sein", map.revision(), "b", "text/plain", AttachmentSource.of(content)));
        islands.deleteAttachment("sein", kept.revision(), "a map.txt");
        assertThrows(NotFoundException.class, () -> islands.attachment("sein", "a map.txt"));
        Written bare = islands.putAttachment("new", null, "b", "text/plain", AttachmentSource.of(new byte[] {1}));
        assertTrue(bare.revision().startsWith("1-"));
    }

    @Test
    void changes_feed_showsWhatComesAndEnds() throws Exception {
        islands.create("sein", new Island("Sein", 0.58));
        ChangeFeed opened = islands.changes(FeedOptions.fromTheStart().withDocuments());
        try (ChangeFeed feed = opened) {
            Change change = feed.next();
            assertEquals("sein", change.id());
            assertEquals(1, change.block());
            assertEquals("Sein", change.document().path("name").asString());
            islands.create("groix", new Island("Groix", 14.8));
            assertEquals("groix", feed.next().id());
            List<String> more = new CopyOnWriteArrayList<>();
            Thread reader = Thread.ofVirtual().start(() -> feed.forEachRemaining(one -> more.add(one.id())));
            islands.create("molene", new Island("Molène", 0.75));
            Awaitility.await().until(() -> more.equals(List.of("molene")));
            opened.close();
            reader.join();
        }
        try (ChangeFeed feed = islands.changes(FeedOptions.fromTheStart().untilNow())) {
            assertEquals(3, feed.stream().count());
        }
        try (ChangeFeed feed = islands.changes(
                FeedOptions.fromTheStart().ofIds(List.of("groix")).untilNow())) {
            List<Change> changes = new ArrayList<>();
            feed.forEachRemaining(changes::add);
            assertEquals(List.of("groix"), changes.stream().map(Change::id).toList());
        }
        try (ChangeFeed feed =
                islands.changes(FeedOptions.fromNow().matching(JSON.readTree("{\"area\":{\"$gt\":10}}")))) {
            islands.create("small", new Island("small", 1));
            islands.create("large", new Island("large", 11));
            assertEquals("large", feed.next().id());
        }
    }

    @Test
    void connect_sessions_workAndAWrongPasswordDoesNot() {
        try (Archipel session = Archipel.builder(server.url())
                .login("admin", "correct-horse")
                .sessions()
                .connect()) {
            session.database("islands").create("sein", new Island("Sein", 0.58));
            assertEquals("sein", session.database("islands").get("sein").id());
        }
        try (Archipel wrong =
                Archipel.builder(server.url()).login("admin", "no").connect()) {
            assertThrows(
                    AccessDeniedException.class, () -> wrong.database("islands").get("sein"));
        }
    }
}
