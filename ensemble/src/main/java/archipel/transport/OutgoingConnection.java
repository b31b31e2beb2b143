package archipel.transport;

import archipel.identity.NodeTls;
import archipel.transport.CallFailure.Kind;
import archipel.transport.FrameReader.Received;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to connect to a member, and the connection that comes of it. Calls can be made from the beginning: they
 * wait in the queue until the connection is there, and fail where it does not come.
 *
 * <p>Each call is in the table of outstanding ones from when it is made until it ends, and ends by being taken out of
 * it. {@link #end} empties the table after it has said that the connection has ended, and who makes a call looks for
 * that after having put it in: so none is left over.
 */
final class OutgoingConnection implements Sweeper.Swept {
    private static final long NEVER = Long.MAX_VALUE;
    private static final long LONGEST_TIMEOUT_MS = Duration.ofDays(1).toMillis();

    private final TransportContext context;
    private final String member;
    private final Lane lane;
    private final FrameQueue queue = new FrameQueue();
    private final ConcurrentMap<Long, Call> outstanding = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();
    /** No outstanding call times out before. */
    private final AtomicLong earliestMs = new AtomicLong(NEVER);

    private final AtomicBoolean ending = new AtomicBoolean();
    private final long provedByMs;
    private final Runnable kill = () -> end(false, "the connection was killed");

    private volatile @Nullable Socket plain;
    private volatile @Nullable Open open;
    private volatile boolean ended;
    private volatile boolean closed;
    private volatile String reason = "";
    // Of the sweeper alone.
    private long checkedMs;

    /** What there is once both sides have proved themselves. */
    private record Open(FrameReader reader, FrameWriter writer, String fingerprint, Ping ping) {}

    /** The ping that is under way, if any. */
    private static final class Ping {
        private volatile boolean asked;
        private volatile long writtenMs = NEVER;

        private void over() {
            asked = false;
            writtenMs = NEVER;
        }
    }

    OutgoingConnection(TransportContext context, String member, Lane lane) {
        this.context = context;
        this.member = member;
        this.lane = lane;
        Timing timing = context.options().timing();
        this.provedByMs =
                context.nowMs() + timing.connect().toMillis() + timing.prove().toMillis();
    }

    void call(Service service, ByteBuffer[] request, long timeoutMs, Reply reply) {
        long deadlineMs = context.nowMs() + Math.clamp(timeoutMs, 0, LONGEST_TIMEOUT_MS);
        Call call = new Call(service, lastId.incrementAndGet(), request, deadlineMs, reply, context.counters());
        outstanding.put(call.id(), call);
        earliestMs.accumulateAndGet(deadlineMs, Math::min);
        if (!queue.offer(call, context.options().bounds().queuedBytes())) {
            if (outstanding.remove(call.id(), call)) {
                call.failUnsent(Kind.OVERLOADED, "too many bytes wait to be sent to " + member + " by " + lane);
            }
        } else if (ended) {
            if (outstanding.remove(call.id(), call)) {
                call.lose(closed, reason);
            }
        } else {
            context.sweeper().hurry();
        }
    }

    boolean isReady() {
        return open != null && !ended;
    }

    String reason() {
        return reason;
    }

    /**
     * Connects, and returns once both sides have proved themselves.
     *
     * @throws IOException where that cannot be
     */
    void open(InetSocketAddress address) throws IOException, InterruptedException {
        context.sweeper().add(this);
        context.options().faults().connecting(context.options().member(), member);
        Socket connected = connected(address);
        SSLSocket tls = TlsSockets.calling(
                connected, NodeTls.askingAnybody(context.identity()).context());
        tls.startHandshake();
        FrameReader reader = new FrameReader(
                tls.getInputStream(), Bounds.UNPROVED_FRAME_BYTES, context.clockMs(), context.counters());
        Introduction introduction = new Introduction(context, tls, reader);
        introduction.call(member, lane);
        reader.bound(context.options().bounds().frameBytes());
        FrameWriter writer = new FrameWriter(
                queue,
                tls.getOutputStream(),
                () -> context.options().faults().writing(context.options().member(), member),
                context.clockMs(),
                context.counters());
        open = new Open(reader, writer, introduction.fingerprint(), new Ping());
        context.start("to-" + member + "-" + lane + "-writer", () -> write(writer));
        context.options().faults().opened(context.options().member(), member, kill);
        if (ended) {
            writer.interrupt();
            context.options().faults().closed(context.options().member(), member, kill);
        }
    }

    private Socket connected(InetSocketAddress address) throws IOException {
        InetAddress[] candidates = address.isUnresolved()
                ? InetAddress.getAllByName(address.getHostString())
                : new InetAddress[] {address.getAddress()};
        context.unproved().dialed(member, candidates);
        IOException last = new IOException("no address");
        for (InetAddress candidate : candidates) {
            Socket socket = new Socket();
            plain = socket;
            if (ended) {
                TlsSockets.close(socket);
                throw new IOException(reason);
            }
            try {
                socket.connect(
                        new InetSocketAddress(candidate, address.getPort()),
                        Math.toIntExact(context.options().timing().connect().toMillis()));
                return socket;
            } catch (SocketTimeoutException e) {
                TlsSockets.close(socket);
                last = new SocketTimeoutException("connecting took too long");
            } catch (IOException e) {
                TlsSockets.close(socket);
                last = e;
            }
        }
        throw last;
    }

    private void write(FrameWriter writer) {
        try {
            writer.run();
        } catch (IOException | InterruptedException e) {
            end(false, "writing failed: " + e.getMessage());
        } finally {
            end(false, "the writer has ended");
        }
    }

    /** Takes answers until the connection ends. */
    void read() throws IOException {
        Open now = open;
        while (now != null && !ended) {
            Received received = now.reader.next();
            switch (received.kind()) {
                case ANSWER -> {
                    Call call = outstanding.remove(received.id());
                    if (call != null) {
                        call.answer(received.payload());
                    }
                }
                case FAILURE -> {
                    Call call = outstanding.remove(received.id());
                    if (call != null) {
                        call.refuse(StandardCharsets.UTF_8
                                .decode(received.payload())
                                .toString());
                    }
                }
                case PONG -> {
                    // That it has come is all that it says.
                }
                default -> throw new WireException("a frame " + received.kind() + " to the side that calls");
            }
        }
    }

    @Override
    public boolean sweep(long nowMs) {
        if (ended) {
            context.sweeper().remove(this);
            return false;
        }
        if (earliestMs.get() <= nowMs) {
            timeOut(nowMs);
        }
        Open now = open;
        if (now == null) {
            if (nowMs > provedByMs) {
                end(false, "the other side did not prove itself in time");
            }
            return true;
        }
        checkLife(now, nowMs);
        if (nowMs - checkedMs >= IncomingConnection.CHECK_MS) {
            checkedMs = nowMs;
            if (!context.isMember(member, now.fingerprint)) {
                end(false, "it is not a member any more");
            }
        }
        return !outstanding.isEmpty() || now.ping.asked;
    }

    private void timeOut(long nowMs) {
        earliestMs.set(NEVER);
        long earliest = NEVER;
        for (Call call : outstanding.values()) {
            if (call.deadlineMs() > nowMs) {
                earliest = Math.min(earliest, call.deadlineMs());
            } else if (outstanding.remove(call.id(), call)) {
                call.timeOut();
            }
        }
        earliestMs.accumulateAndGet(earliest, Math::min);
    }

    /**
     * A ping counts from when it was written, since it may wait behind a large request. While that is being written the
     * other side shows that it is alive.
     */
    private void checkLife(Open now, long nowMs) {
        Timing timing = context.options().timing();
        long silentMs = nowMs - now.reader.receivedMs();
        long deadMs = timing.dead().toMillis();
        Ping ping = now.ping;
        if (ping.asked) {
            long pingMs = ping.writtenMs;
            if (pingMs != NEVER && now.reader.receivedMs() >= pingMs) {
                ping.over();
            } else if (pingMs != NEVER
                    && nowMs - pingMs >= deadMs - timing.ping().toMillis()) {
                end(false, "nothing came for " + silentMs + " ms");
            }
        } else if (silentMs >= (outstanding.isEmpty() ? timing.idlePing() : timing.ping()).toMillis()) {
            ping.asked = true;
            queue.offer(
                    new Frame(FrameKind.PING, (byte) 0, 0) {
                        @Override
                        void written() {
                            ping.writtenMs = context.nowMs();
                        }
                    },
                    Long.MAX_VALUE);
        }
        if (now.writer.stuckMs(nowMs) >= deadMs && silentMs >= deadMs) {
            end(false, "nothing was taken and nothing came for " + silentMs + " ms");
        }
    }

    @Override
    public void forgive(long nowMs) {
        Open now = open;
        if (now != null) {
            now.reader.forgive(nowMs);
        }
    }

    /**
     * Ends the connection or the attempt, and with it all its calls; once.
     *
     * @param wanted whether this side closes the link
     */
    void end(boolean wanted, String why) {
        if (!ending.compareAndSet(false, true)) {
            return;
        }
        closed = wanted;
        reason = why;
        ended = true;
        context.sweeper().remove(this);
        Socket socket = plain;
        if (socket != null) {
            // From here on nothing is sent any more, so that what was not taken by the writer has not arrived.
            TlsSockets.close(socket);
        }
        queue.close();
        for (Call call : outstanding.values()) {
            if (outstanding.remove(call.id(), call)) {
                call.lose(wanted, why);
            }
        }
        Open was = open;
        if (was != null) {
            was.writer.interrupt();
            context.options().faults().closed(context.options().member(), member, kill);
        }
    }
}
