package archipel.javaclient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.ErrorCode;
import org.junit.jupiter.api.Test;

/** Sentences of nodes that the client goes by. */
final class NodeWordsTest {
    private static boolean isUndone(ErrorCode code) {
        assertEquals(500, code.status());
        assertEquals("storage_error", code.error());
        String reason = code.reasonTemplate();
        return reason.contains("nothing was written") || reason.contains("writes are refused");
    }

    @Test
    void storageErrors_afterWhichNothingIsWritten_sayThis() {
        assertTrue(isUndone(ErrorCode.STORAGE_FULL));
        assertTrue(isUndone(ErrorCode.STORAGE_RECOVERING));
        assertFalse(isUndone(ErrorCode.STORAGE_UNKNOWN));
        assertFalse(isUndone(ErrorCode.STORAGE_IO));
    }
}
