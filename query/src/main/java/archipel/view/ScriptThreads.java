package archipel.view;

import archipel.changes.Deadline;
import archipel.changes.Waiter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.jspecify.annotations.Nullable;

/**
 * The threads that run JavaScript, and a watchdog that ends calls which take too much. Platform threads, since their
 * stack has a set size and what they allocate can be read from outside; callers, who only wait, may be virtual ones.
 * Threads are started when they are needed.
 *
 * <p>Every job has an owner, its database. Owners take turns, each may have so many jobs under way as there are
 * threads, and a job that has gone on for {@link #SLOW} gives its place up: it goes on, and another thread takes the
 * next job. So functions that do not end delay those of other databases by no more than that, until {@link #CROWD}
 * times as many threads are busy; while as many slow jobs are under way as there are threads, an owner may have only
 * one.
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
    /** A job that takes longer does not count among those that run at a time. */
    private static final Duration SLOW = Duration.ofMillis(100);
    /** So many times as many threads there are at the most. */
    private static final int CROWD = 8;
    /** How long a thread waits for a job before it ends, if there are more than there need to be. */
    private static final long IDLE_MS = 10_000;

    private final String name;
    private final int limit;
    private final HeapShare memory;
    private final ExecutorService closer;

    // Guarded by this.
    private final FairQueue<Job<?>> queue = new FairQueue<>();
    private final List<Worker> workers = new ArrayList<>();
    private final Map<String, Integer> running = new HashMap<>();
    private final Map<String, Integer> stuck = new HashMap<>();
    private int idle;
    private int quick;
    private int slow;
    private int lost;
    private int started;
    private @Nullable Thread watchdog;

    private volatile boolean asleep;
    private volatile boolean closed;

    /** @param limit how many jobs at a time, but for slow ones */
    ScriptThreads(String name, int limit, HeapShare memory) {
        this.name = name;
        this.limit = limit;
        this.memory = memory;
        this.closer = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().daemon().name(name + "-close-", 0).factory());
    }

    /** Runs it on a thread of these when it is its owner's turn, and waits for it. */
    <T> T run(String owner, Callable<T> body) {
        try {
            return run(owner, body, Waiter.PATIENT);
        } catch (IOException e) {
            throw new UncheckedIOException("a patient waiter gave up", e);
        }
    }

    /**
     * The same for a caller who may give up: the job is cancelled then, whether it runs or waits for its turn.
     *
     * @throws IOException of the waiter
     */
    <T> T run(String owner, Callable<T> body, Waiter waiter) throws IOException {
        // Who is gone from the start takes nobody's turn.
        waiter.check();
        Job<T> job = new Job<>(owner, body, new CompletableFuture<>());
        synchronized (this) {
            if (closed) {
                throw closing();
            }
            if (stuck.containsKey(owner) || lost >= CROWD * limit) {
                throw exhausted();
            }
            queue.add(owner, job);
            wake();
        }
        boolean wanted = false;
        try {
            T result = waiter.await(job.result);
            wanted = true;
            return result;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ScriptException failure) {
                throw failure;
            }
            throw new ScriptException(ScriptException.Kind.BROKEN, String.valueOf(e.getCause()), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw closing();
        } finally {
            if (!wanted) {
                cancel(job);
            }
        }
    }

    /** Nothing, where it has ended. */
    private void cancel(Job<?> job) {
        // The watchdog ends it where it runs.
        job.cancelled = true;
        synchronized (this) {
            queue.remove(job.owner, job);
        }
    }

    // Under the lock: sees to a thread for the next job, if one may run.
    private void wake() {
        if (quick >= limit || !queue.has(this::mayRun)) {
            return;
        }
        if (idle > 0) {
            notify();
        } else if (workers.size() + lost < CROWD * limit) {
            start();
        }
    }

    // Under the lock.
    private boolean mayRun(String owner) {
        return running.getOrDefault(owner, 0) < (slow >= limit ? 1 : limit);
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

    /** Whether the call under way has allocated more than it may while memory is short. */
    static boolean isOverAllowance() {
        Call call = Objects.requireNonNull(((Worker) Thread.currentThread()).call, "nothing was entered");
        return THREADS.getCurrentThreadAllocatedBytes() - call.allocatedBefore > call.memory.allowance;
    }

    /** Why the watchdog ended the call; null where it did not. */
    static ScriptException.@Nullable Kind leave() {
        return ((Worker) Thread.currentThread()).leave();
    }

    private void watch() {
        while (!closed) {
            try {
                watchUntilClosed();
            } catch (Throwable e) {
                // Without it no call would ever be ended again; what it could not do it does at its next look.
                report(e);
                LockSupport.parkNanos(this, LOOK_NANOS);
            }
        }
    }

    private static void report(Throwable failure) {
        try {
            LOG.log(System.Logger.Level.WARNING, "the watchdog of scripts goes on after", failure);
        } catch (Throwable e) {
            // There is no memory to tell it with.
            return;
        }
    }

    private void watchUntilClosed() {
        int quiet = 0;
        while (!closed) {
            if (quiet < IDLE_LOOKS) {
                LockSupport.parkNanos(this, LOOK_NANOS);
            } else {
                asleep = true;
                // Whoever begins a job after this wakes it.
                if (!lookAtAll()) {
                    LockSupport.park(this);
                }
                asleep = false;
            }
            quiet = lookAtAll() ? 0 : quiet + 1;
        }
    }

    private void wakeWatchdog() {
        if (asleep) {
            asleep = false;
            LockSupport.unpark(watchdog);
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
        Job<?> job = worker.job;
        if (job != null && !job.slow && job.slowAt.hasPassed()) {
            makeWay(worker, job);
        }
        Call call = worker.call;
        if (call == null) {
            return job != null;
        }
        Deadline givenUp = call.givenUp;
        if (givenUp == null) {
            ScriptException.Kind verdict = judge(worker, call);
            if (verdict == null) {
                return true;
            }
            givenUp = Deadline.after(UNSTOPPABLE);
            if (!call.condemn(verdict)) {
                return true;
            }
            call.givenUp = givenUp;
        }
        if (!call.closed) {
            // Again at the next look where there is no memory for it.
            close(call.context);
            call.closed = true;
        }
        if (givenUp.hasPassed()) {
            giveUp(worker, call);
        }
        return true;
    }

    /** Lets the next job begin beside this one. */
    private synchronized void makeWay(Worker worker, Job<?> job) {
        if (worker.job == job && !worker.lost && !job.slow) {
            job.slow = true;
            quick--;
            slow++;
            wake();
        }
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

    private ScriptException.@Nullable Kind judge(Worker worker, Call call) {
        if (call.job.cancelled) {
            return ScriptException.Kind.CANCELLED;
        }
        if (THREADS.getThreadCpuTime(worker.threadId()) > call.cpuEnd || call.end.hasPassed()) {
            return ScriptException.Kind.TIME;
        }
        long allocated = THREADS.getThreadAllocatedBytes(worker.threadId()) - call.allocatedBefore;
        return memory.isTooMuch(call.memory, allocated) ? ScriptException.Kind.MEMORY : null;
    }

    /** The code never looks whether it should end. Its thread is left behind, and its owner gets no other. */
    private void giveUp(Worker worker, Call call) {
        Job<?> job = worker.job;
        if (job == null) {
            return;
        }
        List<Job<?>> stranded = new ArrayList<>();
        synchronized (this) {
            if (worker.lost || worker.job != job) {
                return;
            }
            worker.lost = true;
            workers.remove(worker);
            lost++;
            stuck.merge(job.owner, 1, Integer::sum);
            release(job);
            stranded.addAll(queue.removeAll(job.owner));
            if (lost >= CROWD * limit) {
                stranded.addAll(queue.clear());
            }
            wake();
        }
        stranded.forEach(waiting -> waiting.result.completeExceptionally(exhausted()));
        job.result.completeExceptionally(
                new ScriptException(Objects.requireNonNull(call.verdict()), "the function cannot be stopped"));
    }

    // Under the lock: what the job took is free again.
    private void release(Job<?> job) {
        running.computeIfPresent(job.owner, (_, count) -> count == 1 ? null : count - 1);
        if (job.slow) {
            slow--;
        } else {
            quick--;
        }
    }

    /** Ends the worker's job, and takes the next one; null when the thread is to end. */
    private synchronized @Nullable Job<?> next(Worker worker) {
        Job<?> done = worker.job;
        worker.job = null;
        if (worker.lost) {
            lost--;
            stuck.computeIfPresent(Objects.requireNonNull(done).owner, (_, count) -> count == 1 ? null : count - 1);
            return null;
        }
        if (done != null) {
            release(done);
        }
        while (!closed) {
            Job<?> job = quick < limit ? queue.poll(this::mayRun) : null;
            if (job != null) {
                quick++;
                running.merge(job.owner, 1, Integer::sum);
                job.slowAt = Deadline.after(SLOW);
                worker.job = job;
                wakeWatchdog();
                wake();
                return job;
            }
            if (!awaitJob()) {
                workers.remove(worker);
                return null;
            }
        }
        return null;
    }

    // Under the lock; false where this thread is one too many.
    private boolean awaitJob() {
        boolean surplus = workers.size() > limit;
        idle++;
        try {
            wait(surplus ? IDLE_MS : 0);
        } catch (InterruptedException e) {
            // A cancelled context may leave an interrupt behind; who ends these threads says so otherwise.
            return true;
        } finally {
            idle--;
        }
        return workers.size() <= limit || quick < limit && queue.has(this::mayRun);
    }

    /** How many calls are under way, between {@link #enter} and {@link #leave}. */
    synchronized int entered() {
        return (int) workers.stream().filter(worker -> worker.call != null).count();
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
            waiting = queue.clear();
            notifyAll();
            LockSupport.unpark(watchdog);
        }
        waiting.forEach(job -> job.result.completeExceptionally(closing()));
        closer.shutdown();
    }

    private static final class Job<T> {
        private final String owner;
        private final Callable<T> body;
        private final CompletableFuture<T> result;
        // Written under the lock.
        private volatile boolean slow;
        private volatile Deadline slowAt = Deadline.after(SLOW);
        /** Whether nobody waits for its result any more. */
        private volatile boolean cancelled;

        Job(String owner, Callable<T> body, CompletableFuture<T> result) {
            this.owner = owner;
            this.body = body;
            this.result = result;
        }

        void run() {
            if (cancelled) {
                // Between being taken from the queue and this.
                return;
            }
            try {
                result.complete(body.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        }
    }

    /** One call, from {@link #enter} to {@link #leave}; made by the thread that makes the call. */
    private static final class Call {
        private final Job<?> job;
        private final Context context;
        private final Deadline end;
        private final long cpuEnd;
        private final long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
        private final HeapShare.Use memory;
        // The watchdog's own.
        private @Nullable Deadline givenUp;
        private boolean closed;
        // Guarded by this: it ends by itself, or is condemned, and not both.
        private boolean ended;
        private ScriptException.@Nullable Kind verdict;

        Call(Job<?> job, Context context, Duration time, HeapShare.Use memory) {
            this.job = job;
            this.context = context;
            this.end = Deadline.after(time.multipliedBy(PATIENCE));
            this.cpuEnd = THREADS.getCurrentThreadCpuTime() + time.toNanos();
            this.memory = memory;
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
        // Written under the lock.
        private volatile boolean lost;

        Worker(int number) {
            super(null, null, name + "-" + number, ScriptLimits.STACK_BYTES);
            setDaemon(true);
        }

        void enter(Context entered, long inputBytes, Duration time) {
            Job<?> current = Objects.requireNonNull(job, "no job");
            call = new Call(current, entered, time, memory.begin(inputBytes));
        }

        ScriptException.@Nullable Kind leave() {
            Call left = Objects.requireNonNull(call, "nothing was entered");
            call = null;
            memory.end(left.memory);
            return left.end();
        }

        void discard(Context context) {
            ScriptThreads.this.close(context);
        }

        @Override
        public void run() {
            for (Job<?> next = next(this); next != null; next = next(this)) {
                next.run();
                Thread.interrupted();
            }
        }
    }

    /**
     * What waits to be done, for several owners in turn: one that has a thousand things to do delays another's by one
     * of them. Of one owner, first come, first served. For one thread at a time.
     */
    static final class FairQueue<T> {
        /** None of the queues is empty; whose turn it is comes first. */
        private final Map<String, Queue<T>> waiting = new LinkedHashMap<>();

        void add(String owner, T item) {
            waiting.computeIfAbsent(owner, _ -> new ArrayDeque<>()).add(item);
        }

        /** Takes the next item whose owner may have one; null when there is none. */
        @Nullable
        T poll(Predicate<String> may) {
            for (Iterator<Map.Entry<String, Queue<T>>> turn = waiting.entrySet().iterator(); turn.hasNext(); ) {
                Map.Entry<String, Queue<T>> next = turn.next();
                if (may.test(next.getKey())) {
                    T item = next.getValue().remove();
                    turn.remove();
                    if (!next.getValue().isEmpty()) {
                        waiting.put(next.getKey(), next.getValue());
                    }
                    return item;
                }
            }
            return null;
        }

        /** Whether {@link #poll} would find one. */
        boolean has(Predicate<String> may) {
            return waiting.keySet().stream().anyMatch(may);
        }

        /** Takes that item, if it waits. */
        void remove(String owner, T item) {
            Queue<T> items = waiting.get(owner);
            if (items != null && items.remove(item) && items.isEmpty()) {
                waiting.remove(owner);
            }
        }

        /** Takes all that one owner has waiting. */
        List<T> removeAll(String owner) {
            Queue<T> items = waiting.remove(owner);
            return items == null ? List.of() : List.copyOf(items);
        }

        /** Takes everything. */
        List<T> clear() {
            List<T> all = new ArrayList<>();
            waiting.values().forEach(all::addAll);
            waiting.clear();
            return all;
        }
    }

    /**
     * What calls of functions may have of the heap. Only the sum of what a thread allocated can be read from outside,
     * and most of that is garbage as a rule; so a call is ended for it while the heap is short of memory, and otherwise
     * only where it goes far beyond. While memory is short, all calls together have a share of the heap, and the one
     * that allocated most is the one to go. Safe for use by many threads.
     */
    static final class HeapShare {
        /** Of the heap for one call, and for all of them while memory is short. */
        private static final int SHARE = 4;

        private static final int HARD_LIMIT = 4;
        private static final double TIGHT = 0.7;

        private final long heap = Runtime.getRuntime().maxMemory();
        private final long perCall;
        private final @Nullable MemoryPoolMXBean old = old();
        private final Set<Use> uses = ConcurrentHashMap.newKeySet();

        /** @param perCall bytes, beside an allowance for the input */
        HeapShare(long perCall) {
            this.perCall = perCall;
        }

        // Where what stays alive goes to; eden is full of garbage most of the time, and says nothing.
        private static @Nullable MemoryPoolMXBean old() {
            for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
                String name = pool.getName();
                boolean tenured = name.contains("Tenured") || name.contains("Old");
                if (pool.getType() == MemoryType.HEAP
                        && tenured
                        && pool.getUsage().getMax() > 0) {
                    return pool;
                }
            }
            return null;
        }

        /** A call begins. */
        Use begin(long inputBytes) {
            long allowance = Math.min(perCall + inputBytes * ScriptLimits.PER_INPUT_BYTE, heap / SHARE);
            Use use = new Use(allowance);
            uses.add(use);
            return use;
        }

        void end(Use use) {
            uses.remove(use);
        }

        /** Whether the call has to end, now that it has allocated so much. */
        boolean isTooMuch(Use use, long allocated) {
            use.allocated = allocated;
            if (allocated > HARD_LIMIT * use.allowance) {
                return true;
            }
            if (!isTight()) {
                return false;
            }
            return allocated > use.allowance || isLargest(use);
        }

        private boolean isLargest(Use use) {
            long sum = 0;
            for (Use other : uses) {
                if (other.allocated > use.allocated) {
                    return false;
                }
                sum += other.allocated;
            }
            return sum > heap / SHARE;
        }

        private boolean isTight() {
            if (old == null) {
                Runtime runtime = Runtime.getRuntime();
                return runtime.totalMemory() - runtime.freeMemory() > TIGHT * heap;
            }
            MemoryUsage usage = old.getUsage();
            return usage.getUsed() > TIGHT * usage.getMax();
        }

        /** One call. */
        static final class Use {
            private final long allowance;
            private volatile long allocated;

            private Use(long allowance) {
                this.allowance = allowance;
            }
        }
    }
}
