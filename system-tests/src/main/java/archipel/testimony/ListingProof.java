package archipel.testimony;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All pages of one pinned listing are of one block; joined they are, without a gap or a row twice, what any other
 * reading of that block gives; and what is not among them was not there then.
 */
final class ListingProof implements Proof {
    /** Of how many blocks the rows are kept, to say which differ; of the others it is only known that some do. */
    private static final int ROWS_KEPT = 256;

    private final Findings findings;
    private final Attempts attempts;
    private final VersionProof versions;
    private final Map<String, Joined> open = new HashMap<>();
    private final Map<String, String> digests = new HashMap<>();
    private final Map<String, Map<String, String>> rows = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Map<String, String>> eldest) {
            return size() > ROWS_KEPT;
        }
    };
    private long paged;
    private long pages;
    private long agreed;

    /** The pages so far. */
    private static final class Joined {
        final Block block;
        final Map<String, String> revisions = new TreeMap<>();
        int nextPage;
        /** Whether the pages are of several blocks: then they say nothing together. */
        boolean mixed;

        @Nullable
        String lastId;

        Joined(Block block) {
            this.block = block;
        }
    }

    ListingProof(Findings findings, Attempts attempts, VersionProof versions) {
        this.findings = findings;
        this.attempts = attempts;
        this.versions = versions;
    }

    @Override
    public void examine(Event event, long line) {
        if (event.block() == null) {
            return;
        }
        switch (event.seen()) {
            case Seen.Listing listing -> page(event, event.block(), listing, line);
            case Seen.Feed feed
            when event.ask() instanceof Ask.Pinned && feed.since().equals("0") -> feed(event.block(), feed, line);
            default -> {}
        }
    }

    private void page(Event event, Block block, Seen.Listing listing, long line) {
        if (listing.page() == 0) {
            open.put(listing.listing(), new Joined(block));
        }
        Joined joined = open.get(listing.listing());
        if (joined == null || joined.nextPage != listing.page()) {
            open.remove(listing.listing());
            return;
        }
        joined.nextPage++;
        if (!joined.block.equals(block)) {
            joined.mixed = true;
            findings.add(
                    "pages of two blocks",
                    line,
                    event.request() + " got a page of " + block + ", the first is of " + joined.block);
        }
        join(event, joined, listing, line);
        int got = listing.rows().size();
        if (listing.limit() >= 0 && (got > listing.limit() || got < listing.limit() && !listing.last())) {
            findings.add("pages", line, event.request() + " got " + got + " rows");
        }
        if (listing.last()) {
            open.remove(listing.listing());
            if (joined.mixed) {
                return;
            }
            pages += joined.nextPage;
            paged += joined.nextPage > 1 ? 1 : 0;
            if (listing.total() != joined.revisions.size()) {
                findings.add(
                        "pages",
                        line,
                        "the pages up to " + event.request() + " have " + joined.revisions.size() + " rows of "
                                + listing.total());
            }
            whole(joined.block, joined.revisions, line);
        }
    }

    private void join(Event event, Joined joined, Seen.Listing listing, long line) {
        for (Row row : listing.rows()) {
            int order = joined.lastId == null ? -1 : joined.lastId.compareTo(row.id());
            if (order == 0 || order > 0 != listing.descending() && joined.lastId != null) {
                findings.add("pages", line, event.request() + " has " + row.id() + " after " + joined.lastId);
            }
            joined.lastId = row.id();
            joined.revisions.put(row.id(), row.rev());
        }
    }

    private void feed(Block block, Seen.Feed feed, long line) {
        if (!feed.complete()) {
            return;
        }
        Map<String, String> live = new TreeMap<>();
        for (Seen.Feed.Change change : feed.rows()) {
            if (!change.row().deleted()) {
                live.put(change.row().id(), change.row().rev());
            }
        }
        whole(block, live, line);
    }

    /** @param live all documents of that block, as somebody saw them */
    private void whole(Block block, Map<String, String> live, long line) {
        for (String id : attempts.ids()) {
            if (!live.containsKey(id)) {
                versions.absent(id, block.number(), line);
            }
        }
        String digest = Digests.of(live.toString());
        String other = digests.putIfAbsent(block.hash(), digest);
        if (other == null) {
            rows.put(block.hash(), live);
            return;
        }
        agreed++;
        if (!other.equals(digest)) {
            findings.add(
                    "listings differ",
                    line,
                    "this reading of block " + block + " differs from another" + difference(block, live));
        }
    }

    private String difference(Block block, Map<String, String> live) {
        Map<String, String> other = rows.get(block.hash());
        if (other == null) {
            return "";
        }
        Map<String, List<String>> differing = new TreeMap<>();
        live.forEach((id, rev) -> {
            if (!rev.equals(other.get(id))) {
                differing.put(id, List.of(rev, other.getOrDefault(id, "nothing")));
            }
        });
        other.forEach((id, rev) -> {
            if (!live.containsKey(id)) {
                differing.put(id, List.of("nothing", rev));
            }
        });
        return " in " + differing.size() + " documents, such as "
                + differing.entrySet().iterator().next();
    }

    @Override
    public Map<String, Long> figures() {
        Map<String, Long> figures = new LinkedHashMap<>();
        figures.put("listings in several pages, joined", paged);
        figures.put("pages joined", pages);
        figures.put("listings that another reading of their block agrees with", agreed);
        return figures;
    }
}
