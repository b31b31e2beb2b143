package archipel.calls;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;

/**
 * The head of an answer whose body is still coming.
 *
 * @param body fails where the node says nothing for too long; to be closed
 */
public record StreamedReply(HttpHeaders headers, InputStream body) implements AutoCloseable {
    /** A header's value; empty where there is none. */
    public String header(String name) {
        return headers.firstValue(name).orElse("");
    }

    @Override
    public void close() throws IOException {
        body.close();
    }
}
