package archipel.transport;

import java.util.concurrent.atomic.LongAdder;

/** What a transport has done since it was opened. */
public final class TransportCounters {
    final LongAdder bytesSent = new LongAdder();
    final LongAdder bytesReceived = new LongAdder();
    final LongAdder calls = new LongAdder();
    final LongAdder callsAnswered = new LongAdder();
    final LongAdder callsFailed = new LongAdder();
    final LongAdder callsTimedOut = new LongAdder();
    final LongAdder requestsHandled = new LongAdder();
    final LongAdder requestsFailed = new LongAdder();
    final LongAdder outgoing = new LongAdder();
    final LongAdder incoming = new LongAdder();
    final LongAdder connectionsMade = new LongAdder();
    final LongAdder connectionsLost = new LongAdder();
    final LongAdder connectionsRefused = new LongAdder();
    final LongAdder proofsFailed = new LongAdder();

    TransportCounters() {}

    /** Of frames, before TLS. */
    public long bytesSent() {
        return bytesSent.sum();
    }

    /** Of frames, after TLS. */
    public long bytesReceived() {
        return bytesReceived.sum();
    }

    /** Calls that were made, whatever became of them. */
    public long calls() {
        return calls.sum();
    }

    public long callsAnswered() {
        return callsAnswered.sum();
    }

    /** Those that timed out included. */
    public long callsFailed() {
        return callsFailed.sum();
    }

    public long callsTimedOut() {
        return callsTimedOut.sum();
    }

    /** Requests of others that were answered. */
    public long requestsHandled() {
        return requestsHandled.sum();
    }

    /** Requests of others that were failed. */
    public long requestsFailed() {
        return requestsFailed.sum();
    }

    /** Connections to others that are open and proved. */
    public long outgoing() {
        return outgoing.sum();
    }

    /** Connections of others that are open and proved. */
    public long incoming() {
        return incoming.sum();
    }

    /** Connections, of either side, that were made and proved. */
    public long connectionsMade() {
        return connectionsMade.sum();
    }

    /** Proved connections that ended, for whatever reason. */
    public long connectionsLost() {
        return connectionsLost.sum();
    }

    /** Connections of others that were closed unproved, since there were too many, or not admitted. */
    public long connectionsRefused() {
        return connectionsRefused.sum();
    }

    /** Of the refused connections those whose proof was wrong. */
    public long proofsFailed() {
        return proofsFailed.sum();
    }
}
