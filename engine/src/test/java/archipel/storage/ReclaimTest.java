package archipel.storage;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

class ReclaimTest {
    private static final int ROWS = 60_000;
    private static final int ATTEMPTS = 5;

    @TempDir
    private Path directory;

    @Test
    void cancelReclaims_oneUnderWay_cutsItOff() {
        boolean cut = false;
        // One that ends just as it is cut off proves nothing.
        for (int attempt = 0; attempt < ATTEMPTS && !cut; attempt++) {
            try (Store store = Store.open(directory.resolve("store" + attempt), 8 << 20, 16 << 20)) {
                cut = cutOff(store, new KeySpace(0, 1));
            }
        }
        assertTrue(cut);
    }

    /** Whether one that was under way ended before its end. */
    private static boolean cutOff(Store store, KeySpace keys) {
        fill(store, keys);
        AtomicBoolean cancelled = new AtomicBoolean();
        CompletableFuture<Boolean> cut = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            boolean whole = true;
            while (whole && !cancelled.get()) {
                whole = store.reclaim(Family.DOCUMENT, keys.lower(), keys.upper());
            }
            cut.complete(!whole);
        });
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> isCompacting(store));
        cancelled.set(true);
        store.cancelReclaims();
        boolean early = cut.join();
        assertFalse(store.reclaim(Family.DOCUMENT, keys.lower(), keys.upper()));
        return early;
    }

    private static void fill(Store store, KeySpace keys) {
        SplittableRandom random = new SplittableRandom(1);
        byte[] noise = new byte[1_000];
        for (int i = 0; i < ROWS; i += 100) {
            try (Batch batch = store.batch()) {
                for (int row = i; row < i + 100; row++) {
                    random.nextBytes(noise);
                    batch.put(Family.DOCUMENT, keys.document("d" + row), noise);
                }
                store.commit(batch);
            }
        }
    }

    private static boolean isCompacting(Store store) {
        try {
            return store.db().getLongProperty("rocksdb.num-running-compactions") > 0;
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }
}
