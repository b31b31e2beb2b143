package archipel.command;

import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.document.RevisionHash;
import archipel.document.RevisionPath;
import archipel.merge.Tombstone;
import java.util.ArrayList;
import java.util.List;
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

    /**
     * The end of a conflict, or of a part of it: a revision that follows the winner, or the winner as it is, and a
     * {@link archipel.merge.Tombstone} on each loser. Refused with a conflict unless the leaves are those that it was
     * made of.
     *
     * @param leaves all that are not deleted, the winner first, in descending order
     * @param losers which of the others are closed, in the order of {@code leaves}
     * @param result an edit of the winner; null where the winner stays as it is
     * @param stamp of the result; null for that of the edit, as of any other
     */
    record Resolution(
            String id,
            List<Revision> leaves,
            List<Revision> losers,
            @Nullable Update result,
            @Nullable Stamp stamp) implements DocumentEdit {
        private static final DocumentBody NOTHING = new DocumentBody(new byte[] {'{', '}'}, List.of());

        public Resolution {
            leaves = List.copyOf(leaves);
            losers = List.copyOf(losers);
            if (leaves.isEmpty() || !leaves.subList(1, leaves.size()).containsAll(losers)) {
                throw new IllegalArgumentException("a resolution of " + leaves + " that closes " + losers);
            }
            if (result != null
                    && !(leaves.getFirst().equals(result.parent())
                            && result.id().equals(id))) {
                throw new IllegalArgumentException("a resolution whose result does not follow " + leaves.getFirst());
            }
        }

        public Revision winner() {
            return leaves.getFirst();
        }

        /** The revision that has the result. */
        public Revision revision() {
            return result == null
                    ? winner()
                    : RevisionHash.next(
                            winner(),
                            result.deleted(),
                            result.canonicalDigest(),
                            result.body().attachments());
        }

        /** The edits that it consists of: the result, and a deletion of each loser. */
        public List<Update> parts() {
            List<Update> parts = new ArrayList<>();
            if (result != null) {
                parts.add(result);
            }
            Revision revision = revision();
            for (Revision loser : losers) {
                byte[] json = Tombstone.of(loser, revision).json();
                parts.add(new Update(
                        id,
                        loser,
                        true,
                        new DocumentBody(json, List.of()),
                        CanonicalJson.digest(json, 0, json.length)));
            }
            return parts;
        }

        /** Of the result. */
        @Override
        public DocumentBody body() {
            return result == null ? NOTHING : result.body();
        }

        @Override
        public boolean deleted() {
            return result == null || result.deleted();
        }
    }
}
