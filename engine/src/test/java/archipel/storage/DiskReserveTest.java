package archipel.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file that keeps space for a full disk. */
class DiskReserveTest {
    private static final int BYTES = 8 << 20;

    @TempDir
    private Path directory;

    @Test
    void releasePart_untilNothingIsLeft_givesAQuarterEachTimeAndThenSaysSo() throws IOException {
        DiskReserve reserve = new DiskReserve(directory, BYTES, 0);
        Path file = directory.resolve("RESERVE");
        assertFalse(reserve.releasePart());
        assertTrue(reserve.restore());
        for (int left = 3; left > 0; left--) {
            assertTrue(reserve.releasePart());
            assertEquals((long) left * BYTES / 4, Files.size(file));
            assertTrue(reserve.isLeft());
        }
        assertTrue(reserve.releasePart());
        assertFalse(reserve.isLeft());
        assertFalse(reserve.releasePart());
        assertTrue(reserve.restore());
        assertEquals(BYTES, Files.size(file));
    }

    @Test
    void restore_noRoomForAll_keepsWhatThereIs() throws IOException {
        DiskReserve roomy = new DiskReserve(directory, BYTES, 0);
        assertTrue(roomy.restore());
        assertTrue(roomy.releasePart());
        assertFalse(new DiskReserve(directory, BYTES, Long.MAX_VALUE / 2).restore());
        assertEquals(BYTES * 3L / 4, Files.size(directory.resolve("RESERVE")));
        assertTrue(new DiskReserve(directory, 0, 0).restore());
        assertFalse(roomy.isLeft());
    }
}
