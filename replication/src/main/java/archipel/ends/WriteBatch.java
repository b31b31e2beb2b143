package archipel.ends;

import archipel.document.JsonBuffer;
import archipel.document.Revision;
import java.util.ArrayList;
import java.util.List;

/**
 * Revisions that go to a target together: the text of a {@code _bulk_docs} request, put together as documents come, so
 * that their bytes are copied once. For one thread.
 */
public final class WriteBatch {
    private static final String OPENING = "{\"new_edits\":false,\"docs\":[";

    private final JsonBuffer json;
    private final List<Entry> entries = new ArrayList<>();
    private boolean closed;

    /** @param capacity bytes to begin with */
    public WriteBatch(int capacity) {
        json = new JsonBuffer(capacity).ascii(OPENING);
    }

    private record Entry(String id, Revision revision, int from, int to) {}

    public void add(FetchedDocument document) {
        add(document.id(), document.revision(), document.array(), document.offset(), document.length());
    }

    private void add(String id, Revision revision, byte[] bytes, int offset, int length) {
        if (closed) {
            throw new IllegalStateException("added to a batch that was sent");
        }
        if (!entries.isEmpty()) {
            json.ascii(',');
        }
        int from = json.size();
        json.raw(bytes, offset, length);
        entries.add(new Entry(id, revision, from, json.size()));
    }

    public int documents() {
        return entries.size();
    }

    public String id(int index) {
        return entries.get(index).id;
    }

    public Revision revision(int index) {
        return entries.get(index).revision;
    }

    public boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Bytes so far. */
    public int size() {
        return json.size();
    }

    /** The request's text, of which the first {@link #size} bytes count; nothing can be added after it. */
    public byte[] close() {
        if (!closed) {
            closed = true;
            json.ascii("]}");
        }
        return json.array();
    }

    /** The documents from one to before another as a batch of their own. */
    public WriteBatch part(int from, int to) {
        int start = entries.get(from).from;
        WriteBatch part = new WriteBatch(entries.get(to - 1).to - start + 64);
        for (Entry entry : entries.subList(from, to)) {
            part.add(entry.id, entry.revision, json.array(), entry.from, entry.to - entry.from);
        }
        return part;
    }

    /** Empties it for more. */
    public void reset() {
        json.reset().ascii(OPENING);
        entries.clear();
        closed = false;
    }
}
