package archipel.ensemble;

import archipel.consensus.Confirmation;
import archipel.consensus.Consensus;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets readers wait until this member has everything that was acknowledged to anyone before they came. Those who come
 * while the leader is being asked are answered by the next question, which is one for all of them: that it was asked
 * after they came is all that they need. Safe for use by many threads.
 */
final class ReadBarrier {
    private final Consensus consensus;
    private final Retry retry;
    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by the lock: those who wait for the question that is under way, and those who came after it was asked.
    private @Nullable CompletableFuture<@Nullable Void> asked;
    private @Nullable CompletableFuture<@Nullable Void> waiting;

    /** @param retry what a question that could not be answered is asked again by */
    ReadBarrier(Consensus consensus, Retry retry) {
        this.consensus = consensus;
        this.retry = retry;
    }

    /** Decides whether and when a question is asked once more. */
    @FunctionalInterface
    interface Retry {
        /**
         * @param attempt how often it was asked, from 1
         * @return false where it is not to be asked again
         */
        boolean later(int attempt, Runnable again);
    }

    /** Ends with a {@link RequestException} where no leader could be asked. */
    CompletableFuture<@Nullable Void> pass() {
        CompletableFuture<@Nullable Void> mine;
        lock.lock();
        try {
            if (asked != null) {
                if (waiting == null) {
                    waiting = new CompletableFuture<>();
                }
                return waiting;
            }
            mine = new CompletableFuture<>();
            asked = mine;
        } finally {
            lock.unlock();
        }
        ask(1);
        return mine;
    }

    private void ask(int attempt) {
        consensus.confirm(new Confirmation() {
            @Override
            public void confirmed() {
                ended(true);
            }

            @Override
            public void failed(String reason) {
                if (!retry.later(attempt, () -> ask(attempt + 1))) {
                    ended(false);
                }
            }
        });
    }

    private void ended(boolean confirmed) {
        CompletableFuture<@Nullable Void> over;
        boolean more;
        lock.lock();
        try {
            over = asked;
            asked = waiting;
            waiting = null;
            more = asked != null;
        } finally {
            lock.unlock();
        }
        if (more) {
            ask(1);
        }
        if (over == null) {
            return;
        }
        if (confirmed) {
            over.complete(null);
        } else {
            over.completeExceptionally(new RequestException(ErrorCode.NOT_FRESH));
        }
    }
}
