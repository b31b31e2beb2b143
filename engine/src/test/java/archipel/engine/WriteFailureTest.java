package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DataCommand;
import archipel.command.DocumentEdit;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.health.Problem;
import archipel.index.IndexRow;
import archipel.index.IndexWriter;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.storage.FaultyStore;
import archipel.storage.StorageException;
import archipel.storage.StorageException.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Results of writes while the disk fails, and what is stored of them. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WriteFailureTest {
    private static final Duration MOST = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private @Nullable FaultyStore opened;
    private Node node;
    private FaultyStore store;
    private Database database;

    @BeforeEach
    void open() {
        open(NodeOptions.DEFAULT);
        database = node.create("a");
    }

    private void open(NodeOptions options) {
        node = Node.open(
                directory.resolve("data"),
                options,
                Environment.of(InstantSource.system()).withStore((path, cache, buffer) -> {
                    opened = FaultyStore.open(path, cache, buffer);
                    return opened;
                }));
        store = opened;
    }

    @AfterEach
    void close() {
        node.close();
        assertEquals(List.of(), Checker.check(directory.resolve("data")));
    }

    private static Kind refused(Runnable write) {
        StorageException e = assertThrows(StorageException.class, write::run);
        return e.kind();
    }

    private void awaitWrites() {
        Awaitility.await()
                .atMost(MOST)
                .until(() -> !node.health().has(Problem.STORAGE_HALTED)
                        && !node.health().has(Problem.DISK_FULL));
    }

    private boolean isThere(String id) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            return reader.documents().find(id) != null;
        }
    }

    @Test
    void write_fsyncFails_isUnknownAndNothingIsTakenUntilItWasWrittenAnew() {
        store.failRewrite(Kind.IO);
        store.failSync(Kind.IO);
        assertEquals(Kind.UNKNOWN, refused(() -> Edits.put(database, "x", null, "{}")));
        assertTrue(node.health().has(Problem.STORAGE_HALTED));
        // The next fsync succeeds, and says nothing of what the one before lost.
        store.failSync(null);
        assertEquals(Kind.RECOVERING, refused(() -> Edits.put(database, "y", null, "{}")));
        assertTrue(!isThere("x"), "what is in doubt is not shown");
        int before = store.rewrites();
        store.failRewrite(null);
        awaitWrites();
        assertTrue(store.rewrites() > before);
        Edits.put(database, "z", null, "{}");
        assertTrue(isThere("x") && isThere("z") && !isThere("y"));
        node.close();
        open(NodeOptions.DEFAULT);
        database = node.database("a");
        assertTrue(isThere("x") && isThere("z") && !isThere("y"));
    }

    @Test
    void write_fsyncFails_reasonSaysThatTheOutcomeIsUnknown() {
        store.failSync(Kind.IO);
        StorageException e = assertThrows(StorageException.class, () -> Edits.put(database, "x", null, "{}"));
        assertEquals(ErrorCode.STORAGE_UNKNOWN, e.code());
        assertEquals("The disk failed; this write may or may not have been stored.", e.reason());
        store.failSync(null);
        awaitWrites();
    }

    @Test
    void raiseHorizon_isNotToldBeforeItIsDurable() {
        for (int i = 0; i < 5; i++) {
            Edits.put(database, "x" + i, null, "{}");
        }
        store.failSync(Kind.IO);
        assertEquals(
                Kind.UNKNOWN,
                refused(() -> node.submit(database.group(), new DataCommand.RaiseHorizon(database.number(), 3))));
        assertEquals(0, database.horizon().block());
        store.failSync(null);
        awaitWrites();
        assertEquals(3, database.horizon().block());
    }

    @Test
    void write_storeFails_isUnknownAndNotFullIsNotWritten() {
        store.failCommit(Kind.IO, 0);
        assertEquals(Kind.UNKNOWN, refused(() -> Edits.put(database, "x", null, "{}")));
        store.failCommit(null, 0);
        awaitWrites();
        store.failCommit(Kind.FULL, 0);
        assertEquals(Kind.FULL, refused(() -> Edits.put(database, "x", null, "{}")));
        assertTrue(node.health().has(Problem.DISK_FULL));
        store.failCommit(null, 0);
        awaitWrites();
        Edits.put(database, "x", null, "{}");
    }

    @Test
    void delete_databaseWithIndexesOnAFullDisk_endsAndLaterWritesDo() {
        IndexWriter index = database.indexes().obtain("s", Edits.bytes("{}"), 1).write();
        index.replace("x", 1, List.of(new IndexRow(0, new byte[] {1}, "x", 0, Edits.bytes("1"), Edits.bytes("1"))));
        // The command is the last thing that finds space.
        store.failCommit(Kind.FULL, 1);
        node.delete("a");
        assertNull(node.find("a"));
        refused(() -> node.create("b"));
        store.failCommit(null, 0);
        awaitWrites();
        node.create("b");
        index.close();
    }

    @Test
    void delete_fullDiskWithoutReserve_holdsUpNobody() {
        node.close();
        open(NodeOptions.DEFAULT.withLimits(NodeOptions.Limits.DEFAULT.withReserve(0)));
        database = node.database("a");
        Revision revision = Edits.put(database, "x", null, "{}");
        store.failCommit(Kind.FULL, 0);
        refused(() -> Edits.put(database, "y", null, "{}"));
        store.failCommit(Kind.FULL, 0);
        refused(() -> database.write(List.of(Edits.update("x", revision, true, "{}")), false));
        assertTrue(store.refusedCommits() < 20, "tried " + store.refusedCommits() + " times");
        store.failCommit(null, 0);
        awaitWrites();
    }

    @Test
    void delete_deferredAndTheLogFails_isAnswered() {
        List<DocumentEdit> deletions = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Revision revision = Edits.put(database, "x" + i, null, "{}");
            deletions.add(Edits.update("x" + i, revision, true, "{}"));
        }
        store.failRewrite(Kind.FULL);
        store.failSync(Kind.FULL);
        refused(() -> Edits.put(database, "y", null, "{}"));
        List<CompletableFuture<Boolean>> deleted = deletions.stream()
                .map(deletion ->
                        beside(() -> database.write(List.of(deletion), false).applied()))
                .toList();
        Awaitility.await()
                .during(Duration.ofSeconds(1))
                .atMost(MOST)
                .until(() -> deleted.stream().noneMatch(CompletableFuture::isDone));
        store.failSync(null);
        // The recovery makes one batch; the first deletion needs the next.
        store.failBatch(new AssertionError("not a failure of the disk"), 1);
        store.failRewrite(null);
        for (CompletableFuture<Boolean> result : deleted) {
            assertThrows(
                    CompletionException.class,
                    () -> result.orTimeout(60, TimeUnit.SECONDS).join());
            assertFalse(result.exceptionNow() instanceof TimeoutException, "no answer");
        }
        store.failBatch(null, 0);
    }

    @Test
    void delete_documentOnAFullDisk_isLetThrough() {
        node.close();
        open(NodeOptions.DEFAULT.withLimits(NodeOptions.Limits.DEFAULT.withReserve(4 << 20)));
        database = node.database("a");
        Awaitility.await()
                .atMost(MOST)
                .until(() -> Files.exists(directory.resolve("data").resolve("RESERVE")));
        Revision revision = Edits.put(database, "x", null, "{}");
        store.failCommit(Kind.FULL, 0);
        refused(() -> Edits.put(database, "y", null, "{}"));
        store.failCommit(Kind.FULL, 0);
        CompletableFuture<Void> deleted = beside(() -> {
            database.write(List.of(Edits.update("x", revision, true, "{}")), false);
            return Applier.done();
        });
        // The attempt to recover is one row; the deletion is more.
        Awaitility.await().atMost(MOST).until(() -> store.refusedRows() > 1);
        assertFalse(deleted.isDone());
        store.failCommit(null, 0);
        deleted.join();
        assertEquals(1, database.state().deletedDocuments());
    }

    @Test
    void submit_moreThanTheLogHolds_isRefusedInTimeAndTheRestIsWritten() {
        node.close();
        open(NodeOptions.DEFAULT.withLimits(NodeOptions.Limits.DEFAULT.withQueue(1 << 20, Duration.ofMillis(200))));
        database = node.database("a");
        String half = "{\"pad\":\"" + "x".repeat(500_000) + "\"}";
        CountDownLatch disk = new CountDownLatch(1);
        store.hang(disk);
        List<CompletableFuture<Revision>> writes = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            String id = "d" + i;
            writes.add(beside(() -> Edits.put(database, id, null, half)));
        }
        Awaitility.await()
                .atMost(MOST)
                .until(() -> writes.stream().filter(CompletableFuture::isDone).count() == 4);
        disk.countDown();
        long written = writes.stream().filter(WriteFailureTest::isWritten).count();
        assertEquals(2, written);
        assertEquals(2, database.state().documents());
        // One that is larger than the whole goes in alone.
        assertNotNull(Edits.put(database, "large", null, "{\"pad\":\"" + "x".repeat(3 << 20) + "\"}"));
    }

    private static <T> CompletableFuture<T> beside(Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                result.complete(work.get());
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private static boolean isWritten(CompletableFuture<Revision> write) {
        try {
            write.join();
            return true;
        } catch (CompletionException e) {
            RequestException refusal = (RequestException) e.getCause();
            assertEquals(ErrorCode.WRITES_BUSY, refusal.code());
            return false;
        }
    }
}
