package archipel.testimony;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which version of which document was current at which blocks, as far as anybody saw. A document's version only ever
 * rises with the blocks, so that the first and the last block at which each version was seen are all one has to keep.
 */
final class Timeline {
    /** One version of one document. */
    static final class Version {
        final String rev;
        final boolean deleted;
        long first = Long.MAX_VALUE;
        long last = -1;
        long line;
        /** The block that its writer was told; -1 while nobody was told any. */
        long written = -1;
        /** From a body that was read; null while none was. */
        @Nullable
        String token;

        Version(String rev, boolean deleted, long line) {
            this.rev = rev;
            this.deleted = deleted;
            this.line = line;
        }

        private void at(long block) {
            first = Math.min(first, block);
            last = Math.max(last, block);
        }
    }

    private static final NavigableMap<Long, Version> NONE = new TreeMap<>();

    private final Findings findings;
    private final Map<String, TreeMap<Long, Version>> documents = new HashMap<>();
    private final Map<String, Long> lastAbsent = new HashMap<>();
    private long sights;

    Timeline(Findings findings) {
        this.findings = findings;
    }

    /** A reader saw this as the document's current version at that block. */
    void seen(Row row, long block, long line) {
        sights++;
        Version version = version(row.id(), row.rev(), row.deleted(), line);
        version.at(block);
        if (row.n() != null && row.n() != row.version()) {
            findings.add("wrong body", line, row.id() + " at " + row.rev() + " has the counter " + row.n());
        }
        if (row.token() != null) {
            if (version.token != null && !version.token.equals(row.token())) {
                findings.add(
                        "wrong body", line, row + " has the body of " + row.token() + ", before of " + version.token);
            }
            version.token = row.token();
        }
    }

    /** A writer was told that this is what its write made, at that block. */
    void written(Edit edit, String rev, long block, long line) {
        if (Row.version(rev) != edit.version()) {
            findings.add("wrong revision", line, edit + " was to be version " + edit.version());
        }
        Version version = version(edit.id(), rev, edit.deleted(), line);
        if (version.rev.equals(rev)) {
            version.written = block;
            version.at(block);
        }
    }

    private Version version(String id, String rev, boolean deleted, long line) {
        Version version = documents
                .computeIfAbsent(id, _ -> new TreeMap<>())
                .computeIfAbsent(Row.version(rev), _ -> new Version(rev, deleted, line));
        if (!version.rev.equals(rev) || version.deleted != deleted) {
            findings.add(
                    "two versions",
                    line,
                    id + " is " + rev + (deleted ? ", deleted" : "") + ", and on line " + version.line + " it is "
                            + version.rev + (version.deleted ? ", deleted" : ""));
        }
        return version;
    }

    /** The versions of a document that somebody wrote or saw. */
    NavigableMap<Long, Version> versions(String id) {
        return documents.getOrDefault(id, (TreeMap<Long, Version>) NONE);
    }

    Map<String, TreeMap<Long, Version>> documents() {
        return documents;
    }

    /** A reader was told at that block that there is no such document. */
    void absent(String id, long block) {
        lastAbsent.merge(id, block, Math::max);
    }

    /** The last block at which the document was not there; -1 where there was none such. */
    long lastAbsent(String id) {
        return lastAbsent.getOrDefault(id, -1L);
    }

    /** How often documents were seen by readers. */
    long sights() {
        return sights;
    }
}
