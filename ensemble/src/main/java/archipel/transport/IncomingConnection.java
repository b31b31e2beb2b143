package archipel.transport;

import archipel.transport.FrameReader.Received;
import archipel.transport.Introduction.Hello;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection that somebody has made to this node: a stranger first, a member's lane once it has proved itself. */
final class IncomingConnection implements Sweeper.Swept {
    /** How often it is looked whether a member still is one. */
    static final long CHECK_MS = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(IncomingConnection.class);

    private final TransportContext context;
    private final Doorway doorway;
    private final Socket plain;
    private final InetAddress address;
    private final UnprovedConnections.Place place;
    private final long provedByMs;
    private final FrameQueue queue = new FrameQueue();
    private final AtomicBoolean ending = new AtomicBoolean();
    /** Of requests that are being answered, and of answers until they are written. */
    private final AtomicLong heldBytes = new AtomicLong();

    private final Runnable kill = () -> end("the connection was killed");

    private volatile @Nullable Open open;
    private volatile boolean ended;
    private volatile String reason = "";
    /** The reader, while it waits until fewer bytes are held. */
    private volatile @Nullable Thread waiting;
    // Of the sweeper alone.
    private long checkedMs;

    /** What there is once both sides have proved themselves. */
    private record Open(String member, Lane lane, String fingerprint, FrameReader reader, FrameWriter writer) {}

    IncomingConnection(TransportContext context, Doorway doorway, Socket plain, UnprovedConnections.Place place) {
        this.place = place;
        this.context = context;
        this.doorway = doorway;
        this.plain = plain;
        this.address = plain.getInetAddress();
        this.provedByMs = context.nowMs() + context.options().timing().prove().toMillis();
    }

    UnprovedConnections.Place place() {
        return place;
    }

    boolean hasEnded() {
        return ended;
    }

    /** All that becomes of it; on the thread of its own. */
    void run() {
        context.sweeper().add(this);
        Open proved = null;
        try {
            proved = prove();
        } catch (IOException | RuntimeException e) {
            String why = ended ? reason : e.getMessage() == null ? e.toString() : e.getMessage();
            end(why);
            if (!doorway.isClosed()) {
                boolean wrongProof = !(e instanceof RefusedException refused) || refused.isWrongProof();
                doorway.refused(address, Introduction.printable(why), wrongProof);
            }
        } finally {
            doorway.leave(this);
            if (proved == null) {
                end("it has not proved itself");
            }
        }
        if (proved != null) {
            serve(proved);
        }
    }

    private Open prove() throws IOException {
        SSLSocket tls = TlsSockets.answering(plain, doorway.tls());
        tls.startHandshake();
        FrameReader reader = new FrameReader(
                tls.getInputStream(), Bounds.UNPROVED_FRAME_BYTES, context.clockMs(), context.counters());
        Introduction introduction = new Introduction(context, tls, reader);
        Hello hello = introduction.answer();
        reader.bound(frameBytes());
        FrameWriter writer = new FrameWriter(
                queue,
                tls.getOutputStream(),
                () -> context.options().faults().writing(context.options().member(), hello.caller()),
                context.clockMs(),
                context.counters());
        return new Open(hello.caller(), hello.lane(), introduction.fingerprint(), reader, writer);
    }

    private void serve(Open proved) {
        open = proved;
        context.unproved().proved(proved.member, address);
        context.counters().connectionsMade.increment();
        context.counters().incoming.increment();
        Faults faults = context.options().faults();
        String own = context.options().member();
        Semaphore turn = null;
        try {
            turn = doorway.proved(this, proved.member, proved.lane);
            String name = "from-" + proved.member + "-" + proved.lane;
            Thread.currentThread().setName("archipel-" + name);
            context.start(name + "-writer", () -> write(proved.writer));
            faults.opened(own, proved.member, kill);
            while (!ended) {
                take(proved, proved.reader.next());
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            end(e.getMessage() == null ? e.toString() : e.getMessage());
        } finally {
            end("it ended");
            proved.writer.interrupt();
            faults.closed(own, proved.member, kill);
            doorway.gone(this, proved.member, proved.lane);
            context.counters().incoming.decrement();
            context.counters().connectionsLost.increment();
            if (turn != null) {
                turn.release();
            }
        }
    }

    private void write(FrameWriter writer) {
        try {
            writer.run();
        } catch (IOException | InterruptedException e) {
            end("writing failed: " + e.getMessage());
        } finally {
            end("the writer has ended");
        }
    }

    private void take(Open proved, Received received) throws IOException {
        switch (received.kind()) {
            case REQUEST -> {
                Service service = Service.of(received.service());
                if (service != null && service.lane() != proved.lane) {
                    throw new WireException("a request of " + service + " by lane " + proved.lane);
                }
                handle(proved, service, received);
            }
            case PING -> send(new Frame(FrameKind.PONG, (byte) 0, received.id()), FrameKind.PONG);
            default -> throw new WireException("a frame " + received.kind() + " to the side that answers");
        }
    }

    // A member with a newer program may ask for what this one does not know. If that ended the connection, Raft's
    // messages
    // would be lost with it each time.
    private void handle(Open proved, @Nullable Service service, Received received) {
        IncomingRequest request = new IncomingRequest(
                this, received.service(), received.id(), received.payload().remaining());
        awaitRoom(request.weight());
        if (ended) {
            return;
        }
        Handler handler = service == null ? null : doorway.handler(service);
        if (service == null || handler == null) {
            request.fail("nobody answers " + (service == null ? "service " + received.service() : service) + " here");
            return;
        }
        try {
            handler.handle(proved.member, service, received.payload(), request);
        } catch (RuntimeException e) {
            LOG.error("A call of {} to {} has failed.", proved.member, service, e);
            request.failIfOpen("the handler failed: " + e);
        }
    }

    /** Until what is held leaves room. What waits in the socket meanwhile holds up the other side. */
    private void awaitRoom(int weight) {
        long bound = context.options().bounds().handledBytes();
        if (heldBytes.addAndGet(weight) <= bound) {
            return;
        }
        waiting = Thread.currentThread();
        while (heldBytes.get() > bound && heldBytes.get() > weight && !ended) {
            LockSupport.park(this);
        }
        waiting = null;
    }

    /** Counts an answer until it is written. */
    int hold(int bytes) {
        heldBytes.addAndGet(bytes);
        return bytes;
    }

    void release(int bytes) {
        heldBytes.addAndGet(-bytes);
        LockSupport.unpark(waiting);
    }

    /** Of a request or an answer. */
    int frameBytes() {
        return context.options().bounds().frameBytes();
    }

    void send(Frame frame, FrameKind kind) {
        if (kind == FrameKind.ANSWER) {
            context.counters().requestsHandled.increment();
        } else if (kind == FrameKind.FAILURE) {
            context.counters().requestsFailed.increment();
        }
        if (!ended && !queue.offer(frame, context.options().bounds().answerBytes())) {
            end("it lets too many bytes of answers wait");
        }
    }

    @Override
    public boolean sweep(long nowMs) {
        if (ended) {
            context.sweeper().remove(this);
            return false;
        }
        Open now = open;
        if (now == null) {
            if (nowMs > provedByMs) {
                end("it did not prove itself in time");
            }
            return true;
        }
        long stalledMs = context.options().timing().stalled().toMillis();
        boolean full = waiting != null;
        if (now.writer.stuckMs(nowMs) >= stalledMs) {
            end("it takes no answers");
        } else if (!full && nowMs - now.reader.receivedMs() >= stalledMs) {
            end("it is silent");
        } else if (nowMs - checkedMs >= CHECK_MS) {
            checkedMs = nowMs;
            if (!context.isMember(now.member, now.fingerprint)) {
                end("it is not a member any more");
            }
        }
        return showLife(now, full, nowMs);
    }

    /** A large request that comes slowly, or waits for room, lets no ping through. */
    private boolean showLife(Open now, boolean full, long nowMs) {
        boolean heard = now.reader.receivedMs() > now.writer.writtenMs();
        boolean quiet = nowMs - now.writer.writtenMs()
                >= context.options().timing().ping().toMillis() / 2;
        if ((heard || full) && quiet && queue.bytes() == 0) {
            send(new Frame(FrameKind.PONG, (byte) 0, 0), FrameKind.PONG);
        }
        return heard || full;
    }

    @Override
    public void forgive(long nowMs) {
        Open now = open;
        if (now != null) {
            now.reader.forgive(nowMs);
        }
    }

    /** Ends the connection; once. */
    void end(String why) {
        if (!ending.compareAndSet(false, true)) {
            return;
        }
        reason = why;
        ended = true;
        context.sweeper().remove(this);
        TlsSockets.close(plain);
        queue.close();
        LockSupport.unpark(waiting);
        if (open != null) {
            LOG.debug("A connection of {} has ended: {}.", address, why);
        }
    }
}
