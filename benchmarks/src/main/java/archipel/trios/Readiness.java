package archipel.trios;

import archipel.report.Ticks;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits until all members take writes: until then they refuse, and that is no fault. */
final class Readiness {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration BETWEEN = Duration.ofMillis(100);
    private static final int SECONDS_EACH = 10;
    /** Beyond all that are written or read later. */
    private static final long FIRST_NUMBER = 1L << 40;

    private Readiness() {}

    /** Looks whether there is still something to be waited for. */
    interface Check {
        void check() throws IOException;
    }

    /** The same clients once all members take their writes; closes them where that fails. */
    static <C extends Clients> C ready(C clients, Check alive) throws IOException {
        try {
            await(clients, alive);
            return clients;
        } catch (IOException failed) {
            clients.close();
            throw failed;
        }
    }

    /** Writes a value at each member, under another number each time, since what failed may have been written. */
    static void await(Clients clients, Check alive) throws IOException {
        for (int member = 0; member < Contender.MEMBERS; member++) {
            long first = FIRST_NUMBER + ((long) member << 20);
            await(clients, member, Operation.WRITE, first, alive);
        }
    }

    /** @param first number that is written or read; where it is written, later ones are used up, too */
    static void awaitOne(Clients clients, int member, Operation operation, long first) throws IOException {
        await(clients, member, operation, first, () -> {});
    }

    private static void await(Clients clients, int member, Operation operation, long first, Check alive)
            throws IOException {
        long begun = Ticks.now();
        long number = first;
        while (true) {
            Throwable failed = perform(clients, operation, member, number);
            if (failed == null) {
                return;
            }
            alive.check();
            if (Ticks.now() - begun > PATIENCE.toNanos()) {
                throw new IOException("member " + member + " is not ready: " + failed, failed);
            }
            number += operation.isRead() ? 0 : 1;
            Ticks.pause(BETWEEN);
        }
    }

    private static @Nullable Throwable perform(Clients clients, Operation operation, int member, long number)
            throws IOException {
        CompletableFuture<@Nullable Void> answer = new CompletableFuture<>();
        clients.start(operation, member, member, number, failure -> {
            if (failure == null) {
                answer.complete(null);
            } else {
                answer.completeExceptionally(failure);
            }
        });
        try {
            answer.get(SECONDS_EACH, TimeUnit.SECONDS);
            return null;
        } catch (ExecutionException failed) {
            return failed.getCause();
        } catch (TimeoutException failed) {
            return failed;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
