package archipel.ensemble;

import archipel.changes.Threads;
import archipel.consensus.Completion;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Writes what groups have in memory to files, for all that ask in one go: they share a store, whose families are
 * written together.
 */
final class Persister implements AutoCloseable {
    private static final Completion END = failure -> {};

    private final Runnable persist;
    private final LinkedBlockingQueue<Completion> waiting = new LinkedBlockingQueue<>();
    private final Thread thread;

    Persister(Runnable persist, Threads threads) {
        this.persist = persist;
        this.thread = threads.unstarted("archipel-persister", this::run);
        thread.start();
    }

    /** Calls back once a crash leaves all that was applied before this. */
    void persist(Completion done) {
        waiting.add(done);
    }

    private void run() {
        List<Completion> taken = new ArrayList<>();
        while (!taken.contains(END)) {
            taken.clear();
            try {
                taken.add(waiting.take());
            } catch (InterruptedException e) {
                // Nobody has cause to interrupt this thread.
                continue;
            }
            waiting.drainTo(taken);
            String failure = write();
            taken.forEach(done -> done.done(failure));
        }
    }

    private @Nullable String write() {
        try {
            persist.run();
            return null;
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** Serves those who have asked before. */
    @Override
    public void close() {
        waiting.add(END);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
