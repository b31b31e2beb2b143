package archipel.mesh;

import archipel.changes.SteadyClock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * The processes that call with one member's key, of which there are two at a time where a data directory was copied.
 *
 * <ol>
 *   <li>A call of a new process proves nothing: the node may have been restarted.
 *   <li>It ends the feeds of the process before, which {@link #mustCallAgain}.
 *   <li>If that one calls again, both run: each is told so when it calls, the other one after its feed was ended, too.
 * </ol>
 *
 * <p>Safe for use by many threads.
 */
final class Callers {
    /** A proof counts as long as that; those that are told of it call more often. */
    static final long PROOF_MS = 30_000;

    private static final int MOST = 4;

    private final SteadyClock clock;
    /** The newest one last. */
    private final Deque<String> instances = new ArrayDeque<>();

    private final Set<String> told = new HashSet<>();
    private boolean proven;
    private long provenMs;

    Callers(SteadyClock clock) {
        this.clock = clock;
    }

    /**
     * A process has called, which is told what this gives.
     *
     * @param instance that tells it apart; empty where it does not say
     * @return whether another one runs with its key
     */
    synchronized boolean called(String instance) {
        if (instance.isEmpty()) {
            return false;
        }
        if (!instance.equals(instances.peekLast())) {
            if (instances.remove(instance)) {
                proven = true;
                provenMs = clock.millis();
            } else if (instances.size() == MOST) {
                told.remove(instances.remove());
            }
            instances.add(instance);
        }
        if (proven && clock.millis() - provenMs > PROOF_MS) {
            proven = false;
            told.clear();
        }
        if (proven) {
            told.add(instance);
        }
        return proven;
    }

    /** Whether it is not known that a process still runs, as another one has called since, or it does not know that. */
    synchronized boolean mustCallAgain(String instance) {
        return !instance.isEmpty() && !instance.equals(instances.peekLast()) && !told.contains(instance);
    }
}
