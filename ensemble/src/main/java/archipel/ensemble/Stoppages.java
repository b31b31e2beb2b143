package archipel.ensemble;

import archipel.health.Health;
import archipel.health.Problem;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** In which groups this member takes no part, and why: said as long as that is so. Safe for use by many threads. */
final class Stoppages {
    private static final String PASSING =
            " It takes part again once the log can be read and written, which is tried again and again.";
    private static final String LASTING =
            " Restart the node once the cause is gone: what it has is not updated before.";

    private final Health health;
    private final Map<Integer, Stoppage> stopped = new TreeMap<>();

    Stoppages(Health health) {
        this.health = health;
    }

    /** @param again whether it passes without a restart */
    synchronized void stopped(int group, String reason, boolean again) {
        stopped.put(group, new Stoppage(reason, again));
        report();
    }

    synchronized void resumes(int group) {
        stopped.remove(group);
        report();
    }

    private void report() {
        Stoppage told = told();
        if (told == null) {
            health.withdraw(Problem.MEMBER_STOPPED);
            return;
        }
        health.report(
                Problem.MEMBER_STOPPED,
                "Groups " + stopped.keySet() + " have stopped on this node: " + told.reason() + "."
                        + (told.again() ? PASSING : LASTING));
    }

    private @Nullable Stoppage told() {
        return stopped.values().stream()
                .filter(one -> !one.again())
                .findFirst()
                .or(() -> stopped.values().stream().findFirst())
                .orElse(null);
    }

    private record Stoppage(String reason, boolean again) {}
}
