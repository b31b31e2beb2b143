package archipel.connections;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.Flags;
import org.eclipse.jetty.http2.frames.FrameType;
import org.eclipse.jetty.http2.parser.ServerParser;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RateControl;

/**
 * Parses HTTP/2 and counts the bytes of a head that has come in part: a HEADERS frame, and CONTINUATION frames up to
 * the one that ends it. Such a head counts against {@link Heads}, in memory and in time.
 */
final class Http2Parser extends ServerParser {
    private static final int HEADERS = FrameType.HEADERS.getType();
    private static final int CONTINUATION = FrameType.CONTINUATION.getType();

    private final Heads heads;
    private final EndPoint endPoint;
    private boolean greeted;
    private boolean awaited;
    private int held;

    Http2Parser(ByteBufferPool buffers, int mostHeadBytes, RateControl rate, Heads heads, EndPoint endPoint) {
        super(buffers, mostHeadBytes, rate);
        this.heads = heads;
        this.endPoint = endPoint;
    }

    /** Whether a part of a head has come. */
    synchronized boolean isInHead() {
        return awaited;
    }

    @Override
    protected boolean parseHeader(ByteBuffer buffer) {
        boolean whole = super.parseHeader(buffer);
        if (whole && !greeted) {
            // The client's first frame has come after the preface: from now on only heads have a deadline.
            greeted = true;
            heads.forget(endPoint);
        }
        return whole;
    }

    @Override
    protected boolean parseBody(ByteBuffer buffer) {
        int type = getFrameType();
        if (type != HEADERS && type != CONTINUATION) {
            return super.parseBody(buffer);
        }
        boolean ends = hasFlag(Flags.END_HEADERS);
        int before = buffer.remaining();
        boolean whole = super.parseBody(buffer);
        if (whole && ends) {
            release();
        } else if (!hold(before - buffer.remaining())) {
            release();
            buffer.position(buffer.limit());
            notifyConnectionFailure(ErrorCode.ENHANCE_YOUR_CALM_ERROR.code, Refusals.TOO_MANY_HEADS);
            return false;
        }
        return whole;
    }

    private synchronized boolean hold(int bytes) {
        awaited = true;
        heads.await(endPoint);
        held += bytes;
        return heads.take(bytes);
    }

    /** The head is complete, or the connection has ended. */
    synchronized void release() {
        if (awaited) {
            awaited = false;
            heads.forget(endPoint);
            heads.giveBack(held);
            held = 0;
        }
    }
}
