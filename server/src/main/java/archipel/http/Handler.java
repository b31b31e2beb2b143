package archipel.http;

import java.io.IOException;

/**
 * Answers the requests of one method at one path shape.
 *
 * @param <R> what it gets to see of a request: a {@link DatabaseRequest} where the shape has a database in it
 */
@FunctionalInterface
public interface Handler<R extends Request> {
    /**
     * Sends exactly one answer, or throws.
     *
     * @throws archipel.document.RequestException to be answered with its entry of the error table
     * @throws IOException where the client has gone
     */
    void handle(R request, Answer answer) throws IOException;
}
