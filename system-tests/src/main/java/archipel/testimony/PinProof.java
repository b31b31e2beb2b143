package archipel.testimony;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Who asks for one block gets that one, or is told in so many words that it can no longer be read. */
final class PinProof implements Proof {
    private final Findings findings;
    private final Map<String, Long> hashEnds = new HashMap<>();
    private final Map<Long, Long> numberEnds = new HashMap<>();
    private long horizon;
    private long horizonEnd = Long.MAX_VALUE;
    private long answered;
    private long pruned;

    PinProof(Findings findings) {
        this.findings = findings;
    }

    @Override
    public void examine(Event event, long line) {
        if (event.ask() instanceof Ask.Pinned pinned) {
            if (event.seen() instanceof Seen.Refusal refusal) {
                refused(event, pinned, refusal, line);
            } else if (event.block() != null) {
                answered(event, pinned, event.block(), line);
            }
        } else if (event.status() >= 500 || event.seen() instanceof Seen.Refusal) {
            // A block that is not reached is OrderProof's business; all else that the clients ask for has an answer.
            if (!(event.seen() instanceof Seen.Refusal refusal
                    && refusal.error().equals("block_not_reached"))) {
                findings.add("error", line, event.request() + " was answered " + event.status() + " " + event.seen());
            }
        }
        if (event.block() != null && event.showsState()) {
            hashEnds.putIfAbsent(event.block().hash(), event.end());
            numberEnds.putIfAbsent(event.block().number(), event.end());
        }
    }

    private void answered(Event event, Ask.Pinned pinned, Block block, long line) {
        answered++;
        if (!pinned.is(block)) {
            findings.add("other block", line, event.request() + " was answered with block " + block);
        }
        // What a block is called and what it did is kept for ever; the documents as of it are not.
        boolean kept = event.seen() instanceof Seen.Chain;
        if (block.number() < horizon && event.begin() > horizonEnd && !kept) {
            findings.add("horizon", line, block + " was below the horizon, and now it can be read again");
        }
    }

    private void refused(Event event, Ask.Pinned pinned, Seen.Refusal refusal, long line) {
        Long seen = pinned.isHash() ? hashEnds.get(pinned.block()) : numberEnds.get(pinned.number());
        boolean wasThere = seen != null && seen < event.begin();
        switch (refusal.error()) {
            case "block_pruned" -> {
                pruned++;
                Long told = refusal.horizon();
                if (told == null || !pinned.isHash() && told <= pinned.number()) {
                    findings.add("horizon", line, event.request() + " is refused with the horizon " + told);
                } else if (told > horizon) {
                    horizon = told;
                    horizonEnd = event.end();
                }
            }
            case "block_not_reached", "block_unknown" -> {
                if (wasThere) {
                    findings.add("block lost", line, event.request() + " is refused with " + refusal.error());
                }
            }
            default ->
                findings.add(
                        "error", line, event.request() + " was answered " + event.status() + " " + refusal.error());
        }
    }

    @Override
    public Map<String, Long> figures() {
        Map<String, Long> figures = new LinkedHashMap<>();
        figures.put("answers of exactly the block they were asked for", answered);
        if (pruned > 0) {
            figures.put("refusals of blocks below the horizon", pruned);
        }
        return figures;
    }
}
