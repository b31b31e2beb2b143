package archipel.ends;

import org.jspecify.annotations.Nullable;

/**
 * What a document's JSON says of an attachment whose content it does not carry.
 *
 * @param revisionPosition the generation that brought the content; 0 where it is not said
 * @param length bytes once decoded; -1 where it is not said
 * @param encodedLength bytes as they are sent; -1 where it is not said
 * @param encoding {@code gzip} where the bytes are; null for identity
 * @param follows whether the content comes after the document in the same message
 */
public record AttachmentStub(
        String name,
        @Nullable String contentType,
        int revisionPosition,
        @Nullable String digest,
        long length,
        long encodedLength,
        @Nullable String encoding,
        boolean follows) {}
