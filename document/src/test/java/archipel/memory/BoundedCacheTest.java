package archipel.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BoundedCacheTest {
    @Test
    void put_moreThanMayBe_leavesTheBound() {
        BoundedCache<Integer, String> cache = BoundedCache.ofEntries(100);
        for (int i = 0; i < 10_000; i++) {
            cache.put(i, "value");
            assertTrue(cache.size() <= 100, () -> cache.size() + " entries");
        }
        assertEquals(100, cache.size());
    }

    @Test
    void put_afterTheBoundChanged_keepsToTheNewOne() {
        AtomicInteger most = new AtomicInteger(100);
        BoundedCache<Integer, String> cache = BoundedCache.ofEntries(most::get);
        for (int i = 0; i < 100; i++) {
            cache.put(i, "value");
        }
        most.set(10);
        cache.put(100, "value");
        assertEquals(10, cache.size());
        most.set(200);
        for (int i = 0; i < 1_000; i++) {
            cache.put(i, "value");
        }
        assertEquals(200, cache.size());
        most.set(0);
        cache.put(1, "value");
        assertNull(cache.get(1));
        assertEquals(0, cache.size());
    }

    @Test
    void remove_entry_isGone() {
        BoundedCache<String, String> cache = BoundedCache.ofEntries(2);
        cache.remove("a");
        cache.put("a", "value");
        cache.remove("a");
        assertNull(cache.get("a"));
    }

    @Test
    void put_heavyEntries_areFewer() {
        BoundedCache<Integer, byte[]> cache = BoundedCache.ofWeight(1_000, (_, value) -> value.length);
        for (int i = 0; i < 100; i++) {
            cache.put(i, new byte[300]);
            assertTrue(cache.size() <= 3, () -> cache.size() + " entries");
        }
        cache.put(1_000, new byte[1_001]);
        assertNull(cache.get(1_000));
        assertTrue(cache.size() > 0);
    }

    @Test
    void get_entryThatIsAskedForAgainAndAgain_outlivesTheRest() {
        BoundedCache<Integer, String> cache = BoundedCache.ofEntries(100);
        cache.put(-1, "wanted");
        for (int i = 0; i < 10_000; i++) {
            assertNotNull(cache.get(-1), "after " + i + " others");
            cache.put(i, "value");
        }
    }

    @Test
    void putIfAbsent_second_getsTheFirst() {
        BoundedCache<String, Object> cache = BoundedCache.ofEntries(2);
        Object first = new Object();
        assertSame(first, cache.putIfAbsent("a", first));
        assertSame(first, cache.putIfAbsent("a", new Object()));
        assertSame(first, cache.get("a"));
    }

    @Test
    void get_nothingPutYet_isNull() {
        assertNull(BoundedCache.ofEntries(1).get("a"));
        assertEquals(0, BoundedCache.ofEntries(1).size());
    }
}
