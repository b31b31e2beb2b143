package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.consensus.Membership;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One group's agreement, reduced to what its members may rely on: logs, terms and votes are those of Raft, and what two
 * members say to each other is one step, which comes to pass or not. Whoever calls says when: nothing happens by
 * itself.
 */
final class FakeRaft {
    /** How many entries go from one member to another at once, at the most. */
    private static final int AT_ONCE = 12;

    private final SplittableRandom random;
    private final SimClock clock;
    private final Reach reach;
    private final SortedMap<String, FakeMember> members = new TreeMap<>();
    // All that was ever committed, by whichever leader: it stays for ever.
    private final List<Entry> committed = new ArrayList<>();
    private boolean calm;

    FakeRaft(SplittableRandom random, SimClock clock, Reach reach, List<String> names) {
        this.random = random;
        this.clock = clock;
        this.reach = reach;
        names.forEach(name -> members.put(name, new FakeMember(this, name)));
    }

    /** Whether a member can say something to another one now. */
    @FunctionalInterface
    interface Reach {
        boolean reaches(String from, String to);
    }

    /** @param bytes none in what a leader begins its term with */
    record Entry(long term, byte @Nullable [] bytes) {}

    SplittableRandom random() {
        return random;
    }

    SimClock clock() {
        return clock;
    }

    /** Whether nothing is refused or lost that need not be. */
    void calm(boolean isCalm) {
        calm = isCalm;
    }

    boolean isCalm() {
        return calm;
    }

    FakeMember member(String name) {
        return members.get(name);
    }

    List<FakeMember> members() {
        return List.copyOf(members.values());
    }

    Membership membership() {
        return new Membership(new TreeSet<>(members.keySet()), new TreeSet<>());
    }

    private int quorum() {
        return members.size() / 2 + 1;
    }

    List<Entry> committed() {
        return committed;
    }

    boolean connects(FakeMember one, FakeMember other) {
        return one == other
                || other.isRunning()
                        && one.isRunning()
                        && reach.reaches(one.name(), other.name())
                        && reach.reaches(other.name(), one.name());
    }

    /** A member asks for votes; whoever votes for it follows nobody else from then on. */
    boolean elect(FakeMember candidate) {
        if (!candidate.isRunning() || candidate.isLeading()) {
            return false;
        }
        List<FakeMember> voters = members.values().stream()
                .filter(voter -> connects(candidate, voter) && candidate.isAsNewAs(voter))
                .toList();
        if (voters.size() < quorum()) {
            return false;
        }
        long term = voters.stream().mapToLong(FakeMember::term).max().orElseThrow() + 1;
        voters.forEach(voter -> voter.stepDown(term));
        candidate.lead(term);
        return true;
    }

    /** A leader tells another member of some entries, and how far all have come. */
    void replicate(FakeMember leader, FakeMember follower) {
        if (leader == follower || !leader.isLeading() || !connects(leader, follower)) {
            return;
        }
        if (follower.term() > leader.term()) {
            leader.stepDown(follower.term());
            return;
        }
        follower.follow(leader.name(), leader.term());
        int match = follower.matching(leader);
        if (match + 1 < leader.first()) {
            leader.giveImage(follower);
            return;
        }
        int most = Math.min(leader.last() - match, AT_ONCE);
        int count = calm ? most : random.nextInt(most + 1);
        follower.take(leader, match, count);
        if (calm || random.nextInt(3) > 0) {
            follower.learn(Math.min(leader.commit(), match + count));
        }
    }

    /** A leader counts who has its entries. */
    void count(FakeMember leader) {
        if (!leader.isLeading()) {
            return;
        }
        for (int index = leader.last(); index > leader.commit(); index--) {
            Entry entry = leader.entry(index);
            int at = index;
            if (entry.term() == leader.term()
                    && members.values().stream()
                                    .filter(member -> connects(leader, member) && member.has(at, entry))
                                    .count()
                            >= quorum()) {
                commit(leader, index);
                return;
            }
        }
    }

    private void commit(FakeMember leader, int index) {
        for (int i = 1; i <= index; i++) {
            if (i <= committed.size()) {
                assertSame(committed.get(i - 1), leader.entry(i), "the simulated log itself is wrong");
            } else {
                committed.add(leader.entry(i));
            }
        }
        leader.learn(index);
    }

    /** Whether a majority takes it for the leader still; whoever knows better tells it. */
    boolean confirms(FakeMember leader) {
        int with = 0;
        for (FakeMember member : members.values()) {
            if (connects(leader, member)) {
                if (member.term() > leader.term()) {
                    leader.stepDown(member.term());
                    return false;
                }
                with++;
                if (member != leader) {
                    member.follow(leader.name(), leader.term());
                    if (random.nextBoolean()) {
                        member.learn(Math.min(leader.commit(), member.matching(leader)));
                    }
                }
            }
        }
        return with >= quorum();
    }

    /** The leader of the newest term, where it runs. */
    @Nullable
    FakeMember leader() {
        FakeMember newest = null;
        for (FakeMember member : members.values()) {
            if (member.isRunning() && member.isLeading() && (newest == null || member.term() > newest.term())) {
                newest = member;
            }
        }
        return newest;
    }

    /** A while of a network in which everything arrives. */
    void settle() {
        FakeMember leader = leader();
        if (leader == null) {
            for (FakeMember member : members.values()) {
                if (elect(member)) {
                    break;
                }
            }
            leader = leader();
            assertTrue(leader != null || members.values().stream().anyMatch(member -> !member.isRunning()));
        }
        if (leader != null) {
            leader.order(Integer.MAX_VALUE);
            for (FakeMember member : members.values()) {
                replicate(leader, member);
            }
            count(leader);
        }
    }
}
