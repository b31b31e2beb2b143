package archipel.ensemble;

import archipel.changes.Deadline;
import archipel.command.GroupCommand;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.storage.CatalogKeys;
import archipel.storage.FormatVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the members as they were agreed upon: has this node know them ({@link MemberDirectory}), brings the groups to
 * it that this one leads ({@link GroupMembers}), and where it leads the system group sees to the roster itself. Looks a
 * few times a second; where nothing has changed it finds that out by comparing numbers.
 */
final class MemberKeeper {
    private static final System.Logger LOG = System.getLogger(MemberKeeper.class.getName());
    private static final Duration BARRIER = Duration.ofSeconds(5);
    /** After how long nothing is on its way any more that a removed member has sent, beyond the time of a write. */
    private static final Duration STRAGGLERS = Duration.ofSeconds(60);

    private final SharedFacts facts;
    private final MemberDirectory directory;
    private final Meeting meeting;
    private final ReplicatedLog log;
    private final List<GroupMembers> groups = new ArrayList<>();
    private final Map<Long, Deadline> stragglers = new HashMap<>();
    private final ReentrantLock writing = new ReentrantLock();
    private @Nullable String followed;
    // Guarded by the lock: greater than every version that this node has tried to write.
    private long written;

    MemberKeeper(SharedFacts facts, MemberDirectory directory, Meeting meeting, ReplicatedLog log) {
        this.facts = facts;
        this.directory = directory;
        this.meeting = meeting;
        this.log = log;
        log.groups().forEach(group -> groups.add(new GroupMembers(group, directory.own())));
    }

    /** By which version of the roster the groups' members are that this node leads. */
    SortedMap<Integer, Long> settled() {
        SortedMap<Integer, Long> settled = new TreeMap<>();
        for (int i = 0; i < groups.size(); i++) {
            long version = groups.get(i).settled();
            if (version > 0) {
                settled.put(log.groups().get(i).number(), version);
            }
        }
        return settled;
    }

    /** Whether all groups' members are as agreed upon, as far as is known here. */
    boolean isSettled() {
        return unsettled().isEmpty();
    }

    /** Groups whose members are not known to be as agreed upon. */
    List<Integer> unsettled() {
        long version = directory.roster().version();
        SortedMap<Integer, Long> settled = new TreeMap<>(settled());
        meeting.heard()
                .values()
                .forEach(greeting ->
                        greeting.settled().forEach((group, other) -> settled.merge(group, other, Math::max)));
        List<Integer> unsettled = new ArrayList<>();
        for (ReplicatedGroup group : log.groups()) {
            if (settled.getOrDefault(group.number(), 0L) < version) {
                unsettled.add(group.number());
            }
        }
        return unsettled;
    }

    /** Looks once. On one thread, which may wait. */
    void look() {
        follow();
        Roster roster = directory.roster();
        if (roster.version() > 0) {
            Confirmed confirmed = new Confirmed(roster);
            for (GroupMembers group : groups) {
                group.step(roster, meeting.heard(), confirmed::get);
            }
            raise(roster, confirmed);
        }
        long term = log.groups().getFirst().leading();
        if (term != 0) {
            lead(term, roster);
        }
    }

    // A member that is down may come back with the program that it had, so all of them have to say what they know.
    private void raise(Roster roster, Confirmed confirmed) {
        FormatVersion common = commonFormat(roster);
        for (ReplicatedGroup group : log.groups()) {
            if (group.leading() != 0
                    && common != null
                    && !group.codec().format().isAtLeast(common)
                    && confirmed.get()) {
                group.raise(common);
            }
        }
    }

    /** The newest that all members know; null as long as one of them has not said so. */
    private @Nullable FormatVersion commonFormat(Roster roster) {
        int common = FormatVersion.NEWEST.number();
        for (String name : roster.members().keySet()) {
            if (!name.equals(directory.own())) {
                Greeting greeting = meeting.heard().get(name);
                if (greeting == null) {
                    return null;
                }
                common = Math.min(common, greeting.format());
            }
        }
        return FormatVersion.of(common);
    }

    private void follow() {
        String fact = facts.get(Roster.FACT);
        if (fact != null && !fact.equals(followed) && !directory.isFounder()) {
            if (directory.follow(Roster.parse(fact))) {
                followed = fact;
            }
        }
    }

    /** Whether the roster is the newest, asked at most once. */
    private final class Confirmed {
        private final Roster roster;
        private @Nullable Boolean confirmed;

        Confirmed(Roster roster) {
            this.roster = roster;
        }

        boolean get() {
            Boolean known = confirmed;
            if (known == null) {
                known = isNewest();
                confirmed = known;
            }
            return known;
        }

        private boolean isNewest() {
            try {
                log.readBarrier(CatalogKeys.SYSTEM_GROUP).get(BARRIER.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException unknown) {
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
            follow();
            return directory.roster().version() == roster.version();
        }
    }

    // What the leader of the system group does.
    private void lead(long term, Roster roster) {
        try {
            if (directory.isFounder() || facts.get(Roster.FACT) == null) {
                found(term);
            } else if (roster.version() > 0) {
                refresh(term, roster);
                if (isSettled()) {
                    dismiss(term, roster);
                }
                forget(term, roster);
            }
        } catch (RequestException | CompletionException e) {
            // Another one leads, or soon will; or it is done at the next look.
            LOG.log(System.Logger.Level.DEBUG, "the members are looked after again in a moment", e);
        }
    }

    // An ensemble that begins: its first members are those that have met. One that was forced has to have all groups
    // to itself first, or it would be brought back to the members that were.
    private void found(long term) {
        boolean all = log.groups().stream().allMatch(group -> group.leading() != 0);
        if (directory.isFounder() && !all) {
            return;
        }
        SortedMap<String, Roster.Entry> entries = new TreeMap<>();
        for (MemberInfo member : directory.members()) {
            String fingerprint = member.fingerprint();
            if (fingerprint == null) {
                // Others have met it; the next greeting says who it is.
                return;
            }
            entries.put(
                    member.name(),
                    new Roster.Entry(member.address(), fingerprint, member.observer(), origin(member.name()), false));
        }
        change(term, known -> {
            List<Long> former = new ArrayList<>(known.former());
            known.members().values().stream()
                    .filter(old -> old.origin() != 0 && !entries.containsKey(old.name()))
                    .forEach(old -> former.add(old.origin()));
            return new Roster(known.version() + 1, entries, former);
        });
        String fact = facts.get(Roster.FACT);
        if (directory.isFounder() && fact != null) {
            directory.founded(Roster.parse(fact));
        }
    }

    private long origin(String name) {
        Greeting greeting = meeting.heard().get(name);
        if (greeting != null) {
            return greeting.origin();
        }
        return name.equals(directory.own()) ? log.origin().member() : 0;
    }

    // Where members are, and what their commands are known by, as they say themselves.
    private void refresh(long term, Roster roster) {
        for (Roster.Entry entry : roster.members().values()) {
            MemberInfo known = directory.find(entry.name());
            long origin = origin(entry.name());
            boolean moved = known != null && !known.address().equals(entry.address());
            boolean met = origin != 0 && origin != entry.origin();
            if (known != null && (moved || met)) {
                change(term, newest -> {
                    Roster.Entry same = newest.find(entry.name());
                    return same == null || !same.fingerprint().equals(entry.fingerprint())
                            ? newest
                            : newest.with((met ? same.withOrigin(origin) : same).with(known.address()));
                });
            }
        }
    }

    // Whoever was to leave has left all groups.
    private void dismiss(long term, Roster roster) {
        for (Roster.Entry entry : roster.members().values()) {
            if (entry.leaving()) {
                change(term, newest -> newest.version() == roster.version() ? newest.without(entry.name()) : newest);
                return;
            }
        }
    }

    private void forget(long term, Roster roster) {
        stragglers.keySet().retainAll(roster.former());
        List<Long> over = new ArrayList<>();
        for (long origin : roster.former()) {
            if (stragglers
                    .computeIfAbsent(
                            origin, _ -> Deadline.after(log.patience().write().plus(STRAGGLERS)))
                    .hasPassed()) {
                over.add(origin);
            }
        }
        if (over.isEmpty()) {
            return;
        }
        for (long origin : over) {
            for (ReplicatedGroup group : log.groups()) {
                log.append(group.number(), new GroupCommand.ForgetOrigin(origin))
                        .join();
            }
        }
        change(term, newest -> newest.withoutFormer(over));
    }

    /**
     * Changes what is agreed upon, on the leader of the system group.
     *
     * @param term of it
     * @param change given the newest; gives the same where there is nothing to do
     * @return the newest after that
     */
    private Roster change(long term, UnaryOperator<Roster> change) {
        writing.lock();
        try {
            String fact = facts.get(Roster.FACT);
            Roster before = fact == null ? Roster.NONE : Roster.parse(fact);
            Roster after = change.apply(before);
            if (after.equals(before)) {
                return before;
            }
            // One whose outcome is unknown may come yet, and must not be taken for this one.
            written = Math.max(Math.max(written, before.version()) + 1, after.version());
            Roster numbered = after.withVersion(written);
            facts.put(term, Roster.FACT, numbered.toString());
            return numbered;
        } finally {
            writing.unlock();
        }
    }

    /** As the leader of the system group, which an admin has asked. */
    Roster changeAsLeader(UnaryOperator<Roster> change) {
        long term = log.groups().getFirst().leading();
        if (term == 0) {
            throw new RequestException(ErrorCode.NOT_LEADER);
        }
        Roster changed = change(term, change);
        follow();
        return changed;
    }
}
