package archipel.document;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Content-hashed revision ids: SHA-256, cut to 128 bits, over the parent, the deleted flag, the canonical body's digest
 * and the attachments' names, types and digests. The same edit of the same parent is the same revision on every node.
 *
 * <p>What is hashed: a byte for this scheme (1), a byte for the deleted flag, the canonical digest, the parent's text,
 * and for each attachment its name, its type and the SHA-256 of its stored bytes. Texts are UTF-8 after their length in
 * four bytes, so that no two edits are hashed alike by shifting a border.
 */
public final class RevisionHash {
    private static final byte SCHEME = 1;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private RevisionHash() {}

    /**
     * @param parent null for a first revision
     * @param canonicalDigest SHA-256 of the body's canonical JSON ({@link CanonicalJson})
     * @param attachments in any order
     */
    public static Revision next(
            @Nullable Revision parent, boolean deleted, byte[] canonicalDigest, List<Attachment> attachments) {
        MessageDigest digest = Sha256.begin();
        digest.update(SCHEME);
        digest.update((byte) (deleted ? 1 : 0));
        digest.update(canonicalDigest);
        update(digest, parent == null ? "" : parent.toString());
        if (!attachments.isEmpty()) {
            List<Attachment> sorted = new ArrayList<>(attachments);
            sorted.sort(Comparator.comparing(Attachment::name, Revision::compareUtf8));
            for (Attachment attachment : sorted) {
                update(digest, attachment.name());
                update(digest, attachment.contentType());
                digest.update(attachment.content().bytes());
            }
        }
        byte[] hash = digest.digest();
        int generation = parent == null ? 1 : parent.generation() + 1;
        return new Revision(generation, HashKey.hex((long) LONG.get(hash, 0), (long) LONG.get(hash, 8)));
    }

    private static void update(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        for (int shift = 24; shift >= 0; shift -= 8) {
            digest.update((byte) (bytes.length >>> shift));
        }
        digest.update(bytes);
    }
}
