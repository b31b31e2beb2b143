package archipel.auth;

import archipel.changes.SteadyClock;
import archipel.clients.ClientCounts;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.settings.Settings;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Makes all refused logins take the same time, so that it does not tell who exists. A refusal is told when twice the
 * time has passed that hashing takes, the queue included: by then a wrong password of somebody who exists has been
 * hashed, and a name that nobody has only waited. So unknown names cost the node no processor time, and passwords that
 * were right before can be compared in microseconds without that showing. A right password is told at once.
 *
 * <p>Those who wait take memory, so that few may: beyond that number refusals are told at once, with another error. By
 * then the failure has been counted, and a password that would have to be hashed was not.
 */
public final class Refusals implements AutoCloseable {
    private static final int MARGIN = 2;
    /** Whatever the queue: a client that guesses is not kept for longer. */
    private static final long LONGEST_MS = 10_000;

    private final Settings settings;
    private final Passwords passwords;
    private final SteadyClock clock;
    private final ClientCounts waiting = new ClientCounts();
    private final CountDownLatch stopped = new CountDownLatch(1);

    public Refusals(Settings settings, Passwords passwords, SteadyClock clock) {
        this.settings = settings;
        this.passwords = passwords;
        this.clock = clock;
    }

    /** For a login that begins now. */
    Due begin() {
        return new Due(clock.millis(), passwords.queueLength());
    }

    /** Whether a refusal could not wait. To be asked first, so that neither the work nor its time is spent in vain. */
    boolean isFull(String network) {
        boolean entered = enter(network);
        if (entered) {
            waiting.leave(network);
        }
        return !entered;
    }

    /**
     * Waits until that time, or until the node stops.
     *
     * @param network whom it is told
     * @throws RequestException 429, at once, where too many wait already
     */
    void await(Due due, String network) {
        if (!enter(network)) {
            throw new RequestException(ErrorCode.TOO_MANY_LOGINS);
        }
        try {
            await(due);
        } finally {
            waiting.leave(network);
        }
    }

    private boolean enter(String network) {
        int most = settings.get(AccountSettings.REFUSED_LOGINS);
        int mostOfOne = settings.get(AccountSettings.REFUSED_LOGINS_PER_ADDRESS);
        return waiting.enter(network, most, mostOfOne) == ClientCounts.Outcome.ENTERED;
    }

    private void await(Due due) {
        long delayMs = Math.min(LONGEST_MS, MARGIN * passwords.expectedMs(due.queued));
        pause(due.sinceMs + delayMs - clock.millis());
    }

    /** Waits for so long, or until the node stops. */
    void pause(long milliseconds) {
        try {
            if (milliseconds <= 0 || stopped.await(milliseconds, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets those who wait go. */
    @Override
    public void close() {
        stopped.countDown();
    }

    /**
     * What decides when a login may be refused.
     *
     * @param sinceMs when it began
     * @param queued as {@link Passwords#queueLength} gave it then
     */
    record Due(long sinceMs, int queued) {}
}
