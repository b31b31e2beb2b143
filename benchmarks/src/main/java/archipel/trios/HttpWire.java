package archipel.trios;

import archipel.rawhttp.UnexpectedAnswerException;
import archipel.trios.Clients.Completion;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One keep-alive connection that never blocks, with one request at a time. Of the answer it wants the status and where
 * it ends; the first bytes are kept to say what was wrong. Servers close connections that nobody uses: it is made anew
 * then, for the request that comes next or has just been sent. For one thread.
 */
final class HttpWire {
    private static final int KEPT_BYTES = 4096;
    private static final String LENGTH = "\r\ncontent-length:";
    private static final String CHUNKED = "\r\ntransfer-encoding: chunked";
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final SocketAddress address;
    private final Selector selector;
    private final Object attachment;
    private final byte[] kept = new byte[KEPT_BYTES];
    private final ByteBuffer view = ByteBuffer.wrap(kept);
    private SocketChannel channel;
    private SelectionKey key;
    private @Nullable ByteBuffer request;
    private @Nullable Completion waiting;
    private boolean used;
    private int expected;
    private int status;
    /** Bytes of the body that are still to come; negative for a chunked one, and before the head is there. */
    private long remaining;

    private boolean headRead;

    HttpWire(SocketAddress address, Selector selector, Object attachment) throws IOException {
        this.address = address;
        this.selector = selector;
        this.attachment = attachment;
        channel = SocketChannel.open(address);
        key = register();
    }

    private SelectionKey register() throws IOException {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        used = false;
        return channel.register(selector, SelectionKey.OP_READ, attachment);
    }

    /** @param bytes not touched before the answer */
    void exchange(ByteBuffer bytes, int wanted, Completion completion) throws IOException {
        expected = wanted;
        waiting = completion;
        request = bytes;
        if (!channel.isOpen()) {
            reconnect();
        }
        send(bytes);
    }

    private void reconnect() throws IOException {
        channel.close();
        channel = SocketChannel.open(address);
        key = register();
    }

    private void send(ByteBuffer bytes) throws IOException {
        headRead = false;
        view.clear();
        try {
            channel.write(bytes);
        } catch (IOException closed) {
            if (!used) {
                throw closed;
            }
            reconnect();
            channel.write(bytes.rewind());
        }
        if (bytes.hasRemaining()) {
            key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        }
    }

    /** Does what can be done without waiting. */
    void proceed() {
        try {
            ByteBuffer unsent = request;
            if (unsent != null && key.isWritable()) {
                channel.write(unsent);
                if (!unsent.hasRemaining()) {
                    key.interestOps(SelectionKey.OP_READ);
                }
            }
            if (key.isValid() && key.isReadable()) {
                read();
            }
        } catch (IOException failed) {
            fail(failed);
        }
    }

    private void read() throws IOException {
        int count = channel.read(view);
        if (count < 0) {
            closed();
            return;
        }
        if (!headRead) {
            readHead();
        } else if (remaining >= 0) {
            remaining -= count;
        }
        if (headRead && isWhole()) {
            end();
        } else if (headRead && view.remaining() < KEPT_BYTES / 2) {
            // Only the end is looked at from here on.
            System.arraycopy(kept, view.position() - LAST_CHUNK.length, kept, 0, LAST_CHUNK.length);
            view.clear().position(LAST_CHUNK.length);
        } else if (!view.hasRemaining()) {
            throw new IOException("the head of an answer is too long");
        }
    }

    private void closed() throws IOException {
        ByteBuffer unanswered = request;
        if (waiting == null) {
            channel.close();
        } else if (used && view.position() == 0 && unanswered != null) {
            reconnect();
            send(unanswered.rewind());
        } else {
            channel.close();
            throw new EOFException("the server closed the connection");
        }
    }

    private void readHead() throws IOException {
        String text = new String(kept, 0, view.position(), StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return;
        }
        headRead = true;
        status = (kept[9] - '0') * 100 + (kept[10] - '0') * 10 + kept[11] - '0';
        String head = text.substring(0, end).toLowerCase(Locale.ROOT);
        int length = head.indexOf(LENGTH);
        if (length >= 0) {
            int from = length + LENGTH.length();
            int to = head.indexOf('\r', from);
            long body = Long.parseLong(head.substring(from, to < 0 ? end : to).strip());
            remaining = body - (text.length() - end - 4);
        } else if (head.contains(CHUNKED)) {
            remaining = -1;
        } else {
            throw new IOException("no length in " + head);
        }
    }

    private boolean isWhole() {
        if (remaining >= 0) {
            return remaining == 0;
        }
        int end = view.position();
        for (int i = 0; i < LAST_CHUNK.length; i++) {
            if (kept[end - LAST_CHUNK.length + i] != LAST_CHUNK[i]) {
                return false;
            }
        }
        return true;
    }

    private void end() {
        Completion completion = waiting;
        waiting = null;
        request = null;
        used = true;
        if (completion == null) {
            return;
        }
        if (status == expected) {
            completion.ended(null);
        } else {
            String body = new String(kept, 0, view.position(), StandardCharsets.ISO_8859_1);
            completion.ended(new UnexpectedAnswerException("a request", status + " instead of " + expected, body));
        }
    }

    void fail(IOException failed) {
        Completion completion = waiting;
        waiting = null;
        if (completion != null) {
            completion.ended(failed);
        }
    }

    void close() {
        try {
            channel.close();
        } catch (IOException ignored) {
            // It is of no use any more.
            return;
        }
    }
}
