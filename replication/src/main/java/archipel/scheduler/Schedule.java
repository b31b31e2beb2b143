package archipel.scheduler;

import archipel.scheduler.Turn.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who runs next. It starts and stops nothing itself, reads no clock, and for the same calls always decides the same.
 * Not safe for concurrent use.
 *
 * <p>Jobs belong to shares: those of one {@code _replicator} database, or of one user's requests. A free place goes to
 * the share that runs the fewest, so that however many jobs somebody adds, others get as many places as he does
 * (max-min fairness). Within a share one that never ran and the one that has waited for the longest are next in turns:
 * nobody starves, and a new job does not wait for a whole round of old ones.
 *
 * <p>Once all places are taken, continuous jobs that have had their turn stop for those that never ran, and for those
 * that have waited for as long as a turn, as many as the churn allows. One that ends is left to end, unless its share
 * has more places than its part for ten turns.
 *
 * <p>A job that fails rests for 30 s, and twice as long after each further failure in a row, up to 30,720 s (CouchDB's
 * times); one that ran well for a while before has no failures behind it.
 *
 * <p>Invariants: a turn is in exactly the collection that its place says; places that are taken, those of stopping jobs
 * included, exceed the limit only where the limit was lowered.
 */
final class Schedule<T extends Turn> {
    static final long FIRST_REST_MS = 30_000;
    private static final int DOUBLINGS = 10;

    /** How many turns a job that ends has before it stops for a share that has fewer. */
    static final int TURNS_OF_ENDING = 10;

    private static final Comparator<Turn> BY_TIME =
            Comparator.<Turn>comparingLong(turn -> turn.timeMs).thenComparingLong(turn -> turn.order);

    private final Map<String, Share<T>> shares = new TreeMap<>();
    private final TreeSet<T> resting = new TreeSet<>(BY_TIME);
    private int running;
    private int stopping;
    private int waiting;
    private long orders;
    // Since when stops are counted, and how many there were.
    private long churnSinceMs = Long.MIN_VALUE;
    private int churned;

    /** What is to be done now. A job is in one of the lists at the most. */
    record Decision<T extends Turn>(List<T> stop, List<T> start) {}

    /** Adds a job, which waits for its turn from now on. */
    void add(T turn, long nowMs) {
        require(turn, Place.APART);
        turn.eventMs = nowMs;
        await(turn, nowMs);
    }

    /** A job is not wanted any more. One that runs keeps its place until it {@link #ended}, and is to be stopped. */
    void remove(T turn) {
        switch (turn.place) {
            case APART, STOPPING -> {}
            case WAITING -> {
                share(turn).waiting(turn).remove(turn);
                waiting--;
                turn.place = Place.APART;
                dropEmpty(turn.share);
            }
            case RESTING -> {
                resting.remove(turn);
                turn.place = Place.APART;
            }
            case RUNNING -> stop(turn);
        }
    }

    /** A job that ran has ended, and does not come back. */
    void ended(T turn) {
        free(turn);
        dropEmpty(turn.share);
    }

    /** A job that was told to stop has stopped, and waits for its next turn. */
    void stopped(T turn, long nowMs) {
        free(turn);
        turn.crashes = 0;
        turn.eventMs = nowMs;
        await(turn, nowMs);
    }

    /** A job that ran has failed, and is tried again after a rest. */
    void crashed(T turn, long nowMs, ScheduleLimits limits) {
        free(turn);
        turn.crashes = nowMs - turn.eventMs > limits.healthMs() ? 0 : turn.crashes + 1;
        turn.eventMs = nowMs;
        long rest = restMs(turn.crashes);
        if (rest == 0) {
            await(turn, nowMs);
            return;
        }
        turn.place = Place.RESTING;
        turn.timeMs = nowMs + rest;
        turn.order = orders++;
        resting.add(turn);
        dropEmpty(turn.share);
    }

    /** For how long a job rests after so many failures in a row. */
    static long restMs(int crashes) {
        return crashes == 0 ? 0 : FIRST_REST_MS << Math.min(crashes - 1, DOUBLINGS);
    }

    /** Says what to start and what to stop now. What it says counts as done: starts at once, stops as under way. */
    Decision<T> decide(long nowMs, ScheduleLimits limits) {
        while (!resting.isEmpty() && resting.first().timeMs <= nowMs) {
            T rested = resting.pollFirst();
            rested.place = Place.APART;
            await(rested, nowMs);
        }
        List<T> start = new ArrayList<>();
        while (running < limits.jobs() && waiting > 0) {
            start.add(startNext(nowMs));
        }
        List<T> stop = new ArrayList<>();
        while (running - stopping > limits.jobs()) {
            stop.add(stop(excess()));
        }
        if (waiting > 0 && stopping == 0 && limits.jobs() > 0) {
            rotate(nowMs, limits, stop);
        }
        return new Decision<>(stop, start);
    }

    /**
     * When there may be something to decide without anything happening before; {@link Long#MAX_VALUE} for never. Always
     * later than the decision before.
     */
    long nextMs(long nowMs, ScheduleLimits limits) {
        long next = resting.isEmpty() ? Long.MAX_VALUE : resting.first().timeMs;
        if (waiting == 0 || stopping > 0 || limits.jobs() == 0) {
            return next;
        }
        if (limits.churn() <= 0) {
            return next;
        }
        long turn = nowMs + limits.turnMs();
        for (Share<T> share : shares.values()) {
            turn = Math.min(turn, end(share.continuous, limits.turnMs(), nowMs));
            turn = Math.min(turn, end(share.ending, TURNS_OF_ENDING * limits.turnMs(), nowMs));
            turn = Math.min(turn, end(share.rested, limits.turnMs(), nowMs));
        }
        if (churned >= limits.churn()) {
            turn = churnSinceMs + limits.turnMs();
        }
        return Math.min(next, Math.max(turn, nowMs + 1));
    }

    /** When the first of them has run or waited for a turn, where that is later than now. */
    private static long end(LinkedHashSet<? extends Turn> turns, long turnMs, long nowMs) {
        for (Turn turn : turns) {
            long end = turn.timeMs + turnMs;
            if (end > nowMs) {
                return end;
            }
        }
        return Long.MAX_VALUE;
    }

    /** How many have a place. */
    int running() {
        return running;
    }

    /** How many wait for one, those that rest apart. */
    int waiting() {
        return waiting;
    }

    int resting() {
        return resting.size();
    }

    private T startNext(long nowMs) {
        Share<T> next = neediest(share -> share.waiting() > 0);
        if (next == null) {
            throw new IllegalStateException(waiting + " wait in no share");
        }
        T turn = next.takeNext();
        waiting--;
        running++;
        next.running++;
        next.served = orders++;
        turn.place = Place.RUNNING;
        turn.timeMs = nowMs;
        turn.eventMs = nowMs;
        turn.ran = true;
        next.active(turn).add(turn);
        return turn;
    }

    /** Of some shares the one that has the fewest places; of these, the one that got none for the longest time. */
    private @Nullable Share<T> neediest(Predicate<Share<T>> among) {
        Share<T> neediest = null;
        for (Share<T> share : shares.values()) {
            if (among.test(share) && (neediest == null || share.isNeedierThan(neediest))) {
                neediest = share;
            }
        }
        return neediest;
    }

    /** What stops where there are more than may run: continuous jobs first, of the share that has the most places. */
    private T excess() {
        T found = null;
        int most = -1;
        for (boolean continuous : new boolean[] {true, false}) {
            for (Share<T> share : shares.values()) {
                LinkedHashSet<T> active = continuous ? share.continuous : share.ending;
                if (!active.isEmpty() && share.running - share.stopping > most) {
                    most = share.running - share.stopping;
                    found = active.getFirst();
                }
            }
            if (found != null) {
                return found;
            }
        }
        throw new IllegalStateException(running + " run in no share");
    }

    /** Stops jobs that have had their turn for others, one for one: each time a step towards equal shares, or none. */
    private void rotate(long nowMs, ScheduleLimits limits, List<T> stop) {
        if (churnSinceMs == Long.MIN_VALUE || nowMs - churnSinceMs >= limits.turnMs()) {
            churnSinceMs = nowMs;
            churned = 0;
        }
        for (Share<T> share : shares.values()) {
            share.claims = share.claims(nowMs - limits.turnMs(), limits.churn());
            share.promised = 0;
        }
        while (churned < limits.churn()) {
            Share<T> needy = neediest(share -> share.claims > share.promised);
            if (needy == null) {
                break;
            }
            Share<T> giving = giving(needy, nowMs, limits);
            if (giving == null) {
                needy.claims = 0;
                continue;
            }
            stop.add(stop(
                    hadTurn(giving.continuous, limits.turnMs(), nowMs)
                            ? giving.continuous.getFirst()
                            : giving.ending.getFirst()));
            churned++;
            needy.promised++;
        }
        shares.values().forEach(share -> share.promised = 0);
    }

    /** Which share gives a place to that one; null for none. */
    private @Nullable Share<T> giving(Share<T> needy, long nowMs, ScheduleLimits limits) {
        Share<T> continuous = richest(share -> share.continuous, limits.turnMs(), nowMs);
        if (continuous != null && continuous.places() > needy.places()) {
            return continuous;
        }
        if (hadTurn(needy.continuous, limits.turnMs(), nowMs)) {
            return needy;
        }
        Share<T> ending = richest(share -> share.ending, TURNS_OF_ENDING * limits.turnMs(), nowMs);
        return ending != null && ending.places() > needy.places() + 1 ? ending : null;
    }

    /** Of the shares with a job that has had its turn, the one with the most places; then whose job has run longest. */
    private @Nullable Share<T> richest(Function<Share<T>, LinkedHashSet<T>> active, long turnMs, long nowMs) {
        Share<T> richest = null;
        for (Share<T> share : shares.values()) {
            if (hadTurn(active.apply(share), turnMs, nowMs)
                    && (richest == null
                            || share.places() > richest.places()
                            || share.places() == richest.places()
                                    && BY_TIME.compare(
                                                    active.apply(share).getFirst(),
                                                    active.apply(richest).getFirst())
                                            < 0)) {
                richest = share;
            }
        }
        return richest;
    }

    private static boolean hadTurn(LinkedHashSet<? extends Turn> active, long turnMs, long nowMs) {
        return !active.isEmpty() && nowMs - active.getFirst().timeMs >= turnMs;
    }

    private T stop(T turn) {
        Share<T> share = share(turn);
        share.active(turn).remove(turn);
        share.stopping++;
        stopping++;
        turn.place = Place.STOPPING;
        return turn;
    }

    private void free(T turn) {
        Share<T> share = share(turn);
        switch (turn.place) {
            case RUNNING -> share.active(turn).remove(turn);
            case STOPPING -> {
                share.stopping--;
                stopping--;
            }
            default -> throw new IllegalStateException("a job that is " + turn.place + " has ended");
        }
        share.running--;
        running--;
        turn.place = Place.APART;
    }

    private void await(T turn, long nowMs) {
        turn.place = Place.WAITING;
        turn.timeMs = nowMs;
        turn.order = orders++;
        waiting++;
        shares.computeIfAbsent(turn.share, _ -> new Share<>(orders++))
                .waiting(turn)
                .add(turn);
    }

    private void dropEmpty(String name) {
        Share<T> share = shares.get(name);
        if (share != null && share.running == 0 && share.waiting() == 0) {
            shares.remove(name);
        }
    }

    private Share<T> share(T turn) {
        Share<T> share = shares.get(turn.share);
        if (share == null) {
            throw new IllegalStateException("there is no share " + turn.share);
        }
        return share;
    }

    private static void require(Turn turn, Place place) {
        if (turn.place != place) {
            throw new IllegalStateException("a job that is " + turn.place + " was added");
        }
    }

    /** All of a database's jobs, or of a user's. Each set has the one that came first at its beginning. */
    private static final class Share<T extends Turn> {
        final LinkedHashSet<T> fresh = new LinkedHashSet<>();
        final LinkedHashSet<T> rested = new LinkedHashSet<>();
        final LinkedHashSet<T> continuous = new LinkedHashSet<>();
        final LinkedHashSet<T> ending = new LinkedHashSet<>();
        int running;
        int stopping;
        /** When it got a place last; where it has not, when it came. */
        long served;

        boolean freshNext = true;
        // While it is decided who stops: how many places others may stop for, and how many were found.
        int claims;
        int promised;

        Share(long served) {
            this.served = served;
        }

        LinkedHashSet<T> waiting(T turn) {
            return turn.ran ? rested : fresh;
        }

        LinkedHashSet<T> active(T turn) {
            return turn.continuous ? continuous : ending;
        }

        int waiting() {
            return fresh.size() + rested.size();
        }

        /**
         * How many jobs others are to stop for: those that never ran, and those that have waited for a turn. A job that
         * has just stopped for another does not make others stop at once.
         */
        int claims(long sinceMs, int most) {
            int claims = Math.min(most, fresh.size());
            for (Turn turn : rested) {
                if (claims == most || turn.timeMs > sinceMs) {
                    break;
                }
                claims++;
            }
            return claims;
        }

        /** Once all that was told to stop has. */
        int places() {
            return running - stopping + promised;
        }

        T takeNext() {
            boolean takesFresh = rested.isEmpty()
                    || !fresh.isEmpty() && (freshNext || BY_TIME.compare(fresh.getFirst(), rested.getFirst()) < 0);
            freshNext = !takesFresh;
            return takesFresh ? fresh.removeFirst() : rested.removeFirst();
        }

        boolean isNeedierThan(Share<T> other) {
            return places() != other.places() ? places() < other.places() : served < other.served;
        }
    }
}
