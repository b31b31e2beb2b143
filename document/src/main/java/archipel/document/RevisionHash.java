package archipel.document;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Content-hashed revision ids: SHA-256, cut to 128 bits, over the parent, the deleted flag, the canonical body's digest
 * and the attachments' names, types and digests. The same edit of the same parent is the same revision on every node.
 */
public final class RevisionHash {
    private RevisionHash() {}

    /**
     * @param parent null for a first revision
     * @param canonicalDigest SHA-256 of the body's canonical JSON ({@link CanonicalJson})
     * @param attachments in ascending order of name
     */
    public static Revision next(
            @Nullable Revision parent, boolean deleted, byte[] canonicalDigest, List<Attachment> attachments) {
        throw new UnsupportedOperationException();
    }
}
