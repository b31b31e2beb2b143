package archipel.storage;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The column families of a node's stores: the main one, one for indexes, and one for a replicated log ({@link Place}).
 * Every key begins with its log group (two bytes), so that a group is snapshotted, moved or dropped by key range; in
 * all but {@link #CATALOG} and {@link #ENTRY} the database's number (four bytes) follows. Numbers in keys are big
 * endian.
 *
 * <p>What is here may be added to; what a family's keys and values look like changes only with {@link FormatVersion}.
 */
public enum Family {
    /**
     * Which databases there are and how they stand, facts about the node, uploads under way. Keys in {@link
     * CatalogKeys}.
     */
    CATALOG(Place.MAIN),
    /** id → newest seq, live bytes, revision tree. */
    DOCUMENT(Place.MAIN),
    /** id (escaped, ended), leaf → number of the block that wrote it, attachments' metadata, JSON as received. */
    BODY(Place.MAIN),
    /** The same for revisions that are leaves no more: what readers of earlier blocks need, out of the newest's way. */
    PAST_BODY(Place.MAIN),
    /** seq → the document changed, its leaves, the change's digest; one row per document, at its newest seq. */
    CHANGE(Place.MAIN),
    /** seq / 4096 → how many of those seqs' changes are gone, superseded or purged; only where any are. */
    SUPERSEDED(Place.MAIN),
    /** id (escaped, ended), number of the block that took its place → the {@link #DOCUMENT} row as it was before. */
    HISTORY(Place.MAIN),
    /** seq → number of the block that took its place, then the {@link #CHANGE} row as it was. */
    CHANGE_HISTORY(Place.MAIN),
    /** block number → hash, parent, time, last seq, changes, how many documents there were. */
    BLOCK(Place.MAIN),
    /** block hash → block number. */
    BLOCK_HASH(Place.MAIN),
    /** _local document's id → its counter and JSON. */
    LOCAL(Place.MAIN),
    /** purge seq → uuid, document, revisions. */
    PURGE(Place.MAIN),
    /** id of each document that is in conflict → nothing; the empty id in databases whose documents have these rows. */
    CONFLICT(Place.MAIN),
    /** 1, content hash → reference count and where the content lies; 2, upload, chunk index → bytes. */
    ATTACHMENT(Place.MAIN),
    /**
     * 0, what kind → which indexes there are; an index's number, part → its rows, live and past, which document emitted
     * them, and summaries of them. Keys in {@code archipel.index.IndexSpace}.
     */
    INDEX(Place.INDEXES),
    /** What a replicated log keeps of each group. Keys in {@code archipel.raft.EntryStore}. */
    ENTRY(Place.LOG);

    /** Of the main store. */
    public static final List<Family> MAIN = of(Place.MAIN);

    private final Place place;

    Family(Place place) {
        this.place = place;
    }

    /** Those of one store. */
    static List<Family> of(Place place) {
        return Arrays.stream(values()).filter(family -> family.place == place).toList();
    }

    /** Whether large values lie outside the sorted files, so that compaction does not copy them again and again. */
    public boolean blobs() {
        return this == ATTACHMENT;
    }

    byte[] columnName() {
        return name().toLowerCase(java.util.Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    }

    /** In which of a node's stores. */
    enum Place {
        /** The data. */
        MAIN,
        /** Rows that can be made again from those of the main store. */
        INDEXES,
        /** The log that the main store's rows come from, where other nodes have it, too. */
        LOG
    }
}
