package archipel.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CursorTest {
    private static final KeySpace KEYS = new KeySpace(0, 1);

    @Test
    void step_whereThereIsNoRow_isNoStep(@TempDir Path directory) {
        try (Store store = Store.open(directory, 1 << 20, 1 << 20)) {
            try (Batch batch = store.batch()) {
                batch.put(Family.LOCAL, KEYS.local("a"), new byte[] {1});
                store.commit(batch);
            }
            try (Cursor rows = store.cursor(Family.LOCAL, KEYS.lower(), KEYS.upper())) {
                assertFalse(rows.next(), "before it was anywhere");
                assertTrue(rows.first());
                assertArrayEquals(new byte[] {1}, rows.value());
                assertFalse(rows.next());
                assertFalse(rows.next(), "after the end");
                assertFalse(rows.previous());
                assertTrue(rows.last());
                assertFalse(rows.previous());
                assertFalse(rows.previous(), "before the beginning");
                assertFalse(rows.seek(KEYS.local("b")));
                assertFalse(rows.next());
            }
        }
    }
}
