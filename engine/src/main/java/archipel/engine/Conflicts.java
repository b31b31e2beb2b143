package archipel.engine;

import archipel.history.DocumentRow;
import archipel.storage.Family;
import archipel.storage.KeySpace;

/**
 * Which documents are in conflict: a row for each, kept with each change, so that finding them costs what there are of
 * them and not what there is of documents.
 */
final class Conflicts {
    private static final byte[] NOTHING = {};

    private Conflicts() {}

    /** For a database without documents. */
    static void begin(PendingRows rows, KeySpace keys) {
        rows.put(Family.CONFLICT, keys.conflictsKept(), NOTHING);
    }

    /**
     * For a database whose documents have no rows yet: once, when its group is raised to the format that has them.
     * Visits all documents, of which it decodes those with branches.
     */
    static void index(PendingRows rows, KeySpace keys) {
        begin(rows, keys);
        rows.forEach(Family.DOCUMENT, keys.lower(), keys.upper(), (key, row) -> {
            byte[] document = row.get();
            if (DocumentRow.hasBranches(document)
                    && DocumentRow.decode(document).tree().hasConflicts()) {
                rows.put(Family.CONFLICT, keys.conflict(KeySpace.suffixText(key)), NOTHING);
            }
        });
    }

    /** After a change of a document. */
    static void update(PendingRows rows, KeySpace keys, String id, boolean before, boolean after) {
        if (after && !before) {
            rows.put(Family.CONFLICT, keys.conflict(id), NOTHING);
        } else if (before && !after) {
            rows.delete(Family.CONFLICT, keys.conflict(id));
        }
    }
}
