package archipel.nemesis;

import archipel.nemesis.TreeSession.Read;
import archipel.nemesis.TreeSession.StateChange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.Watcher.Event.KeeperState;

/**
 * What clients of the tree saw of sessions, of ephemeral nodes, and of numbered nodes. All times are of
 * {@link System#nanoTime}. Safe for use by many threads; check it when all clients have ended.
 */
final class TreeHistory {
    /** How late a client's thread may hear of its lost connection where the processors are busy. */
    private static final long LATE_NS = TimeUnit.MILLISECONDS.toNanos(1_000);

    private final Queue<TreeSession> sessions = new ConcurrentLinkedQueue<>();
    private final Map<String, Ephemeral> ephemerals = new ConcurrentHashMap<>();
    private final Queue<Listing> listings = new ConcurrentLinkedQueue<>();
    private final Queue<Numbered> numbered = new ConcurrentLinkedQueue<>();

    /** An ephemeral node. */
    static final class Ephemeral {
        private final TreeSession owner;
        // When it was there for certain, and from when on its owner may have deleted it.
        private volatile long madeNs = Long.MAX_VALUE;
        private volatile long deletingNs = Long.MAX_VALUE;

        private Ephemeral(TreeSession owner) {
            this.owner = owner;
        }

        void made() {
            madeNs = System.nanoTime();
        }

        void deleting() {
            deletingNs = System.nanoTime();
        }
    }

    /** All ephemeral nodes at one moment between the two times. */
    private record Listing(long begunNs, long endedNs, Set<String> names) {}

    /** @param zxid that made the node */
    private record Numbered(String parent, long number, long zxid, long begunNs, long endedNs) {}

    void begun(TreeSession session) {
        sessions.add(session);
    }

    /** To be called before the request is sent. */
    Ephemeral making(TreeSession owner, String name) {
        Ephemeral made = new Ephemeral(owner);
        ephemerals.put(name, made);
        return made;
    }

    void listed(long begunNs, Set<String> names) {
        listings.add(new Listing(begunNs, System.nanoTime(), names));
    }

    void numbered(String parent, long number, long zxid, long begunNs) {
        numbered.add(new Numbered(parent, number, zxid, begunNs, System.nanoTime()));
    }

    String figures() {
        return sessions.size() + " sessions, of which "
                + sessions.stream().filter(TreeSession::isExpired).count() + " are over, " + ephemerals.size()
                + " ephemeral nodes in " + listings.size() + " listings, " + numbered.size() + " numbered nodes";
    }

    /** The names of all numbered nodes below a parent that were acknowledged. */
    Map<String, Set<Long>> numbers() {
        Map<String, Set<Long>> all = new HashMap<>();
        numbered.forEach(
                one -> all.computeIfAbsent(one.parent(), _ -> new TreeSet<>()).add(one.number()));
        return all;
    }

    /** Adds every violation that the history shows. */
    void check(Violations violations) {
        List<Listing> byBegin = listings.stream()
                .sorted(Comparator.comparingLong(Listing::begunNs))
                .toList();
        ephemerals.forEach((name, node) -> checkEphemeral(name, node, byBegin, violations));
        checkReads(violations);
        checkNumbers(violations);
    }

    private static void checkEphemeral(String name, Ephemeral node, List<Listing> byBegin, Violations violations) {
        TreeSession owner = node.owner;
        long endedNs = owner.endedNs();
        // From when on it was there, when it was gone, and when it was seen although it was not to be.
        long thereNs = node.madeNs;
        long goneNs = Long.MAX_VALUE;
        long outlivingNs = 0;
        long backNs = 0;
        for (Listing listing : byBegin) {
            if (listing.names().contains(name)) {
                outlivingNs = Math.max(outlivingNs, listing.begunNs() - endedNs);
                backNs = Math.max(backNs, listing.begunNs() - goneNs);
                thereNs = Math.min(thereNs, listing.endedNs());
            } else if (listing.begunNs() > thereNs && node.deletingNs > listing.endedNs()) {
                goneNs = Math.min(goneNs, listing.endedNs());
            }
        }
        String who = name + ", made" + (node.madeNs == Long.MAX_VALUE ? " or not" : "") + " by " + owner.describe();
        if (outlivingNs > 0) {
            violations.add(who + ": was there " + ms(outlivingNs) + " after its session was over");
        }
        if (backNs > 0) {
            violations.add(who + ": was there " + ms(backNs) + " after it was gone");
        }
        if (goneNs == Long.MAX_VALUE || owner.endingNs() < goneNs) {
            return;
        }
        if (owner.okNs() > goneNs) {
            violations.add(who + ": was gone, and its session had an answer " + ms(owner.okNs() - goneNs) + " later");
        }
        StateChange state = owner.stateAt(goneNs + LATE_NS);
        if (state.state() == KeeperState.SyncConnected
                && state.atNs() < goneNs
                && owner.endingNs() > goneNs + LATE_NS) {
            violations.add(who + ": was gone " + ms(goneNs - state.atNs()) + " after its client had connected");
        }
    }

    private static String ms(long ns) {
        return TimeUnit.NANOSECONDS.toMillis(ns) + " ms";
    }

    /** No client sees a node as it was before a change that it has seen, or that was before one that it has seen. */
    private void checkReads(Violations violations) {
        Map<String, TreeSet<Long>> changes = new HashMap<>();
        for (TreeSession session : sessions) {
            session.reads()
                    .forEach(read -> changes.computeIfAbsent(read.path(), _ -> new TreeSet<>())
                            .add(read.zxid()));
        }
        for (TreeSession session : sessions) {
            long seen = 0;
            for (Read read : session.reads()) {
                Long newer = changes.get(read.path()).higher(read.zxid());
                if (newer != null && newer <= seen) {
                    violations.add("a client went back: it saw " + hex(seen) + ", and then " + read.path() + " of "
                            + hex(read.zxid()) + ", which has been that of " + hex(newer));
                }
                seen = Math.max(seen, read.zxid());
            }
        }
    }

    static String hex(long zxid) {
        return "0x" + Long.toHexString(zxid);
    }

    private void checkNumbers(Violations violations) {
        Map<String, List<Numbered>> byParent = new HashMap<>();
        numbered.forEach(one ->
                byParent.computeIfAbsent(one.parent(), _ -> new ArrayList<>()).add(one));
        for (List<Numbered> all : byParent.values()) {
            Set<Long> numbers = new HashSet<>();
            all.sort(Comparator.comparingLong(Numbered::zxid));
            long last = -1;
            for (Numbered one : all) {
                if (!numbers.add(one.number())) {
                    violations.add("two nodes have one number: " + one);
                }
                if (one.number() <= last) {
                    violations.add("numbers do not grow: " + one + " after " + last);
                }
                last = Math.max(last, one.number());
            }
            checkTimes(all, violations);
        }
    }

    private static void checkTimes(List<Numbered> all, Violations violations) {
        List<Numbered> byEnd =
                all.stream().sorted(Comparator.comparingLong(Numbered::endedNs)).toList();
        int next = 0;
        long greatest = -1;
        for (Numbered one :
                all.stream().sorted(Comparator.comparingLong(Numbered::begunNs)).toList()) {
            while (byEnd.get(next).endedNs() < one.begunNs()) {
                greatest = Math.max(greatest, byEnd.get(next++).number());
            }
            if (one.number() < greatest) {
                violations.add("a number is less than an earlier one: " + one + " after " + greatest);
            }
        }
    }
}
