package archipel.read;

import archipel.document.DocumentBody;
import archipel.document.Leaf;
import org.jspecify.annotations.Nullable;

/** Of a walk over all documents those that are in conflict. */
record ConflictFilter(DocumentCursor all) implements DocumentCursor {
    @Override
    public boolean next() {
        while (all.next()) {
            if (all.record().hasConflicts()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String id() {
        return all.id();
    }

    @Override
    public Leaf winner() {
        return all.winner();
    }

    @Override
    public DocumentRecord record() {
        return all.record();
    }

    @Override
    public @Nullable DocumentBody body() {
        return all.body();
    }

    @Override
    public void close() {
        all.close();
    }
}
