package archipel.storage;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The column families of a node's two stores: the main one, and one for indexes ({@link #isDerived}). Every key begins
 * with its log group (two bytes), so that a group is snapshotted, moved or dropped by key range; in all but {@link
 * #CATALOG} the database's number (four bytes) follows. Numbers in keys are big endian.
 *
 * <p>What is here may be added to; what a family's keys and values look like changes only with {@link FormatVersion}.
 */
public enum Family {
    /**
     * Which databases there are and how they stand, facts about the node, uploads under way. Keys in {@link
     * CatalogKeys}.
     */
    CATALOG(false),
    /** id → newest seq, live bytes, revision tree. */
    DOCUMENT(false),
    /** id (escaped, ended), leaf → number of the block that wrote it, attachments' metadata, JSON as received. */
    BODY(false),
    /** The same for revisions that are leaves no more: what readers of earlier blocks need, out of the newest's way. */
    PAST_BODY(false),
    /** seq → the document changed, its leaves, the change's digest; one row per document, at its newest seq. */
    CHANGE(false),
    /** seq / 4096 → how many of those seqs' changes are gone, superseded or purged; only where any are. */
    SUPERSEDED(false),
    /** id (escaped, ended), number of the block that took its place → the {@link #DOCUMENT} row as it was before. */
    HISTORY(false),
    /** seq → number of the block that took its place, then the {@link #CHANGE} row as it was. */
    CHANGE_HISTORY(false),
    /** block number → hash, parent, time, last seq, changes, how many documents there were. */
    BLOCK(false),
    /** block hash → block number. */
    BLOCK_HASH(false),
    /** _local document's id → its counter and JSON. */
    LOCAL(false),
    /** purge seq → uuid, document, revisions. */
    PURGE(false),
    /** id of each document that is in conflict → nothing; the empty id in databases whose documents have these rows. */
    CONFLICT(false),
    /** 1, content hash → reference count and where the content lies; 2, upload, chunk index → bytes. */
    ATTACHMENT(true),
    /**
     * 0, what kind → which indexes there are; an index's number, part → its rows, live and past, which document emitted
     * them, and summaries of them. Keys in {@code archipel.index.IndexSpace}.
     */
    INDEX(false);

    /** Of the main store. */
    public static final List<Family> MAIN =
            Arrays.stream(values()).filter(family -> !family.isDerived()).toList();

    /** Of the store of indexes. */
    static final List<Family> DERIVED =
            Arrays.stream(values()).filter(Family::isDerived).toList();

    private final boolean blobs;

    Family(boolean blobs) {
        this.blobs = blobs;
    }

    /** Whether its rows can be made again from those of the others, so that they lie in a store of their own. */
    public boolean isDerived() {
        return this == INDEX;
    }

    /** Whether large values lie outside the sorted files, so that compaction does not copy them again and again. */
    boolean blobs() {
        return blobs;
    }

    byte[] columnName() {
        return name().toLowerCase(java.util.Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    }
}
