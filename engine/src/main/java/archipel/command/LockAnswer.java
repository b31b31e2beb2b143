package archipel.command;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;

/**
 * What became of a request for a lock.
 *
 * @param outcome of that request
 * @param place in the queue of this attempt at the request, also once it holds the lock; 0 where it has none
 * @param owner who holds the lock; empty where nobody does
 * @param token of the holder; 0 where there is none
 * @param ttlMs for how long the holder has it without renewing it
 * @param expiresMs about when that is over, since the epoch: what says so is the leader's clock for durations
 */
public record LockAnswer(Outcome outcome, long place, String owner, long token, long ttlMs, long expiresMs) {
    void write(RowWriter out) {
        out.u8(outcome.ordinal())
                .varint(place)
                .text(owner)
                .varint(token)
                .varint(ttlMs)
                .varint(expiresMs);
    }

    static LockAnswer read(RowReader in) {
        int outcome = in.u8();
        if (outcome >= Outcome.values().length) {
            throw new IllegalArgumentException("what became of a lock is " + outcome);
        }
        return new LockAnswer(Outcome.values()[outcome], in.varint(), in.text(), in.varint(), in.varint(), in.varint());
    }

    /** Written by their places here, which stay. */
    public enum Outcome {
        /** It holds the lock. */
        GRANTED,
        /** It has a place in the queue. */
        QUEUED,
        /** It has neither. */
        NOT_GRANTED
    }
}
