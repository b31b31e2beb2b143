package archipel.ensemble;

import archipel.changes.Deadline;
import archipel.consensus.Consensus;
import archipel.consensus.Membership;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings the members of one group to what was agreed upon, for as long as this member leads it. Each group's leader
 * does so by itself, from the roster, which it has as everybody has: so nobody has to go on with what another one has
 * begun, and a change of leader in the middle is nothing special. One change is under way at a time; a change that
 * comes to nothing is tried again.
 *
 * <p>Whoever comes is an observer first, and gets its vote once it has nearly all that the leader has: one that is slow
 * never counts to a majority that then waits for it. Whoever changes its role leaves the group for that, since the
 * library goes on counting a sender for what it was started as.
 */
final class GroupMembers {
    private static final System.Logger LOG = System.getLogger(GroupMembers.class.getName());
    private static final Duration PAUSE = Duration.ofSeconds(1);
    /** How many commands one may be behind that gets its vote: the library waits for these. */
    private static final long NEARLY = 1000;

    private final ReplicatedGroup group;
    private final String own;
    private volatile boolean changing;
    private volatile @Nullable String failed;
    private Deadline pause = Deadline.after(Duration.ZERO);
    private long term;
    private volatile long settled;
    // Who is in no role at the moment because its vote comes next.
    private @Nullable String promoted;

    GroupMembers(ReplicatedGroup group, String own) {
        this.group = group;
        this.own = own;
    }

    /** The version of the roster that the group's members are of; 0 where this member does not lead, or none is. */
    long settled() {
        return group.leading() == term ? settled : 0;
    }

    /**
     * Takes the next step, where this member leads and there is one.
     *
     * @param heard who answers at the moment
     * @param confirmed whether the roster is the newest that was agreed upon; may wait
     */
    void step(Roster roster, Map<String, Greeting> heard, BooleanSupplier confirmed) {
        Consensus consensus = group.consensus();
        long leading = group.leading();
        if (leading != term) {
            term = leading;
            settled = 0;
            promoted = null;
        }
        if (leading != 0 && changing && pause.hasPassed()) {
            pause = Deadline.after(PAUSE);
            group.nudge();
        }
        if (leading == 0 || consensus == null || changing || settled == roster.version() || !pause.hasPassed()) {
            return;
        }
        String failure = failed;
        if (failure != null) {
            failed = null;
            LOG.log(System.Logger.Level.DEBUG, "a change of group {0} is tried again: {1}", group.number(), failure);
        }
        Membership current = consensus.standing().membership();
        Membership wanted = roster.wanted();
        if (current.equals(wanted)) {
            settled = roster.version();
            return;
        }
        if (!confirmed.getAsBoolean()) {
            return;
        }
        if (!wanted.voters().contains(own)) {
            handOver(consensus, current, wanted, heard);
            return;
        }
        Membership next = next(current, wanted, heard);
        if (!next.equals(current)) {
            change(consensus, next);
        }
    }

    private void change(Consensus consensus, Membership next) {
        changing = true;
        consensus.change(next, failure -> {
            failed = failure;
            changing = false;
        });
        pause = Deadline.after(PAUSE.dividedBy(5));
    }

    private void handOver(Consensus consensus, Membership current, Membership wanted, Map<String, Greeting> heard) {
        pause = Deadline.after(PAUSE);
        String best = null;
        long most = -1;
        for (String name : current.voters()) {
            Greeting greeting = heard.get(name);
            if (greeting != null && !name.equals(own) && wanted.voters().contains(name)) {
                long applied = greeting.applied().getOrDefault(group.number(), 0L);
                if (applied > most) {
                    most = applied;
                    best = name;
                }
            }
        }
        if (best != null) {
            consensus.transfer(best, failure -> {});
        }
    }

    private Membership next(Membership current, Membership wanted, Map<String, Greeting> heard) {
        SortedSet<String> voters = new TreeSet<>(current.voters());
        SortedSet<String> observers = new TreeSet<>(current.observers());
        String coming = promoted;
        promoted = null;
        if (coming != null
                && wanted.voters().contains(coming)
                && !current.observers().contains(coming)) {
            voters.add(coming);
            return new Membership(voters, observers);
        }
        // Those who go, before others come: a vote that is lost costs nobody, one that is slow does.
        observers.removeIf(
                name -> !wanted.voters().contains(name) && !wanted.observers().contains(name));
        for (String name : current.voters()) {
            if (!wanted.voters().contains(name)) {
                voters.remove(name);
                return new Membership(voters, observers);
            }
        }
        for (String name : wanted.voters()) {
            if (current.observers().contains(name) && isNearlyHere(name, heard)) {
                observers.remove(name);
                promoted = name;
                return new Membership(voters, observers);
            }
        }
        for (SortedSet<String> all : List.of(wanted.voters(), wanted.observers())) {
            for (String name : all) {
                if (!voters.contains(name)) {
                    observers.add(name);
                }
            }
        }
        return new Membership(voters, observers);
    }

    private boolean isNearlyHere(String name, Map<String, Greeting> heard) {
        Greeting greeting = heard.get(name);
        Long applied = greeting == null ? null : greeting.applied().get(group.number());
        long newest = group.position().index();
        // One that has nothing is to be sent an image first, however little there is in it.
        return applied != null && applied + NEARLY >= newest && (applied > 0 || newest == 0);
    }
}
