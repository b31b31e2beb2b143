package archipel.attachments;

import archipel.document.Attachment;
import archipel.document.ContentHash;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Attachments that are marked as gzip, as they can be sent. Uploads are checked; what was stored before they were may
 * be anything. Such content is sent as it is and without the mark, since nobody could decode it, and since the failure
 * to do so would come in the midst of an answer and take the other documents in it along.
 *
 * <p>Content has to be decoded to the end to know. What was found is remembered by the content's hash, for which it can
 * never change, in one table for the process.
 */
public final class StoredGzip {
    private static final int REMEMBERED = 10_000;
    private static final long BROKEN = -1;
    private static final int PIECE_BYTES = 64 << 10;

    /** Decoded lengths, bytes. */
    private static final Map<ContentHash, Long> LENGTHS = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ContentHash, Long> eldest) {
            return size() > REMEMBERED;
        }
    };

    private StoredGzip() {}

    /**
     * The attachment with the encoding and the length that its content has.
     *
     * @param content opens what is stored
     */
    public static Attachment asStored(Attachment attachment, Supplier<InputStream> content) {
        if (attachment.encoding() == null) {
            return attachment;
        }
        Long known = known(attachment.content());
        long length = known == null ? measure(attachment, content.get()) : known;
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

    /** Takes note of content that was checked when it came in. */
    public static void remember(Attachment received) {
        if (received.encoding() != null) {
            remember(received.content(), received.length());
        }
    }

    private static long measure(Attachment attachment, InputStream stored) {
        try (InputStream content = stored;
                DecodedLength decoded = DecodedLength.of(attachment.encoding())) {
            for (byte[] piece = content.readNBytes(PIECE_BYTES); piece.length > 0; ) {
                decoded.update(piece);
                piece = content.readNBytes(PIECE_BYTES);
            }
            long length = decoded.length(BROKEN);
            remember(attachment.content(), length);
            return length;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable Long known(ContentHash content) {
        synchronized (LENGTHS) {
            return LENGTHS.get(content);
        }
    }

    private static void remember(ContentHash content, long length) {
        synchronized (LENGTHS) {
            LENGTHS.put(content, length);
        }
    }
}
