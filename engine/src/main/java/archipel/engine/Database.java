package archipel.engine;

import archipel.document.Revision;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A named set of documents with its own block chain. Safe for use by many threads. */
public final class Database {
    public String name() {
        throw new UnsupportedOperationException();
    }

    /** As of the newest committed block. */
    public DatabaseState state() {
        throw new UnsupportedOperationException();
    }

    /** The database as of its newest committed block. */
    public Snapshot snapshot() {
        throw new UnsupportedOperationException();
    }

    /**
     * Applies the edits as one command and one block; returns once it is as durable as the node's options say.
     *
     * @param atomic all or none, instead of each on its own
     * @throws archipel.document.RequestException 404 when the database was deleted, 500 {@code storage_error} when the
     *     disk fails (nothing was applied), 503 when the node is closing
     */
    public WriteResult write(List<DocumentEdit> edits, boolean atomic) {
        throw new UnsupportedOperationException();
    }

    /** An upload for attachments of one write to this database. */
    public AttachmentUpload upload() {
        throw new UnsupportedOperationException();
    }

    /** Writes a {@code _local} document over what is there, and names its new revision. */
    public LocalDocument putLocal(String id, byte[] json) {
        throw new UnsupportedOperationException();
    }

    /** False when there was none. */
    public boolean deleteLocal(String id) {
        throw new UnsupportedOperationException();
    }

    /**
     * Takes leaves away as if they had never been written.
     *
     * @return for each document the leaves that were there and are gone, in the order asked
     */
    public Map<String, List<Revision>> purge(Map<String, List<Revision>> leaves) {
        throw new UnsupportedOperationException();
    }

    /** How many revisions of each branch are kept, 1000 by default. */
    public int revisionsLimit() {
        throw new UnsupportedOperationException();
    }

    public void setRevisionsLimit(int limit) {
        throw new UnsupportedOperationException();
    }

    /** How many purges {@code _purged_infos} remembers, 1000 by default. */
    public int purgedInfosLimit() {
        throw new UnsupportedOperationException();
    }

    public void setPurgedInfosLimit(int limit) {
        throw new UnsupportedOperationException();
    }

    /** The security object's JSON as it was set; null when it never was. */
    public byte @Nullable [] security() {
        throw new UnsupportedOperationException();
    }

    public void setSecurity(byte[] json) {
        throw new UnsupportedOperationException();
    }

    /** Begins to take the bodies of superseded revisions, in the background; does nothing when it is under way. */
    public void compact() {
        throw new UnsupportedOperationException();
    }

    public boolean isCompacting() {
        throw new UnsupportedOperationException();
    }

    /** Bytes on the disk, roughly. */
    public long fileBytes() {
        throw new UnsupportedOperationException();
    }

    /** When this incarnation was made, milliseconds since the epoch. */
    public long createdMs() {
        throw new UnsupportedOperationException();
    }

    /** Whether the database was deleted while this was held. */
    public boolean isDeleted() {
        throw new UnsupportedOperationException();
    }

    /**
     * Waits until the newest seq is greater than {@code seq}; false when that did not happen in time, or the database was
     * deleted, or the node is closing. Parks a virtual thread at no other cost.
     */
    public boolean awaitChange(long seq, Duration timeout) throws InterruptedException {
        throw new UnsupportedOperationException();
    }
}
