package archipel.sessions;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes expired sessions now and then, on a thread of its own. Each server may do so. */
public final class ExpiredSessionCleanup implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ExpiredSessionCleanup.class);

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread made = new Thread(task, "archipel-sessions");
        made.setDaemon(true);
        return made;
    });

    /** @param interval between two times; the first one comes at some moment of the first interval */
    public ExpiredSessionCleanup(DocumentSessionRepository sessions, Duration interval) {
        long millis = interval.toMillis();
        thread.scheduleWithFixedDelay(
                () -> clean(sessions), ThreadLocalRandom.current().nextLong(millis), millis, TimeUnit.MILLISECONDS);
    }

    private static void clean(DocumentSessionRepository sessions) {
        try {
            int count = sessions.cleanUpExpiredSessions();
            LOG.debug("{} sessions had expired", count);
        } catch (RuntimeException e) {
            // An exception would end the schedule.
            LOG.warn("expired sessions stay until the next time", e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
