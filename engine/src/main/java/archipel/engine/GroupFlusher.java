package archipel.engine;

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
    private final Visible visible;
    private final Runnable flushed;
    private final LinkedBlockingQueue<List<WrittenGroup>> queue = new LinkedBlockingQueue<>();
    private final Thread thread;
    // Not durable for certain, since the disk failed; they are seen once a later group is durable.
    private final List<WrittenGroup> doubtful = new ArrayList<>();

    /** @param flushed told once for each group that was {@link #add}ed, when it is visible or has failed */
    GroupFlusher(Store store, Visible visible, Runnable flushed) {
        this.store = store;
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
        try {
            if (groups.stream().anyMatch(WrittenGroup::durable)) {
                store.sync();
            } else if (!doubtful.isEmpty()) {
                doubtful.addAll(groups);
                return commands(groups);
            }
        } catch (RuntimeException e) {
            List<PendingCommand<?>> failed = commands(groups);
            LocalLog.report(failed.size(), e);
            failed.forEach(command -> command.fail(e));
            doubtful.addAll(groups);
            return List.of();
        }
        doubtful.forEach(group -> visible.show(group.changes(), group.snapshot()));
        doubtful.clear();
        groups.forEach(group -> visible.show(group.changes(), group.snapshot()));
        return commands(groups);
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
}
