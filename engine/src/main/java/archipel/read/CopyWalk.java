package archipel.read;

import archipel.document.Leaf;
import archipel.document.Revision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Documents with all their leaves in the order in which a whole database is best copied: by id, as they lie in the
 * store, so that neither reading them there nor writing them elsewhere jumps about; and design documents last, as what
 * is older than a validation function need not pass it. For one thread, while its reader is open.
 */
public final class CopyWalk implements AutoCloseable {
    private static final String DESIGN = "_design/";
    /** The first id behind all of design documents. */
    private static final String BEHIND_DESIGN = "_design0";

    private final DocumentReader documents;
    private boolean inDesigns;
    private DocumentCursor cursor;

    CopyWalk(DocumentReader documents, @Nullable String after) {
        this.documents = documents;
        this.inDesigns = after != null && after.startsWith(DESIGN);
        this.cursor = documents.cursor(after == null ? null : after + '\0', false, false);
    }

    /** Whether an id comes later in this order than another one. */
    public static boolean isLater(String id, String than) {
        boolean design = id.startsWith(DESIGN);
        return design == than.startsWith(DESIGN) ? Revision.compareUtf8(id, than) > 0 : design;
    }

    public boolean next() {
        while (true) {
            if (cursor.next() && (!inDesigns || cursor.id().startsWith(DESIGN))) {
                if (inDesigns || !cursor.id().startsWith(DESIGN)) {
                    return true;
                }
                from(BEHIND_DESIGN);
            } else if (inDesigns) {
                return false;
            } else {
                inDesigns = true;
                from(DESIGN);
            }
        }
    }

    private void from(String id) {
        cursor.close();
        cursor = documents.cursor(id, false, false);
    }

    public String id() {
        return cursor.id();
    }

    /** The winner first; deleted ones too. */
    public List<Leaf> leaves() {
        return cursor.record().leaves();
    }

    @Override
    public void close() {
        cursor.close();
    }
}
