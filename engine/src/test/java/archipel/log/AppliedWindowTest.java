package archipel.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.GroupCommand.Once;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AppliedWindowTest {
    private static String hex(AppliedWindow window) {
        return HexFormat.of().formatHex(window.encode());
    }

    /** Rows are on disks: what was written once is read for ever. */
    @Test
    void encode_aWindow_givesTheSameBytesForEver() {
        AppliedWindow window = new AppliedWindow(300);
        assertEquals("ac02" + "01", hex(window));
        window.see(1, 0);
        window.see(2, 0);
        assertEquals("ac02" + "03", hex(window));
        window.see(4, 0);
        window.see(13, 0);
        assertEquals("ac02" + "03" + "0102", hex(window));
        window.see(3, 0);
        assertEquals("ac02" + "05" + "80", hex(window));
        window.see(20, 13);
        assertEquals("ac02" + "0e" + "20", hex(window));
        window.see(100, 99);
        assertEquals("ac02" + "65", hex(window));
    }

    @Test
    void see_inOrder_takesNoMore() {
        AppliedWindow window = new AppliedWindow(1);
        for (long number = 1; number <= 100_000; number++) {
            assertTrue(window.hasRoom(number, 0));
            window.see(number, 0);
        }
        assertEquals(4, window.encode().length);
    }

    @Test
    void hasRoom_oneThatNeverCame_boundsWhatIsAboveIt() {
        AppliedWindow window = new AppliedWindow(1);
        for (long number = 2; number <= Once.WINDOW; number++) {
            window.see(number, 0);
        }
        assertFalse(window.hasRoom(Once.WINDOW + 1, 0));
        assertTrue(window.hasRoom(Once.WINDOW + 1, 1));
        assertEquals(hex(window), hex(AppliedWindow.decode(window.encode())));
        window.see(Once.WINDOW + 1, 1);
        assertEquals(4, window.encode().length);
    }

    @Test
    void see_theLastNumber_isStillRead() {
        AppliedWindow window = new AppliedWindow(Long.MAX_VALUE);
        window.see(Once.LAST_NUMBER - 1, Once.LAST_NUMBER - 3);
        AppliedWindow above = AppliedWindow.decode(window.encode());
        assertTrue(above.hasSeen(Once.LAST_NUMBER - 1));
        assertFalse(above.hasSeen(Once.LAST_NUMBER - 2));
        window.see(Once.LAST_NUMBER, Once.LAST_NUMBER - 1);
        assertTrue(AppliedWindow.decode(window.encode()).hasSeen(Once.LAST_NUMBER));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "01",
                // A next number of 0.
                "0100",
                // A run below 0, a next number that is none.
                "ffffffffffffffffff01" + "01",
                "01" + "ffffffffffffffff7f",
                // A last byte without a bit.
                "010100",
                "01010100"
            })
    void decode_whatWasNeverWritten_isCorrupt(String hex) {
        byte[] row = HexFormat.of().parseHex(hex);
        StorageException e = assertThrows(StorageException.class, () -> AppliedWindow.decode(row));
        assertEquals(StorageException.Kind.CORRUPT, e.kind());
    }

    @Test
    void decode_moreThanAWindowHolds_isCorrupt() {
        byte[] above = new byte[Once.WINDOW / Byte.SIZE];
        above[above.length - 1] = 0x40;
        RowWriter most = new RowWriter(16).varint(1).varint(1).raw(above);
        assertFalse(AppliedWindow.decode(most.toBytes()).hasRoom(Once.WINDOW + 1, 0));
        above[above.length - 1] = (byte) 0x80;
        byte[] more = new RowWriter(16).varint(1).varint(1).raw(above).toBytes();
        assertThrows(StorageException.class, () -> AppliedWindow.decode(more));
    }
}
