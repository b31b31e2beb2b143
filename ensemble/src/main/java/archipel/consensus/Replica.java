package archipel.consensus;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the entries of a group are applied to on one member. All but {@link #persist}, {@link #open}, {@link #stopped}
 * and {@link #resumes} is called on one thread at a time.
 */
public interface Replica {
    /**
     * Applies entries, all of them, in order. What it throws stops the group on this member. An entry that was applied
     * before may come again after a start.
     */
    void apply(Entries entries);

    /** This member leads, and has applied all entries of former terms. */
    void leads(long term);

    /** This member leads no more. */
    void ceases();

    /** Another member leads. */
    void follows(String leader, long term);

    /** Of the newest entry that changed the group here; a log may have entries of its own behind it. */
    Position position();

    /**
     * Sees to it that a crash leaves all that was applied before, then calls back.
     *
     * @param done may be called on any thread, also before this returns
     */
    void persist(Completion done);

    /**
     * Begins an image of the group as it is, for another member. On any thread.
     *
     * @throws IllegalStateException where others must not have what is here
     */
    ImageSource open();

    /**
     * Puts an image in the place of the group, durably. Readers must not see the group go back: nothing is done where
     * it has come as far by itself.
     *
     * @param directory with the files that an {@link ImageSource} has given another member; may be taken over
     */
    void install(Path directory);

    /**
     * The group takes no part any more on this member: it neither votes nor leads, nor applies anything. May be called
     * again, with another reason. On any thread, also while entries are applied.
     *
     * @param again whether it will {@link #resumes take part again} once its log can be written; otherwise only a
     *     restart helps, since it is not known what the replica has
     */
    void stopped(String reason, boolean again);

    /** The group takes part again, before anything else is called: entries that were applied before come again. */
    void resumes();

    /** Where an entry stands. */
    record Position(long index, long term) {}

    /** Committed entries, of which one is current after each {@link #next} that was true. */
    interface Entries {
        boolean next();

        long index();

        long term();

        /** A view of its own, to be read once. */
        ByteBuffer data();

        /** Of the entry, where this member has proposed it since it began to lead. */
        @Nullable
        Proposal proposal();
    }

    /** The files of an image, written while they are asked for. For one thread at a time. */
    interface ImageSource extends AutoCloseable {
        /** Of the newest command in it. */
        Position position();

        /** How many bytes the files have in all, roughly; 0 where that is not known. */
        long expectedBytes();

        /**
         * The next file; null after the last.
         *
         * @throws java.io.IOException where it cannot be written
         */
        @Nullable
        Path nextFile() throws java.io.IOException;

        /** Deletes what there is of it. */
        @Override
        void close();
    }
}
