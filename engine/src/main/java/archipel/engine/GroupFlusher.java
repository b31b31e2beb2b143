package archipel.engine;

import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Makes written groups durable, then visible, then tells those who wait; in order. Groups that come while the disk is
 * at work share its next turn.
 */
final class GroupFlusher implements AutoCloseable {
    private final Store store;
    private final WriteState state;
    private final Visible visible;
    private final Runnable flushed;
    private final LinkedBlockingQueue<List<WrittenGroup>> queue = new LinkedBlockingQueue<>();
    private final Thread thread;
    // Not durable for certain, since the disk failed; they are seen once they were written anew. Whoever has the turn
    // to
    // flush may touch them.
    private final List<WrittenGroup> doubtful = new ArrayList<>();

    /** @param flushed told once for each group that was {@link #add}ed, when it is visible or has failed */
    GroupFlusher(Store store, WriteState state, Visible visible, Runnable flushed) {
        this.store = store;
        this.state = state;
        this.visible = visible;
        this.flushed = flushed;
        this.thread = Thread.ofPlatform().name("archipel-flusher").start(this::run);
    }

    /** Has the group flushed by this flusher's own thread. */
    void add(WrittenGroup group) {
        queue.add(List.of(group));
    }

    /** Flushes on the calling thread; only while nothing that was added is under way. */
    void flush(WrittenGroup group) {
        show(List.of(group)).forEach(PendingCommand::end);
    }

    /** Shows what was in doubt, which is durable now; only while nothing that was added is under way. */
    void showDoubtful() {
        makeVisible(doubtful);
        doubtful.clear();
    }

    /** Flushes what was added before. */
    @Override
    public void close() {
        queue.add(List.of());
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        doubtful.forEach(group -> group.snapshot().release());
    }

    private void run() {
        List<WrittenGroup> groups = new ArrayList<>();
        List<List<WrittenGroup>> taken = new ArrayList<>();
        while (true) {
            taken.clear();
            groups.clear();
            try {
                taken.add(queue.take());
            } catch (InterruptedException e) {
                // Nobody has cause to interrupt this thread; the queue is to be served all the same.
                continue;
            }
            queue.drainTo(taken);
            taken.forEach(groups::addAll);
            List<PendingCommand<?>> seen = show(groups);
            // The writer first: it has a group to write, while those who are told now take their time.
            groups.forEach(group -> flushed.run());
            seen.forEach(PendingCommand::end);
            if (taken.getLast().isEmpty()) {
                return;
            }
        }
    }

    // The commands to be told that they are done; the others have been told that they failed.
    private List<PendingCommand<?>> show(List<WrittenGroup> groups) {
        if (!doubtful.isEmpty()) {
            return doubt(groups, new StorageException(StorageException.Kind.UNKNOWN, "an earlier group is in doubt"));
        }
        try {
            if (groups.stream().anyMatch(WrittenGroup::durable)) {
                store.sync();
            }
        } catch (RuntimeException e) {
            state.doubtful(e);
            String details = e instanceof StorageException failure ? failure.details() : e.toString();
            return doubt(groups, new StorageException(StorageException.Kind.UNKNOWN, details, e));
        }
        return makeVisible(groups) ? commands(groups) : List.of();
    }

    private List<PendingCommand<?>> doubt(List<WrittenGroup> groups, StorageException unknown) {
        doubtful.addAll(groups);
        commands(groups).forEach(command -> command.fail(unknown));
        return List.of();
    }

    // Nothing in it writes or fails by what is on the disk. Should it fail all the same, readers go on seeing what they
    // saw, and whoever waits is not left waiting.
    private boolean makeVisible(List<WrittenGroup> groups) {
        try {
            groups.forEach(group -> visible.show(group.changes(), group.snapshot()));
            return true;
        } catch (RuntimeException | Error e) {
            state.broken(e);
            StorageException unknown = new StorageException(StorageException.Kind.UNKNOWN, e.toString(), e);
            commands(groups).forEach(command -> command.fail(unknown));
            return false;
        }
    }

    private static List<PendingCommand<?>> commands(List<WrittenGroup> groups) {
        if (groups.size() == 1) {
            return groups.getFirst().commands();
        }
        List<PendingCommand<?>> commands = new ArrayList<>();
        groups.forEach(group -> commands.addAll(group.commands()));
        return commands;
    }

    /** Shows readers what is durable. */
    @FunctionalInterface
    interface Visible {
        /** @param snapshot of the store right after these changes, which is taken over */
        void show(Catalog.Changes changes, StoreSnapshot snapshot);
    }

    /**
     * Commands that are in the store and not yet visible.
     *
     * @param snapshot of the store right after them; whoever makes them visible takes it over
     * @param durable whether it takes a {@link Store#sync} before they may be seen
     */
    record WrittenGroup(
            List<PendingCommand<?>> commands, Catalog.Changes changes, StoreSnapshot snapshot, boolean durable) {}
}
