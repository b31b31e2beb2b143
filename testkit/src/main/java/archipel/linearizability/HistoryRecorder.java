package archipel.linearizability;

import archipel.linearizability.Outcome.Failed;
import archipel.linearizability.Outcome.Returned;
import archipel.linearizability.Outcome.Unknown;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Notes what clients do, from any number of threads and without a lock: a call costs one object in a queue and two
 * readings of the clock. The clock is {@link System#nanoTime}, so that all clients of a history are threads of one
 * process.
 */
public final class HistoryRecorder<C, R> {
    private final ConcurrentLinkedQueue<Pending<C, R>> calls = new ConcurrentLinkedQueue<>();

    /** A call that has no outcome yet; it gets one, once, from any thread. */
    public static final class Pending<C, R> {
        private record End<R>(long endedNs, Outcome<R> outcome) {}

        private final String client;
        private final C call;
        private final long invokedNs;
        private final AtomicReference<@Nullable End<R>> end = new AtomicReference<>();

        private Pending(String client, C call, long invokedNs) {
            this.client = client;
            this.call = call;
            this.invokedNs = invokedNs;
        }

        /** The whole answer is there. */
        public void returned(R result) {
            end(System.nanoTime(), new Returned<>(result));
        }

        /** The answer did not come, or says itself that it does not know. */
        public void unknown(String reason) {
            end(System.nanoTime(), new Unknown<>(reason));
        }

        /** The operation took no effect for certain, as when no connection was made. */
        public void failed(String reason) {
            end(System.nanoTime(), new Failed<>(reason));
        }

        private void end(long nowNs, Outcome<R> outcome) {
            if (!end.compareAndSet(null, new End<>(nowNs, outcome))) {
                throw new IllegalStateException(client + " has ended already: " + call);
            }
        }

        private Operation<C, R> operation(long nowNs) {
            End<R> known = end.get();
            return known == null
                    ? new Operation<>(
                            client, invokedNs, Math.max(invokedNs, nowNs), call, new Unknown<>("no answer yet"))
                    : new Operation<>(client, invokedNs, known.endedNs(), call, known.outcome());
        }
    }

    /** To be called right before the request is sent. */
    public Pending<C, R> invoke(String client, C call) {
        Pending<C, R> pending = new Pending<>(client, call, System.nanoTime());
        calls.add(pending);
        return pending;
    }

    /** All calls so far; one without an outcome is unknown. */
    public History<C, R> history() {
        // Before the calls are looked at: none of them may seem to have ended before it did.
        long nowNs = System.nanoTime();
        List<Operation<C, R>> operations = new ArrayList<>();
        calls.forEach(call -> operations.add(call.operation(nowNs)));
        return new History<>(operations);
    }
}
