package archipel.testimony;

import archipel.testimony.Timeline.Version;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;

/**
 * An acknowledged write is there in every block from its own on, until the next write of the document, and in none
 * before; what was refused, or written by nobody, never shows.
 */
final class VersionProof implements Proof {
    private final Findings findings;
    private final Attempts attempts;
    private final Timeline timeline;
    private long absences;
    private long ordered;

    VersionProof(Findings findings, Attempts attempts, Timeline timeline) {
        this.findings = findings;
        this.attempts = attempts;
        this.timeline = timeline;
    }

    @Override
    public void gather(Event event, long line) {
        Block block = event.block();
        if (block == null) {
            return;
        }
        switch (event.seen()) {
            case Seen.Write write -> {
                for (Edit edit : write.edits()) {
                    if (edit.outcome() == Edit.Outcome.ACCEPTED && edit.rev() != null) {
                        timeline.written(edit, edit.rev(), block.number(), line);
                    }
                }
            }
            case Seen.Documents documents -> seen(documents.rows(), block, line);
            case Seen.Listing listing -> seen(listing.rows(), block, line);
            case Seen.Feed feed -> {
                for (Seen.Feed.Change change : feed.rows()) {
                    if (change.block() != null) {
                        timeline.seen(change.row(), change.block(), line);
                    }
                    if (!feed.waited()) {
                        timeline.seen(change.row(), block.number(), line);
                    }
                }
            }
            default -> {}
        }
    }

    private void seen(List<Row> rows, Block block, long line) {
        rows.forEach(row -> timeline.seen(row, block.number(), line));
    }

    @Override
    public void gathered() {
        timeline.documents().forEach(this::judge);
    }

    private void judge(String id, NavigableMap<Long, Version> versions) {
        Version before = null;
        for (Map.Entry<Long, Version> entry : versions.entrySet()) {
            Version version = entry.getValue();
            ordered++;
            origin(id, entry.getKey(), version);
            if (version.written >= 0 && version.first < version.written) {
                findings.add(
                        "before its block",
                        version.line,
                        id + " " + version.rev + " is of block " + version.written + " and was read at "
                                + version.first);
            }
            if (before != null && before.last >= version.first) {
                findings.add(
                        "write lost",
                        before.line,
                        id + " was " + version.rev + " at block " + version.first + " and " + before.rev + " at block "
                                + before.last);
            }
            if (before == null || version.last > before.last) {
                before = version;
            }
        }
    }

    private void origin(String id, long number, Version version) {
        if (version.token == null) {
            if (version.written < 0 && !attempts.mayHave(id, number)) {
                findings.add("nobody's write", version.line, id + " " + version.rev + " was written by nobody");
            }
            return;
        }
        Attempts.Attempt attempt = attempts.of(version.token);
        Edit edit = attempt == null ? null : attempt.edit(id);
        if (edit == null || edit.version() != number || edit.deleted() != version.deleted) {
            findings.add(
                    "nobody's write",
                    version.line,
                    id + " " + version.rev + " is not what " + version.token + " wrote");
        } else if (edit.outcome() == Edit.Outcome.REFUSED) {
            findings.add("refused write", version.line, id + " " + version.rev + " is of a write that was refused");
        }
    }

    @Override
    public void examine(Event event, long line) {
        if (event.block() != null && event.seen() instanceof Seen.Documents documents) {
            documents.absent().forEach(id -> absent(id, event.block().number(), line));
        }
    }

    /** Judges that a document was not there at a block. */
    void absent(String id, long block, long line) {
        absences++;
        timeline.absent(id, block);
        NavigableMap<Long, Version> versions = timeline.versions(id);
        Version last = null;
        long lastNumber = 0;
        long next = Long.MAX_VALUE;
        for (Map.Entry<Long, Version> entry : versions.entrySet()) {
            if (entry.getValue().first > block) {
                next = entry.getKey();
                break;
            }
            last = entry.getValue();
            lastNumber = entry.getKey();
        }
        if (last == null || last.deleted) {
            return;
        }
        if (last.last >= block || !attempts.mayBeDeleted(id, lastNumber, next)) {
            findings.add(
                    "write lost",
                    line,
                    id + " is not there at block " + block + ", after it was " + last.rev + " at block " + last.first);
        }
    }

    @Override
    public Map<String, Long> figures() {
        Map<String, Long> figures = new LinkedHashMap<>();
        figures.put("versions of documents in the order of their blocks", ordered);
        figures.put("sights of documents at a block", timeline.sights());
        figures.put("times that a document was rightly not there", absences);
        return figures;
    }
}
