package archipel.databases;

import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.Revision;
import archipel.http.JsonStream;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes the rows of {@code _all_docs} and {@code _design_docs}. Rows are copied from the store into one buffer that is
 * sent on whenever it is full; what a row costs is what it copies.
 */
final class DocumentList {
    /** Documents before the first row are counted for {@code offset} up to here; beyond, it is null. */
    private static final int OFFSET_BOUND = 2_000;

    private final Reader reader;
    private final String prefix;
    private final JsonStream out;
    private final DocumentListQuery query;
    private final ListRow row;

    /** @param prefix of the ids to list; empty for all */
    DocumentList(Reader reader, String prefix, DocumentListQuery query, JsonStream out) {
        this.reader = reader;
        this.prefix = prefix;
        this.query = query;
        this.out = out;
        this.row = new ListRow(reader, query, out);
    }

    /** Writes {@code {"total_rows":…,"offset":…,"rows":[…]}}. */
    void write() throws IOException {
        JsonBuffer json = out.buffer();
        long total = total();
        json.ascii("{\"total_rows\":").number(total).ascii(",\"offset\":");
        long offset = query.keys() != null ? -1 : offset();
        if (offset < 0) {
            json.ascii("null");
        } else {
            json.number(Math.min(total, offset + Math.min(query.skip(), total)));
        }
        if (query.updateSeq()) {
            json.ascii(",\"update_seq\":");
            if (query.keys() != null) {
                json.ascii("null");
            } else {
                reader.block().lastSequence().appendTo(json);
            }
        }
        json.ascii(",\"rows\":[\r\n");
        if (query.keys() != null) {
            writeKeys();
        } else if (!query.isEmptyRange()) {
            writeRange();
        }
        out.buffer().ascii("\r\n]}");
    }

    private long total() {
        return prefix.isEmpty() ? reader.documents().count() : count(false, false, Long.MAX_VALUE);
    }

    /** How many rows lie before the range; -1 when they are too many to count. */
    private long offset() {
        if (query.start() instanceof ListKey.AboveIds && !query.descending()
                || query.start() instanceof ListKey.BelowIds && query.descending()) {
            return Long.MAX_VALUE >> 1;
        }
        if (!(query.start() instanceof ListKey.Id)) {
            return 0;
        }
        long before = count(true, query.descending(), OFFSET_BOUND + 1L);
        return before > OFFSET_BOUND ? -1 : before;
    }

    /**
     * Counts live documents of the prefix, from one end of the order on.
     *
     * @param beforeStart whether to count up to where the query begins only
     */
    private long count(boolean beforeStart, boolean descending, long atMost) {
        long count = 0;
        try (DocumentCursor cursor = reader.documents().cursor(first(null, descending), descending, false)) {
            while (count < atMost && cursor.next()) {
                String id = cursor.id();
                if (!id.startsWith(prefix)) {
                    if (isPastPrefix(id, descending)) {
                        break;
                    }
                    continue;
                }
                if (beforeStart && !query.isBeforeStart(id)) {
                    break;
                }
                if (!cursor.winner().deleted()) {
                    count++;
                }
            }
        }
        return count;
    }

    private void writeRange() throws IOException {
        boolean descending = query.descending();
        long skip = query.skip();
        long left = query.limit();
        boolean first = true;
        String start = first(query.start() instanceof ListKey.Id id ? id.id() : null, descending);
        try (DocumentCursor cursor = reader.documents().cursor(start, descending, query.includeDocuments())) {
            while (left > 0 && cursor.next()) {
                String id = cursor.id();
                if (query.isPastEnd(id)) {
                    break;
                }
                if (!prefix.isEmpty() && !id.startsWith(prefix)) {
                    if (isPastPrefix(id, descending)) {
                        break;
                    }
                    continue;
                }
                if (cursor.winner().deleted()) {
                    continue;
                }
                if (skip > 0) {
                    skip--;
                    continue;
                }
                out.buffer().ascii(first ? "" : ",\r\n");
                first = false;
                left--;
                row.write(cursor);
                out.drain();
            }
        }
    }

    private void writeKeys() throws IOException {
        List<ListKey> keys = Objects.requireNonNull(query.keys());
        if (query.descending()) {
            keys = keys.reversed();
        }
        boolean first = true;
        int from = (int) Math.min(query.skip(), keys.size());
        int to = from + (int) Math.min(query.limit(), keys.size() - from);
        for (ListKey key : keys.subList(from, to)) {
            if (!prefix.isEmpty() && !(key instanceof ListKey.Id id && id.id().startsWith(prefix))) {
                continue;
            }
            out.buffer().ascii(first ? "" : ",\r\n");
            first = false;
            DocumentRecord record =
                    key instanceof ListKey.Id id ? reader.documents().find(id.id()) : null;
            if (record == null) {
                out.buffer().ascii("{\"key\":").raw(JsonTree.bytes(key.json())).ascii(",\"error\":\"not_found\"}");
            } else {
                row.write(record);
            }
            out.drain();
        }
    }

    /** Where to begin the walk so that nothing of the prefix is missed. */
    private @Nullable String first(@Nullable String start, boolean descending) {
        if (prefix.isEmpty()) {
            return start;
        }
        String end = descending ? afterPrefix() : prefix;
        if (start == null) {
            return end;
        }
        boolean within = descending ? Revision.compareUtf8(start, end) < 0 : Revision.compareUtf8(start, end) > 0;
        return within ? start : end;
    }

    private boolean isPastPrefix(String id, boolean descending) {
        int order = Revision.compareUtf8(id, prefix);
        return descending ? order < 0 : order > 0;
    }

    /** The least id beyond all that have the prefix. */
    private String afterPrefix() {
        int end = prefix.length() - 1;
        return prefix.substring(0, end) + (char) (prefix.charAt(end) + 1);
    }
}
