package archipel.read;

import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import org.jspecify.annotations.Nullable;

/** The documents of the newest block that are in conflict, by the rows that are kept of them. */
final class ConflictWalk implements DocumentCursor {
    private final DocumentReader documents;
    private final Cursor rows;
    private final byte @Nullable [] start;
    private final boolean descending;
    private boolean begun;
    private @Nullable DocumentRecord record;

    ConflictWalk(Reader reader, @Nullable String start, boolean descending) {
        KeySpace keys = reader.keys();
        this.documents = reader.documents();
        this.rows = reader.store().cursor(Family.CONFLICT, keys.lower(), keys.upper());
        this.start = start == null ? null : keys.conflict(start);
        this.descending = descending;
    }

    @Override
    public boolean next() {
        while (step()) {
            String id = KeySpace.suffixText(rows.key());
            // The first row says that there are rows.
            record = id.isEmpty() ? null : documents.find(id);
            if (record != null) {
                return true;
            }
        }
        return false;
    }

    private boolean step() {
        if (begun) {
            return descending ? rows.previous() : rows.next();
        }
        begun = true;
        if (start == null) {
            return descending ? rows.last() : rows.first();
        }
        return descending ? rows.seekBack(start) : rows.seek(start);
    }

    @Override
    public String id() {
        return record().id();
    }

    @Override
    public Leaf winner() {
        return record().winner();
    }

    @Override
    public DocumentRecord record() {
        DocumentRecord current = record;
        if (current == null) {
            throw new IllegalStateException("not at a document");
        }
        return current;
    }

    @Override
    public @Nullable DocumentBody body() {
        return documents.storedLeaf(id(), winner().revision());
    }

    @Override
    public void close() {
        rows.close();
    }
}
