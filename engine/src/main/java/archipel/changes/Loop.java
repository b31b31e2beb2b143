package archipel.changes;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.storage.StorageException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Work that is done again and again, in rounds on a thread of its own, until it is closed. Nobody else would do it, so
 * that a next round comes whatever one of them throws, errors included. A round that fails is reported by its {@link
 * Loops} until one succeeds, and logged once a minute at the most.
 *
 * <p>Interrupting the thread ends the loop, as {@link #close} does.
 */
public final class Loop implements AutoCloseable {
    /** For a round that only {@link #wake} asks for. */
    public static final Duration UNTIL_WOKEN = Duration.ofDays(36_500);

    private static final System.Logger LOG = System.getLogger(Loop.class.getName());
    private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);
    private static final Duration AFTER_FAULT = Duration.ofSeconds(1);
    private static final long AFTER_FAULT_NANOS = AFTER_FAULT.toNanos();

    private final Loops loops;
    private final String name;
    private final Round round;
    private final Thread thread;
    private volatile boolean woken;
    private volatile boolean closed;
    // The rest is the thread's, once it has started.
    private Duration rest = Duration.ZERO;
    private boolean faulty;
    private boolean reported;
    private @Nullable Instant lastLine;

    Loop(Loops loops, String name, Round round) {
        this.loops = loops;
        this.name = name;
        this.round = round;
        this.thread = loops.threads().background("archipel-" + name, this::run);
    }

    /** @param after until the first round */
    public void start(Duration after) {
        rest = after;
        thread.start();
    }

    /** Has a round begin at once, or as soon as the one under way is over. */
    public void wake() {
        woken = true;
        LockSupport.unpark(thread);
    }

    /** Whether {@link #close} was called: long rounds ask, and end. */
    public boolean isClosed() {
        return closed;
    }

    /** Lets no round begin, and waits for the end of the one that is under way. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Does a part of a round. What it throws makes the round one that failed, and does not keep the rest of the round
     * from being done. Nothing is done once the loop is closed.
     *
     * @param what the part is, for the log
     */
    public void attempt(String what, Runnable part) {
        if (closed) {
            return;
        }
        try {
            part.run();
        } catch (Throwable e) {
            failed(what, e);
        }
    }

    private void run() {
        while (!isOver()) {
            try {
                awaitNext();
                if (!isOver()) {
                    next();
                }
            } catch (Throwable e) {
                // Not even a deadline could be made.
                LockSupport.parkNanos(this, AFTER_FAULT_NANOS);
            }
        }
    }

    private boolean isOver() {
        return closed || Thread.currentThread().isInterrupted();
    }

    private void awaitNext() {
        Deadline end = Deadline.after(rest);
        while (!woken && !end.hasPassed() && !isOver()) {
            LockSupport.parkNanos(this, end.remainingNanos());
        }
    }

    private void next() {
        woken = false;
        faulty = false;
        rest = AFTER_FAULT;
        try {
            rest = round.run();
        } catch (Throwable e) {
            failed("a round", e);
        }
        if (reported && !faulty) {
            loops.sound(name);
            reported = false;
        }
    }

    private void failed(String what, Throwable e) {
        if (isToldElsewhere(e)) {
            LOG.log(System.Logger.Level.DEBUG, name + ": " + what + " is tried again", e);
            return;
        }
        faulty = true;
        reported = true;
        try {
            loops.faulty(name);
            logNowAndThen(what, e);
        } catch (Throwable untold) {
            // There is no memory to tell it with. What fails again is told then.
            return;
        }
    }

    private void logNowAndThen(String what, Throwable e) {
        Instant now = loops.clock().instant();
        Instant last = lastLine;
        if (last == null || Duration.between(last, now).abs().compareTo(BETWEEN_LINES) >= 0) {
            lastLine = now;
            LOG.log(System.Logger.Level.WARNING, name + ": " + what + " failed and is tried again", e);
        }
    }

    // What passes by itself, or shows where requests meet it as well: a full disk, a log that has failed, a queue
    // without room, another leader, a database that was dropped, the end.
    private static boolean isToldElsewhere(Throwable e) {
        return switch (e) {
            case StorageException failure ->
                switch (failure.kind()) {
                    case FULL, RECOVERING, UNKNOWN -> true;
                    case CORRUPT, IO, LOCKED -> false;
                };
            case RequestException refusal ->
                refusal.status() == 503
                        || refusal.code() == ErrorCode.NO_DATABASE
                        || refusal.code() == ErrorCode.WRITE_FAULT;
            default -> false;
        };
    }

    /** What is done again and again. */
    @FunctionalInterface
    public interface Round {
        /** @return for how long to rest before the next round, unless it is asked for earlier */
        Duration run();
    }
}
