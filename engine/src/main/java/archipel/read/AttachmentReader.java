package archipel.read;

import archipel.attachments.AttachmentStream;
import archipel.attachments.ContentRow;
import archipel.attachments.StoredGzip;
import archipel.document.Attachment;
import archipel.document.ContentHash;
import archipel.storage.Family;
import java.io.InputStream;

/**
 * The content of attachments that the bodies of a {@link Reader}'s documents name, as long as that is open. Who has not
 * seen the body has no {@link Attachment} to ask with. For one thread at a time.
 */
public final class AttachmentReader {
    private final Reader reader;

    AttachmentReader(Reader reader) {
        this.reader = reader;
    }

    /**
     * An attachment's stored bytes from {@code offset} on, read chunk by chunk.
     *
     * @throws archipel.document.RequestException 500 {@code storage_error} where the content is not whole
     */
    public InputStream open(Attachment attachment, long offset) {
        return new AttachmentStream(reader.store(), reader.keys(), attachment.content(), offset);
    }

    /**
     * An attachment with the encoding and the length that its stored bytes have, whatever was claimed when it came.
     * Content that is marked as encoded, and was not checked when it came, is read for it the first time.
     */
    public Attachment asStored(Attachment attachment) {
        return StoredGzip.asStored(attachment, () -> decodedLength(attachment.content()), () -> open(attachment, 0));
    }

    /** Of content that was found to be gzip when it came; {@link ContentRow#UNKNOWN} for other content. */
    public long decodedLength(ContentHash content) {
        byte[] value = reader.store().get(Family.ATTACHMENT, reader.keys().content(content));
        return value == null ? ContentRow.UNKNOWN : ContentRow.decode(value).decodedLength();
    }
}
