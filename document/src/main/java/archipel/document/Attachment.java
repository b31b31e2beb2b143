package archipel.document;

import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * What a revision knows of one attachment; the content is stored once per database, under its hash.
 *
 * @param contentType as given, {@code application/octet-stream} by default
 * @param revisionPosition the generation that brought this content, CouchDB's {@code revpos}; 0 in an edit means the
 *     generation that the edit makes
 * @param content SHA-256 of the stored (encoded) bytes
 * @param length bytes once decoded
 * @param encodedLength bytes as stored
 * @param md5 of the stored bytes, 16 bytes; CouchDB's {@code digest}
 * @param encoding {@code gzip} where the stored bytes are, null for identity
 */
public record Attachment(
        String name,
        String contentType,
        int revisionPosition,
        ContentHash content,
        long length,
        long encodedLength,
        byte[] md5,
        @Nullable String encoding) {
    public Attachment withRevisionPosition(int generation) {
        return new Attachment(name, contentType, generation, content, length, encodedLength, md5, encoding);
    }

    /** {@code md5-} and base64, as CouchDB shows a digest. */
    public String digest() {
        return "md5-" + Base64.getEncoder().encodeToString(md5);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Attachment that
                && name.equals(that.name)
                && contentType.equals(that.contentType)
                && revisionPosition == that.revisionPosition
                && content.equals(that.content)
                && length == that.length
                && encodedLength == that.encodedLength
                && Arrays.equals(md5, that.md5)
                && java.util.Objects.equals(encoding, that.encoding);
    }

    @Override
    public int hashCode() {
        return content.hashCode() * 31 + name.hashCode();
    }
}
