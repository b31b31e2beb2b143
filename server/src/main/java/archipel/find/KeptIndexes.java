package archipel.find;

import archipel.changes.Waiter;
import archipel.engine.Database;
import archipel.index.IndexException;
import archipel.index.IndexReader;
import archipel.mango.FieldIndex;
import archipel.mango.IndexOpener;
import archipel.read.Reader;
import archipel.view.IndexKeeper;
import java.io.IOException;

/** The indexes that the node keeps for views and queries alike. */
public final class KeptIndexes implements IndexSource {
    private final IndexKeeper keeper;

    public KeptIndexes(IndexKeeper keeper) {
        this.keeper = keeper;
    }

    @Override
    public IndexOpener of(Database database, Waiter client) {
        return new IndexOpener() {
            @Override
            public IndexReader open(Reader reader, FieldIndex index) throws IOException {
                return keeper.open(database, reader, index.definition(), client);
            }

            @Override
            public IndexReader openAsItIs(Reader reader, FieldIndex index) {
                return asItIs(database, reader, index);
            }

            @Override
            public boolean isNear(FieldIndex index) {
                return keeper.isNear(database, index.definition());
            }

            @Override
            public void bring(FieldIndex index, long block) throws IOException {
                keeper.bring(database, index.definition(), block, client);
            }
        };
    }

    private IndexReader asItIs(Database database, Reader reader, FieldIndex index) {
        IndexKeeper.Opened opened = keeper.openAsItIs(database, reader, index.definition(), index.name(), false);
        if (opened != null
                && opened.reader().state().signature().equals(index.definition().signature())) {
            return opened.reader();
        }
        // What the design document defined before may have had other columns.
        if (opened != null) {
            opened.reader().close();
        }
        throw new IndexException(IndexException.Kind.BEHIND, "the index " + index.name() + " was not built yet");
    }
}
