package archipel.scheduler;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A queue in which shares take turns, however many jobs one of them has in it. Not safe for concurrent use. */
final class FairQueue {
    // The share whose turn is next at the beginning.
    private final LinkedHashMap<String, LinkedHashSet<Job>> shares = new LinkedHashMap<>();

    void add(Job job) {
        shares.computeIfAbsent(job.origin.share(), _ -> new LinkedHashSet<>()).add(job);
    }

    void remove(Job job) {
        LinkedHashSet<Job> share = shares.get(job.origin.share());
        if (share != null && share.remove(job) && share.isEmpty()) {
            shares.remove(job.origin.share());
        }
    }

    /** Takes the next one; null where there is none. */
    @Nullable
    Job poll() {
        Map.Entry<String, LinkedHashSet<Job>> next = shares.pollFirstEntry();
        if (next == null) {
            return null;
        }
        Job job = next.getValue().removeFirst();
        if (!next.getValue().isEmpty()) {
            shares.putLast(next.getKey(), next.getValue());
        }
        return job;
    }
}
