package archipel.rawhttp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MarkerCounterFuzz {
    @Test
    void accept_anySlices_countsAsAPlainSearchDoes() {
        long seed = 4711;
        for (int run = 0; run < 5000; run++, seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            String marker = "aab".repeat(random.nextInt(1, 4)) + "c";
            StringBuilder text = new StringBuilder();
            while (text.length() < 60) {
                text.append(random.nextInt(3) == 0 ? marker : "abc".substring(random.nextInt(3)));
            }
            MarkerCounter counter = new MarkerCounter(marker);
            byte[] bytes = text.toString().getBytes();
            for (int from = 0; from < bytes.length; ) {
                int length = Math.min(random.nextInt(0, 12), bytes.length - from);
                counter.accept(bytes, from, length);
                from += length;
            }
            assertEquals(plain(text.toString(), marker), counter.count(), "seed " + seed);
        }
    }

    private static long plain(String text, String marker) {
        long found = 0;
        for (int at = text.indexOf(marker); at >= 0; at = text.indexOf(marker, at + marker.length())) {
            found++;
        }
        return found;
    }
}
