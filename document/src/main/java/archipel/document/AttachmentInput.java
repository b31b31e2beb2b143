package archipel.document;

import org.jspecify.annotations.Nullable;

/** One member of {@code _attachments} as a client sent it. */
public sealed interface AttachmentInput {
    String name();

    /**
     * Keeps what the parent has under this name.
     *
     * @param revisionPosition as given, 0 when absent
     * @param digest as given ({@code md5-…}), null when absent
     */
    record Stub(String name, int revisionPosition, @Nullable String digest) implements AttachmentInput {}

    /** Content in base64 in the document itself, decoded. */
    record Inline(
            String name,
            @Nullable String contentType,
            int revisionPosition,
            byte[] data,
            @Nullable String encoding) implements AttachmentInput {}

    /**
     * Content that comes in a later MIME part of the same request.
     *
     * @param length bytes to come, as stored; -1 when not said
     * @param digest as given, null when absent
     */
    record Follows(
            String name,
            @Nullable String contentType,
            int revisionPosition,
            long length,
            @Nullable String digest,
            @Nullable String encoding)
            implements AttachmentInput {}
}
