package archipel.objects;

import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Explicit replication: objects are changed in a context, on this process's own copies, and replicated when the caller
 * says so. That is one write for many changes; the price is that what is forgotten is lost, so {@link #end} complains
 * of it.
 *
 * <p>A context belongs to the thread that began it, until it is paused; any thread may resume it. Other threads'
 * contexts have copies of their own, and who replicates second gets a conflict. Safe for use by many threads.
 *
 * <p>What a method returns may be a part of the state: what a caller changes there is a change of the object, to be
 * replicated or complained of, until the context has loaded the object anew or one of its methods has failed.
 */
public final class ContextManager {
    private static final Logger LOG = LoggerFactory.getLogger(ContextManager.class);

    private final CallReplicator.Home home;
    private final ThreadLocal<Context> current = new ThreadLocal<>();

    ContextManager(CallReplicator.Home home) {
        this.home = home;
    }

    /** Begins a context in this thread. @throws IllegalStateException where one goes on in it */
    public void begin() {
        requireNone();
        Context context = new Context(home);
        context.bind(Thread.currentThread());
        current.set(context);
        home.counters().openContexts.increment();
    }

    /**
     * An object of this thread's context. Its state is loaded by the first call.
     *
     * @param address {@code database/id}
     * @param initial makes the state of an object that is not there yet
     * @throws IllegalArgumentException naming what of the interface or the state is not as it has to be
     */
    public <T> T object(String address, Class<T> type, Supplier<?> initial) {
        Context context = context();
        ObjectContract<?> contract = ObjectContract.of(type, initial, home.codec());
        LocalObject object = context.object(ObjectAddress.parse(address), contract);
        return ObjectProxies.make(type, new ContextCalls(context, object));
    }

    /**
     * Replicates all objects that were changed: those of one database in one block, or none of them.
     *
     * @return how many objects were written
     * @throws archipel.failures.ConflictException where somebody else has changed one of them since it was loaded;
     *     {@link #giveUp} loads them anew
     */
    public int replicate() {
        return context().replicate();
    }

    /** Gives up what is not replicated, which is counted; the next call of each object loads its newest state. */
    public List<UnreplicatedChange> giveUp() {
        return context().giveUp();
    }

    /** Takes the context off this thread. Until it is resumed, its objects cannot be called. */
    public Context pause() {
        Context context = context();
        context.bind(null);
        current.remove();
        return context;
    }

    /** Goes on with a context in this thread. */
    public void resume(Context context) {
        requireNone();
        context.bind(Thread.currentThread());
        current.set(context);
    }

    /**
     * Ends this thread's context.
     *
     * @throws UnreplicatedChangesException where there are changes that were never replicated; the context has ended
     *     all the same
     */
    public void end() {
        Context context = context();
        List<UnreplicatedChange> changes = context.giveUp();
        context.end();
        current.remove();
        home.counters().openContexts.decrement();
        if (!changes.isEmpty()) {
            LOG.warn("a context has ended with changes that were never replicated: {}", changes);
            throw new UnreplicatedChangesException(changes);
        }
    }

    private Context context() {
        Context context = current.get();
        if (context == null) {
            throw new IllegalStateException("no context has begun in this thread");
        }
        return context;
    }

    private void requireNone() {
        if (current.get() != null) {
            throw new IllegalStateException("a context goes on in this thread already");
        }
    }
}
