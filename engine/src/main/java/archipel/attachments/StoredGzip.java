package archipel.attachments;

import archipel.document.Attachment;
import archipel.document.ContentHash;
import archipel.memory.BoundedCache;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Attachments that are marked as gzip, as they can be sent. Uploads with that mark are checked, and the content's row
 * says so. Other content may be anything. Where it is no gzip it is sent as it is and without the mark: nobody could
 * decode it, and failing to do so in the middle of a response would break the other documents in it, too.
 *
 * <p>Unchecked content has to be decoded to the end to know. The finding is remembered by the content's hash, for which
 * it can never change, in one table for the process.
 */
public final class StoredGzip {
    private static final int REMEMBERED = 10_000;
    private static final long BROKEN = -1;
    private static final int PIECE_BYTES = 64 << 10;

    /** Decoded lengths, bytes. */
    private static final BoundedCache<ContentHash, Long> LENGTHS = BoundedCache.ofEntries(REMEMBERED);

    private StoredGzip() {}

    /**
     * The attachment with the encoding and the length that its content has.
     *
     * @param recorded the decoded length that the content's row has, or {@link ContentRow#UNKNOWN}
     * @param content opens what is stored
     */
    public static Attachment asStored(Attachment attachment, LongSupplier recorded, Supplier<InputStream> content) {
        if (attachment.encoding() == null) {
            return attachment;
        }
        long length = recorded.getAsLong();
        if (length == ContentRow.UNKNOWN) {
            Long known = LENGTHS.get(attachment.content());
            length = known == null ? measure(attachment, content.get()) : known;
        }
        return new Attachment(
                attachment.name(),
                attachment.contentType(),
                attachment.revisionPosition(),
                attachment.content(),
                length == BROKEN ? attachment.encodedLength() : length,
                attachment.encodedLength(),
                attachment.md5(),
                length == BROKEN ? null : attachment.encoding());
    }

    private static long measure(Attachment attachment, InputStream stored) {
        try (InputStream content = stored;
                DecodedLength decoded = DecodedLength.of(attachment.encoding())) {
            for (byte[] piece = content.readNBytes(PIECE_BYTES); piece.length > 0; ) {
                decoded.update(piece);
                piece = content.readNBytes(PIECE_BYTES);
            }
            long length = decoded.length(BROKEN);
            LENGTHS.put(attachment.content(), length);
            return length;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
