package archipel.ensemble;

import archipel.consensus.Confirmation;
import archipel.consensus.Consensus;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets readers wait until this member has everything that was acknowledged to anyone before they came. Those who come
 * while the leader is being asked are answered by the next question, which is one for all of them: that it was asked
 * after they came is all that they need. A question that could not be answered is asked again until its time is over.
 * Safe for use by many threads.
 */
final class ReadBarrier {
    private final Consensus consensus;
    private final LongSupplier clockMs;
    private final long patienceMs;
    private final Consumer<Runnable> later;
    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by the lock: those who wait for the question that is under way, and those who came after it was asked.
    private @Nullable Question asked;
    private @Nullable Question waiting;
    private boolean closed;

    /**
     * @param clockMs a clock that never jumps
     * @param patienceMs for how long readers wait
     * @param later has a question asked once more, a little later
     */
    ReadBarrier(Consensus consensus, LongSupplier clockMs, long patienceMs, Consumer<Runnable> later) {
        this.consensus = consensus;
        this.clockMs = clockMs;
        this.patienceMs = patienceMs;
        this.later = later;
    }

    /** Ends with a {@link RequestException} where no leader could be asked. */
    CompletableFuture<@Nullable Void> pass() {
        Question mine;
        lock.lock();
        try {
            if (closed) {
                return CompletableFuture.failedFuture(new RequestException(ErrorCode.STOPPING));
            }
            if (asked != null) {
                if (waiting == null) {
                    waiting = question();
                }
                return waiting.readers;
            }
            mine = question();
            asked = mine;
        } finally {
            lock.unlock();
        }
        ask(mine);
        return mine.readers;
    }

    private Question question() {
        return new Question(new CompletableFuture<>(), clockMs.getAsLong() + patienceMs);
    }

    private void ask(Question question) {
        consensus.confirm(new Confirmation() {
            @Override
            public void confirmed() {
                if (end(question)) {
                    question.readers.complete(null);
                }
            }

            @Override
            public void failed(String reason) {
                if (isAsked(question)) {
                    later.accept(() -> {
                        if (isAsked(question)) {
                            ask(question);
                        }
                    });
                }
            }
        });
    }

    private boolean isAsked(Question question) {
        lock.lock();
        try {
            return asked == question;
        } finally {
            lock.unlock();
        }
    }

    // Those who came meanwhile are next.
    private boolean end(Question question) {
        Question next;
        lock.lock();
        try {
            if (asked != question) {
                return false;
            }
            next = waiting;
            asked = next;
            waiting = null;
        } finally {
            lock.unlock();
        }
        if (next != null) {
            ask(next);
        }
        return true;
    }

    /**
     * Ends those who have waited for too long, whether or not their question comes back.
     *
     * @param closing whether nobody is to wait from here on
     */
    void sweep(boolean closing) {
        Question over;
        Question never = null;
        lock.lock();
        try {
            closed |= closing;
            if (closed) {
                never = waiting;
                waiting = null;
            }
            over = asked != null && (closed || clockMs.getAsLong() >= asked.untilMs) ? asked : null;
        } finally {
            lock.unlock();
        }
        if (over != null && end(over)) {
            over.fail();
        }
        if (never != null) {
            never.fail();
        }
    }

    /** Ends those who wait now, since nobody will answer. */
    void giveUp() {
        Question first;
        Question second;
        lock.lock();
        try {
            first = asked;
            second = waiting;
            asked = null;
            waiting = null;
        } finally {
            lock.unlock();
        }
        if (first != null) {
            first.fail();
        }
        if (second != null) {
            second.fail();
        }
    }

    private record Question(CompletableFuture<@Nullable Void> readers, long untilMs) {
        void fail() {
            readers.completeExceptionally(new RequestException(ErrorCode.NOT_FRESH));
        }
    }
}
