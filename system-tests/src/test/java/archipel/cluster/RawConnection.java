package archipel.cluster;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A connection on which a test sees every byte: how an answer is framed, and where it ends. */
public final class RawConnection implements AutoCloseable {
    /** Small, since a test may have ten thousand of them. */
    private static final int BUFFER = 512;

    private static final Pattern LENGTH = Pattern.compile("(?im)^content-length: (\\d+)$");

    private final Socket socket;
    private final BufferedInputStream in;
    private boolean withinChunks;

    private RawConnection(Socket socket, BufferedInputStream in) {
        this.socket = socket;
        this.in = in;
    }

    /** @param most for each read, after which it throws */
    public static RawConnection to(ServerProcess server, Duration most) throws IOException {
        return over(new Socket(URI.create(server.url()).getHost(), server.port()), most);
    }

    /** As {@link #to}, on a connection that is open. */
    static RawConnection over(Socket socket, Duration most) throws IOException {
        socket.setSoTimeout(Math.toIntExact(most.toMillis()));
        socket.setTcpNoDelay(true);
        return new RawConnection(socket, new BufferedInputStream(socket.getInputStream(), BUFFER));
    }

    /** A request by the admin; the headers end with a line break each. */
    public RawConnection request(String method, String target, String headers) throws IOException {
        return send((method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: "
                        + ServerProcess.authorization() + "\r\n" + headers + "\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
    }

    RawConnection send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** The status line and the headers, without the empty line after them. */
    public String head() throws IOException {
        StringBuilder head = new StringBuilder();
        for (String line = line(); !line.isEmpty(); line = line()) {
            head.append(line).append('\n');
        }
        return head.toString();
    }

    /** A line without its end, which is LF or CRLF. */
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection ended after \"" + line + "\"");
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.UTF_8).stripTrailing();
    }

    /**
     * The data of one chunk, an empty text for the last. Its end is not waited for: servers may send it with the next.
     *
     * @throws IOException when what comes is no chunk, or ends within it
     */
    public String chunk() throws IOException {
        if (withinChunks && !line().isEmpty()) {
            throw new IOException("a chunk did not end where it had to");
        }
        int length = Integer.parseInt(line(), 16);
        byte[] data = in.readNBytes(length);
        withinChunks = length > 0;
        if (data.length < length || !withinChunks && !line().isEmpty()) {
            throw new EOFException("a chunk of " + length + " bytes ended after " + data.length);
        }
        return new String(data, StandardCharsets.UTF_8);
    }

    /** All chunks up to and with the last, which has to come. */
    String chunks() throws IOException {
        StringBuilder all = new StringBuilder();
        for (String chunk = chunk(); !chunk.isEmpty(); chunk = chunk()) {
            all.append(chunk);
        }
        return all.toString();
    }

    /** The body of an answer with that head, which has a length or is chunked. */
    public String body(String head) throws IOException {
        Matcher length = LENGTH.matcher(head);
        return length.find()
                ? new String(in.readNBytes(Integer.parseInt(length.group(1))), StandardCharsets.UTF_8)
                : chunks();
    }

    /** Whether the other side has closed, after all that it sent was read. */
    boolean isAtEnd() throws IOException {
        return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
