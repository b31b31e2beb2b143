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
    // Written groups that a failed fsync left in doubt; shown once the store was rewritten. This and the next field
    // belong to the thread that flushes, which is the writer's or this class's, never both at once.
    private final List<WrittenGroup> doubtful = new ArrayList<>();
    // A group could not be shown. Later ones must not be shown either: readers would see them without it.
    private boolean failed;

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

    /**
     * Shows the groups that were in doubt and are durable now; only while nothing that was added is under way.
     *
     * @return false when that failed, after which no group is shown until a restart
     */
    boolean showDoubtful() {
        List<WrittenGroup> durable = List.copyOf(doubtful);
        doubtful.clear();
        return makeVisible(durable);
    }

    /** Gives up the groups in doubt, which will not be shown; only while nothing that was added is under way. */
    void abandonDoubtful() {
        release(doubtful);
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
        abandonDoubtful();
    }

    private void run() {
        List<List<WrittenGroup>> taken = new ArrayList<>(64);
        do {
            taken.clear();
            try {
                taken.add(queue.take());
                queue.drainTo(taken);
            } catch (InterruptedException e) {
                // Nobody has cause to interrupt this thread; the queue is to be served all the same.
                continue;
            } catch (RuntimeException | Error e) {
                // What was taken is flushed all the same.
                fail(e);
            }
            flush(taken);
        } while (taken.isEmpty() || !taken.getLast().isEmpty());
    }

    // Whatever fails, the writer hears of each group, and each command ends.
    private void flush(List<List<WrittenGroup>> taken) {
        try {
            List<WrittenGroup> groups = new ArrayList<>();
            taken.forEach(groups::addAll);
            List<PendingCommand<?>> shown = show(groups);
            // The writer first: it has a group to write, while completing futures takes its time.
            taken.forEach(groupsAdded -> groupsAdded.forEach(group -> flushed.run()));
            shown.forEach(PendingCommand::end);
        } catch (RuntimeException | Error e) {
            fail(e);
            StorageException unknown = unknown(e);
            for (List<WrittenGroup> groups : taken) {
                commands(groups).forEach(command -> command.fail(unknown));
            }
        }
    }

    private void fail(Throwable e) {
        failed = true;
        state.broken(e);
    }

    private static StorageException unknown(Throwable e) {
        String details = e instanceof StorageException failure ? failure.details() : e.toString();
        return new StorageException(StorageException.Kind.UNKNOWN, details, e);
    }

    // The commands to be completed; the others were failed.
    private List<PendingCommand<?>> show(List<WrittenGroup> groups) {
        if (failed) {
            release(groups);
            StorageException unknown =
                    new StorageException(StorageException.Kind.UNKNOWN, "an earlier group could not be shown");
            commands(groups).forEach(command -> command.fail(unknown));
            return List.of();
        }
        if (!doubtful.isEmpty()) {
            return doubt(groups, new StorageException(StorageException.Kind.UNKNOWN, "an earlier group is in doubt"));
        }
        try {
            if (groups.stream().anyMatch(WrittenGroup::durable)) {
                store.sync();
            }
        } catch (RuntimeException | Error e) {
            StorageException unknown = unknown(e);
            state.doubtful(e);
            return doubt(groups, unknown);
        }
        return makeVisible(groups) ? commands(groups) : List.of();
    }

    private List<PendingCommand<?>> doubt(List<WrittenGroup> groups, StorageException unknown) {
        doubtful.addAll(groups);
        commands(groups).forEach(command -> command.fail(unknown));
        return List.of();
    }

    // Showing neither writes nor depends on what is on the disk. Should it fail all the same, readers keep the newest
    // group that was shown, and the commands fail.
    private boolean makeVisible(List<WrittenGroup> groups) {
        int shown = 0;
        try {
            for (WrittenGroup group : groups) {
                shown++;
                visible.show(group.changes(), group.snapshot());
            }
            return true;
        } catch (RuntimeException | Error e) {
            fail(e);
            release(groups.subList(shown, groups.size()));
            StorageException unknown = unknown(e);
            commands(groups).forEach(command -> command.fail(unknown));
            return false;
        }
    }

    private static void release(List<WrittenGroup> groups) {
        groups.forEach(group -> group.snapshot().release());
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
        /** @param snapshot of the store right after these changes, which is taken over, also when showing fails */
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
