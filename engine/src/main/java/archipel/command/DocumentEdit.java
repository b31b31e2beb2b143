package archipel.command;

import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One document's part in a write. */
public sealed interface DocumentEdit {
    String id();

    DocumentBody body();

    boolean deleted();

    /**
     * A client's edit ({@code new_edits=true}): the node names the new revision, and refuses it with a conflict unless
     * it extends a leaf.
     *
     * @param parent the leaf the edit is made on; null creates the document, or revives a deleted one
     * @param canonicalDigest of the body's JSON, from {@link archipel.document.CanonicalJson}
     */
    record Update(String id, @Nullable Revision parent, boolean deleted, DocumentBody body, byte[] canonicalDigest)
            implements DocumentEdit {
        /**
         * Whether the edit conflicts with a document as it stands. One whose leaves are all deletions can only be made
         * anew, without naming a revision.
         *
         * @param winner the document's; null where there is none
         * @param leaf whether a revision is a leaf of the document
         */
        public boolean conflicts(@Nullable Leaf winner, Predicate<Revision> leaf) {
            if (winner != null && winner.deleted()) {
                return parent != null || deleted;
            }
            return parent == null ? winner != null : !leaf.test(parent);
        }
    }

    /**
     * A revision that was made elsewhere ({@code new_edits=false}): it is merged into the tree, and never a conflict.
     */
    record Replicated(String id, RevisionPath path, boolean deleted, DocumentBody body) implements DocumentEdit {}
}
