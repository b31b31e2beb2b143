package archipel.testimony;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** There is one chain: a number has one hash for everybody and for ever, and each block follows from its parent. */
final class HashProof implements Proof {
    private final Findings findings;
    private final Attempts attempts;
    private final Map<Long, String> hashes = new HashMap<>();
    private final Map<Long, Seen.Chain.Link> links = new TreeMap<>();
    private long parents;
    private long counted;

    HashProof(Findings findings, Attempts attempts) {
        this.findings = findings;
        this.attempts = attempts;
    }

    @Override
    public void gather(Event event, long line) {
        if (event.block() != null) {
            hash(event.block(), line);
        }
        if (event.seen() instanceof Seen.Chain(var row)) {
            for (int i = 0; i < row.size(); i++) {
                Seen.Chain.Link link = row.get(i);
                hash(new Block(link.number(), link.hash()), line);
                if (i > 0 && Math.abs(link.number() - row.get(i - 1).number()) != 1) {
                    findings.add(
                            "chain",
                            line,
                            "block " + link.number() + " follows "
                                    + row.get(i - 1).number());
                }
                Seen.Chain.Link before = links.putIfAbsent(link.number(), link);
                if (before != null && !before.equals(link)) {
                    findings.add("chain", line, "block " + link.number() + " was " + before + " and is " + link);
                }
            }
        }
    }

    private void hash(Block block, long line) {
        String before = hashes.putIfAbsent(block.number(), block.hash());
        if (before != null && !before.equals(block.hash())) {
            findings.add("two histories", line, "block " + block + " was " + before + " before");
        }
    }

    @Override
    public void conclude() {
        Map<Long, Integer> changes = attempts.changes();
        for (Seen.Chain.Link link : links.values()) {
            String parent = hashes.get(link.number() - 1);
            if (parent != null) {
                parents++;
                if (!parent.equals(link.parent())) {
                    findings.add("chain", 0, link + " names a parent that is not " + parent);
                }
            }
            Seen.Chain.Link previous = links.get(link.number() - 1);
            if (previous != null && link.changes() > 0 && previous.lastSeq() + 1 != link.firstSeq()) {
                findings.add("chain", 0, link + " does not go on after seq " + previous.lastSeq());
            }
            Integer edits = changes.get(link.number());
            if (edits != null) {
                counted++;
                if (edits != link.changes()) {
                    findings.add("chain", 0, link + " should have " + edits + " changes, those of one write");
                }
            }
        }
    }

    @Override
    public Map<String, Long> figures() {
        Map<String, Long> figures = new LinkedHashMap<>();
        figures.put("blocks seen", (long) hashes.size());
        figures.put("blocks whose parent was seen", parents);
        figures.put("blocks whose changes are those of one acknowledged write", counted);
        return figures;
    }
}
