package archipel.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.command.GroupCommand.Once;
import archipel.storage.StorageException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AppliedWindowTest {
    /** Rows are on disks: what was written once is read for ever. */
    @Test
    void encode_aWindow_givesTheSameBytesForEver() {
        assertEquals("ac02" + "01", HexFormat.of().formatHex(new AppliedWindow(300, 1).encode()));
        assertEquals("00" + "8001", HexFormat.of().formatHex(new AppliedWindow(0, 128).encode()));
    }

    @Test
    void decode_whatWasEncoded_isTheSame() {
        AppliedWindow last = new AppliedWindow(Long.MAX_VALUE, Once.LAST_NUMBER);
        assertEquals(last, AppliedWindow.decode(last.encode()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "01",
                // Nothing was seen.
                "0100",
                // A run below 0, a number that is none.
                "ffffffffffffffffff01" + "01",
                "01" + "ffffffffffffffff7f",
                "010101"
            })
    void decode_whatWasNeverWritten_isCorrupt(String hex) {
        byte[] row = HexFormat.of().parseHex(hex);
        StorageException e = assertThrows(StorageException.class, () -> AppliedWindow.decode(row));
        assertEquals(StorageException.Kind.CORRUPT, e.kind());
    }
}
