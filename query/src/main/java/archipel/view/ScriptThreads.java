package archipel.view;

import archipel.changes.Deadline;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.jspecify.annotations.Nullable;

/**
 * The threads that run JavaScript, and a watchdog that ends calls which take too much. Platform threads, since their
 * stack has a set size and what they allocate can be read from outside; callers, who only wait, may be virtual ones.
 * Threads are started when they are needed.
 */
final class ScriptThreads implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ScriptThreads.class.getName());
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    /**
     * A function's time is that of its processor: on a machine with much else to do it must not end for what others do.
     * By the clock it may take so many times as long.
     */
    private static final int PATIENCE = 12;

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(4);
    /** How many looks with nothing to see the watchdog goes on, so that it need not be woken for every call. */
    private static final int IDLE_LOOKS = 250;

    private static final Duration UNSTOPPABLE = Duration.ofSeconds(30);
    private static final int HARD_LIMIT = 4;
    private static final double TIGHT = 0.7;

    private final String name;
    private final int limit;
    private final long memory;
    private final ExecutorService closer;

    // Guarded by this.
    private final Queue<Job<?>> queue = new ArrayDeque<>();
    private final List<Worker> workers = new ArrayList<>();
    private int idle;
    private int lost;
    private int started;
    private @Nullable Thread watchdog;

    private volatile boolean asleep;
    private volatile boolean closed;

    /** @param limit how many threads at the most */
    ScriptThreads(String name, int limit, long memory) {
        this.name = name;
        this.limit = limit;
        this.memory = memory;
        this.closer = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().daemon().name(name + "-close-", 0).factory());
    }

    /** Runs it on a thread of these, and waits for it. */
    <T> T run(Callable<T> body) {
        Job<T> job = new Job<>(body, new CompletableFuture<>());
        synchronized (this) {
            if (closed) {
                throw closing();
            }
            if (lost >= limit && workers.isEmpty()) {
                throw exhausted();
            }
            queue.add(job);
            if (queue.size() > idle && workers.size() < limit) {
                start();
            }
            notify();
        }
        try {
            return job.result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ScriptException failure) {
                throw failure;
            }
            throw new ScriptException(ScriptException.Kind.BROKEN, String.valueOf(e.getCause()), e.getCause());
        }
    }

    // Under the lock.
    private void start() {
        if (watchdog == null) {
            watchdog = Thread.ofPlatform().daemon().name(name + "-watchdog").start(this::watch);
        }
        Worker worker = new Worker(started++);
        workers.add(worker);
        worker.start();
    }

    /**
     * Called on a thread of such: from here to {@link #leave} its watchdog looks at it.
     *
     * @param time of the processor, after which the call is ended
     */
    static void enter(Context context, long inputBytes, Duration time) {
        ((Worker) Thread.currentThread()).enter(context, inputBytes, time);
    }

    /** Why the watchdog ended the call; null where it did not. */
    static ScriptException.@Nullable Kind leave() {
        Worker worker = (Worker) Thread.currentThread();
        Call call = Objects.requireNonNull(worker.call, "nothing was entered");
        worker.call = null;
        return call.end();
    }

    private void watch() {
        int quiet = 0;
        while (!closed) {
            if (quiet < IDLE_LOOKS) {
                LockSupport.parkNanos(this, LOOK_NANOS);
            } else {
                asleep = true;
                // Whoever enters after this wakes it.
                if (!lookAtAll()) {
                    LockSupport.park(this);
                }
                asleep = false;
            }
            quiet = lookAtAll() ? 0 : quiet + 1;
        }
    }

    private boolean lookAtAll() {
        List<Worker> all;
        synchronized (this) {
            all = List.copyOf(workers);
        }
        boolean busy = false;
        for (Worker worker : all) {
            busy |= look(worker);
        }
        return busy;
    }

    private boolean look(Worker worker) {
        Call call = worker.call;
        if (call == null) {
            return false;
        }
        if (call.givenUp != null) {
            if (call.givenUp.hasPassed()) {
                giveUp(worker, call);
            }
            return true;
        }
        ScriptException.Kind verdict = judge(worker, call);
        if (verdict != null && call.condemn(verdict)) {
            call.givenUp = Deadline.after(UNSTOPPABLE);
            close(call.context);
        }
        return true;
    }

    /** Ends what runs in a context of this thread's, without waiting for code that may never end. */
    static void discard(Context context) {
        ((Worker) Thread.currentThread()).discard(context);
    }

    private void close(Context context) {
        try {
            closer.execute(() -> {
                try {
                    context.close(true);
                } catch (PolyglotException | IllegalStateException e) {
                    // It is cancelled all the same, and nothing reaches it any more.
                    LOG.log(System.Logger.Level.DEBUG, "a context was in use when it was closed", e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "a context is left to the engine to close", e);
        }
    }

    private static ScriptException.@Nullable Kind judge(Worker worker, Call call) {
        if (THREADS.getThreadCpuTime(worker.threadId()) > call.cpuEnd || call.end.hasPassed()) {
            return ScriptException.Kind.TIME;
        }
        long allocated = THREADS.getThreadAllocatedBytes(worker.threadId()) - call.allocatedBefore;
        return allocated > HARD_LIMIT * call.allowance || allocated > call.allowance && isHeapTight()
                ? ScriptException.Kind.MEMORY
                : null;
    }

    private static boolean isHeapTight() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory() > TIGHT * runtime.maxMemory();
    }

    /** The code never looks whether it should end. Its thread is left behind, and replaced a few times. */
    private void giveUp(Worker worker, Call call) {
        Job<?> job = worker.job;
        List<Job<?>> stranded = new ArrayList<>();
        synchronized (this) {
            worker.lost = true;
            workers.remove(worker);
            lost++;
            if (!closed && lost < limit && !queue.isEmpty()) {
                start();
            } else if (workers.isEmpty()) {
                stranded.addAll(queue);
                queue.clear();
            }
        }
        stranded.forEach(waiting -> waiting.result.completeExceptionally(exhausted()));
        if (job != null) {
            job.result.completeExceptionally(
                    new ScriptException(Objects.requireNonNull(call.verdict()), "the function cannot be stopped"));
        }
    }

    /** The next job; null when there will be none. */
    private synchronized @Nullable Job<?> next(Worker worker) {
        while (!closed && !worker.lost) {
            Job<?> job = queue.poll();
            if (job != null) {
                return job;
            }
            idle++;
            try {
                wait();
            } catch (InterruptedException e) {
                // A cancelled context may leave an interrupt behind; who ends these threads says so otherwise.
                continue;
            } finally {
                idle--;
            }
        }
        if (worker.lost) {
            lost--;
        }
        return null;
    }

    /** How many threads are stuck. */
    synchronized int lost() {
        return lost;
    }

    private static ScriptException exhausted() {
        return new ScriptException(ScriptException.Kind.EXHAUSTED, "too many functions that do not end");
    }

    private static ScriptException closing() {
        return new ScriptException(ScriptException.Kind.CLOSED, "the node is stopping");
    }

    /** Whoever still waits gets an error; what still runs is for the engine to end. */
    @Override
    public void close() {
        List<Job<?>> waiting;
        synchronized (this) {
            closed = true;
            waiting = List.copyOf(queue);
            queue.clear();
            notifyAll();
            LockSupport.unpark(watchdog);
        }
        waiting.forEach(job -> job.result.completeExceptionally(closing()));
        closer.shutdown();
    }

    private record Job<T>(Callable<T> body, CompletableFuture<T> result) {
        void run() {
            try {
                result.complete(body.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        }
    }

    /** One call, from {@link #enter} to {@link #leave}; made by the thread that makes the call. */
    private static final class Call {
        private final Context context;
        private final Deadline end;
        private final long cpuEnd;
        private final long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
        private final long allowance;
        // The watchdog's own.
        private @Nullable Deadline givenUp;
        // Guarded by this: it ends by itself, or is condemned, and not both.
        private boolean ended;
        private ScriptException.@Nullable Kind verdict;

        Call(Context context, Duration time, long allowance) {
            this.context = context;
            this.end = Deadline.after(time.multipliedBy(PATIENCE));
            this.cpuEnd = THREADS.getCurrentThreadCpuTime() + time.toNanos();
            this.allowance = allowance;
        }

        /** False when it has ended. */
        synchronized boolean condemn(ScriptException.Kind why) {
            if (!ended) {
                verdict = why;
            }
            return !ended;
        }

        synchronized ScriptException.@Nullable Kind end() {
            ended = true;
            return verdict;
        }

        synchronized ScriptException.@Nullable Kind verdict() {
            return verdict;
        }
    }

    private final class Worker extends Thread {
        // Written by this thread and read by the watchdog.
        private volatile @Nullable Call call;
        private volatile @Nullable Job<?> job;
        // Written by the watchdog.
        private volatile boolean lost;

        Worker(int number) {
            super(null, null, name + "-" + number, ScriptLimits.STACK_BYTES);
            setDaemon(true);
        }

        void enter(Context entered, long inputBytes, Duration time) {
            call = new Call(entered, time, memory + inputBytes * ScriptLimits.PER_INPUT_BYTE);
            if (asleep) {
                asleep = false;
                LockSupport.unpark(watchdog);
            }
        }

        void discard(Context context) {
            ScriptThreads.this.close(context);
        }

        @Override
        public void run() {
            for (Job<?> next = next(this); next != null; next = next(this)) {
                job = next;
                next.run();
                job = null;
                Thread.interrupted();
            }
        }
    }
}
