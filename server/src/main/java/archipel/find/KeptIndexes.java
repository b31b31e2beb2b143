package archipel.find;

import archipel.engine.Database;
import archipel.index.IndexException;
import archipel.index.IndexReader;
import archipel.mango.FieldIndex;
import archipel.mango.IndexOpener;
import archipel.read.Reader;
import archipel.view.IndexKeeper;

/** The indexes that the node keeps for views and queries alike. */
public final class KeptIndexes implements IndexSource {
    private final IndexKeeper keeper;

    public KeptIndexes(IndexKeeper keeper) {
        this.keeper = keeper;
    }

    @Override
    public IndexOpener of(Database database) {
        return (reader, index, update) ->
                update ? keeper.open(database, reader, index.definition()) : asItIs(database, reader, index);
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
