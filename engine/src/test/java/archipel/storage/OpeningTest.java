package archipel.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpeningTest {
    private final List<String> closed = new ArrayList<>();

    @Test
    void close_notKept_closesTheNewestFirst() {
        try (Opening opening = new Opening()) {
            opening.add(() -> closed.add("a"));
            opening.add(() -> closed.add("b"));
        }
        assertEquals(List.of("b", "a"), closed);
    }

    @Test
    void close_kept_closesNothing() {
        try (Opening opening = new Opening()) {
            opening.add(() -> closed.add("a"));
            opening.keep();
        }
        assertEquals(List.of(), closed);
    }

    @Test
    void close_oneCannotBeClosed_closesTheOthersAndTellsWhatFailedFirst() {
        IOException open = new IOException("open");
        IOException close = new IOException("close");
        IOException thrown = assertThrows(IOException.class, () -> {
            try (Opening opening = new Opening()) {
                opening.add(() -> closed.add("a"));
                opening.add(() -> {
                    throw close;
                });
                throw open;
            }
        });
        assertSame(open, thrown);
        assertSame(close, thrown.getSuppressed()[0].getSuppressed()[0]);
        assertEquals(List.of("a"), closed);
    }

    /** The store waits for those who use it as it closes. */
    @Test
    void cursor_cannotBeOpened_doesNotUseTheStore(@TempDir Path directory) throws Exception {
        FaultyStore store = FaultyStore.open(directory, 1 << 20, 1 << 20);
        store.failCursor(StorageException.Kind.IO, 0);
        assertThrows(StorageException.class, () -> store.cursor(Family.BODY, new byte[] {0}, new byte[] {127}));
        FutureTask<Void> closing = new FutureTask<>(store::close, null);
        Thread.startVirtualThread(closing);
        closing.get(5, TimeUnit.SECONDS);
    }
}
