package archipel.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;

/** Sends an answer piece by piece; returns once a piece is with the operating system. */
final class AnswerOutput extends OutputStream {
    /** The platform copies what it sends into memory outside the heap, and keeps that for each thread. */
    private static final int PIECE_BYTES = 64 << 10;

    private final Response response;
    private final Transfer transfer;
    private final Pace pace;
    private boolean ended;
    private long sentBytes;

    AnswerOutput(Response response, Transfer transfer, Pace pace) {
        this.response = response;
        this.transfer = transfer;
        this.pace = pace;
    }

    Response response() {
        return response;
    }

    /** Of the body, as it went to the client. */
    long sentBytes() {
        return sentBytes;
    }

    /** Sends the whole of an answer. */
    void send(byte[] bytes, int length) throws IOException {
        int sent = 0;
        while (length - sent > PIECE_BYTES) {
            piece(false, bytes, sent, PIECE_BYTES);
            sent += PIECE_BYTES;
        }
        piece(true, bytes, sent, length - sent);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int end = offset + length;
        for (int sent = offset; sent < end; ) {
            int next = Math.min(PIECE_BYTES, end - sent);
            piece(false, bytes, sent, next);
            sent += next;
        }
    }

    /** Sends the head where nothing was sent yet, so that the client knows of it. */
    @Override
    public void flush() throws IOException {
        if (!ended && !response.isCommitted()) {
            piece(false, new byte[0], 0, 0);
        }
    }

    /** Says that the answer is complete. */
    @Override
    public void close() throws IOException {
        if (!ended) {
            piece(true, new byte[0], 0, 0);
        }
    }

    private void piece(boolean last, byte[] bytes, int offset, int length) throws IOException {
        ended |= last;
        Stopwatch waited = transfer.write();
        try {
            Content.Sink.write(response, last, ByteBuffer.wrap(bytes, offset, length));
        } finally {
            transfer.end();
        }
        sentBytes += length;
        if (pace.isTooSlow(length, waited)) {
            throw new IOException("the client takes the answer too slowly");
        }
    }
}
