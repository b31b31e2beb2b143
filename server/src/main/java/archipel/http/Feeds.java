package archipel.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** The feeds that wait for news, so that a server that stops can let them say their closing line. */
final class Feeds {
    private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();
    private final BooleanSupplier closing;
    private volatile boolean stopping;

    /** @param closing whether the node is closing, whoever told it to */
    Feeds(BooleanSupplier closing) {
        this.closing = closing;
    }

    /** Whether the server stops. */
    boolean isStopping() {
        return stopping;
    }

    /** Whether those that wait are to end. */
    boolean areEnding() {
        return stopping || closing.getAsBoolean();
    }

    /**
     * Waits as told; false when nothing came, or the server stops. A thread is only interrupted while it waits here.
     */
    boolean await(Client.News news) {
        Waiting self = new Waiting(Thread.currentThread());
        waiting.add(self);
        try {
            return !stopping && news.await();
        } catch (InterruptedException e) {
            return false;
        } finally {
            waiting.remove(self);
            self.leave();
        }
    }

    /** How many wait now. */
    int waiting() {
        return waiting.size();
    }

    void stop() {
        stopping = true;
        waiting.forEach(Waiting::interrupt);
    }

    private static final class Waiting {
        private final Thread thread;
        private boolean left;

        private Waiting(Thread thread) {
            this.thread = thread;
        }

        private synchronized void interrupt() {
            if (!left) {
                thread.interrupt();
            }
        }

        private synchronized void leave() {
            left = true;
            // An interrupt that came too late to wake the wait must not hit the socket's next write.
            Thread.interrupted();
        }
    }
}
