package archipel.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.GroupCommand.Once;
import archipel.testkit.Seeded;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A window against a set of all numbers that were ever seen. */
class AppliedWindowFuzz {
    private static final int STEPS = 400;

    @Test
    void see_anyOrder_isWhatASetHas() {
        Seeded.check(300, AppliedWindowFuzz::run);
    }

    private static void run(SplittableRandom random) {
        AppliedWindow window = new AppliedWindow(7);
        Set<Long> seen = new HashSet<>();
        long settled = 0;
        long sent = 0;
        // Some senders have a few under way, some as many as there can be.
        long spread = random.nextInt(8) == 0 ? Once.WINDOW + 10 : random.nextLong(1, 300);
        for (int step = 0; step < STEPS; step++) {
            long number = switch (random.nextInt(8)) {
                case 0 -> random.nextLong(Math.max(1, sent - 2 * spread), sent + 2);
                case 1 -> settled + random.nextLong(1, spread + 1);
                default -> sent + 1;
            };
            boolean known = number <= settled || seen.contains(number);
            assertEquals(known, window.hasSeen(number), "number " + number + ", settled " + settled);
            long next = random.nextInt(4) == 0 ? random.nextLong(settled, Math.max(settled, number - 1) + 1) : settled;
            boolean room = number - lowest(seen, Math.max(settled, next)) < Once.WINDOW;
            if (!known) {
                assertEquals(room, window.hasRoom(number, next), "number " + number + ", settled " + next);
                if (room) {
                    window.see(number, next);
                    seen.add(number);
                    settled = Math.max(settled, next);
                    sent = Math.max(sent, number);
                }
            }
            if (random.nextInt(16) == 0) {
                window = random.nextBoolean() ? window.copy() : decoded(window);
            }
        }
        for (long number = 1; number <= sent + 2; number++) {
            assertEquals(number <= settled || seen.contains(number), window.hasSeen(number), "number " + number);
        }
        assertEquals(7, window.run());
    }

    private static long lowest(Set<Long> seen, long settled) {
        long lowest = settled + 1;
        while (seen.contains(lowest)) {
            lowest++;
        }
        return lowest;
    }

    private static AppliedWindow decoded(AppliedWindow window) {
        byte[] row = window.encode();
        assertTrue(row.length <= Once.WINDOW / Byte.SIZE + 20, row.length + " bytes");
        AppliedWindow decoded = AppliedWindow.decode(row);
        assertArrayEquals(row, decoded.encode());
        assertArrayEquals(row, window.copy().encode());
        return decoded;
    }
}
