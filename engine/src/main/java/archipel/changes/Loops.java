package archipel.changes;

import archipel.health.Health;
import archipel.health.Problem;
import java.time.InstantSource;
import java.util.Set;
import java.util.TreeSet;

/** What a node does in the background. Which of it fails is reported as one problem. Safe for use by many threads. */
public final class Loops {
    private static final System.Logger LOG = System.getLogger(Loops.class.getName());

    private final Threads threads;
    private final InstantSource clock;
    private final Health health;
    // Names of loops whose last round failed.
    private final Set<String> faulty = new TreeSet<>();

    /** @param clock by which faults are logged */
    public Loops(Threads threads, InstantSource clock, Health health) {
        this.threads = threads;
        this.clock = clock;
        this.health = health;
    }

    /**
     * A loop that has not started.
     *
     * @param name as logs and {@code /_up} show it
     */
    public Loop loop(String name, Loop.Round round) {
        return new Loop(this, name, round);
    }

    /** A thread that does something once, not started yet. What that throws is logged, and harms nobody else. */
    public Thread task(String name, Runnable work) {
        return threads.background("archipel-" + name, () -> {
            try {
                work.run();
            } catch (Throwable e) {
                LOG.log(System.Logger.Level.WARNING, name + " ended early", e);
            }
        });
    }

    Threads threads() {
        return threads;
    }

    InstantSource clock() {
        return clock;
    }

    synchronized void faulty(String name) {
        faulty.add(name);
        report();
    }

    synchronized void sound(String name) {
        faulty.remove(name);
        report();
    }

    private void report() {
        if (faulty.isEmpty()) {
            health.withdraw(Problem.BACKGROUND_FAULTS);
        } else {
            health.report(
                    Problem.BACKGROUND_FAULTS,
                    "Work in the background fails and is tried again (" + String.join(", ", faulty)
                            + "); the log says why.");
        }
    }
}
