package archipel.read;

import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.history.BodyRow;
import archipel.history.BodyWalk;
import archipel.history.PastDocuments;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.Opening;
import archipel.storage.StoreSnapshot;
import org.jspecify.annotations.Nullable;

/** Documents in order of id. Ascending with bodies it walks documents and bodies side by side. */
final class DocumentWalk implements DocumentCursor {
    private final KeySpace keys;
    private final StoreSnapshot store;
    private final Visibility visibility;
    private final boolean seesEverything;
    private final @Nullable PastDocuments past;
    private final DocumentRecord.@Nullable Stemming stemming;
    private final Cursor rows;
    private final @Nullable BodyWalk bodies;
    private final byte @Nullable [] start;
    private final boolean descending;
    private boolean begun;
    private String id = "";
    private @Nullable DocumentRecord record;

    DocumentWalk(
            Reader reader,
            DocumentRecord.@Nullable Stemming stemming,
            @Nullable String start,
            boolean descending,
            boolean withBodies) {
        this.keys = reader.keys();
        this.store = reader.store();
        this.visibility = reader.visibility();
        this.seesEverything = reader.seesEverything();
        this.past = reader.isPinned() ? new PastDocuments(store, keys, reader.block()) : null;
        this.stemming = stemming;
        this.start = start == null ? null : keys.document(start);
        this.descending = descending;
        try (Opening opening = new Opening()) {
            this.rows = opening.add(store.cursor(Family.DOCUMENT, keys.lower(), keys.upper()));
            this.bodies = withBodies && !descending ? opening.add(new BodyWalk(store, keys)) : null;
            opening.keep();
        }
    }

    @Override
    public boolean next() {
        do {
            if (!step()) {
                return false;
            }
            id = KeySpace.suffixText(rows.key());
        } while (past != null && !stood(past) || !seesEverything && !visibility.sees(this));
        return true;
    }

    private boolean step() {
        record = null;
        if (begun) {
            return descending ? rows.previous() : rows.next();
        }
        begun = true;
        return begin();
    }

    private boolean stood(PastDocuments documents) {
        byte[] row = documents.row(id, rows.value());
        if (row == null) {
            return false;
        }
        record = new DocumentRecord(id, row, stemming);
        return true;
    }

    private boolean begin() {
        if (start == null) {
            return descending ? rows.last() : rows.first();
        }
        return descending ? rows.seekBack(start) : rows.seek(start);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Leaf winner() {
        return record().winner();
    }

    @Override
    public DocumentRecord record() {
        DocumentRecord known = record;
        if (known == null) {
            known = new DocumentRecord(id, rows.value(), stemming);
            record = known;
        }
        return known;
    }

    @Override
    public @Nullable DocumentBody body() {
        byte[] wanted = keys.body(id, winner().revision());
        byte[] body = bodies == null ? store.get(Family.BODY, wanted) : bodies.find(wanted);
        if (body == null && past != null) {
            body = store.get(Family.PAST_BODY, wanted);
        }
        return body == null ? null : BodyRow.decode(body);
    }

    @Override
    public void close() {
        rows.close();
        if (bodies != null) {
            bodies.close();
        }
        if (past != null) {
            past.close();
        }
    }
}
