package archipel.mango;

import archipel.changes.Waiter;
import archipel.document.DocumentBody;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What queries work with.
 *
 * @param indexes where indexes come from; null where there are none, so that documents alone are looked at
 * @param catalog the indexes to choose from, {@link FieldIndex#ALL_DOCUMENTS} among them
 * @param visibility what of a document the client may see
 * @param seesAll whether the client may see all documents as they are, so that those made of an index's keys will do
 * @param sortMemory bytes that sorting without an index may take; 0 for no such sorting
 * @param scanWarningRatio how many documents may be looked at for each that is found before there is a warning; 0 for
 *     any number
 * @param client who waits for the results, and may give up
 */
public record FindContext(
        @Nullable IndexOpener indexes,
        List<FieldIndex> catalog,
        Visibility visibility,
        boolean seesAll,
        long sortMemory,
        long scanWarningRatio,
        Waiter client) {
    /** What of a document the client may see. */
    @FunctionalInterface
    public interface Visibility {
        /** Null where it may not be seen at all. */
        @Nullable
        DocumentBody see(String id, DocumentBody body);
    }
}
