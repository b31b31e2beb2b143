package archipel.rawhttp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class MarkerCounterTest {
    private static long count(String marker, String... slices) {
        MarkerCounter counter = new MarkerCounter(marker);
        for (String slice : slices) {
            byte[] bytes = ("<" + slice + ">").getBytes();
            counter.accept(bytes, 1, bytes.length - 2);
        }
        return counter.count();
    }

    @Test
    void accept_markersInOneSlice_areCounted() {
        assertEquals(3, count("\"id\":", "{\"id\":1},{\"id\":2},{\"id\":\"id\"}"));
        assertEquals(0, count("\"id\":", "{\"ix\":1}"));
    }

    @Test
    void accept_markerAcrossSlices_isCountedOnce() {
        assertEquals(1, count("abcd", "ab", "cd"));
        assertEquals(1, count("abcd", "xxa", "b", "", "c", "dx"));
        assertEquals(2, count("abcd", "abcdab", "cd"));
        assertEquals(0, count("abcd", "abc", "abc", "d".repeat(0)));
    }

    @Test
    void reset_aNewBody_beginsAtZero() {
        MarkerCounter counter = new MarkerCounter("ab");
        counter.accept("aba".getBytes(), 0, 3);
        counter.reset();
        counter.accept("b".getBytes(), 0, 1);
        assertEquals(0, counter.count());
        assertEquals(1, counter.bytes());
    }

    @Test
    void construct_markerTooShort_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new MarkerCounter("a"));
    }
}
