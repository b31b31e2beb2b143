package archipel.testimony;

import archipel.testimony.Attempts.Acknowledged;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A feed that is read piece by piece brings every change, in one order that is the same for all readers. */
final class FeedProof implements Proof {
    /** One reader's way along the feed. */
    private static final class Way {
        String lastSeq = "";
        /** The block up to which everything has come. */
        long block = -1;
        /** What has come since. */
        final Map<String, Long> versions = new HashMap<>();
    }

    private final Findings findings;
    private final Attempts attempts;
    private final Map<String, Way> ways = new HashMap<>();
    private final Map<Long, String> bySeq = new HashMap<>();
    private long changes;
    private long pieces;

    FeedProof(Findings findings, Attempts attempts) {
        this.findings = findings;
        this.attempts = attempts;
    }

    @Override
    public void examine(Event event, long line) {
        if (event.block() != null && event.seen() instanceof Seen.Feed feed) {
            order(feed, line);
            if (!(event.ask() instanceof Ask.Pinned)) {
                follow(event.block(), feed, line);
            }
        }
    }

    private void order(Seen.Feed feed, long line) {
        long last = number(feed.since());
        long lastBlock = -1;
        boolean closed = false;
        for (Seen.Feed.Change change : feed.rows()) {
            changes++;
            long seq = number(change.seq());
            if (seq <= last) {
                findings.add("feed", line, change.seq() + " comes after " + last);
            }
            last = seq;
            String now =
                    change.seq() + " " + change.row().id() + " " + change.row().rev();
            String before = bySeq.putIfAbsent(seq, now);
            if (before != null && !before.equals(now)) {
                findings.add("feed", line, "seq " + now + " was " + before);
            }
            if (change.block() != null) {
                if (change.block() < lastBlock || closed && change.block() == lastBlock) {
                    findings.add("feed", line, change + " comes after the last change of block " + lastBlock);
                }
                lastBlock = change.block();
                closed = change.last();
            }
        }
        if (number(feed.lastSeq()) < last) {
            findings.add("feed", line, "the last seq " + feed.lastSeq() + " is less than " + last);
        }
    }

    private void follow(Block block, Seen.Feed feed, long line) {
        Way way = ways.computeIfAbsent(feed.feed(), _ -> new Way());
        if (!way.lastSeq.isEmpty() && !way.lastSeq.equals(feed.since())) {
            findings.add("record", line, feed.feed() + " goes on at " + feed.since() + " after " + way.lastSeq);
        }
        way.lastSeq = feed.lastSeq();
        for (Seen.Feed.Change change : feed.rows()) {
            way.versions.merge(change.row().id(), change.row().version(), Math::max);
        }
        if (!feed.complete() || feed.waited()) {
            return;
        }
        pieces++;
        List<Acknowledged> written = attempts.acknowledged();
        for (int i = firstAfter(written, way.block); i < written.size(); i++) {
            Acknowledged edit = written.get(i);
            if (edit.block() > block.number()) {
                break;
            }
            if (way.versions.getOrDefault(edit.id(), -1L) < edit.version()) {
                findings.add(
                        "feed skipped",
                        line,
                        feed.feed() + " is at block " + block + " and never got version " + edit.version() + " of "
                                + edit.id() + ", which is of block " + edit.block());
            }
        }
        way.block = block.number();
        way.versions.clear();
    }

    private static int firstAfter(List<Acknowledged> written, long block) {
        Acknowledged key = new Acknowledged(block + 1, "", 0, 0);
        int at = Collections.binarySearch(written, key, Comparator.comparingLong(Acknowledged::block));
        if (at < 0) {
            return -at - 1;
        }
        while (at > 0 && written.get(at - 1).block() == block + 1) {
            at--;
        }
        return at;
    }

    private static long number(String seq) {
        int dash = seq.indexOf('-');
        return Long.parseLong(dash < 0 ? seq : seq.substring(0, dash));
    }

    @Override
    public Map<String, Long> figures() {
        Map<String, Long> figures = new LinkedHashMap<>();
        figures.put("changes in feeds", changes);
        figures.put("feeds found complete up to a block", pieces);
        return figures;
    }
}
