package archipel.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DataCommand;
import archipel.command.Fence;
import archipel.command.Refusal;
import archipel.document.ErrorCode;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.SeekableRows;
import archipel.testkit.Seeded;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a database remembers of tokens, against a model that remembers all of them. */
class FencesFuzz {
    private static final CatalogKeys KEYS = new CatalogKeys(1);

    @Test
    void require_anyTokens_staleOnesAreNeverTaken() {
        Seeded.check(300, random -> run(random, 3 + random.nextInt(4)));
    }

    @Test
    void require_fewLocks_noneIsRefusedThatIsNotStale() {
        Seeded.check(100, random -> assertFalse(run(random, 100)));
    }

    @Test
    void forget_aLockOrAll_takesAnyTokenOfItAgain() {
        MapRows rows = new MapRows(false);
        assertTrue(rows.take(shown("a", 100), 1, 2));
        assertTrue(rows.take(shown("b", 200), 2, 2));
        assertFalse(rows.take(shown("a", 1), 3, 2));
        assertTrue(Fences.forget(rows.changing(), KEYS, 7, "a"));
        assertFalse(Fences.forget(rows.changing(), KEYS, 7, "a"));
        assertTrue(rows.take(shown("a", 1), 4, 2));
        assertFalse(rows.take(shown("b", 1), 5, 2));
        // The count is right: c is the third, so that one is forgotten.
        assertTrue(rows.take(shown("c", 300), 6, 2));
        assertFalse(rows.take(shown("b", 1), 7, 2));
        assertTrue(Fences.forget(rows.changing(), KEYS, 7, ""));
        assertEquals(Map.of(), rows.rows);
        assertTrue(rows.take(shown("b", 1), 8, 2));
        assertEquals(3, rows.rows.size());
    }

    private static DataCommand.Fenced<?> shown(String name, long token) {
        return new DataCommand.Fenced<>(List.of(new Fence(name, token)), new DataCommand.Compact(7));
    }

    /** @return whether one was refused that was not stale */
    private static boolean run(SplittableRandom random, int remembered) {
        MapRows reading = new MapRows(false);
        MapRows forgetful = new MapRows(true);
        Map<String, Long> greatest = new HashMap<>();
        long[] newest = new long[2];
        boolean harsh = false;
        long position = 0;
        for (int i = 0; i < 300; i++) {
            position += 1 + random.nextInt(random.nextInt(10) == 0 ? 300 : 3);
            TreeMap<String, Long> shown = new TreeMap<>();
            for (int j = random.nextInt(3); j >= 0; j--) {
                int name = random.nextInt(10);
                long token = Math.max(1, i - 10 + random.nextInt(20));
                shown.put("lock" + name, token + base(kind(name)));
            }
            List<Fence> fences = shown.entrySet().stream()
                    .map(entry -> new Fence(entry.getKey(), entry.getValue()))
                    .toList();
            DataCommand.Fenced<?> command = new DataCommand.Fenced<>(fences, new DataCommand.Compact(7));
            boolean stale = shown.entrySet().stream()
                    .anyMatch(entry -> greatest.getOrDefault(entry.getKey(), 0L) > entry.getValue());
            boolean taken = reading.take(command, position, remembered);
            assertEquals(taken, forgetful.take(command, position, remembered));
            assertFalse(stale && taken, command::toString);
            assertTrue(taken || fences.stream().anyMatch(fence -> fence.token() < newest[kind(fence)]));
            if (taken) {
                fences.forEach(fence -> newest[kind(fence)] = Math.max(newest[kind(fence)], fence.token()));
            }
            harsh |= !stale && !taken;
            if (taken) {
                shown.forEach((name, token) -> greatest.merge(name, token, Math::max));
            }
            assertEquals(
                    reading.rows.keySet().toString(), forgetful.rows.keySet().toString());
            assertTrue(reading.rows.size() <= 1 + 2 * remembered);
        }
        return harsh;
    }

    /** Half of the names are of locks, the others of nodes. */
    private static int kind(int name) {
        return name % 2;
    }

    private static int kind(Fence fence) {
        return fence.token() >= Fence.FIRST_OF_NODES ? 1 : 0;
    }

    private static long base(int kind) {
        return kind * Fence.FIRST_OF_NODES;
    }

    /** Rows in a map, which a command finds as it has left them, or as they were before it. */
    private static final class MapRows implements Fences.Rows {
        private final boolean forgetful;
        private TreeMap<String, byte[]> rows = new TreeMap<>();
        private TreeMap<String, byte[]> written = new TreeMap<>();

        MapRows(boolean forgetful) {
            this.forgetful = forgetful;
        }

        boolean take(DataCommand.Fenced<?> command, long position, int remembered) {
            written = new TreeMap<>(rows);
            try {
                Fences.require(this, KEYS, command, position, remembered);
                rows = written;
                return true;
            } catch (Refusal refusal) {
                assertTrue(List.of(ErrorCode.FENCED.name(), ErrorCode.FENCE_FORGOTTEN.name())
                        .contains(refusal.getMessage()));
                return false;
            }
        }

        /** For what is not refused. */
        MapRows changing() {
            written = rows;
            return this;
        }

        private TreeMap<String, byte[]> seen() {
            return forgetful ? rows : written;
        }

        private static String text(byte[] key) {
            StringBuilder text = new StringBuilder();
            for (byte b : key) {
                text.append((char) (b & 0xff));
            }
            return text.toString();
        }

        private static byte[] bytes(String key) {
            byte[] bytes = new byte[key.length()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) key.charAt(i);
            }
            return bytes;
        }

        @Override
        public byte[] get(Family family, byte[] key) {
            return seen().get(text(key));
        }

        @Override
        public void put(Family family, byte[] key, byte[] value) {
            written.put(text(key), value);
        }

        @Override
        public void delete(Family family, byte[] key) {
            written.remove(text(key));
        }

        @Override
        public SeekableRows seekable(Family family, byte[] lower, byte[] upper) {
            TreeMap<String, byte[]> range = new TreeMap<>(seen().subMap(text(lower), text(upper)));
            return new SeekableRows() {
                private String at = "";

                @Override
                public boolean seek(byte[] wanted) {
                    String found = range.ceilingKey(text(wanted));
                    at = found == null ? at : found;
                    return found != null;
                }

                @Override
                public byte[] key() {
                    return bytes(at);
                }

                @Override
                public byte[] value() {
                    return Arrays.copyOf(range.get(at), range.get(at).length);
                }

                @Override
                public void close() {}
            };
        }
    }
}
