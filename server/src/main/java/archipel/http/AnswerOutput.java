package archipel.http;

import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http.RoutingResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** The library's output, with every way in which it says that the client has gone made an {@link IOException}. */
final class AnswerOutput extends OutputStream {
    private final OutputStream out;

    private AnswerOutput(OutputStream out) {
        this.out = out;
    }

    static OutputStream of(RoutingResponse response) {
        return new AnswerOutput(response.outputStream());
    }

    static void send(RoutingResponse response, byte[] bytes, int length) throws IOException {
        try {
            response.send(bytes, 0, length);
        } catch (ServerConnectionException | UncheckedIOException e) {
            throw new IOException("the client has gone", e);
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            // An empty chunk would end the answer.
            return;
        }
        try {
            out.write(bytes, offset, length);
        } catch (ServerConnectionException | UncheckedIOException e) {
            throw new IOException("the client has gone", e);
        }
    }

    @Override
    public void flush() throws IOException {
        try {
            out.flush();
        } catch (ServerConnectionException | UncheckedIOException e) {
            throw new IOException("the client has gone", e);
        }
    }

    @Override
    public void close() throws IOException {
        flush();
    }
}
