package archipel.view;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The map functions of an index's views. For one thread at a time. */
public interface Mapper extends AutoCloseable {
    /**
     * What the documents emit in all views.
     *
     * @param documents JSON objects with {@code _id} and {@code _rev}
     * @return for each document its emissions, those of one view in the order in which they were made; a document whose
     *     map failed in a view emits nothing there
     */
    List<List<Emission>> map(List<byte[]> documents);

    /** How many calls of a map function have failed. */
    long errors();

    /** What the last of them failed with; null where none has, or the functions never do. */
    default @Nullable String lastError() {
        return null;
    }

    @Override
    void close();
}
