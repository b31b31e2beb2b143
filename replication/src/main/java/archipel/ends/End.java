package archipel.ends;

import java.io.IOException;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One end of a replication: a database, as whoever replicates may use it. Safe for use by many threads.
 *
 * <p>All of it throws {@link IOException} or a {@link archipel.document.RequestException} of status 500 and more where
 * the same call may succeed a moment later ({@link ReplicationException#passes}), and {@link ReplicationException}
 * where it will not.
 */
public interface End extends AutoCloseable {
    /** The error of a write that another one came before. */
    String CONFLICT = "conflict";

    /** Without credentials. */
    String shown();

    /**
     * Looks whether the database is there and may be used.
     *
     * @throws ReplicationException {@code db_not_found}, {@code unauthorized} or {@code forbidden}
     */
    DatabaseInfo info() throws ReplicationException, IOException, InterruptedException;

    /**
     * Reads a {@code _local} document; null where there is none.
     *
     * @param id without {@code _local/}
     */
    @Nullable
    StoredLog readLog(String id) throws ReplicationException, IOException, InterruptedException;

    /**
     * Writes a {@code _local} document over the one of that revision.
     *
     * @param revision null where there is none
     * @param json an object without members that begin with an underscore
     * @return its new revision
     * @throws ReplicationException {@link #CONFLICT} where another one is there; another error where it is refused
     */
    String writeLog(String id, @Nullable String revision, byte[] json)
            throws ReplicationException, IOException, InterruptedException;

    /**
     * Sees to it that what was written lasts.
     *
     * @return as {@link DatabaseInfo#instance}; null where the end does not say
     */
    @Nullable
    String commit() throws ReplicationException, IOException, InterruptedException;

    /** Breaks off what is under way, for any thread; nothing can be asked after it. */
    @Override
    void close();

    /**
     * What an end says of its database.
     *
     * @param updateSequence of the newest change
     * @param instance changes where the database was deleted and made again, as far as the end tells
     */
    record DatabaseInfo(SourceSequence updateSequence, String instance) {}

    /**
     * A {@code _local} document.
     *
     * @param json with its reserved members
     */
    record StoredLog(String revision, byte[] json) {}

    /** The end that is read from. */
    interface Source extends End {
        /** Begins to read changes; the first of them are asked for when {@link ChangesFeed#next} is called. */
        ChangesFeed changes(ChangesQuery query) throws ReplicationException, IOException, InterruptedException;

        /** How many changes lie after a position; empty where the source does not say. */
        OptionalLong pending(SourceSequence after) throws ReplicationException, IOException, InterruptedException;

        /**
         * Reads revisions, or where they have grown since, the leaves that have grown from them.
         *
         * @param content of attachments
         * @param sink gets each of them, or hears that it is not there; what it throws ends the reading
         * @return how many were asked for and came in bulk
         */
        ReplicationStatistics fetch(Iterable<MissingRevisions> wanted, Content content, Sink sink)
                throws ReplicationException, IOException, InterruptedException;

        /**
         * Reads revisions of one document with the content of attachments, which passes in pieces.
         *
         * @param sink gets each of them
         */
        void stream(MissingRevisions wanted, AttachedSink sink)
                throws ReplicationException, IOException, InterruptedException;

        /**
         * The source text of a filter of one of its design documents.
         *
         * @throws ReplicationException {@code filter_fetch_error}
         */
        String filterCode(Selection.Filter filter) throws ReplicationException, IOException, InterruptedException;
    }

    /** The end that is written to. */
    interface Target extends End {
        /**
         * Makes the database; does nothing where it is there.
         *
         * @param parameters of a PUT of a database, such as {@code q}
         */
        void create(Map<String, String> parameters) throws ReplicationException, IOException, InterruptedException;

        /** Which of some revisions the target lacks: documents that lack none are left out. */
        Iterable<MissingRevisions> missing(Iterable<ChangedDocument> changed)
                throws ReplicationException, IOException, InterruptedException;

        /** So many bytes of documents are best written together. */
        int batchBytes();

        /**
         * Stores revisions as they are. A document that is refused is told of; a fault that says nothing about the
         * documents is thrown, and all are to be sent again.
         *
         * @throws BatchRefusedException where the target refuses the request for its size or for one document in it
         * @throws MissingStubException where an attachment is listed without its content and the target lacks that
         */
        WriteReport write(WriteBatch batch) throws ReplicationException, IOException, InterruptedException;

        /** Stores one revision with attachments whose content comes with it, as {@link #write} does. */
        WriteReport writeAttached(AttachedDocument document)
                throws ReplicationException, IOException, InterruptedException;
    }

    /** How a source sends attachments. */
    enum Content {
        /** As stubs. */
        NONE,
        /** In base64 within the JSON, but for those that an ancestor has which the target knows. */
        INLINE
    }

    /** Takes what a source reads. */
    interface Sink {
        /** @param document valid until this returns */
        void document(FetchedDocument document) throws ReplicationException, IOException, InterruptedException;

        /**
         * A revision that the source says it does not have any more, or does not show. One that is neither sent nor
         * named here is as absent: an answer can leave something out.
         */
        void absent(String id, String revision, String error, String reason);
    }

    /** Takes a document whose attachments follow. */
    @FunctionalInterface
    interface AttachedSink {
        void document(AttachedDocument document) throws ReplicationException, IOException, InterruptedException;
    }
}
