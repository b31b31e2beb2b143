package archipel.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/** A request of another member that waits for its answer. */
final class IncomingRequest implements Exchange {
    /** What a request takes beyond its bytes. */
    private static final int OVERHEAD_BYTES = 128;

    private static final int LONGEST_MESSAGE = 1000;

    private final IncomingConnection connection;
    private final byte service;
    private final long id;
    private final int weight;
    private final AtomicBoolean over = new AtomicBoolean();

    IncomingRequest(IncomingConnection connection, byte service, long id, int payloadBytes) {
        this.connection = connection;
        this.service = service;
        this.id = id;
        this.weight = payloadBytes + OVERHEAD_BYTES;
    }

    /** Of the bytes that a connection's requests may take. */
    int weight() {
        return weight;
    }

    @Override
    public void answer(ByteBuffer... answer) {
        begin();
        long bytes = Frame.bytes(answer);
        int bound = connection.frameBytes();
        if (bytes > bound) {
            send(FrameKind.FAILURE, message("the answer has " + bytes + " bytes, where " + bound + " are allowed"));
        } else {
            send(FrameKind.ANSWER, answer);
        }
    }

    @Override
    public void fail(String message) {
        begin();
        send(FrameKind.FAILURE, message(message));
    }

    /** As {@link #fail} where it has not been answered. */
    void failIfOpen(String message) {
        if (over.compareAndSet(false, true)) {
            send(FrameKind.FAILURE, message(message));
        }
    }

    private void begin() {
        if (!over.compareAndSet(false, true)) {
            throw new IllegalStateException("the request was answered or failed before");
        }
    }

    private static ByteBuffer message(String message) {
        return ByteBuffer.wrap((message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE))
                .getBytes(UTF_8));
    }

    private void send(FrameKind kind, ByteBuffer... payload) {
        connection.send(
                new Frame(kind, service, id, payload) {
                    private final int answerBytes = connection.hold(bytes());

                    @Override
                    void written() {
                        super.written();
                        connection.release(weight + answerBytes);
                    }
                },
                kind);
    }
}
