package archipel.ensemble;

import archipel.command.Command;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The commands of one run of this node for one group that are not settled: what was appended here and is not applied
 * here yet. Each has a number, by which it is applied once. Safe for use by many threads.
 *
 * <p>Commands are sent to whoever leads, in the order of their numbers. Where one is lost on the way (the leader has
 * changed, a connection broke, somebody was too busy), all that are not settled are sent again from the first on, so
 * that they keep their order; what the log has already is not applied again. Each names the one before it that is not
 * settled, without which it is not applied: otherwise one could get into the log when the one before it was refused. A
 * command is settled once it was applied on this node, whoever has told so, or once nobody waits for it any more.
 *
 * <pre>
 *   settled up to        sent up to               newest
 *       │    ← unsettled →   │   ← to be sent →     │
 *   ────┼────────────────────┼──────────────────────┼──→ numbers
 * </pre>
 */
final class Outbox {
    /** How many may be under way at once: more wait here, where they hold up nobody. */
    static final int WINDOW = 512;

    private final Way way;
    private final ReentrantLock lock = new ReentrantLock();
    // All guarded by the lock.
    private final TreeMap<Long, Pending<?>> pending = new TreeMap<>();
    private long newest;
    private long sent;
    private long applied;
    private long attempt;
    private @Nullable String target;
    private @Nullable String lastTarget;
    private int losses;
    private boolean refusing;
    private boolean closed;

    Outbox(Way way) {
        this.way = way;
    }

    /** How commands get to whoever leads. */
    interface Way {
        /**
         * Sends a command; neither blocks nor throws. Called with the lock held, in the order of the numbers.
         *
         * @param attempt to be handed to {@link Outbox#lost} where the command does not get there
         */
        void send(String leader, long attempt, Pending<?> command);
    }

    /**
     * Adds a command, which is sent once it is ready ({@link #resume}).
     *
     * @param making makes it of its number; not called when nothing more is taken
     * @return null when nothing more is taken
     */
    <P extends Pending<?>> @Nullable P add(LongFunction<P> making) {
        lock.lock();
        try {
            if (closed || refusing) {
                return null;
            }
            P command = making.apply(newest + 1);
            newest++;
            pending.put(newest, command);
            return command;
        } finally {
            lock.unlock();
        }
    }

    /** The one before it that is not settled; 0 where there is none. */
    long before(long number) {
        lock.lock();
        try {
            Long lower = pending.lowerKey(number);
            return lower == null ? 0 : lower;
        } finally {
            lock.unlock();
        }
    }

    // The first that is not settled, there or to come.
    private long first() {
        return pending.isEmpty() ? newest + 1 : pending.firstKey();
    }

    /** From now on commands are sent to that member, those that are not settled first. Null: to nobody. */
    void target(@Nullable String leader) {
        lock.lock();
        try {
            if (leader != null && leader.equals(target)) {
                return;
            }
            attempt++;
            target = leader;
            if (leader != null && !leader.equals(lastTarget)) {
                lastTarget = leader;
                losses = 0;
            }
            sent = first() - 1;
            pump();
        } finally {
            lock.unlock();
        }
    }

    /**
     * What was sent in that attempt does not all get there, so that all is to be sent again.
     *
     * @return how many attempts with that leader have come to nothing, one after the other: the more, the longer the
     *     next one should wait, since everything is sent again; 0 where that is known already
     */
    int lost(long inAttempt) {
        lock.lock();
        try {
            if (inAttempt != attempt || target == null) {
                return 0;
            }
            attempt++;
            target = null;
            return ++losses;
        } finally {
            lock.unlock();
        }
    }

    /** Sends what was added and is ready, as far as no earlier one is not. */
    void resume() {
        lock.lock();
        try {
            pump();
        } finally {
            lock.unlock();
        }
    }

    private void pump() {
        while (target != null && sent < first() + WINDOW - 1) {
            Map.Entry<Long, Pending<?>> next = pending.higherEntry(sent);
            if (next == null || !next.getValue().isReady()) {
                return;
            }
            sent = next.getKey();
            next.getValue().markSent(before(sent), applied);
            way.send(target, attempt, next.getValue());
        }
    }

    /** Null where nobody waits for it any more. */
    @Nullable
    Pending<?> find(long number) {
        lock.lock();
        try {
            return pending.get(number);
        } finally {
            lock.unlock();
        }
    }

    /**
     * A command of this run has been applied, and so has what it names as the one before.
     *
     * @return whether it was unsettled until now: who settles it tells those who wait
     */
    boolean settleApplied(Pending<?> command) {
        lock.lock();
        try {
            applied = Math.max(applied, command.number());
            losses = 0;
            return settle(command);
        } finally {
            lock.unlock();
        }
    }

    /** @return whether it was unsettled until now: who settles it tells those who wait */
    boolean settle(Pending<?> command) {
        lock.lock();
        try {
            boolean removed = pending.remove(command.number(), command);
            if (removed) {
                pump();
            }
            return removed;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Settles the commands whose time is over, with those that are behind one of them in a stream, and all where this
     * is closed.
     *
     * @param nowMs on the clock of their deadlines
     */
    List<Pending<?>> expired(long nowMs) {
        lock.lock();
        try {
            List<Pending<?>> over = new ArrayList<>();
            Set<Long> broken = new HashSet<>();
            for (Pending<?> command : pending.values()) {
                long stream = command.stream();
                if (closed || command.isOver(nowMs) || broken.contains(stream)) {
                    over.add(command);
                    if (stream != 0) {
                        broken.add(stream);
                    }
                }
            }
            over.forEach(command -> pending.remove(command.number()));
            return over;
        } finally {
            lock.unlock();
        }
    }

    /** All that are not settled, in order. */
    List<Pending<?>> unsettled() {
        lock.lock();
        try {
            return List.copyOf(pending.values());
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return pending.size();
        } finally {
            lock.unlock();
        }
    }

    /** Takes nothing more; what is there is sent, and waited for. */
    void refuse() {
        lock.lock();
        try {
            refusing = true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes nothing more, and nothing is waited for. */
    void close() {
        lock.lock();
        try {
            closed = true;
            target = null;
        } finally {
            lock.unlock();
        }
    }

    /** A command that somebody on this node waits for. */
    interface Pending<A> {
        long number();

        Command<A> command();

        /** As {@link Command#stream}. */
        long stream();

        /** Whether it was encoded. */
        boolean isReady();

        /** Its bytes for the log, once it is ready. */
        ByteBuffer bytes();

        /**
         * It is being sent: from here on it may be applied, whatever becomes of the sending.
         *
         * @param before the one before it that is not settled; 0 where there is none
         * @param applied a number that was applied: so was, or will never be, what is below
         */
        void markSent(long before, long applied);

        /** Nobody waits any longer. */
        boolean isOver(long nowMs);
    }
}
