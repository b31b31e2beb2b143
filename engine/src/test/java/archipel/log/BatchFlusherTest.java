package archipel.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Threads;
import archipel.command.Outcome;
import archipel.command.SystemCommand;
import archipel.health.Health;
import archipel.health.Problem;
import archipel.storage.FaultyStore;
import archipel.storage.StorageException;
import archipel.storage.StorageException.Kind;
import archipel.storage.StoreSnapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BatchFlusherTest {
    @TempDir
    private Path directory;

    private final Health health = new Health();
    private final List<Long> shown = new ArrayList<>();
    private final AtomicInteger flushed = new AtomicInteger();
    private final AtomicInteger left = new AtomicInteger();
    private long unshowable = -1;
    private FaultyStore store;
    private WriteState state;
    private BatchFlusher flusher;

    @BeforeEach
    void open() {
        store = FaultyStore.open(directory.resolve("store"), 1 << 20, 1 << 20);
        state = new WriteState(store, health, () -> true);
        flusher = new BatchFlusher(store, state, runner(), Threads.PLATFORM, flushed::incrementAndGet);
    }

    private BatchRunner runner() {
        return new BatchRunner(store, StoreSnapshot::release, 1);
    }

    @AfterEach
    void close() {
        flusher.close();
        assertEquals(0, store.openSnapshots());
        store.close();
    }

    private void show(long position) {
        if (position == unshowable) {
            throw new IllegalStateException("cannot be shown");
        }
        shown.add(position);
    }

    private WrittenBatch batch(long position, CompletableFuture<Void> result) {
        return new WrittenBatch(List.of(new WaitedFor(result)), List.of(() -> show(position)), store.snapshot(), true);
    }

    private final class WaitedFor extends LogEntry<Void> {
        private final CompletableFuture<Void> result;

        WaitedFor(CompletableFuture<Void> result) {
            super(new SystemCommand.PutFact("k", null));
            this.result = result;
        }

        @Override
        protected void done(LogPosition at, Outcome<Void> came) {
            throw new AssertionError("nothing is applied");
        }

        @Override
        protected void failed(RuntimeException e) {
            left.incrementAndGet();
            result.completeExceptionally(e);
        }
    }

    private static void assertUnknown(CompletableFuture<?> result) {
        Throwable cause = assertThrows(CompletionException.class, result::join).getCause();
        assertEquals(
                Kind.UNKNOWN, assertInstanceOf(StorageException.class, cause).kind());
    }

    @Test
    void showDoubtful_aBatchCannotBeShown_saysSoAndReleasesTheRest() {
        store.failSync(Kind.IO);
        List<CompletableFuture<Void>> results = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            results.add(new CompletableFuture<>());
            flusher.flush(batch(i, results.getLast()));
        }
        assertEquals(3, store.openSnapshots());
        results.forEach(BatchFlusherTest::assertUnknown);
        unshowable = 2;
        assertFalse(flusher.showDoubtful());
        assertEquals(List.of(1L), shown);
        assertEquals(0, store.openSnapshots());
        assertEquals(3, left.get(), "each command leaves once");
        state.rewritten();
        assertEquals(WriteState.State.BROKEN, state.state());
        assertTrue(health.has(Problem.STORAGE_HALTED));
    }

    @Test
    void flush_anEarlierBatchCouldNotBeShown_isNotShownEither() {
        unshowable = 1;
        List<CompletableFuture<Void>> results = List.of(new CompletableFuture<>(), new CompletableFuture<>());
        flusher.flush(batch(1, results.get(0)));
        flusher.flush(batch(2, results.get(1)));
        results.forEach(BatchFlusherTest::assertUnknown);
        assertEquals(List.of(), shown);
        assertEquals(0, store.openSnapshots());
    }

    @Test
    void add_errorInSync_failsTheBatchAndLaterOnes() {
        store.failSyncWith(new AssertionError("not a failure of the disk"));
        List<CompletableFuture<Void>> results = List.of(new CompletableFuture<>(), new CompletableFuture<>());
        flusher.add(batch(1, results.get(0)));
        assertUnknown(results.get(0));
        flusher.add(batch(2, results.get(1)));
        assertUnknown(results.get(1));
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> flushed.get() == 2);
        assertEquals(WriteState.State.DOUBTFUL, state.state());
        store.failSyncWith(null);
        assertTrue(flusher.showDoubtful());
        assertEquals(List.of(1L, 2L), shown);
    }

    /** It waits for each batch that it has handed over. */
    @Test
    void add_aFailureThatNobodyForesees_theWriterIsToldAllTheSame() {
        flusher.close();
        state = new WriteState(store, health, () -> {
            throw new AssertionError("nobody knows of the reserve");
        });
        flusher = new BatchFlusher(store, state, runner(), Threads.PLATFORM, flushed::incrementAndGet);
        store.failSync(Kind.FULL);
        CompletableFuture<Void> result = new CompletableFuture<>();
        flusher.add(batch(1, result));
        assertUnknown(result);
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> flushed.get() == 1);
        assertEquals(WriteState.State.BROKEN, state.state());
    }

    @Test
    void add_theWriterCannotBeTold_commandsEnd() {
        flusher.close();
        flusher = new BatchFlusher(store, state, runner(), Threads.PLATFORM, () -> {
            throw new AssertionError("cannot be told");
        });
        List<CompletableFuture<Void>> results = List.of(new CompletableFuture<>(), new CompletableFuture<>());
        results.forEach(result -> {
            flusher.add(batch(1, result));
            assertUnknown(result);
        });
        assertEquals(WriteState.State.BROKEN, state.state());
    }
}
