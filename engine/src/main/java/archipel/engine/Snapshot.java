package archipel.engine;

import archipel.changes.Change;
import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A database as it stood at one block. What it shows does not change while it is open; it is to be closed, soon, since it
 * holds back the space of what was overwritten. For one thread at a time.
 */
public final class Snapshot implements AutoCloseable {
    public DatabaseState state() {
        throw new UnsupportedOperationException();
    }

    /** Null when the document was never written (or was purged). A deleted document has a record. */
    public @Nullable DocumentRecord document(String id) {
        throw new UnsupportedOperationException();
    }

    /** Null when that revision was never written here or compaction has taken its body. */
    public @Nullable DocumentBody body(String id, Revision revision) {
        throw new UnsupportedOperationException();
    }

    /**
     * Documents in ascending or descending order of id (bytes of UTF-8).
     *
     * @param start where to begin, in the direction of travel; null for the end of the order
     * @param withBodies whether {@link DocumentCursor#body} will be asked for, so that bodies are read ahead in order
     */
    public DocumentCursor documents(@Nullable String start, boolean descending, boolean withBodies) {
        throw new UnsupportedOperationException();
    }

    /** Changes after (when descending: up to and including) {@code seq}, in order; one per document. */
    public ChangeCursor changes(long seq, boolean descending) {
        throw new UnsupportedOperationException();
    }

    /** How many changes lie after {@code seq}; costs what it counts, up to {@code limit}. */
    public long pending(long seq, long limit) {
        throw new UnsupportedOperationException();
    }

    public @Nullable LocalDocument local(String id) {
        throw new UnsupportedOperationException();
    }

    /** {@code _local} documents in ascending order of id, from {@code start} on (null: all). */
    public List<LocalDocument> locals(@Nullable String start, int limit) {
        throw new UnsupportedOperationException();
    }

    /** The purges after {@code purgeSeq}, in order. */
    public List<PurgeInfo> purges(long purgeSeq, int limit) {
        throw new UnsupportedOperationException();
    }

    /**
     * An attachment's stored bytes from {@code offset} on, read chunk by chunk; valid while the snapshot is open.
     *
     * @throws archipel.document.RequestException 500 {@code storage_error} where the content is not whole
     */
    public InputStream attachment(Attachment attachment, long offset) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    /** A walk over documents; begins before the first. */
    public interface DocumentCursor extends AutoCloseable {
        boolean next();

        String id();

        /** Cheaper than {@link #record}: reads the row's header only. */
        archipel.document.Leaf winner();

        DocumentRecord record();

        /** The winner's body; null when deleted documents' bodies are not there any more. */
        @Nullable DocumentBody body();

        @Override
        void close();
    }

    /** A walk over changes; begins before the first. */
    public interface ChangeCursor extends AutoCloseable {
        boolean next();

        Change change();

        @Override
        void close();
    }

    /**
     * @param purgeSeq from 1
     * @param uuid as shown by {@code _purged_infos}
     */
    public record PurgeInfo(long purgeSeq, String uuid, String id, List<Revision> revisions) {}
}
