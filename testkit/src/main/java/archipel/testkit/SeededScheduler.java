package archipel.testkit;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;

/**
 * Threads of which one runs at a time, on the thread that calls {@link #run}: whenever one blocks, yields or ends, the
 * seed says which goes on. So everything that they do follows from the seed, blocking queues and locks included. What
 * waits for some time to pass waits for the real clock's, and comes back when that is over.
 *
 * <p>They are virtual threads with a scheduler of their own, which the JDK makes for its own tests; it takes {@code
 * --add-opens java.base/java.lang=ALL-UNNAMED}.
 */
public final class SeededScheduler {
    private final SplittableRandom random;
    private final List<Runnable> ready = new ArrayList<>();
    private final Thread.Builder.OfVirtual threads = builder(this::add);

    public SeededScheduler(SplittableRandom random) {
        this.random = random;
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
        return ready.isEmpty() ? () -> {} : ready.remove(random.nextInt(ready.size()));
    }

    private synchronized boolean isIdle() {
        return ready.isEmpty();
    }

    /** One that has not started. */
    public Thread unstarted(String name, Runnable work) {
        return threads.name(name).unstarted(work);
    }

    /**
     * Lets threads run until all of them have ended or wait for something, or that many times one has been given its
     * turn.
     *
     * @return whether all of them wait or have ended
     */
    public boolean run(long turns) {
        for (long turn = 0; turn < turns; turn++) {
            if (isIdle()) {
                return true;
            }
            take().run();
        }
        return isIdle();
    }
}
