package archipel.ensemble;

import archipel.consensus.Consensus;
import archipel.consensus.Membership;
import archipel.divergence.ChainWatch;
import archipel.divergence.Finding;
import archipel.divergence.Findings;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.health.Health;
import archipel.health.Problem;
import archipel.log.Chains;
import archipel.storage.CatalogKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which groups this member has as the others have them, and what follows where it does not: nothing of such a group is
 * read or written here, this member does not lead it, and it says so, until the group was rebuilt. Safe for use by many
 * threads.
 */
final class Soundness implements ChainWatch.Host {
    private static final System.Logger LOG = System.getLogger(Soundness.class.getName());

    private final Findings findings;
    private final Map<Integer, ReplicatedGroup> groups;
    private final Health health;
    private final ReentrantLock judging = new ReentrantLock();
    private volatile Map<String, List<Finding>> others = Map.of();

    /** @param groups that there will be */
    Soundness(Findings findings, Map<Integer, ReplicatedGroup> groups, Health health) {
        this.findings = findings;
        this.groups = groups;
        this.health = health;
        report();
    }

    /** With what writes and reads of a group are to be refused, by the group alone; null where they are not. */
    @Nullable
    ErrorCode refusal(int group) {
        Finding finding = findings.find(group);
        if (finding == null) {
            return null;
        }
        return switch (finding.state()) {
            case SUSPECT -> null;
            case DIVERGED -> ErrorCode.DIVERGED;
            case REBUILDING -> ErrorCode.REBUILDING;
        };
    }

    /** As {@link #refusal}, by the system group as well, which says where everything is. */
    @Nullable
    RequestException refused(int group) {
        ErrorCode code = refusal(group);
        if (code == null) {
            code = refusal(CatalogKeys.SYSTEM_GROUP);
        }
        return code == null ? null : new RequestException(code);
    }

    /** What other members say of themselves. */
    void heard(Map<String, Greeting> greetings) {
        SortedMap<String, List<Finding>> all = new TreeMap<>();
        greetings.forEach((member, greeting) -> all.put(member, greeting.findings()));
        others = all;
    }

    /** Whether any group of a member is not to be used. */
    boolean isSetAside(String member) {
        return others.getOrDefault(member, List.of()).stream()
                .anyMatch(finding -> finding.state().isSetAside());
    }

    // For those who compare.

    @Override
    public List<Integer> groups() {
        return List.copyOf(groups.keySet());
    }

    private ReplicatedGroup group(int number) {
        ReplicatedGroup group = groups.get(number);
        if (group == null) {
            throw new IllegalArgumentException("there is no group " + number);
        }
        return group;
    }

    @Override
    public @Nullable Chains chains(int group) {
        return group(group).machine().chains();
    }

    @Override
    public @Nullable Membership members(int group) {
        Consensus consensus = group(group).consensus();
        return consensus == null ? null : consensus.standing().membership();
    }

    @Override
    public boolean leads(int group) {
        return group(group).leading() != 0;
    }

    @Override
    public Findings findings() {
        return findings;
    }

    @Override
    public boolean isKnown(String member, int group) {
        return others.getOrDefault(member, List.of()).stream()
                .anyMatch(finding -> finding.group() == group && finding.state().isSetAside());
    }

    @Override
    public void diverged(Finding finding, ChainWatch.Check check) {
        // An image may have put it right meanwhile.
        if (!note(finding, check)) {
            return;
        }
        LOG.log(
                System.Logger.Level.ERROR,
                "This member has other data than most: {0}. It serves nothing of the group until it was rebuilt:"
                        + " archipel ensemble rebuild.",
                finding.place());
        report();
        setAside(finding.group());
    }

    // It may be sound again just then.
    private void setAside(int number) {
        group(number).setAside();
        if (!findings.isSetAside(number)) {
            group(number).takeUp();
        }
    }

    // Unless the group is set aside already, or it is not so any more.
    private boolean note(Finding finding, ChainWatch.Check check) {
        judging.lock();
        try {
            if (findings.isSetAside(finding.group()) || !check.holds()) {
                return false;
            }
            findings.put(finding);
            return true;
        } finally {
            judging.unlock();
        }
    }

    @Override
    public void suspect(Finding finding) {
        if (!note(finding, () -> true)) {
            return;
        }
        LOG.log(
                System.Logger.Level.ERROR,
                "This member and another one have different data, and no majority has the same: {0}. Find out which of"
                        + " them is right, and run archipel ensemble rebuild on the others.",
                finding.place());
        report();
    }

    @Override
    public void cleared(int group) {
        judging.lock();
        try {
            if (!findings.isSetAside(group)) {
                findings.remove(group);
            }
        } finally {
            judging.unlock();
        }
        report();
    }

    // For those who rebuild.

    /**
     * Groups are to be rebuilt, which is durable when this returns.
     *
     * @param numbers of them
     */
    void rebuild(List<Integer> numbers) {
        for (int number : numbers) {
            judging.lock();
            try {
                Finding before = findings.find(number);
                if (isToRebuild(number)) {
                    continue;
                }
                findings.put(Finding.rebuilding(number, before));
            } finally {
                judging.unlock();
            }
            LOG.log(System.Logger.Level.WARNING, "group {0} is rebuilt from another member''s data", number);
            setAside(number);
        }
        report();
    }

    /** Whether a group can be had from another voter of it: one that answers, and has not set it aside. */
    boolean isHadByOther(int group, Set<String> voters) {
        return voters.stream().anyMatch(voter -> others.containsKey(voter) && !isKnown(voter, group));
    }

    /**
     * Gives up the rebuild of a group, which is durable when this returns: it goes on with the data that it has, unless
     * that is known to be wrong.
     *
     * @return false where it cannot go on with it
     */
    boolean cancel(int number) {
        Finding finding = findings.find(number);
        if (finding == null || !isToRebuild(number)) {
            return true;
        }
        if (finding.differs()) {
            settle(number, finding.cancelled());
        } else if (!group(number).goOn(() -> settle(number, null))) {
            return false;
        }
        LOG.log(System.Logger.Level.WARNING, "the rebuild of group {0} is given up", number);
        report();
        if (!findings.isSetAside(number)) {
            group(number).takeUp();
        }
        return true;
    }

    // Unless it was rebuilt meanwhile. What is only suspected is found again at once.
    private void settle(int number, @Nullable Finding finding) {
        judging.lock();
        try {
            if (!isToRebuild(number)) {
                return;
            } else if (finding == null) {
                findings.remove(number);
            } else {
                findings.put(finding);
            }
        } finally {
            judging.unlock();
        }
    }

    boolean isToRebuild(int number) {
        Finding finding = findings.find(number);
        return finding != null && finding.state() == Finding.State.REBUILDING;
    }

    /** Those of which something is wrong, in ascending order. */
    List<Integer> wrong() {
        return findings.all().stream().map(Finding::group).toList();
    }

    /** Those that are to be rebuilt. */
    List<ReplicatedGroup> toRebuild() {
        List<ReplicatedGroup> some = new ArrayList<>();
        for (Finding finding : findings.all()) {
            if (finding.state() == Finding.State.REBUILDING) {
                some.add(group(finding.group()));
            }
        }
        return some;
    }

    /** A group has another member's data now. By whoever has put it there, before anybody else looks at it. */
    void replaced(int number) {
        judging.lock();
        try {
            findings.remove(number);
        } finally {
            judging.unlock();
        }
        LOG.log(System.Logger.Level.INFO, "group {0} has another member''s data now", number);
        report();
        group(number).takeUp();
    }

    private void report() {
        report(
                Problem.DIVERGED,
                "This member's data differs from that of most members",
                "it serves nothing of that until it was rebuilt by 'archipel ensemble rebuild'.",
                true);
        report(
                Problem.DIVERGENCE_SUSPECTED,
                "This member's data differs from another member's, and no majority has the same",
                "find out which is right, and run 'archipel ensemble rebuild' on the other.",
                false);
    }

    // What databases are called is for admins, who ask _ensemble.
    private void report(Problem problem, String what, String remedy, boolean setAside) {
        List<Integer> some = findings.all().stream()
                .filter(finding -> finding.state().isSetAside() == setAside)
                .map(Finding::group)
                .toList();
        if (some.isEmpty()) {
            health.withdraw(problem);
        } else {
            health.report(problem, what + " (groups " + some + "): " + remedy);
        }
    }
}
