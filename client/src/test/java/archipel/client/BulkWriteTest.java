package archipel.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class BulkWriteTest {
    @Test
    @SuppressWarnings("NullAway")
    void createAndReplace_noValue_areRefusedAndDeleteNothing() {
        BulkWrite write = new BulkWrite();
        assertThrows(NullPointerException.class, () -> write.create("sein", null));
        assertThrows(NullPointerException.class, () -> write.replace("sein", "1-a", null));
        assertEquals(0, write.edits().size());
    }
}
