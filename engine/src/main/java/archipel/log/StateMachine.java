package archipel.log;

import archipel.command.Command;
import archipel.command.Outcome;
import archipel.storage.Batch;
import archipel.storage.StoreSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * What the commands of a group change. Deterministic: the same commands at the same positions write the same rows on
 * every node.
 *
 * <p>One thread applies, in rounds: the rows of a round go to one batch, which is stored whole or not at all.
 */
public interface StateMachine {
    /** Of the newest command that the store has, also where it is not durable yet; later commands come after it. */
    LogPosition stored();

    /**
     * Of a command that a crash would leave now, with all before it: a log that the store does not journal has to keep
     * those after it.
     */
    LogPosition persisted();

    /** Begins a round. The one before was committed or rolled back. */
    Round begin(Batch batch);

    /** Commands that are stored together. */
    interface Round {
        /**
         * Applies a command. What is thrown is a fault of this node; neither it nor a refusal leaves anything of the
         * command in the round, so that later commands can be applied.
         *
         * @param position after all before it
         * @param last whether no other command follows in the round
         */
        <A extends @Nullable Object> Outcome<A> apply(LogPosition position, Command<A> command, boolean last);

        /** Adds to the batch what is stored once a round, such as the index of its last command. */
        void write();

        /** The batch is in the store: the next round stands on this one. */
        Publication commit();

        /** The round came to nothing. */
        void rollback();
    }

    /** Tells readers what a round did, once it is durable. */
    @FunctionalInterface
    interface Publication {
        /**
         * Neither writes nor waits, and depends on nothing on the disk. On one thread at a time, in the order of the
         * rounds. Of a batch that belongs to several groups all are published before readers get its snapshot.
         */
        void publish();
    }

    /** Lets readers see the store as it is after a batch whose rounds have been published. */
    @FunctionalInterface
    interface Readers {
        /** @param snapshot is taken over, also when this fails */
        void advance(StoreSnapshot snapshot);
    }
}
