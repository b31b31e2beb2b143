package archipel.coordination;

import java.util.concurrent.LinkedBlockingQueue;

/** Makes the changes that the log has put in order, one after the other, on a thread of its own. */
final class Committer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Committer.class.getName());
    private static final Runnable END = () -> {};

    private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
    private final Thread thread;
    private final Runnable failed;
    private volatile boolean closed;

    /** @param failed told of a change that was not made, or by half: what is in memory is not what is stored */
    Committer(Runnable failed) {
        this.failed = failed;
        thread = Thread.ofPlatform().name("archipel-tree").daemon().start(this::run);
    }

    void add(Runnable change) {
        if (!closed) {
            queue.add(change);
        }
    }

    private void run() {
        try {
            for (Runnable change = queue.take(); change != END && !closed; change = queue.take()) {
                try {
                    change.run();
                } catch (RuntimeException | Error e) {
                    failed.run();
                    LOG.log(System.Logger.Level.ERROR, "a change of the tree failed", e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Makes no change any more. Returns once none is under way. */
    @Override
    public void close() {
        closed = true;
        queue.add(END);
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
