package archipel.engine;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.storage.Batch;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The log of a node that is on its own: one writer thread and group commit. While one group is on its way to the disk the
 * next gathers, so that the slower the disk the larger the groups. The store's own write-ahead log is the log.
 *
 * <p>Invariants: commands take effect in the order of submission; a group is committed whole or not at all; a future ends
 * after readers can see the command.
 */
final class LocalLog implements CommandLog {
    private static final System.Logger LOG = System.getLogger(LocalLog.class.getName());
    private static final Pending<?> END = new Pending<>(new Command.PutFact("", null), new CompletableFuture<>());

    private final Store store;
    private final Catalog catalog;
    private final boolean fsync;
    private final long groupBytes;
    private final Committed committed;
    private final LinkedBlockingQueue<Pending<?>> queue = new LinkedBlockingQueue<>();
    private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();
    private final Thread writer;
    private boolean closed;

    /** @param committed told of each group before its futures end, on the writer thread */
    LocalLog(Store store, Catalog catalog, NodeOptions options, Committed committed) {
        this.store = store;
        this.catalog = catalog;
        this.fsync = options.durability() == NodeOptions.Durability.FSYNC;
        this.groupBytes = options.groupBytes();
        this.committed = committed;
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
                queue.add(new Pending<>(command, result));
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
    }

    private void run() {
        List<Pending<?>> group = new ArrayList<>();
        boolean ended = false;
        while (!ended) {
            group.clear();
            try {
                ended = gather(group);
            } catch (InterruptedException e) {
                // Nobody has cause to interrupt this thread; the queue is to be served all the same.
                continue;
            }
            commit(group);
        }
    }

    // Waits for one command, then takes what else is there, within bounds.
    private boolean gather(List<Pending<?>> group) throws InterruptedException {
        long bytes = 0;
        for (Pending<?> next = queue.take(); next != null; next = queue.poll()) {
            if (next == END) {
                return true;
            }
            group.add(next);
            bytes += next.command.bytes();
            if (bytes >= groupBytes) {
                break;
            }
        }
        return false;
    }

    private void commit(List<Pending<?>> group) {
        if (group.isEmpty()) {
            return;
        }
        try (Batch batch = store.batch()) {
            PendingRows rows = new PendingRows(store, batch);
            Applier applier = new Applier(catalog, rows);
            boolean durable = false;
            for (Pending<?> pending : group) {
                durable |= pending.apply(applier, rows) && pending.command.durable();
            }
            catalog.write(rows);
            store.commit(batch, durable && fsync);
        } catch (RuntimeException e) {
            catalog.rollback();
            report(group.size(), e);
            group.forEach(pending -> pending.fail(e));
            return;
        }
        try {
            committed.committed(catalog.commit());
        } finally {
            group.forEach(Pending::end);
        }
    }

    // A full disk refuses every write until there is room: one line each is enough.
    private static void report(int commands, RuntimeException e) {
        if (e instanceof StorageException failure && failure.kind() == StorageException.Kind.FULL) {
            LOG.log(System.Logger.Level.ERROR, "{0} commands were not written: {1}", commands, failure.details());
        } else {
            LOG.log(System.Logger.Level.ERROR, commands + " commands were not written", e);
        }
    }

    /** Told of what is durable and not yet visible. */
    @FunctionalInterface
    interface Committed {
        void committed(Catalog.Changes changes);
    }

    private static final class Pending<R> {
        final Command<R> command;
        private final CompletableFuture<R> result;
        private @Nullable R answer;
        private @Nullable RuntimeException refusal;

        Pending(Command<R> command, CompletableFuture<R> result) {
            this.command = command;
            this.result = result;
        }

        /** False when the command was refused, and left nothing. */
        boolean apply(Applier applier, PendingRows rows) {
            rows.begin();
            try {
                answer = applier.apply(command);
                rows.keep();
                return true;
            } catch (RuntimeException e) {
                rows.undo();
                refusal = e;
                return false;
            }
        }

        void fail(RuntimeException e) {
            result.completeExceptionally(refusal == null ? e : refusal);
        }

        void end() {
            if (refusal == null) {
                result.complete(answer);
            } else {
                result.completeExceptionally(refusal);
            }
        }
    }
}
