package archipel.changes;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Somebody who waits for the work of others, has to do something now and then meanwhile, and may give up. */
@FunctionalInterface
public interface Waiter {
    /** Has nothing else to do, and never gives up. */
    Waiter PATIENT = () -> TimeUnit.DAYS.toMillis(1);

    /**
     * Does what is due. Called by the thread that waits.
     *
     * @return milliseconds after which, at the latest, this is to be called again
     * @throws IOException where nobody wants the result of the work any more
     */
    long check() throws IOException;

    /**
     * Waits for the work.
     *
     * @throws IOException of {@link #check}; the work goes on, and is the caller's to cancel
     * @throws ExecutionException with what the work failed with
     */
    default <T> T await(CompletableFuture<T> work) throws IOException, ExecutionException, InterruptedException {
        while (!work.isDone()) {
            try {
                return work.get(Math.max(1, check()), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                // It is time for the next check.
                continue;
            }
        }
        return work.get();
    }
}
