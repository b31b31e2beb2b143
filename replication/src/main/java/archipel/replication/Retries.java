package archipel.replication;

import archipel.document.RequestException;
import archipel.ends.BatchRefusedException;
import archipel.ends.HistoryChangedException;
import archipel.ends.MissingStubException;
import archipel.ends.ReplicationException;
import archipel.memory.MemoryLimitException;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries a step of a replication again where it failed for now, each time after a longer pause, and says how it failed
 * in the end. Safe for use by many threads.
 */
final class Retries {
    private static final Logger LOG = LoggerFactory.getLogger(Retries.class);

    private static final long FIRST_PAUSE_MS = 250;
    private static final long LONGEST_PAUSE_MS = 30_000;

    private final ReplicationEnvironment environment;
    private final int most;
    private final BooleanSupplier stopped;

    /** @param most tries after the first */
    Retries(ReplicationEnvironment environment, int most, BooleanSupplier stopped) {
        this.environment = environment;
        this.most = most;
        this.stopped = stopped;
    }

    /** A step, which may be taken again from its beginning. */
    @FunctionalInterface
    interface Step<T extends @Nullable Object> {
        T take() throws ReplicationException, IOException, InterruptedException;
    }

    /**
     * Takes a step until it succeeds.
     *
     * @param what for the log, without credentials
     * @throws ReplicationException where it fails for good, or too often
     * @throws IOException of those that say more than that a step failed: {@link BatchRefusedException}, {@link
     *     MissingStubException} and {@link HistoryChangedException}
     * @throws InterruptedException also where the replication was stopped meanwhile
     */
    <T extends @Nullable Object> T call(String what, Step<T> step)
            throws ReplicationException, IOException, InterruptedException {
        for (int tried = 0; ; tried++) {
            try {
                return step.take();
            } catch (BatchRefusedException | MissingStubException | HistoryChangedException e) {
                throw e;
            } catch (IOException | RequestException | MemoryLimitException e) {
                if (stopped.getAsBoolean()) {
                    throw new InterruptedException("stopped");
                }
                if (tried >= most || !ReplicationException.passes(e)) {
                    throw ReplicationException.of(e);
                }
                long pause = pauseMs(tried);
                LOG.debug("{} failed, tried again in {} ms: {}", what, pause, e.toString());
                environment.pause().pause(pause);
            }
        }
    }

    /** Between half of the time and the whole of it. */
    private long pauseMs(int tried) {
        long whole = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << Math.min(tried, 20));
        return whole / 2 + (long) (whole / 2 * environment.chance().getAsDouble());
    }
}
