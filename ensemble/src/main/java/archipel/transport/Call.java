package archipel.transport;

import archipel.transport.CallFailure.Kind;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request that waits to be written and then for its answer. Whoever takes it out of its connection's table of
 * outstanding calls, and nobody else, ends it.
 */
final class Call extends Frame {
    private static final Logger LOG = LoggerFactory.getLogger(Call.class);

    private final long deadlineMs;
    private final Reply reply;
    private final TransportCounters counters;
    /** Set by the writer, which writes it then, or by whoever gives the call up before: it is never written then. */
    private final AtomicBoolean decided = new AtomicBoolean();

    Call(Service service, long id, ByteBuffer[] request, long deadlineMs, Reply reply, TransportCounters counters) {
        super(FrameKind.REQUEST, service.code(), id, request);
        this.deadlineMs = deadlineMs;
        this.reply = reply;
        this.counters = counters;
    }

    long deadlineMs() {
        return deadlineMs;
    }

    @Override
    boolean take() {
        return decided.compareAndSet(false, true);
    }

    void answer(ByteBuffer answer) {
        counters.callsAnswered.increment();
        try {
            reply.answered(answer);
        } catch (RuntimeException e) {
            LOG.error("What takes the answers of calls to members has failed.", e);
        }
    }

    void refuse(String message) {
        fail(reply, new CallFailure(Kind.REFUSED, true, message), counters);
    }

    void timeOut() {
        boolean sent = !take();
        counters.callsTimedOut.increment();
        fail(reply, new CallFailure(Kind.TIMED_OUT, sent, "no answer came in time"), counters);
    }

    /** @param closed whether it was this side that wanted the end of the connection */
    void lose(boolean closed, String reason) {
        boolean sent = !take();
        Kind kind = closed ? Kind.CLOSED : sent ? Kind.LOST : Kind.NOT_CONNECTED;
        fail(reply, new CallFailure(kind, sent, reason), counters);
    }

    void failUnsent(Kind kind, String reason) {
        fail(reply, new CallFailure(kind, false, reason), counters);
    }

    static void fail(Reply reply, CallFailure failure, TransportCounters counters) {
        counters.callsFailed.increment();
        try {
            reply.failed(failure);
        } catch (RuntimeException e) {
            LOG.error("What takes the failures of calls to members has failed.", e);
        }
    }
}
