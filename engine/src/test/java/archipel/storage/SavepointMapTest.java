package archipel.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SavepointMapTest {
    private final ScarceList<SavepointMap.Change<String, Integer>> changes = new ScarceList<>();
    private final ScarceMap<String, Integer> rows = new ScarceMap<>();
    private final SavepointMap<String, Integer> map = new SavepointMap<>(rows, changes);

    @Test
    void undo_putsOverOthersAndNewOnes_goesBackToTheMark() {
        map.put("a", 1);
        map.put("b", 2);
        map.mark();
        map.put("a", 3);
        map.put("c", 4);
        map.ordered();
        map.put("a", 5);
        map.undo();
        assertEquals(Map.of("a", 1, "b", 2), map.all());
        map.put("d", 6);
        map.undo();
        assertEquals(Map.of("a", 1, "b", 2), map.all());
    }

    @Test
    void put_noMemoryForTheNote_changesNothing() {
        map.put("a", 1);
        map.mark();
        map.put("b", 2);
        changes.full = true;
        assertThrows(OutOfMemoryError.class, () -> map.put("a", 3));
        assertEquals(Map.of("a", 1, "b", 2), map.all());
        map.undo();
        assertEquals(Map.of("a", 1), map.all());
    }

    /** A map that has to grow has the row already. */
    @Test
    void put_noMemoryToGrow_isTakenBack() {
        map.put("a", 1);
        map.mark();
        rows.full = true;
        assertThrows(OutOfMemoryError.class, () -> map.put("b", 2));
        assertEquals(2, rows.size());
        rows.full = false;
        map.undo();
        assertEquals(Map.of("a", 1), map.all());
    }

    private static final class ScarceList<T> extends ArrayList<T> {
        private boolean full;

        @Override
        public boolean add(T one) {
            if (full) {
                throw new OutOfMemoryError("asked for");
            }
            return super.add(one);
        }
    }

    private static final class ScarceMap<K, V> extends LinkedHashMap<K, V> {
        private boolean full;

        @Override
        public V put(K key, V value) {
            V old = super.put(key, value);
            if (full) {
                throw new OutOfMemoryError("asked for");
            }
            return old;
        }
    }
}
