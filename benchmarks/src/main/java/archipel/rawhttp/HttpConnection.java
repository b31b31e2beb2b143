package archipel.rawhttp;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * One keep-alive connection: send bytes, read the head of the answer, read its body in slices. Understands
 * {@code Content-Length}, chunked bodies and bodies that end with the connection, but not answers to {@code HEAD}. Not
 * for use by two threads, but for {@link #close}, which makes a blocked call fail.
 */
public final class HttpConnection implements Closeable {
    public static final int BUFFER_BYTES = 128 << 10;

    private static final byte[] CONTENT_LENGTH = ascii("content-length:");
    private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding:");
    private static final byte[] CONNECTION = ascii("connection:");

    private final SocketChannel channel;
    private final byte[] bytes;
    private final ByteBuffer view;
    private int position;
    private int limit;

    private int status;
    private boolean chunked;
    private boolean untilClose;
    private boolean bodyDone = true;
    private boolean closing;
    /** Bytes of the body, or of its present chunk, that have not been handed on. */
    private long remaining;
    /** Whether a chunk was read whole and the end of its line was not: servers send that with the next one. */
    private boolean chunkUnended;

    private HttpConnection(SocketChannel channel, int bufferBytes) {
        this.channel = channel;
        this.bytes = new byte[bufferBytes];
        this.view = ByteBuffer.wrap(bytes);
    }

    public static HttpConnection open(SocketAddress address) throws IOException {
        return open(address, BUFFER_BYTES);
    }

    /** @param bufferBytes for what is read; the head of an answer must fit */
    public static HttpConnection open(SocketAddress address, int bufferBytes) throws IOException {
        SocketChannel channel = SocketChannel.open(address);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return new HttpConnection(channel, bufferBytes);
    }

    /** Sends all of what remains in {@code request}: a head with or without its body, or more of a body. */
    public void send(ByteBuffer request) throws IOException {
        while (request.hasRemaining()) {
            channel.write(request);
        }
    }

    /**
     * Sends a request and reads its whole answer.
     *
     * @return the status
     */
    public int exchange(ByteBuffer request, BodySink sink) throws IOException {
        send(request);
        int answered = readHead();
        while (readSome(sink)) {
            continue;
        }
        return answered;
    }

    /** Reads an answer up to its body; interim (1xx) answers are passed over. */
    public int readHead() throws IOException {
        do {
            readOneHead();
        } while (status < 200);
        boolean empty = status == 204 || status == 304;
        bodyDone = empty || (!chunked && !untilClose && remaining == 0);
        return status;
    }

    private void readOneHead() throws IOException {
        int end = endOfLine();
        if (end - position < 12 || bytes[position] != 'H') {
            throw new IOException("not an HTTP answer: " + text(position, end));
        }
        status = digit(position + 9) * 100 + digit(position + 10) * 10 + digit(position + 11);
        closing = bytes[position + 7] == '0';
        chunked = false;
        untilClose = true;
        remaining = 0;
        position = end + 1;
        while (true) {
            end = endOfLine();
            int start = position;
            position = end + 1;
            if (end == start || (end == start + 1 && bytes[start] == '\r')) {
                return;
            }
            header(start, end);
        }
    }

    private void header(int start, int end) {
        if (begins(start, end, CONTENT_LENGTH)) {
            remaining = Long.parseLong(text(start + CONTENT_LENGTH.length, end));
            untilClose = false;
        } else if (begins(start, end, TRANSFER_ENCODING)) {
            chunked = true;
            untilClose = false;
        } else if (begins(start, end, CONNECTION)) {
            closing = "close".equalsIgnoreCase(text(start + CONNECTION.length, end));
        }
    }

    /**
     * Hands on what there is of the body, waiting for the first byte.
     *
     * @return false when the body has ended; the connection is then ready for the next request
     */
    public boolean readSome(BodySink sink) throws IOException {
        if (bodyDone) {
            return false;
        }
        if (chunked && remaining == 0 && !nextChunk()) {
            bodyDone = true;
            return false;
        }
        if (position == limit && !fill()) {
            if (!untilClose) {
                throw new EOFException("the server closed the connection within a body");
            }
            bodyDone = true;
            return false;
        }
        int available = limit - position;
        int taken = untilClose ? available : (int) Math.min(remaining, available);
        sink.accept(bytes, position, taken);
        position += taken;
        if (!untilClose) {
            remaining -= taken;
            endOfPart();
        }
        return true;
    }

    private void endOfPart() {
        if (remaining > 0) {
            return;
        }
        chunkUnended = chunked;
        bodyDone = !chunked;
    }

    private boolean nextChunk() throws IOException {
        if (chunkUnended) {
            position = endOfLine() + 1;
            chunkUnended = false;
        }
        int end = endOfLine();
        long size = 0;
        int at = position;
        for (int digit = hexDigit(at); at < end && digit >= 0; digit = hexDigit(++at)) {
            size = size * 16 + digit;
        }
        if (at == position) {
            throw new IOException("not a chunk: " + text(position, end));
        }
        position = end + 1;
        remaining = size;
        if (size > 0) {
            return true;
        }
        // Trailers, then an empty line.
        boolean more = true;
        while (more) {
            end = endOfLine();
            more = end - position > 1;
            position = end + 1;
        }
        return false;
    }

    /** Whether the server said that it closes the connection after this answer. */
    public boolean isClosing() {
        return closing;
    }

    public int status() {
        return status;
    }

    /** The index of the next line feed, reading on if need be; {@link #position} may move. */
    private int endOfLine() throws IOException {
        int scan = position;
        while (true) {
            for (; scan < limit; scan++) {
                if (bytes[scan] == '\n') {
                    return scan;
                }
            }
            int before = position;
            if (!fill()) {
                throw new EOFException("the server closed the connection");
            }
            scan -= before - position;
        }
    }

    /** Reads more behind what is unread, moving that to the front where there is no room; false at the end. */
    private boolean fill() throws IOException {
        if (position == limit) {
            position = 0;
            limit = 0;
        } else if (limit == bytes.length) {
            if (position == 0) {
                throw new IOException("a line of more than " + bytes.length + " bytes");
            }
            System.arraycopy(bytes, position, bytes, 0, limit - position);
            limit -= position;
            position = 0;
        }
        view.limit(bytes.length).position(limit);
        int read = channel.read(view);
        if (read < 0) {
            return false;
        }
        limit += read;
        return true;
    }

    private boolean begins(int start, int end, byte[] name) {
        if (end - start < name.length) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            int letter = bytes[start + i];
            if (letter != name[i] && (letter | 0x20) != name[i]) {
                return false;
            }
        }
        return true;
    }

    private int digit(int at) {
        return bytes[at] - '0';
    }

    private int hexDigit(int at) {
        return Character.digit(bytes[at], 16);
    }

    private String text(int start, int end) {
        return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1).strip();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
