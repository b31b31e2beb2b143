package archipel.ensemble;

import archipel.changes.Deadline;
import archipel.health.Health;
import archipel.health.Problem;
import archipel.transport.Listener;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds out that this node is no member any more: it is told so while it goes, or most of the others turn it away when
 * it comes back. Safe for use by many threads.
 */
final class Exclusion implements Listener {
    /** One that was just added is not known everywhere at once. */
    private static final Duration DOUBT = Duration.ofSeconds(5);

    private final MemberDirectory directory;
    private final Health health;
    private final Set<String> turnedAway = ConcurrentHashMap.newKeySet();
    private @Nullable Deadline doubt;

    Exclusion(MemberDirectory directory, Health health) {
        this.directory = directory;
        this.health = health;
    }

    @Override
    public void unreachable(String member, String reason) {
        if (Listener.isNotAdmitted(reason)) {
            turnedAway.add(member);
        } else {
            turnedAway.remove(member);
        }
    }

    @Override
    public void connected(String member) {
        turnedAway.remove(member);
    }

    /** Says so where it is. On one thread. */
    void look() {
        int others = directory.members().size() - 1;
        long refusing = directory.members().stream()
                .filter(member -> turnedAway.contains(member.name()))
                .count();
        if (others == 0 || refusing < others / 2 + 1) {
            doubt = null;
            directory.exclude(false);
        } else if (doubt == null) {
            doubt = Deadline.after(DOUBT);
        } else if (doubt.hasPassed()) {
            directory.exclude(true);
        }
        if (directory.isRemoved()) {
            health.report(
                    Problem.NO_MEMBER,
                    "This node was removed from its ensemble: it has what it had then. 'archipel ensemble join' makes"
                            + " it a member again.");
        } else {
            health.withdraw(Problem.NO_MEMBER);
        }
    }
}
