package archipel.consensus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The agreement of one group, as one of its members takes part in it. Safe for use by many threads. */
public interface Consensus extends AutoCloseable {
    /**
     * Proposes an entry, on the member that leads. Neither waits nor throws. Proposals of one thread get their places
     * in the order in which they were made.
     *
     * @param entry taken over
     * @param proposal comes back with the entry when it is applied here ({@link Replica.Entries#proposal}), or ends by
     *     {@link Proposal#failed}
     */
    void propose(ByteBuffer entry, Proposal proposal);

    /**
     * Calls back once this member has applied everything that any member had committed when this was called. The leader
     * confirms for it that it leads. On any member.
     */
    void confirm(Confirmation confirmation);

    /** Has the others told at once what is committed, where they do not know. On the leader alone. */
    void announce();

    /** How it stands at the moment, as far as this member knows. */
    Standing standing();

    /** Has the log shortened to what came after what a crash would leave ({@link Replica#persist}), in its own time. */
    void compact();

    /** Hands leadership over to a member. On the leader alone. */
    void transfer(String member, Completion done);

    /** Hands leadership over to the member that has most of the log. On the leader alone. */
    void transfer(Completion done);

    /** Replaces the members, in one step or by way of a joint configuration. On the leader alone. */
    void change(Membership membership, Completion done);

    /**
     * Makes these members the group's without asking the others, of whom a majority is lost. What the lost ones alone
     * had is lost.
     */
    void force(Membership membership);

    /** For how long the leader may be silent before others ask to be elected. */
    void electAfter(Duration silence);

    /** Whether this member asks to be elected, and takes over where it is asked to. It votes in any case. */
    void stand(boolean whether);

    /**
     * Entries of this member's log, as they are given to the replica; waits a moment for those that are on their way to
     * the disk.
     *
     * @param after the index before the first
     * @param last the index of the last, which was applied here
     * @return null where the log does not have all of them
     */
    Replica.@Nullable Entries entries(long after, long last);

    /**
     * Takes an image of the group from another member, whole and on the disk. Takes as long as that takes.
     *
     * @throws IOException where it did not come
     */
    TakenImage take(String member) throws IOException, InterruptedException;

    /** An image that has come, for {@link Replica#install} or the like. */
    interface TakenImage extends AutoCloseable {
        /** Up to which entry it has all commands; those after the newest one are none. */
        long upTo();

        Path directory();

        /** Deletes what there is of it. */
        @Override
        void close();
    }

    /** Leaves the group alone; nothing is called back after this returns. */
    @Override
    void close();
}
