package archipel.view;

import archipel.changes.Waiter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sandboxes of a node: as many in use as there are threads, and some idle ones, of which the group that was not
 * asked for longest goes first. The engine is loaded when the first is made.
 */
final class SandboxPool implements AutoCloseable {
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final ScriptLimits limits;
    private final ScriptThreads requests;
    private final ScriptThreads builds;

    // Guarded by this. The least recently used first.
    private final Map<Realm, Deque<Sandbox>> idle = new LinkedHashMap<>(16, 0.75f, true);
    private int idleCount;
    private @Nullable ScriptEngine engine;
    private boolean closed;

    SandboxPool(ScriptLimits limits) {
        this.limits = limits;
        ScriptThreads.HeapShare memory = new ScriptThreads.HeapShare(limits.memory());
        this.requests = new ScriptThreads("script", limits.threads(), memory);
        this.builds = new ScriptThreads("script-map", limits.threads(), memory);
    }

    ScriptLimits limits() {
        return limits;
    }

    /** For requests, which wait for no index being built. */
    <T> T forRequest(FunctionGroup group, Use<T> use) {
        return run(requests, group, use);
    }

    /**
     * The same for a request that may give up.
     *
     * @throws IOException of the waiter
     */
    <T> T forRequest(FunctionGroup group, Waiter waiter, Use<T> use) throws IOException {
        return run(requests, group, waiter, use);
    }

    /** For building indexes. */
    <T> T forBuild(FunctionGroup group, Use<T> use) {
        return run(builds, group, use);
    }

    /**
     * The same for somebody who reads the index, and may give up.
     *
     * @throws IOException of the waiter
     */
    <T> T forBuild(FunctionGroup group, Waiter waiter, Use<T> use) throws IOException {
        return run(builds, group, waiter, use);
    }

    /**
     * For requests: uses one sandbox for groups that share it, one after the other.
     *
     * @param groups that can share one, at least one
     * @return what the first of them comes to that comes to something; null where none does
     */
    <T> @Nullable T forRequests(List<FunctionGroup> groups, SharedUse<T> use) {
        FunctionGroup first = groups.getFirst();
        Callable<Optional<T>> body = () -> use(first, true, sandbox -> {
            for (FunctionGroup group : groups) {
                T result = limited(group, () -> use.of(sandbox, group));
                if (result != null) {
                    return Optional.of(result);
                }
            }
            return Optional.empty();
        });
        return requests.run(first.database(), body).orElse(null);
    }

    private <T extends @Nullable Object> T limited(FunctionGroup group, Supplier<T> use) {
        group.quarantine().check();
        try {
            return use.get();
        } catch (ScriptException e) {
            if (group.isQuarantined() && e.isOverLimit()) {
                group.quarantine().strike(e, limits);
            }
            throw e;
        }
    }

    private <T> T run(ScriptThreads threads, FunctionGroup group, Use<T> use) {
        try {
            return run(threads, group, Waiter.PATIENT, use);
        } catch (IOException e) {
            throw new UncheckedIOException("a patient waiter gave up", e);
        }
    }

    private <T> T run(ScriptThreads threads, FunctionGroup group, Waiter waiter, Use<T> use) throws IOException {
        group.quarantine().check();
        Callable<T> body = () -> {
            // Others may have failed while this one waited.
            group.quarantine().check();
            return use(group, false, use);
        };
        try {
            return threads.run(group.database(), body, waiter);
        } catch (ScriptException e) {
            if (group.isQuarantined() && e.isOverLimit()) {
                group.quarantine().strike(e, limits);
            }
            throw e;
        }
    }

    /** @throws ScriptException where one of them is no function */
    void compile(FunctionGroup group) {
        requests.run(group.database(), () -> {
            new Sandbox(group, false, engine(), limits.time()).close();
            return true;
        });
    }

    private <T extends @Nullable Object> T use(FunctionGroup group, boolean shared, Use<T> use) {
        Realm realm = shared ? new Realm(null, group.database()) : new Realm(group, group.database());
        Sandbox sandbox = take(realm);
        if (sandbox == null) {
            sandbox = new Sandbox(group, shared, engine(), limits.time());
        }
        try {
            return use.of(sandbox);
        } finally {
            if (sandbox.isOfUse()) {
                give(realm, sandbox);
            } else if (sandbox.isOpen()) {
                sandbox.close();
            }
        }
    }

    private synchronized ScriptEngine engine() {
        if (closed) {
            throw new ScriptException(ScriptException.Kind.CLOSED, "the node is stopping");
        }
        ScriptEngine known = engine;
        if (known == null) {
            known = new ScriptEngine();
            engine = known;
        }
        return known;
    }

    private synchronized @Nullable Sandbox take(Realm realm) {
        Deque<Sandbox> sandboxes = idle.get(realm);
        if (sandboxes == null) {
            return null;
        }
        Sandbox sandbox = sandboxes.pop();
        idleCount--;
        if (sandboxes.isEmpty()) {
            idle.remove(realm);
        }
        return sandbox;
    }

    private void give(Realm realm, Sandbox sandbox) {
        List<Sandbox> surplus = new ArrayList<>();
        synchronized (this) {
            idle.computeIfAbsent(realm, _ -> new ArrayDeque<>()).push(sandbox);
            idleCount++;
            Iterator<Deque<Sandbox>> oldest = idle.values().iterator();
            while (idleCount > limits.contexts() && oldest.hasNext()) {
                Deque<Sandbox> sandboxes = oldest.next();
                while (idleCount > limits.contexts() && !sandboxes.isEmpty()) {
                    surplus.add(sandboxes.removeLast());
                    idleCount--;
                }
                if (sandboxes.isEmpty()) {
                    oldest.remove();
                }
            }
        }
        surplus.forEach(Sandbox::close);
    }

    /** How many sandboxes wait to be used again. */
    synchronized int idle() {
        return idleCount;
    }

    /** Of these, those that functions of a database share. */
    synchronized int idleOf(String database) {
        Deque<Sandbox> shared = idle.get(new Realm(null, database));
        return shared == null ? 0 : shared.size();
    }

    /** How many calls of functions are under way. */
    int entered() {
        return requests.entered() + builds.entered();
    }

    /** How many threads are stuck in code that cannot be stopped. */
    int stuck() {
        return requests.lost() + builds.lost();
    }

    synchronized boolean isEngineLoaded() {
        return engine != null;
    }

    @Override
    public void close() {
        ScriptEngine loaded;
        synchronized (this) {
            closed = true;
            loaded = engine;
            idle.clear();
            idleCount = 0;
        }
        requests.close();
        builds.close();
        if (loaded != null) {
            // Code that cannot be stopped would keep it from ending, and goes with the process.
            Thread closer = Thread.ofPlatform().daemon().name("script-close").start(loaded::close);
            try {
                closer.join(CLOSE_PATIENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * What sandboxes are for.
     *
     * @param group whose alone they are; null for those that groups of the database share
     */
    private record Realm(@Nullable FunctionGroup group, String database) {}

    /** What is done with a sandbox for one of the groups that share it. */
    interface SharedUse<T> {
        @Nullable
        T of(Sandbox sandbox, FunctionGroup group);
    }

    /** What is done with a sandbox. */
    interface Use<T extends @Nullable Object> {
        T of(Sandbox sandbox);
    }
}
