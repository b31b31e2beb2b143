package archipel.replication;

import archipel.changes.SteadyClock;
import archipel.changes.Threads;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * What a replication takes from outside: time, threads and chance. Simulations have their own.
 *
 * @param threads make those of a running replication
 * @param clock for what people read
 * @param steady for how long something takes
 * @param pause waits
 * @param sessionIds 32 hex digits each
 * @param chance from 0 to below 1, so that many who failed together do not try again together
 */
public record ReplicationEnvironment(
        Threads threads,
        InstantSource clock,
        SteadyClock steady,
        Pause pause,
        Supplier<String> sessionIds,
        DoubleSupplier chance) {
    /** Waits for some time. */
    @FunctionalInterface
    public interface Pause {
        /** @throws InterruptedException where the thread is interrupted before or meanwhile */
        void pause(long ms) throws InterruptedException;
    }

    /** The machine's, with virtual threads. */
    public static ReplicationEnvironment real() {
        SecureRandom random = new SecureRandom();
        return new ReplicationEnvironment(
                (name, work) -> Thread.ofVirtual().name(name).unstarted(work),
                InstantSource.system(),
                SteadyClock.system(),
                ReplicationEnvironment::park,
                () -> sessionId(random),
                random::nextDouble);
    }

    private static String sessionId(SecureRandom random) {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static void park(long ms) throws InterruptedException {
        SteadyClock clock = SteadyClock.system();
        for (long left = ms; left > 0; left = ms - clock.millis()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            LockSupport.parkNanos(left * 1_000_000);
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    Instant now() {
        return clock.instant();
    }
}
