package archipel.http;

import java.io.IOException;

/** Answers the requests of one method at one path shape. */
@FunctionalInterface
public interface Handler {
    /**
     * Sends exactly one answer, or throws.
     *
     * @throws archipel.document.RequestException to be answered with its entry of the error table
     * @throws IOException where the client has gone
     */
    void handle(Exchange exchange) throws IOException;
}
