package archipel.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The content of an attachment that is to be stored. It is read from its beginning for each attempt to send it. */
@FunctionalInterface
public interface AttachmentSource {
    /** The caller closes it. */
    InputStream open() throws IOException;

    static AttachmentSource of(byte[] content) {
        return () -> new ByteArrayInputStream(content);
    }

    static AttachmentSource of(Path file) {
        return () -> Files.newInputStream(file);
    }
}
