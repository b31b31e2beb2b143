package archipel.access;

import archipel.document.Attachment;
import archipel.document.RequestException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Takes in the content of attachments for one write. */
public interface AttachmentIntake {
    /**
     * Reads the stream to its end and stores what comes. It is kept only if a document that lists it is accepted by the
     * same write.
     *
     * @param contentType {@code application/octet-stream} where it is null
     * @param encoding of the bytes that come: {@code gzip} or null
     * @return what a document lists; its revision position is 0, which the write fills in
     * @throws RequestException 413 {@code attachment_too_large}; 400 for what is not the gzip it is said to be
     */
    Attachment receive(String name, @Nullable String contentType, @Nullable String encoding, InputStream content)
            throws IOException;
}
