package archipel.log;

import archipel.command.Command;
import archipel.command.Outcome;
import archipel.storage.Batch;
import archipel.storage.FormatVersion;
import archipel.storage.StoreSnapshot;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the commands of a group change. Deterministic: the same commands at the same positions write the same rows on
 * every node.
 *
 * <p>One thread applies, in rounds: the rows of a round go to one batch, which is stored whole or not at all.
 */
public interface StateMachine {
    /**
     * Of the newest command that the store has, also where it is not durable yet; later commands come after it. A log
     * that has entries of its own between commands keeps count of those itself.
     */
    LogPosition stored();

    /**
     * Of a command that a crash would leave now, with all before it: a log that the store does not journal has to keep
     * those after it.
     */
    LogPosition persisted();

    /** Begins a round. The one before was committed or rolled back. */
    Round begin(Batch batch);

    /** How commands and what they come to are written. For any thread. */
    Codec codec();

    /**
     * Sees to it that a crash leaves every command that is {@link #stored}. Takes as long as writing takes what is in
     * memory. On any thread.
     */
    void persist();

    /**
     * The group as it is stored, to be written to files while later commands are applied. On any thread, but not while
     * {@link #load} is under way.
     */
    Saved save();

    /**
     * Puts a saved state in the place of the group. On the thread that applies, between two rounds; readers keep what
     * they see until the publication, which is for {@link BatchRunner#show}.
     *
     * @param directory that a {@link Saved} has written, on this node or on another; on the disk of the data. Stays
     *     until this returns: a crash meanwhile is made up for by the next start
     * @return null where there is nothing to do, since the group has come as far by itself
     * @throws archipel.storage.StorageException of kind corrupt where the files are damaged, and nothing has changed;
     *     otherwise the group must not be used before a restart
     */
    @Nullable
    Publication load(Path directory);

    /**
     * As {@link #load}, and gives up what the group has, however far it has come: its readers see it go back to the
     * image, so nobody must be reading it.
     *
     * @throws UnsupportedOperationException where that cannot be done
     */
    default Publication replace(Path directory) {
        throw new UnsupportedOperationException("the group's state cannot be given up");
    }

    /**
     * The group's chains as they are stored now; null where they cannot be read, as while an image is being put in
     * their place. On any thread.
     */
    default @Nullable Chains chains() {
        return null;
    }

    /** Commands that are stored together. */
    interface Round {
        /**
         * Applies a command. What is thrown is a fault of this node; neither it nor a refusal leaves anything of the
         * command in the round, so that later commands can be applied.
         *
         * @param position after all before it. A log that may bring a command again, as replicated ones do after each
         *     start, passes over what the machine has; here it is a fault
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

    /** A group's state as of one command. It holds a snapshot of the store: to be closed. */
    interface Saved extends AutoCloseable {
        /** Of the newest command in it. */
        LogPosition position();

        /** How many bytes its files will have in all, roughly; 0 where that is not known. */
        default long expectedBytes() {
            return 0;
        }

        /** Writes it to a directory, which is made. On any thread; whole and on the disk when this returns. */
        void write(Path directory);

        /**
         * Writes it to a directory, which is made, file by file. All files together, whatever directory they are taken
         * to, are what {@link StateMachine#load} takes. On any thread.
         *
         * @param sink given each file as it is whole, in an order of which the last file makes them an image
         */
        void write(Path directory, FileSink sink);

        @Override
        void close();
    }

    /** Takes the files of an image one after the other. */
    @FunctionalInterface
    interface FileSink {
        /**
         * Ends the writing by throwing.
         *
         * @param file may be moved or deleted by whoever takes it
         */
        void take(Path file);
    }

    /** The bytes of commands, for a log that has them, and of outcomes, for whoever has forwarded a command. */
    interface Codec {
        /** The group's, as far as this node has applied it: a log must not send what is of a later one. */
        FormatVersion format();

        /** In that {@link #format}. */
        byte[] encode(Command<?> command);

        /**
         * @throws archipel.command.UnknownCommandException for one that a newer program wrote
         * @throws RuntimeException for bytes that are no command
         */
        Command<?> decode(byte[] command);

        byte[] encode(Outcome<?> outcome);

        Outcome<?> decodeOutcome(byte[] outcome);
    }

    /** Tells readers what a round did, once it is durable. */
    @FunctionalInterface
    interface Publication {
        /**
         * Neither writes nor waits, and depends on nothing on the disk. On one thread at a time for all groups, in the
         * order of the rounds of each. Of a batch that belongs to several groups all are published before readers get
         * its snapshot.
         */
        void publish();
    }

    /** Lets readers of all groups see the store as it is after a batch whose rounds have been published. */
    @FunctionalInterface
    interface Readers {
        /**
         * Called after the batch's publications, in one go with them. {@link BatchRunner} says how that is had.
         *
         * @param snapshot has all that was published, and no round of any group beside. It is taken over, also when
         *     this fails
         */
        void advance(StoreSnapshot snapshot);
    }
}
