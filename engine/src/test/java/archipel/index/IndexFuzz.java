package archipel.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.document.SortKey;
import archipel.storage.KeySpace;
import archipel.testkit.Seeded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Random changes, purges, prunes and restarts against {@link IndexModel}, read at every block. */
class IndexFuzz {
    private static final KeySpace KEYS = new KeySpace(0, 7);
    private static final List<Reducer> REDUCERS = List.of(IndexModel.ORDERED, IndexModel.SUM, Reducer.NONE);
    private static final int STEPS = 40;

    @TempDir
    private Path directory;

    private SplittableRandom random;
    private IndexModel model;
    private Path data;
    private OpenIndexes store;
    private Index index;
    private IndexWriter writer;
    private List<Runnable> uncommitted;
    private int ids;
    private int keys;
    private long block;
    private long base;
    private boolean midBlock;

    @Test
    void randomChanges_giveWhatTheModelHolds() {
        Seeded.check(10, this::run);
    }

    private void run(SplittableRandom seeded) throws IOException {
        random = seeded;
        model = new IndexModel();
        uncommitted = new ArrayList<>();
        ids = random.nextInt(3) > 0 ? 12 : 600;
        keys = random.nextBoolean() ? 5 : 3000;
        data = Files.createTempDirectory(directory, "run");
        open();
        try {
            scan();
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            commit();
            model.states.keySet().stream()
                    .skip(Math.max(0, model.states.size() - 5))
                    .forEach(this::compare);
        } finally {
            writer.close();
            store.close();
        }
    }

    private void open() {
        store = new OpenIndexes(data);
        index = store.of(KEYS).obtain("s", "{}".getBytes(StandardCharsets.UTF_8), REDUCERS.size());
        writer = index.write();
    }

    private void reopen() {
        writer.close();
        store.close();
        open();
        uncommitted.forEach(Runnable::run);
    }

    private void scan() {
        block = random.nextLong(1, 5);
        base = block;
        for (int i = 0; i < ids; i++) {
            model.documents.put(id(i), rows(id(i)));
        }
        model.remember(block);
        List<String> all = new ArrayList<>(model.documents.keySet());
        all.sort((a, b) ->
                Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)));
        String scannedTo = null;
        for (String id : all) {
            writer.replace(id, block, model.documents.get(id));
            if (random.nextInt(100) == 0) {
                scannedTo = id;
                writer.commit(new IndexWriter.Progress(block, block, 0, 0, scannedTo, false, 0), OpenIndexes.ANCHOR);
                assertEquals(
                        IndexException.Kind.BEHIND,
                        assertThrows(IndexException.class, () -> index.read(block))
                                .kind());
                if (random.nextInt(3) == 0) {
                    reopen();
                    assertEquals(scannedTo, index.state().scannedTo());
                }
            }
        }
        commit();
    }

    private void step() {
        int dice = random.nextInt(100);
        if (dice < 60) {
            nextBlock();
        } else if (dice < 65) {
            purge();
        } else if (dice < 80) {
            commit();
        } else if (dice < 86) {
            reopen();
        } else if (dice < 90) {
            commit();
            prune();
        } else if (dice < 95) {
            commit();
            writer.summarise(REDUCERS);
        } else {
            commit();
            random.longs(3, 0, model.states.size())
                    .forEach(i -> compare(List.copyOf(model.states.keySet()).get((int) i)));
        }
        if (random.nextInt(8) == 0) {
            long read = index.state().block();
            if (model.states.containsKey(read) && uncommitted.stream().noneMatch(Purge.class::isInstance)) {
                compare(read);
            }
        }
    }

    private void nextBlock() {
        block++;
        int changes = random.nextInt(20) == 0 ? random.nextInt(ids) : random.nextInt(1, 5);
        for (int i = 0; i < changes; i++) {
            String id = id(random.nextInt(ids));
            List<IndexRow> rows = random.nextInt(4) == 0 ? List.of() : rows(id);
            if (random.nextInt(3) == 0) {
                rows = changed(model.documents.getOrDefault(id, List.of()));
            }
            model.documents.put(id, rows);
            long at = block;
            List<IndexRow> emitted = rows;
            doing(() -> writer.replace(id, at, emitted));
            if (random.nextInt(20) == 0) {
                midBlock = true;
                commit();
                midBlock = false;
            }
        }
        model.remember(block);
    }

    // The same places, some with other values, some gone.
    private List<IndexRow> changed(List<IndexRow> rows) {
        List<IndexRow> changed = new ArrayList<>();
        for (IndexRow row : rows) {
            if (random.nextInt(4) > 0) {
                byte[] value = random.nextBoolean() ? row.value() : number(random.nextInt(1000));
                changed.add(new IndexRow(row.view(), row.sortKey(), row.id(), row.ordinal(), row.key(), value));
            }
        }
        return changed;
    }

    private void purge() {
        String id = id(random.nextInt(ids));
        model.purge(id);
        doing(new Purge(id));
    }

    private final class Purge implements Runnable {
        private final String id;

        Purge(String id) {
            this.id = id;
        }

        @Override
        public void run() {
            writer.purge(id);
        }
    }

    private void doing(Runnable change) {
        uncommitted.add(change);
        change.run();
    }

    private void commit() {
        long done = midBlock ? block - 1 : block;
        writer.commit(new IndexWriter.Progress(base, done, 10 * done, 3, null, true, 2), OpenIndexes.ANCHOR);
        uncommitted.clear();
        assertEquals(done, index.state().block());
        assertEquals(10 * done, index.state().seq());
    }

    private void prune() {
        long horizon = random.nextLong(base, block + 1);
        boolean more;
        do {
            more = writer.prune(horizon, random.nextInt(1, 50));
            compare(random.nextLong(horizon, block + 1));
        } while (more);
        base = horizon;
        model.states.headMap(horizon).clear();
        assertEquals(horizon, index.state().base());
        if (horizon == block) {
            assertEquals(0, index.state().pastRows());
        }
        assertEquals(
                IndexException.Kind.BELOW_BASE,
                assertThrows(IndexException.class, () -> index.read(base - 1)).kind());
    }

    private String id(int number) {
        return number % 10 == 3 ? "d\u0000" + number / 100 : number % 10 == 4 ? "é" + number : "d" + number / 2;
    }

    private static byte[] number(int number) {
        return Integer.toString(number).getBytes(StandardCharsets.UTF_8);
    }

    private List<IndexRow> rows(String id) {
        List<IndexRow> rows = new ArrayList<>();
        Map<String, Integer> ordinals = new HashMap<>();
        for (int i = random.nextInt(random.nextInt(30) == 0 ? 400 : 6); i > 0; i--) {
            JsonNode key = key();
            byte[] sortKey = SortKey.of(key);
            int view = random.nextInt(REDUCERS.size());
            int ordinal = ordinals.merge(view + Arrays.toString(sortKey), 1, Integer::sum) - 1;
            rows.add(new IndexRow(
                    view,
                    sortKey,
                    id,
                    ordinal,
                    key.toString().getBytes(StandardCharsets.UTF_8),
                    number(random.nextInt(1000))));
        }
        return rows;
    }

    private JsonNode key() {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        int number = random.nextInt(keys);
        return switch (number % 4) {
            case 0 -> nodes.numberNode(number);
            case 1 -> nodes.stringNode("k" + number);
            default -> nodes.arrayNode().add(number / 100).add("x" + number);
        };
    }

    private void compare(long at) {
        IndexCheck.run(store.store(), KEYS, what -> {
            throw new AssertionError(what);
        });
        try (IndexReader reader = index.read(at)) {
            for (int view = 0; view < REDUCERS.size(); view++) {
                List<IndexRow> expected = model.rows(at, view);
                assertEquals(expected.size(), reader.rows(view));
                compare(reader, view, expected, null, null);
                for (int i = 0; i < 3; i++) {
                    compare(reader, view, expected, bound(expected), bound(expected));
                }
            }
            long[] rows = index.state().rows();
            if (at == block && uncommitted.isEmpty()) {
                for (int view = 0; view < rows.length; view++) {
                    assertEquals(model.rows(at, view).size(), rows[view]);
                }
            }
        }
    }

    private byte @Nullable [] bound(List<IndexRow> rows) {
        if (rows.isEmpty() || random.nextInt(4) == 0) {
            return random.nextBoolean() ? null : SortKey.of(key());
        }
        IndexRow row = rows.get(random.nextInt(rows.size()));
        return switch (random.nextInt(5)) {
            case 0 -> IndexKeys.before(row.sortKey());
            case 1 -> IndexKeys.after(row.sortKey());
            case 2 -> IndexKeys.before(row.sortKey(), row.id());
            case 3 -> IndexKeys.after(row.sortKey(), row.id());
            default -> IndexKeys.after(SortKey.group(row.sortKey(), 1));
        };
    }

    private void compare(
            IndexReader reader, int view, List<IndexRow> all, byte @Nullable [] from, byte @Nullable [] to) {
        List<IndexRow> expected = all.stream()
                .filter(row -> {
                    byte[] place = IndexModel.place(row);
                    return (from == null || Arrays.compareUnsigned(place, Place.of(view, from)) >= 0)
                            && (to == null || Arrays.compareUnsigned(place, Place.of(view, to)) < 0);
                })
                .toList();
        assertEquals(expected.size(), reader.count(view, from, to));
        Reducer reducer = REDUCERS.get(view);
        byte[] reduction = reader.reduce(view, from, to, reducer);
        if (expected.isEmpty()) {
            assertNull(reduction);
        } else {
            assertArrayEquals(reducer.reduce(expected), reduction);
        }
        for (boolean descending : List.of(false, true)) {
            List<String> rows = IndexModel.told(descending ? expected.reversed() : expected);
            List<String> seen = new ArrayList<>();
            int at = 0;
            try (RowCursor cursor = reader.rows(view, from, to, descending)) {
                while (true) {
                    if (random.nextInt(rows.size() / 4 + 2) == 0) {
                        int wanted = random.nextInt(random.nextBoolean() ? 3 : rows.size() + 2);
                        int skipped = (int) cursor.skip(wanted);
                        assertEquals(Math.min(wanted, rows.size() - at), skipped);
                        seen.addAll(rows.subList(at, at + skipped));
                        at += skipped;
                    }
                    if (!cursor.next()) {
                        break;
                    }
                    seen.add(IndexModel.told(cursor.row()));
                    at++;
                }
            }
            assertEquals(rows, seen);
        }
    }
}
