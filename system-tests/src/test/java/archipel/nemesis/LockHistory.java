package archipel.nemesis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What clients of locks were told, and when. All times are of {@link System#nanoTime}, which no fault changes.
 *
 * <p>A client that is told of a holder knows that it was one at some moment between the request and the answer. That is
 * enough: tokens grow from holder to holder, so of two such tellings of which the first was over before the second was
 * asked for, the second must not have the lesser token. Nothing here depends on how soon a client learns of an answer:
 * a client that is slow, or was paused, only proves less. Safe for use by many threads.
 */
final class LockHistory {
    /** What the two clocks of one machine may differ by, and what was rounded. */
    private static final long ROUNDED_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Queue<Telling> tellings = new ConcurrentLinkedQueue<>();
    private final Queue<Grant> grants = new ConcurrentLinkedQueue<>();
    private final Queue<Holding> holdings = new ConcurrentLinkedQueue<>();
    private final Queue<Shown> shown = new ConcurrentLinkedQueue<>();
    private final Queue<Shown> refused = new ConcurrentLinkedQueue<>();
    private final Map<Long, Long> released = new ConcurrentHashMap<>();
    private int inOrder;

    /**
     * @param token of the holder; 0 where there is none
     * @param ttlMs how long it holds at the least from when that was asked for; 0 where the telling does not say
     */
    record Telling(String lock, long token, long begunNs, long endedNs, long ttlMs) {}

    /**
     * @param owner of one request alone
     * @param again whether it was asked for more than once
     * @param ahead who was seen to wait before it was asked for
     */
    record Grant(String lock, String owner, long token, long begunNs, long endedNs, boolean again, Set<String> ahead) {}

    /**
     * A client held a lock from the one time to the other without a break: it was told so before the first, and asked
     * after the second whether it still does.
     *
     * @param holder of one client alone
     */
    record Holding(String lock, String holder, long token, long fromNs, long toNs) {}

    /** A token that was shown with a write. @param atNs before the write was sent, or after its refusal came */
    private record Shown(String lock, long token, long atNs) {}

    void told(Telling telling) {
        tellings.add(telling);
    }

    void held(Holding holding) {
        holdings.add(holding);
    }

    /** Before the write is sent. */
    void showing(String lock, long token, long begunNs) {
        shown.add(new Shown(lock, token, begunNs));
    }

    /** A write was refused since the database had seen a greater token of the lock. */
    void refused(String lock, long token, long endedNs) {
        refused.add(new Shown(lock, token, endedNs));
    }

    void granted(Grant grant) {
        grants.add(grant);
    }

    /** To be called before a release is sent: from then on the token may be stale. */
    void releasing(long token, long begunNs) {
        released.merge(token, begunNs, Math::min);
    }

    int grants() {
        return grants.size();
    }

    int holdings() {
        return holdings.size();
    }

    /** How often somebody was told of a holder. */
    int tellings() {
        return tellings.size();
    }

    /** How many pairs of waiters were compared. */
    int pairsInOrder() {
        return inOrder;
    }

    /** Adds every violation that the history shows. */
    void check(Violations violations) {
        Map<String, List<Telling>> byLock = new HashMap<>();
        for (Telling telling : tellings) {
            byLock.computeIfAbsent(telling.lock(), _ -> new ArrayList<>()).add(telling);
        }
        for (Grant grant : grants) {
            byLock.computeIfAbsent(grant.lock(), _ -> new ArrayList<>())
                    .add(new Telling(grant.lock(), grant.token(), grant.begunNs(), grant.endedNs(), 0));
        }
        byLock.values().forEach(each -> checkHolders(each, violations));
        byLock.values().forEach(each -> checkTimes(each, violations));
        checkHoldings(violations);
        checkTokens(violations);
        checkOrder(violations);
        checkRefusals(violations);
    }

    /** Tokens of one lock, or of all, in the order of time. */
    private static void checkHolders(List<Telling> all, Violations violations) {
        List<Telling> byEnd = all.stream()
                .filter(telling -> telling.token() > 0)
                .sorted(Comparator.comparingLong(Telling::endedNs))
                .toList();
        List<Telling> byBegin = byEnd.stream()
                .sorted(Comparator.comparingLong(Telling::begunNs))
                .toList();
        int next = 0;
        @Nullable Telling greatest = null;
        for (Telling telling : byBegin) {
            while (byEnd.get(next).endedNs() < telling.begunNs()) {
                Telling over = byEnd.get(next++);
                greatest = greatest == null || over.token() > greatest.token() ? over : greatest;
            }
            if (greatest != null && telling.token() < greatest.token()) {
                violations.add("a holder came back: " + telling + " after " + greatest);
            }
        }
    }

    /** No two clients hold one lock at once. */
    private void checkHoldings(Violations violations) {
        Map<String, Holding> longest = new HashMap<>();
        for (Holding holding : holdings.stream()
                .sorted(Comparator.comparingLong(Holding::fromNs))
                .toList()) {
            Holding before = longest.get(holding.lock());
            boolean other = before != null
                    && (before.token() != holding.token() || !before.holder().equals(holding.holder()));
            if (other && holding.fromNs() < before.toNs()) {
                violations.add("two held a lock at once: " + before + " and " + holding);
            }
            if (before == null || before.toNs() < holding.toNs()) {
                longest.put(holding.lock(), holding);
            }
        }
    }

    /** A database refuses a token only once a write with a greater one of the same lock has come to it. */
    private void checkRefusals(Violations violations) {
        Map<String, TreeMap<Long, Long>> greatest = new HashMap<>();
        for (Shown write :
                shown.stream().sorted(Comparator.comparingLong(Shown::atNs)).toList()) {
            TreeMap<Long, Long> byTime = greatest.computeIfAbsent(write.lock(), _ -> new TreeMap<>());
            long before = byTime.isEmpty() ? 0 : byTime.lastEntry().getValue();
            byTime.put(write.atNs(), Math.max(before, write.token()));
        }
        for (Shown refusal : refused) {
            Map.Entry<Long, Long> seen =
                    greatest.getOrDefault(refusal.lock(), new TreeMap<>()).floorEntry(refusal.atNs());
            if (seen == null || seen.getValue() <= refusal.token()) {
                violations.add("a token was refused before a greater one was shown: " + refusal + ", greatest "
                        + (seen == null ? "none" : seen.getValue()));
            }
        }
    }

    /** Nobody else holds a lock, and it is not free, before its holder's time is over. */
    private void checkTimes(List<Telling> all, Violations violations) {
        for (Telling holder : all) {
            long untilNs = Math.min(
                    holder.begunNs() + TimeUnit.MILLISECONDS.toNanos(holder.ttlMs()) - ROUNDED_NS,
                    released.getOrDefault(holder.token(), Long.MAX_VALUE));
            for (Telling other : holder.ttlMs() == 0 ? List.<Telling>of() : all) {
                // Who has a greater token came later, whenever it was asked for.
                boolean later =
                        other.token() > holder.token() || other.token() == 0 && other.begunNs() > holder.endedNs();
                if (later && other.endedNs() < untilNs) {
                    violations.add("a holder lost its lock early: " + holder + ", then " + other);
                }
            }
        }
    }

    /** No two requests get one token, and whoever asks later gets a greater one, whatever the lock. */
    private void checkTokens(Violations violations) {
        Set<Long> tokens = new HashSet<>();
        List<Telling> first = new ArrayList<>();
        for (Grant grant : grants) {
            if (!tokens.add(grant.token())) {
                violations.add("two got one token: " + grant);
            }
            first.add(new Telling("any", grant.token(), grant.begunNs(), grant.endedNs(), 0));
        }
        checkHolders(first, violations);
    }

    private void checkOrder(Violations violations) {
        Map<String, Grant> byOwner = new HashMap<>();
        grants.forEach(grant -> byOwner.put(grant.owner(), grant));
        for (Grant grant : grants) {
            for (String owner : grant.ahead()) {
                Grant before = byOwner.get(owner);
                if (before == null || before.again()) {
                    continue;
                }
                inOrder++;
                if (before.token() > grant.token()) {
                    violations.add("whoever waited longer came later: " + before + " behind " + grant);
                }
            }
        }
    }
}
