package archipel.testimony;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** For a reader that always names the newest block it saw, the counter in a document never goes down. */
final class ReaderProof implements Proof {
    private final Findings findings;
    private final Map<String, Map<String, Long>> counters = new HashMap<>();
    private long compared;

    ReaderProof(Findings findings) {
        this.findings = findings;
    }

    @Override
    public void examine(Event event, long line) {
        if (!(event.ask() instanceof Ask.AtLeast)) {
            return;
        }
        List<Row> rows = switch (event.seen()) {
            case Seen.Documents documents -> documents.rows();
            case Seen.Listing listing -> listing.rows();
            case Seen.Feed feed ->
                feed.rows().stream().map(Seen.Feed.Change::row).toList();
            default -> List.of();
        };
        Map<String, Long> mine = counters.computeIfAbsent(event.client(), _ -> new HashMap<>());
        for (Row row : rows) {
            if (row.n() == null) {
                continue;
            }
            Long before = mine.put(row.id(), row.n());
            if (before != null) {
                compared++;
                if (before > row.n()) {
                    findings.add(
                            "counter went back",
                            line,
                            event.client() + " saw " + row.id() + " at " + before + " and then at " + row.n());
                }
            }
        }
    }

    @Override
    public Map<String, Long> figures() {
        return Map.of("counters seen again by the same reader", compared);
    }
}
