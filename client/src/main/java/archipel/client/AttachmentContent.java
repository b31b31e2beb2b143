package archipel.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * An attachment that is being read. A stream that breaks off ends with an {@link IOException}, never early.
 *
 * @param contentType as it was given when it was stored
 * @param stream its bytes as they come; to be closed
 */
public record AttachmentContent(String contentType, InputStream stream) implements AutoCloseable {
    /** All that is left, in memory. @throws UncheckedIOException where it breaks off */
    public byte[] readAll() {
        try {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws UncheckedIOException where the connection cannot be given back */
    @Override
    public void close() {
        try {
            stream.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
