package archipel.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StoreCloseTest {
    private static final byte[] LOWER = {0};
    private static final byte[] UPPER = {127};

    @TempDir
    private Path directory;

    private Store store;

    @BeforeEach
    void open() {
        store = Store.open(directory.resolve("store"), 1 << 20, 1 << 20);
        try (Batch batch = store.batch()) {
            batch.put(Family.BODY, new byte[] {1}, new byte[] {2});
            store.commit(batch);
        }
    }

    private FutureTask<Void> closing() {
        FutureTask<Void> task = new FutureTask<>(store::close, null);
        Thread.startVirtualThread(task);
        return task;
    }

    @Test
    void anyCall_afterClose_isRefused() {
        store.close();
        List<Executable> calls = List.of(
                () -> store.get(Family.BODY, LOWER),
                () -> store.cursor(Family.BODY, LOWER, UPPER),
                () -> store.batch(),
                () -> store.snapshot(),
                () -> store.sync(),
                () -> store.flush(),
                () -> store.rewrite(),
                () -> store.approximateBytes(Family.BODY, LOWER, UPPER),
                () -> store.approximateFileBytes(Family.BODY, LOWER, UPPER),
                () -> store.blobs(Family.ATTACHMENT),
                () -> store.hasRangeDeletions(Family.ATTACHMENT),
                () -> store.verifyChecksums(),
                () -> store.relocateOldest(Family.ATTACHMENT, 1),
                () -> store.reclaim(Family.BODY, LOWER, UPPER));
        for (Executable call : calls) {
            RequestException refusal = assertThrows(RequestException.class, call);
            assertEquals(ErrorCode.STOPPING, refusal.code());
        }
        assertEquals(0, store.fileBytes());
        store.close();
    }

    @Test
    void close_cursorOrBatchOpen_waitsForIt() throws Exception {
        Batch batch = store.batch();
        Cursor cursor = store.cursor(Family.BODY, LOWER, UPPER);
        FutureTask<Void> closed = closing();
        assertThrows(TimeoutException.class, () -> closed.get(300, TimeUnit.MILLISECONDS));
        assertTrue(cursor.first());
        cursor.close();
        cursor.close();
        batch.put(Family.BODY, new byte[] {1}, new byte[] {3});
        assertFalse(closed.isDone());
        batch.close();
        closed.get();
    }

    @Test
    void close_snapshotHeld_itsReaderGoesOn() throws Exception {
        StoreSnapshot snapshot = store.snapshot();
        FutureTask<Void> closed = closing();
        assertThrows(TimeoutException.class, () -> closed.get(300, TimeUnit.MILLISECONDS));
        try (Cursor cursor = snapshot.cursor(Family.BODY, LOWER, UPPER)) {
            assertTrue(cursor.first());
        }
        snapshot.release();
        closed.get();
    }
}
