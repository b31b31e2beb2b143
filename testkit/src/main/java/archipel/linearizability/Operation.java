package archipel.linearizability;

import archipel.linearizability.Outcome.Returned;
import org.jspecify.annotations.Nullable;

/**
 * One operation of one client.
 *
 * @param invokedNs taken before the request was sent, from a clock that all clients of the history share
 * @param endedNs taken after the whole answer was there, or when the client gave up; at least {@code invokedNs}
 * @param call what was asked; its text has to tell a reader what that was
 */
public record Operation<C, R>(String client, long invokedNs, long endedNs, C call, Outcome<R> outcome) {
    /** @throws IllegalArgumentException for an operation that ended before it began */
    public Operation {
        if (endedNs < invokedNs) {
            throw new IllegalArgumentException(call + " ended at " + endedNs + ", before " + invokedNs);
        }
    }

    /** What came back; null unless the outcome is {@link Returned}. */
    public @Nullable R result() {
        return outcome instanceof Returned<R> returned ? returned.result() : null;
    }

    /** As its client would have it if the answer had been lost. */
    Operation<C, R> withoutAnswer() {
        return new Operation<>(client, invokedNs, endedNs, call, new Outcome.Unknown<>("does not matter here"));
    }

    @Override
    public String toString() {
        return client + ": " + call + " -> " + outcome;
    }
}
