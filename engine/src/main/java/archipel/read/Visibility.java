package archipel.read;

import archipel.document.DocumentBody;
import archipel.document.Leaf;
import org.jspecify.annotations.Nullable;

/**
 * Which documents somebody may see. A document that is not visible is not there: no read finds it, no cursor stops at
 * it, no count counts it, and no row of an index that it emitted is shown. For use by one thread at a time.
 *
 * <p>It is asked about a document as it stood at the block that is read, and where versions are read about each
 * version; so an answer must depend on nothing else than that state and the principal, or pinned reads would change.
 * Of a revision that was superseded, and of rows of an index that is behind, it is asked about the document as it stood
 * then.
 */
public interface Visibility {
    /** Of the node itself, and of everybody in databases whose documents all members may see. */
    Visibility EVERYTHING = new Visibility() {
        @Override
        public boolean isEverything() {
            return true;
        }

        @Override
        public boolean sees(StoredDocument document) {
            return true;
        }

        @Override
        public String toString() {
            return "everything";
        }
    };

    /** Whether nothing is hidden, so that nothing has to be asked, and what is counted already can be shown. */
    default boolean isEverything() {
        return false;
    }

    /** Asked of each document before anything of it leaves a reader, also of deleted ones. */
    boolean sees(StoredDocument document);

    /** Whether a {@code _local} document is visible: those belong to no block. Hidden unless it says otherwise. */
    default boolean seesLocal(String id) {
        return isEverything();
    }

    /** Whether it may be known that this document was purged. Nothing is left of it to decide by. */
    default boolean seesPurged(String id) {
        return isEverything();
    }

    /** A document as it stood. */
    interface StoredDocument {
        String id();

        Leaf winner();

        /** The winner's body; null when it is not there any more. Read when this is called. */
        @Nullable
        DocumentBody body();
    }
}
