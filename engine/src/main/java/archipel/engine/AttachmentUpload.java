package archipel.engine;

import archipel.document.Attachment;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Attachment content on its way in: written to the store chunk by chunk as it arrives, and kept only if a write that
 * names it is accepted before this is closed. Closing after the write costs nothing; closing without one gives the space
 * back (so does a restart).
 */
public final class AttachmentUpload implements AutoCloseable {
    /**
     * Reads the stream to its end.
     *
     * @param maximum bytes at the most
     * @param encoding of the bytes that come, {@code gzip} or null
     * @return what an edit's body lists; its revision position is 0, which the write fills in
     * @throws archipel.document.RequestException 413 {@code attachment_too_large}
     */
    public Attachment receive(
            String name, String contentType, @Nullable String encoding, InputStream content, long maximum)
            throws java.io.IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
