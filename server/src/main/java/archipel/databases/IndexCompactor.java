package archipel.databases;

import archipel.engine.Database;
import archipel.read.Reader;
import archipel.view.DesignDocument;

/** Compacts indexes in the background. */
@FunctionalInterface
public interface IndexCompactor {
    /** For a node without indexes. */
    IndexCompactor NONE = (database, reader, name) -> DesignDocument.require(reader, name);

    /**
     * Begins to compact the index of a design document, where it has one.
     *
     * @param name without {@code _design/}
     * @throws archipel.document.RequestException 404 where there is no such design document
     */
    void compact(Database database, Reader reader, String name);
}
