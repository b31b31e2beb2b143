package archipel.testimony;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What there was in an answer, as far as the proof needs it. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Seen.Write.class, name = "write"),
    @JsonSubTypes.Type(value = Seen.Documents.class, name = "documents"),
    @JsonSubTypes.Type(value = Seen.Listing.class, name = "listing"),
    @JsonSubTypes.Type(value = Seen.Feed.class, name = "feed"),
    @JsonSubTypes.Type(value = Seen.Chain.class, name = "chain"),
    @JsonSubTypes.Type(value = Seen.Again.class, name = "again"),
    @JsonSubTypes.Type(value = Seen.Refusal.class, name = "refusal"),
    @JsonSubTypes.Type(value = Seen.Lost.class, name = "lost"),
    @JsonSubTypes.Type(value = Seen.Mark.class, name = "mark")
})
public sealed interface Seen {
    /**
     * One write request.
     *
     * @param token unique to it, and in the body of each of its documents
     * @param atomic whether it was to happen whole or not at all
     */
    record Write(String token, boolean atomic, List<Edit> edits) implements Seen {}

    /**
     * Documents that were asked for by their ids.
     *
     * @param absent those that were not there, or were deleted without the answer saying at which revision
     */
    record Documents(List<Row> rows, List<String> absent) implements Seen {}

    /**
     * All documents of the database in the order of their ids, or one page of that.
     *
     * @param listing shared by the pages of one listing
     * @param page from 0
     * @param last whether no page follows
     * @param limit how many rows the page could have had; -1 for no limit
     * @param total how many rows the answer said there are on all pages together
     */
    record Listing(String listing, int page, boolean last, int limit, boolean descending, long total, List<Row> rows)
            implements Seen {}

    /**
     * A piece of a changes feed.
     *
     * @param feed shared by the pieces that one reader asked for one after the other
     * @param since the seq after which the rows come; {@code 0} for all
     * @param complete whether nothing had been left after these rows when the block of the answer was the head
     * @param waited whether the answer may have begun before the rows were there: its block says nothing of them
     */
    record Feed(String feed, String since, String lastSeq, boolean complete, boolean waited, List<Change> rows)
            implements Seen {
        /**
         * @param block the change's own; null where the answer did not say
         * @param last whether it is the block's last change
         */
        public record Change(String seq, Row row, @Nullable Long block, boolean last) {}
    }

    /** Blocks in a row, each the next one's parent unless it is alone. */
    record Chain(List<Link> links) implements Seen {
        /**
         * @param firstSeq its number alone; 0 where the block has no changes
         * @param lastSeq its number alone
         */
        public record Link(long number, String hash, String parent, long firstSeq, long lastSeq, long changes) {}
    }

    /** The answer to a request that had been answered before, of which only the bytes count. */
    record Again() implements Seen {}

    /**
     * Anything that is no success and no plain "not found" of a document.
     *
     * @param error as in the answer, such as {@code block_pruned}
     * @param horizon that the answer told, the oldest block that can be read
     */
    record Refusal(String error, @Nullable Long horizon) implements Seen {}

    /** A read to which there was no whole answer. */
    record Lost(String reason) implements Seen {}

    /** Something that is worth knowing when one reads the record: {@code away}, {@code back}. */
    record Mark(String text) implements Seen {
        /** The node answers again after it did not. */
        public static final String BACK = "back";
        /** The node has stopped answering. */
        public static final String AWAY = "away";
    }
}
