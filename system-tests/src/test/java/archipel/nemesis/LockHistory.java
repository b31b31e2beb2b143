package archipel.nemesis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What clients of locks were told, and when. All times are of {@link System#nanoTime}.
 *
 * <p>Whoever is told of a holder knows that it was one at some moment between asking and being told. That is enough:
 * tokens grow from holder to holder, so that of two such tellings of which the one was over before the other was asked
 * for, the second is of no lesser token. Safe for use by many threads.
 */
final class LockHistory {
    /** What the two clocks of one machine may differ by, and what was rounded. */
    private static final long ROUNDED_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Queue<Telling> tellings = new ConcurrentLinkedQueue<>();
    private final Queue<Grant> grants = new ConcurrentLinkedQueue<>();
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

    void told(Telling telling) {
        tellings.add(telling);
    }

    void granted(Grant grant) {
        grants.add(grant);
    }

    /** From then on a token may be of no holder any more. */
    void releasing(long token, long begunNs) {
        released.merge(token, begunNs, Math::min);
    }

    int grants() {
        return grants.size();
    }

    /** How many pairs of waiters were compared. */
    int pairsInOrder() {
        return inOrder;
    }

    /** Adds what must not be. */
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
        checkTokens(violations);
        checkOrder(violations);
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
