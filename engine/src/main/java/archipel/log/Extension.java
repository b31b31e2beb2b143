package archipel.log;

import archipel.command.Refusal;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What another module keeps in the system group. Its commands are applied between the group's other ones, in one order
 * on all nodes; what they change are rows of the group, which are stored with the group's position, and part of its
 * images and backups. Deterministic, as {@link StateMachine} is.
 *
 * <p>All calls but those of a publication come from the thread that applies, or before there is one.
 */
public interface Extension {
    /** Makes its state of the rows, as the node opens and after an image was put in the group's place. */
    void load(Rows rows);

    /** Begins a round. The one before was committed or rolled back. */
    Round begin(Rows rows);

    /** Those of the extension in the group, as the commands so far have left them. A key tells one from the others. */
    interface Rows {
        byte @Nullable [] get(byte[] key);

        void put(byte[] key, byte[] value);

        void delete(byte[] key);

        /** Visits all that are stored, in the order of their keys as unsigned bytes; not what a round has written. */
        void forEach(BiConsumer<byte[], byte[]> visitor);
    }

    /** Commands that are stored together. */
    interface Round {
        /**
         * Applies a command.
         *
         * @param timeMs of whoever gave it its position
         * @return what whoever appended it is answered
         * @throws Refusal on all nodes alike
         */
        boolean apply(LogPosition position, byte[] command, long timeMs);

        /**
         * Of the command that was applied last, or was being applied, nothing stays.
         *
         * @throws IllegalStateException where that cannot be told from what others did: the round comes to nothing
         */
        void undo();

        /** Writes the rows that are stored once a round. */
        void write();

        /** The rows are stored. What is returned tells readers once they are durable; it neither writes nor waits. */
        Runnable commit();

        /** The round came to nothing. */
        void rollback();
    }
}
