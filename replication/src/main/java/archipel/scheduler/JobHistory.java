package archipel.scheduler;

import archipel.scheduler.JobEvent.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest events of one replication, in little memory: most replications never have more than a few. Reasons come
 * from other servers, so that all but the newest are kept as their beginning. Not safe for concurrent use.
 */
final class JobHistory {
    private static final int NEWEST_CHARS = 500;
    private static final int EARLIER_CHARS = 60;
    private static final Kind[] KINDS = Kind.values();

    // The oldest first. The lowest bits of a time say what happened.
    private long[] events = new long[1];
    private @Nullable String @Nullable [] reasons;
    private int size;

    /** @param most events that are kept, from 1 */
    void add(Kind kind, Instant time, @Nullable String reason, int most) {
        if (size >= most) {
            drop(size - most + 1);
        }
        if (size == events.length) {
            events = Arrays.copyOf(events, Math.min(Math.max(most, size + 1), 2 * size + 1));
        }
        events[size] = time.toEpochMilli() << 2 | kind.ordinal();
        if (reason != null || reasons != null) {
            remember(reason);
        }
        size++;
    }

    private void remember(@Nullable String reason) {
        @Nullable String[] all = reasons == null ? new String[events.length] : Arrays.copyOf(reasons, events.length);
        reasons = all;
        String newest = reason == null ? null : cut(reason, NEWEST_CHARS);
        for (int i = size - 1; i >= 0 && newest != null; i--) {
            String earlier = all[i];
            if (newest.equals(earlier)) {
                newest = earlier;
                break;
            }
            all[i] = earlier == null ? null : cut(earlier, EARLIER_CHARS);
        }
        all[size] = newest;
    }

    private static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most - 1) + "…";
    }

    private void drop(int oldest) {
        size -= oldest;
        System.arraycopy(events, oldest, events, 0, size);
        if (reasons != null) {
            System.arraycopy(reasons, oldest, reasons, 0, size);
            Arrays.fill(reasons, size, reasons.length, null);
        }
    }

    /** The newest first. */
    List<JobEvent> events() {
        List<JobEvent> all = new ArrayList<>(size);
        for (int i = size - 1; i >= 0; i--) {
            all.add(new JobEvent(
                    KINDS[(int) (events[i] & 3)],
                    Instant.ofEpochMilli(events[i] >> 2),
                    reasons == null ? null : reasons[i]));
        }
        return all;
    }

    /** Whether the newest event is that. */
    boolean endsWith(Kind kind) {
        return size > 0 && (events[size - 1] & 3) == kind.ordinal();
    }

    /** When the newest event was. */
    Instant newest() {
        return Instant.ofEpochMilli(events[size - 1] >> 2);
    }

    /** Why it crashed last; null where it has not, as far as is known. */
    @Nullable
    String lastReason() {
        for (int i = size - 1; reasons != null && i >= 0; i--) {
            if (reasons[i] != null) {
                return reasons[i];
            }
        }
        return null;
    }
}
