package archipel.mango;

import archipel.document.DocumentBody;
import archipel.engine.DocumentRecord;
import archipel.engine.Snapshot;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** Documents whose ids are known. */
final class IdWalk implements Walk {
    private final Snapshot snapshot;
    private final Iterator<String> ids;
    private final long keysExamined;
    private @Nullable DocumentRecord record;

    /** @param keysExamined how many rows it took to know the ids */
    IdWalk(Snapshot snapshot, Iterator<String> ids, long keysExamined) {
        this.snapshot = snapshot;
        this.ids = ids;
        this.keysExamined = keysExamined;
    }

    @Override
    public boolean next() {
        while (ids.hasNext()) {
            record = snapshot.document(ids.next());
            if (record != null && !record.winner().deleted()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String id() {
        return record().id();
    }

    @Override
    public DocumentRecord record() {
        if (record == null) {
            throw new IllegalStateException("not at a document");
        }
        return record;
    }

    @Override
    public @Nullable DocumentBody body() {
        return snapshot.body(record(), record().winner().revision());
    }

    @Override
    public long keysExamined() {
        return keysExamined;
    }

    @Override
    public void close() {
        // Holds nothing but the snapshot, which is another's.
    }
}
