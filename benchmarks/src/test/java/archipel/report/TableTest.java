package archipel.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void toString_rows_areAligned() {
        Table table = new Table(1, "what", "per second").row("put1", "1,234").row("_changes", "5");
        assertEquals("""
                | what     | per second |
                | -------- | ---------: |
                | put1     |      1,234 |
                | _changes |          5 |
                """, table.toString());
    }

    @Test
    void row_wrongWidth_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Table(1, "a", "b").row("1"));
    }
}
