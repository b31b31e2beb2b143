package archipel.command;

/**
 * A write request, complete: whatever is not in the stored state (time, ids, randomness) is in the command, so that
 * applying it writes the same bytes on every node. A log carries commands of any state machine, so this is an open
 * interface; each state machine knows its own kinds.
 *
 * @param <A> what applying it answers
 */
public interface Command<A> {
    /**
     * The command with another time, where it has one that whoever gives it its position decides: the clock of one that
     * is ahead would push the times of all later blocks, and any node may send a write. A log whose nodes send commands
     * to a leader has the leader do this as it appends; where the sender is the leader its clock has been read already.
     *
     * @param timeMs since the epoch
     */
    default Command<A> stamped(long timeMs) {
        return this;
    }

    /** Whether its sender is answered only once it is on the disk. */
    default boolean durable() {
        return true;
    }

    /** Roughly how many bytes it adds to a log and to a group commit. */
    default long bytes() {
        return 256;
    }

    /** Whether applying it may read rows that it wrote. */
    default boolean readsBack() {
        return true;
    }

    /**
     * Whether no other command follows it in a group commit: what it writes may be more than {@link #bytes} says by
     * far.
     */
    default boolean endsBatch() {
        return false;
    }

    /** Whether it gives space back, or leads to that, so that it is applied on a full disk, too. */
    default boolean relieves() {
        return false;
    }

    /**
     * Which of its sender's commands it belongs to; 0 for one that is for itself. Where one is given up, of which it is
     * not known whether it will ever apply, those behind it are given up with it: none of them applies without it.
     */
    default long stream() {
        return 0;
    }

    /** Whether its sender bounds what it has under way, so that it is held up for no room in a queue of writes. */
    default boolean admitted() {
        return false;
    }
}
