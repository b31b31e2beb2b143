package archipel.client;

/**
 * What a document says of one of its attachments.
 *
 * @param length in bytes
 * @param digest {@code md5-} and the hash of its bytes in base 64
 * @param revisionPosition the generation of the revision that it came with
 */
public record AttachmentStub(String contentType, long length, String digest, int revisionPosition) {}
