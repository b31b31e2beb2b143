package archipel.replication;

import archipel.ends.ChangedDocument;
import archipel.ends.Changes;
import archipel.ends.SourceSequence;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Changes on their way from the one thread that reads them to those that copy them, which take them in batches; and how
 * far all that was taken is copied, though batches are finished in any order. Bounded, so that whoever reads waits for
 * those who copy.
 */
final class ChangesQueue {
    private final int most;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Under the lock.
    private final Deque<Changes> waiting = new ArrayDeque<>();
    private final Deque<Batch> taken = new ArrayDeque<>();
    private int documents;
    private boolean closed;
    private boolean ended;
    private SourceSequence read;
    private SourceSequence done;

    /**
     * @param most documents that wait
     * @param start what lies up to it is copied already
     */
    ChangesQueue(int most, SourceSequence start) {
        this.most = most;
        this.read = start;
        this.done = start;
    }

    /** Some changes to be copied together. */
    static final class Batch {
        private final List<ChangedDocument> documents;
        private final SourceSequence through;
        private boolean done;

        private Batch(List<ChangedDocument> documents, SourceSequence through) {
            this.documents = documents;
            this.through = through;
        }

        List<ChangedDocument> documents() {
            return documents;
        }
    }

    /** Adds changes, once there is room. @return false where nobody wants any more */
    boolean put(Changes changes) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (documents >= most && !closed) {
                changed.await();
            }
            if (closed) {
                return false;
            }
            waiting.add(changes);
            documents += changes.documents().size();
            read = changes.through();
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** There are no more to come. */
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing is to be taken any more; what was taken may be finished. */
    void close() {
        lock.lock();
        try {
            closed = true;
            waiting.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The next batch, of what is there.
     *
     * @param size documents at the most, unless the next changes have more by themselves
     * @return null at the end
     */
    @Nullable
    Batch take(int size) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (waiting.isEmpty() && !ended && !closed) {
                changed.await();
            }
            Changes next = waiting.poll();
            if (next == null) {
                return null;
            }
            List<ChangedDocument> batch = next.documents();
            SourceSequence through = next.through();
            for (Changes more = waiting.peek();
                    more != null && batch.size() + more.documents().size() <= size;
                    more = waiting.peek()) {
                List<ChangedDocument> both = new ArrayList<>(batch);
                both.addAll(more.documents());
                batch = both;
                through = more.through();
                waiting.remove();
            }
            documents -= batch.size();
            Batch one = new Batch(batch, through);
            taken.add(one);
            changed.signalAll();
            return one;
        } finally {
            lock.unlock();
        }
    }

    /** A batch is copied. */
    void done(Batch batch) {
        lock.lock();
        try {
            batch.done = true;
            for (Batch oldest = taken.peek(); oldest != null && oldest.done; oldest = taken.peek()) {
                done = oldest.through;
                taken.remove();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** What was read up to. */
    SourceSequence read() {
        lock.lock();
        try {
            return read;
        } finally {
            lock.unlock();
        }
    }

    /** All that lies up to it is copied. */
    SourceSequence done() {
        lock.lock();
        try {
            return done;
        } finally {
            lock.unlock();
        }
    }
}
