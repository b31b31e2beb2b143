package archipel.transport;

import java.nio.ByteBuffer;

/**
 * One frame on its way out: 4 bytes with the length of what follows, 1 with the kind, 1 with the service, 8 with the
 * number of the call, and the payload. Numbers are big-endian.
 */
class Frame {
    static final int LENGTH_BYTES = 4;

    /** Of what stands before the payload and is counted by the length. */
    static final int HEAD_BYTES = 10;

    private static final ByteBuffer[] NOTHING = {};

    private final FrameKind kind;
    private final byte service;
    private final long id;
    private final int payloadBytes;
    private ByteBuffer[] payload;

    /** @param payload together no more than an int can count */
    Frame(FrameKind kind, byte service, long id, ByteBuffer... payload) {
        this.kind = kind;
        this.service = service;
        this.id = id;
        this.payload = new ByteBuffer[payload.length];
        int bytes = 0;
        for (int i = 0; i < payload.length; i++) {
            // The buffers' owners may move their positions while the frame waits.
            this.payload[i] = payload[i].duplicate();
            bytes += payload[i].remaining();
        }
        this.payloadBytes = bytes;
    }

    /** How many bytes buffers have together. */
    static long bytes(ByteBuffer... buffers) {
        long bytes = 0;
        for (ByteBuffer buffer : buffers) {
            bytes += buffer.remaining();
        }
        return bytes;
    }

    long id() {
        return id;
    }

    final int payloadBytes() {
        return payloadBytes;
    }

    final int bytes() {
        return LENGTH_BYTES + HEAD_BYTES + payloadBytes;
    }

    final void putHead(ByteBuffer out) {
        out.putInt(HEAD_BYTES + payloadBytes).put(kind.code()).put(service).putLong(id);
    }

    final ByteBuffer[] payload() {
        return payload;
    }

    /** Asked once, by the writer: whether the frame is still to be written. From then on it may arrive. */
    boolean take() {
        return true;
    }

    /** All of it was given to the socket. The payload is let go: a call's frame lives until it is answered. */
    void written() {
        payload = NOTHING;
    }
}
