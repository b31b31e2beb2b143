package archipel.trees;

import archipel.report.Ticks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** How long something took, each time. For use by one thread at a time. */
final class Latencies {
    private final List<Long> nanos = new ArrayList<>();

    /** Adds the time since then. */
    void since(long beganNs) {
        nanos.add(Ticks.now() - beganNs);
    }

    void add(long tookNs) {
        nanos.add(tookNs);
    }

    void addAll(Latencies others) {
        nanos.addAll(others.nanos);
    }

    int count() {
        return nanos.size();
    }

    /** @param part 0 to 1 */
    String milliseconds(double part) {
        if (nanos.isEmpty()) {
            return "-";
        }
        List<Long> sorted = new ArrayList<>(nanos);
        Collections.sort(sorted);
        int index = Math.clamp((int) Math.ceil(part * sorted.size()) - 1, 0, sorted.size() - 1);
        return String.format(Locale.ROOT, "%,.2f", sorted.get(index) / 1e6);
    }
}
