package archipel.divergence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.log.Chains;
import archipel.log.LogPosition;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChainReportTest {
    private final TreeMap<Integer, Long> databases = new TreeMap<>();
    private long index;

    private void write(int database) {
        databases.put(database, ++index);
    }

    private Map<Point, Value> next(ChainReport report) {
        Map<Point, Value> values = new LinkedHashMap<>();
        report.next(new FakeChains(), values);
        return values;
    }

    @Test
    void next_whateverTheNumber_tellsEachChangeBeforeLong() {
        ChainReport report = new ChainReport(1, false);
        for (int i = 1; i <= 1_000; i++) {
            write(i);
        }
        TreeSet<Integer> told = new TreeSet<>();
        int rounds = 0;
        while (told.size() < 1_000) {
            Map<Point, Value> values = next(report);
            assertTrue(values.size() <= 18, () -> values.size() + " points");
            values.keySet().forEach(point -> told.add(point.database()));
            rounds++;
        }
        assertTrue(rounds < 80, rounds + " rounds");
        write(777);
        boolean seen = false;
        for (rounds = 0; !seen; rounds++) {
            seen = next(report).keySet().stream()
                    .anyMatch(point -> point.database() == 777 && point.position() == index);
        }
        assertTrue(rounds < 80, rounds + " rounds");
    }

    @Test
    void next_withoutChanges_goesThroughAllInTurn() {
        ChainReport report = new ChainReport(1, false);
        for (int i = 1; i <= 10; i++) {
            write(i);
        }
        next(report);
        TreeSet<Integer> told = new TreeSet<>();
        for (int round = 0; round < 5; round++) {
            Map<Point, Value> values = next(report);
            assertTrue(values.size() <= 2, values::toString);
            values.keySet().forEach(point -> told.add(point.database()));
        }
        assertEquals(databases.keySet(), told);
    }

    @Test
    void next_ofACatalog_tellsItWhileNothingChanges() {
        ChainReport report = new ChainReport(0, true);
        write(1);
        assertEquals(1, next(report).size());
        assertEquals(2, next(report).size());
        write(1);
        assertEquals(1, next(report).size());
    }

    private final class FakeChains implements Chains {
        @Override
        public LogPosition position() {
            return new LogPosition(index, 1);
        }

        @Override
        public List<Head> heads(int after, int most) {
            return databases.tailMap(after, false).entrySet().stream()
                    .limit(most)
                    .map(one -> new Head(one.getKey(), one.getValue(), new byte[32], one.getValue()))
                    .toList();
        }

        @Override
        public @Nullable Head head(int database) {
            return null;
        }

        @Override
        public byte @Nullable [] hash(int database, long block) {
            return null;
        }

        @Override
        public byte[] catalogDigest() {
            return new byte[32];
        }

        @Override
        public @Nullable String name(int database) {
            return null;
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }
}
