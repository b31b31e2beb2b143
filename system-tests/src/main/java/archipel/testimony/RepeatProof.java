package archipel.testimony;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is read of one block is the same whenever it is read: the same bytes, the same ETag for the same request. */
final class RepeatProof implements Proof {
    private final Findings findings;
    private final Map<String, First> bodies = new HashMap<>();
    private final Map<String, First> etags = new HashMap<>();
    private long outages;
    private long repeats;
    private long acrossOutages;
    private long unmodified;
    private long farthest;
    private long newest;

    private record First(String text, long line, long outages) {}

    RepeatProof(Findings findings) {
        this.findings = findings;
    }

    @Override
    public void examine(Event event, long line) {
        if (event.seen() instanceof Seen.Mark(String text) && text.equals(Seen.Mark.BACK)) {
            outages++;
        }
        Block block = event.block();
        if (block == null) {
            return;
        }
        newest = Math.max(newest, block.number());
        if (!(event.ask() instanceof Ask.Pinned pinned) || !event.showsState()) {
            return;
        }
        if (event.status() == 304) {
            unmodified++;
        } else {
            // By number or by hash: the same block is the same answer.
            String request = event.request().replace("block=" + pinned.block(), "block=" + block.hash());
            String body = event.status() + " " + event.digest();
            if (same(bodies, request, body, "other bytes", event, line)) {
                repeats++;
                First first = bodies.get(request);
                acrossOutages += first != null && first.outages() < outages ? 1 : 0;
                farthest = Math.max(farthest, newest - block.number());
            }
        }
        if (event.etag() != null) {
            same(etags, event.request(), event.etag(), "other ETag", event, line);
        }
    }

    /** Whether there is an earlier one to compare with. */
    private boolean same(
            Map<String, First> firsts, String request, @Nullable String text, String rule, Event event, long line) {
        First first = firsts.putIfAbsent(request, new First(String.valueOf(text), line, outages));
        if (first != null && !first.text().equals(text)) {
            findings.add(
                    rule,
                    line,
                    event.request() + " of " + event.block() + " gave " + text + ", and " + first.text() + " on line "
                            + first.line());
        }
        return first != null;
    }

    @Override
    public Map<String, Long> figures() {
        Map<String, Long> figures = new LinkedHashMap<>();
        figures.put("pinned requests repeated, with the same bytes", repeats);
        if (outages > 0) {
            figures.put("of these after an outage", acrossOutages);
            figures.put("outages", outages);
        }
        figures.put("pinned requests answered with 304", unmodified);
        figures.put("blocks between the newest and the farthest one repeated", farthest);
        return figures;
    }
}
