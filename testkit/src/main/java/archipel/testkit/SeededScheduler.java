package archipel.testkit;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Threads of which one runs at a time, on the thread that calls {@link #run}: whenever one blocks, yields or ends, the
 * seed says which goes on. So everything that they do follows from the seed, blocking queues and locks included. What
 * one of them throws ends {@link #run}: nothing that goes wrong on a thread of its own is lost.
 *
 * <p>Its {@link #clock} moves with the turns, a millisecond with each. What waits for some time to pass waits for the
 * machine's all the same, and comes back when that is over: a run that depends on such a wait cannot be replayed.
 *
 * <p>They are virtual threads with a scheduler of their own, which the JDK makes for its own tests; it takes {@code
 * --add-opens java.base/java.lang=ALL-UNNAMED}.
 */
public final class SeededScheduler {
    private final SplittableRandom random;
    private final List<Runnable> ready = new ArrayList<>();
    private final Thread.Builder.OfVirtual threads = builder(this::add);
    private final long startMs;
    private @Nullable Throwable failure;
    private long turnsTaken;

    /** @param startMs where the clock begins */
    public SeededScheduler(SplittableRandom random, long startMs) {
        this.random = random;
        this.startMs = startMs;
    }

    /** Simulated time, which nothing but turns moves on. */
    public InstantSource clock() {
        return () -> Instant.ofEpochMilli(nowMs());
    }

    private synchronized long nowMs() {
        return startMs + turnsTaken;
    }

    private static Thread.Builder.OfVirtual builder(Executor scheduler) {
        try {
            Constructor<?> made = Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder")
                    .getDeclaredConstructor(Executor.class);
            made.setAccessible(true);
            return (Thread.Builder.OfVirtual) made.newInstance(scheduler);
        } catch (ReflectiveOperationException e) {
            Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
            throw new IllegalStateException("this JDK has no virtual threads with a scheduler of their own", cause);
        }
    }

    private synchronized void add(Runnable continuation) {
        ready.add(continuation);
    }

    private synchronized Runnable take() {
        turnsTaken++;
        return ready.isEmpty() ? () -> {} : ready.remove(random.nextInt(ready.size()));
    }

    private synchronized boolean isIdle() {
        return ready.isEmpty();
    }

    /** One that has not started. */
    public Thread unstarted(String name, Runnable work) {
        return threads.name(name).unstarted(() -> {
            try {
                work.run();
            } catch (Throwable thrown) {
                fail(thrown);
            }
        });
    }

    // The first is what the others follow from.
    private synchronized void fail(Throwable thrown) {
        if (failure == null) {
            failure = thrown;
        } else if (failure != thrown) {
            failure.addSuppressed(thrown);
        }
    }

    private synchronized void rethrow() {
        if (failure != null) {
            throw new AssertionError("a thread of the simulation failed", failure);
        }
    }

    /**
     * Lets threads run until all of them have ended or wait for something, or that many times one has been given its
     * turn.
     *
     * @return whether all of them wait or have ended
     * @throws AssertionError with what one of them threw
     */
    public boolean run(long turns) {
        for (long turn = 0; turn < turns && !isIdle(); turn++) {
            take().run();
            rethrow();
        }
        rethrow();
        return isIdle();
    }
}
