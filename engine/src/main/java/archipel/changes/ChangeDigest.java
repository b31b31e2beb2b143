package archipel.changes;

import archipel.document.Revision;
import java.util.List;

/**
 * What a block's hash covers of one change: the seq, the document's id, its whole revision tree after the change, and
 * each body that was stored. It can be computed again from the rows of {@code document} and {@code body} for as long as
 * the change is the document's newest.
 */
public final class ChangeDigest {
    private ChangeDigest() {}

    /** @param tree the tree's canonical encoding */
    public static byte[] of(long seq, String id, byte[] tree, List<Written> bodies) {
        Digests digest = Digests.sha256().number(seq).text(id).bytes(tree).number(bodies.size());
        for (Written body : bodies) {
            digest.text(body.revision().toString()).bytes(body.attachments()).bytes(body.jsonDigest());
        }
        return digest.finish();
    }

    /**
     * A body stored by a change.
     *
     * @param attachments their metadata as stored
     * @param jsonDigest SHA-256 of the JSON as stored
     */
    public record Written(Revision revision, byte[] attachments, byte[] jsonDigest) {}
}
