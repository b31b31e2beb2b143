package archipel.testimony;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Time does not go back: an answer is never older than the block that the request names, nor than what its reader has
 * seen; and, where answers are to be fresh, never older than what anybody had seen before the request was sent.
 */
final class OrderProof implements Proof {
    private final Findings findings;
    private final boolean fresh;

    /** By position: an answer's end, and the greatest block number up to there. Ends rise from line to line. */
    private long[] ends = new long[1024];

    private long[] highest = new long[1024];
    private int size;

    private final Map<String, Long> ofReader = new LinkedHashMap<>();
    private long lastEnd;
    private long atLeast;
    private long compared;

    OrderProof(Findings findings, boolean fresh) {
        this.findings = findings;
        this.fresh = fresh;
    }

    @Override
    public void examine(Event event, long line) {
        if (event.end() <= lastEnd || event.begin() >= event.end()) {
            findings.add("record", line, "the lines are not in the order in which the requests ended");
        }
        lastEnd = event.end();
        Block block = event.block();
        if (block == null) {
            if (event.status() >= 200 && event.status() < 300) {
                findings.add("no block", line, event.request() + " was answered without an Archipel-Block");
            }
            refusal(event, line);
            return;
        }
        switch (event.ask()) {
            case Ask.AtLeast(long number) when event.showsState() -> atLeast(event, block, number, line);
            case Ask.Latest _, Ask.AtLeast _ -> {
                if (fresh) {
                    fresh(event, block, line);
                }
            }
            case Ask.Pinned _ -> {}
        }
        refusal(event, line);
        remember(event.end(), block.number());
    }

    private void atLeast(Event event, Block block, long number, long line) {
        atLeast++;
        if (block.number() < number) {
            findings.add(
                    "older than asked", line, event.request() + " asked for " + number + " or later, got " + block);
        }
        Long before = ofReader.put(event.client(), block.number());
        if (before != null && before > block.number()) {
            findings.add("reader went back", line, event.client() + " had seen " + before + " and now " + block);
        }
        if (fresh) {
            fresh(event, block, line);
        }
    }

    private void fresh(Event event, Block block, long line) {
        compared++;
        long known = knownBefore(event.begin());
        if (block.number() < known) {
            findings.add("went back", line, event.request() + " got " + block + " after " + known + " had been seen");
        }
        boolean made = event.seen() instanceof Seen.Write write
                && write.edits().stream().anyMatch(edit -> edit.outcome() == Edit.Outcome.ACCEPTED);
        if (made && block.number() == known) {
            findings.add("went back", line, "a write made block " + block + ", which had been seen before it was sent");
        }
    }

    /** A block that somebody has seen can be waited for: it is there. */
    private void refusal(Event event, long line) {
        if (fresh
                && event.seen() instanceof Seen.Refusal refusal
                && refusal.error().equals("block_not_reached")
                && event.ask() instanceof Ask.AtLeast(long number)
                && number <= knownBefore(event.begin())) {
            findings.add("block lost", line, "block " + number + " had been seen, and now it is not reached");
        }
    }

    /** The greatest block number in answers that were over before that tick; 0 for none. */
    private long knownBefore(long begin) {
        int at = Arrays.binarySearch(ends, 0, size, begin);
        int before = at < 0 ? -at - 2 : at - 1;
        return before < 0 ? 0 : highest[before];
    }

    private void remember(long end, long number) {
        if (size == ends.length) {
            ends = Arrays.copyOf(ends, size * 2);
            highest = Arrays.copyOf(highest, size * 2);
        }
        ends[size] = end;
        highest[size] = size == 0 ? number : Math.max(number, highest[size - 1]);
        size++;
    }

    @Override
    public Map<String, Long> figures() {
        Map<String, Long> figures = new LinkedHashMap<>();
        figures.put("answers at least as new as the block they were asked for", atLeast);
        if (fresh) {
            figures.put("answers as new as all that was seen before them", compared);
        }
        return figures;
    }
}
