package archipel.engine;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The log of a node that is on its own: one writer thread and group commit. While one group is made durable the next is
 * gathered and applied, so that the slower the disk the larger the groups. The store's own write-ahead log is the log.
 *
 * <p>Two threads: the writer applies commands and writes groups to the store, and {@link GroupFlusher} makes them
 * durable and then visible. A command that is alone is spared the way from one to the other.
 *
 * <p>Invariants: commands take effect in the order of submission; a group is written whole or not at all; a future ends
 * after readers can see the command, and readers see it once it is as durable as it asks.
 */
final class LocalLog implements CommandLog {
    private static final System.Logger LOG = System.getLogger(LocalLog.class.getName());
    private static final PendingCommand<?> END = PendingCommand.signal();
    // From the flusher: what it was given is visible.
    private static final PendingCommand<?> FLUSHED = PendingCommand.signal();

    private final Store store;
    private final Catalog catalog;
    private final boolean fsync;
    private final long groupBytes;
    private final LinkedBlockingQueue<PendingCommand<?>> queue = new LinkedBlockingQueue<>();
    private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();
    private final GroupFlusher flusher;
    private final Thread writer;
    private boolean closed;
    // The rest is the writer's.
    private @Nullable OpenGroup group;
    private int groupsInFlight;

    /** @param visible told of each group before its futures end, on one thread at a time */
    LocalLog(Store store, Catalog catalog, NodeOptions options, GroupFlusher.Visible visible) {
        this.store = store;
        this.catalog = catalog;
        this.fsync = options.durability() == NodeOptions.Durability.FSYNC;
        this.groupBytes = options.groupBytes();
        this.flusher = new GroupFlusher(store, visible, () -> queue.add(FLUSHED));
        this.writer = Thread.ofPlatform().name("archipel-writer").unstarted(this::run);
        writer.start();
    }

    @Override
    public <R> CompletableFuture<R> submit(Command<R> command) {
        CompletableFuture<R> result = new CompletableFuture<>();
        gate.readLock().lock();
        try {
            if (closed) {
                result.completeExceptionally(new RequestException(ErrorCode.STOPPING));
            } else {
                queue.add(new PendingCommand<>(command, result));
            }
        } finally {
            gate.readLock().unlock();
        }
        return result;
    }

    @Override
    public void close() {
        gate.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            queue.add(END);
        } finally {
            gate.writeLock().unlock();
        }
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        flusher.close();
    }

    private void run() {
        while (true) {
            PendingCommand<?> next;
            try {
                // A group stays open while an earlier one is on its way to the disk: it could only wait behind it.
                next = group == null || groupsInFlight > 0 ? queue.take() : queue.poll();
            } catch (InterruptedException e) {
                // Nobody has cause to interrupt this thread; the queue is to be served all the same.
                continue;
            }
            if (next == FLUSHED) {
                groupsInFlight--;
            } else if (next == null || next == END) {
                write();
                if (next == END) {
                    return;
                }
            } else {
                apply(next);
            }
        }
    }

    private void apply(PendingCommand<?> command) {
        if (group == null) {
            group = new OpenGroup(store, catalog, groupBytes);
        }
        group.apply(command);
        if (group.isFull()) {
            write();
        }
    }

    // Ends the open group, if there is one.
    private void write() {
        if (group == null) {
            return;
        }
        WrittenGroup written;
        try (OpenGroup ending = group) {
            group = null;
            written = write(ending);
        }
        if (written == null) {
            return;
        }
        if (groupsInFlight == 0 && (written.commands().size() == 1 || !written.durable())) {
            flusher.flush(written);
        } else {
            groupsInFlight++;
            flusher.add(written);
        }
    }

    // Null when it could not be written, which its commands have been told.
    private @Nullable WrittenGroup write(OpenGroup ending) {
        try {
            catalog.write(ending.rows());
            store.commit(ending.batch());
        } catch (RuntimeException e) {
            catalog.rollback();
            report(ending.commands().size(), e);
            ending.commands().forEach(command -> command.fail(e));
            return null;
        }
        return new WrittenGroup(ending.commands(), catalog.commit(), store.snapshot(), ending.durable() && fsync);
    }

    // A full disk refuses every write until there is room: one line each is enough.
    static void report(int commands, RuntimeException e) {
        if (e instanceof StorageException failure && failure.kind() == StorageException.Kind.FULL) {
            LOG.log(System.Logger.Level.ERROR, "{0} commands were not written: {1}", commands, failure.details());
        } else {
            LOG.log(System.Logger.Level.ERROR, commands + " commands were not written", e);
        }
    }
}
