package archipel.client;

import archipel.calls.Address;
import archipel.calls.Call;
import archipel.calls.CallCounters;
import archipel.calls.Refusals;
import archipel.calls.Reply;
import archipel.calls.Transport;
import archipel.leases.HeldLock;
import archipel.leases.Locks;
import archipel.objects.ContextManager;
import archipel.objects.ObjectCounters;
import archipel.objects.ReplicatedObjects;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A client of an ensemble, or of one node. One is enough for a program: it is safe for use by many threads, and keeps
 * connections open. To be closed.
 *
 * <pre>{@code
 * try (Archipel archipel = Archipel.connect("http://ann:secret@10.0.0.1:5984,http://10.0.0.2:5984")) {
 *     Database islands = archipel.database("islands");
 *     islands.create("ouessant", new Island("Ouessant", 15.6));
 * }
 * }</pre>
 *
 * <p>The nodes are asked in the order of their addresses, and the one that answered last is asked first; where one does
 * not answer the next one is. Errors are an {@link archipel.failures.ArchipelException}. Once the client is closed its
 * methods throw an {@link IllegalStateException}.
 */
public final class Archipel implements AutoCloseable {
    private final Transport transport;
    private final Json json;
    private final SeenBlocks seen;
    private final List<HeldLock> locks;
    private final ReplicatedObjects objects;
    private final ContextManager contexts;

    Archipel(Transport transport, Json json) {
        this.transport = transport;
        this.json = json;
        this.seen = new SeenBlocks();
        this.locks = List.of();
        this.objects = new ReplicatedObjects(
                new DocumentStates(this::database),
                transport.clock(),
                transport.options().patience());
        this.contexts = objects.contexts();
    }

    private Archipel(Archipel whole, List<HeldLock> locks) {
        this.transport = whole.transport;
        this.json = whole.json;
        this.seen = whole.seen;
        this.locks = locks;
        this.objects = whole.objects.over(new DocumentStates(this::database));
        this.contexts = objects.contexts();
    }

    /**
     * A client with what is usual.
     *
     * @param addresses URLs of nodes with commas between, the nearest first; with {@code name:password@} in the first
     *     one, or in each
     * @throws IllegalArgumentException naming what is no URL of a node
     */
    public static Archipel connect(String addresses) {
        return builder(addresses).connect();
    }

    /** A client of which more is to be said; the addresses are those of {@link #connect}. */
    public static ArchipelBuilder builder(String addresses) {
        return new ArchipelBuilder(Address.parse(addresses));
    }

    /** A database, whether or not it is there. */
    public Database database(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a database has a name");
        }
        return new Database(new DatabaseCalls(name, transport, json, seen, locks));
    }

    /** The names of all databases. */
    public List<String> databases() {
        Reply reply = transport.send(Call.read("/_all_dbs"));
        if (!reply.isSuccess()) {
            throw Refusals.of(reply);
        }
        List<String> names = new ArrayList<>();
        json.read(reply).forEach(name -> names.add(name.asString()));
        return names;
    }

    /** The locks and elections of the ensemble. */
    public Locks locks() {
        return new Locks(transport);
    }

    /**
     * This client, as the holder of a lock. What it writes into databases carries the lock's token, so that a database
     * that has seen a later holder refuses it ({@link archipel.failures.FencedException}). Once the lock is lost
     * nothing is sent any more, not even again: a write ends with {@link archipel.failures.LockLostException}, or with
     * {@link archipel.failures.OutcomeUnknownException} where an attempt before may have been carried out. Making and
     * deleting databases is bound to the lock in this way only. Of two holds of one lock the one that is given last
     * counts. Closing it closes nothing.
     */
    public Archipel under(HeldLock lock) {
        List<HeldLock> more = new ArrayList<>(locks);
        // A node takes one token of each lock.
        more.removeIf(one -> one.name().equals(lock.name()));
        more.add(lock);
        return new Archipel(this, List.copyOf(more));
    }

    /**
     * An object whose state is a document, and each of whose calls is carried out on the newest state and replicated
     * before it returns. Methods that change nothing are marked {@link archipel.objects.ReadOnly}. Calls of all
     * programs are in one order. What a method throws reaches the caller, and nothing has changed then. A method that
     * returns its state returns this object; what else it returns is the caller's, whose changes to it change nothing.
     *
     * <p>A call ends with {@link archipel.failures.OutcomeUnknownException} where its answer was lost and cannot be
     * found out, and with {@link archipel.failures.ContentionException} where others have always come first.
     *
     * @param address {@code database/id}
     * @param type the interface that is called; its default methods run on this side, each call in them by itself
     * @param initial makes the state of an object that is not there yet; its class has the interface's methods, and its
     *     fields are the document's members
     * @throws IllegalArgumentException naming the member of the interface or of the state that is not as it has to be
     */
    public <T> T replicated(String address, Class<T> type, Supplier<?> initial) {
        return objects.implicit(address, type, initial);
    }

    /** For objects that are replicated when the caller says so. */
    public ContextManager contexts() {
        return contexts;
    }

    /** How often requests had to be sent again. */
    public CallCounters callCounters() {
        return transport.counters();
    }

    /** What became of changes of objects. */
    public ObjectCounters objectCounters() {
        return objects.counters();
    }

    /** Gives up what is under way, closes connections and ends the threads. Locks that are held end by themselves. */
    @Override
    public void close() {
        if (locks.isEmpty()) {
            transport.close();
        }
    }
}
