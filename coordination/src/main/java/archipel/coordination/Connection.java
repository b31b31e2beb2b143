package archipel.coordination;

import archipel.coordination.FrameReader.Verdict;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.util.List;
import org.apache.jute.Record;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.MultiResponse;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.proto.GetChildren2Response;
import org.apache.zookeeper.proto.GetChildrenResponse;
import org.apache.zookeeper.proto.GetEphemeralsResponse;
import org.apache.zookeeper.proto.ReplyHeader;
import org.apache.zookeeper.server.ClientCnxnLimitException;
import org.apache.zookeeper.server.NIOServerCnxn;
import org.apache.zookeeper.server.NIOServerCnxnFactory.SelectorThread;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection. What a client can make the server keep for it is bounded: frames that do not end, requests
 * that are not answered yet, answers and events that it does not take. While there is too much of it nothing more is
 * read from the client; one that does not take what it has asked for loses its connection.
 *
 * <p>A list of children that is longer than a client takes is an error: the client would close the connection, ask
 * again on the next one, and so for ever.
 */
final class Connection extends NIOServerCnxn implements FrameReader.Frames {
    private static final int LEAST_CONNECT_BYTES = 28;
    private static final int MOST_CONNECT_BYTES = 4 << 10;
    /** Behind versions, the newest transaction seen, the timeout and the session. */
    private static final int PASSWORD_LENGTH_AT = 24;

    private static final int LEAST_REQUEST_BYTES = 8;
    /** A request that many times too large is read, so that its sender can be told. */
    private static final long SKIPPED_TIMES = 64;

    private static final int BYTES_PER_NAME = 4;

    private final Connections home;
    private final TreeServer server;
    private final ClientChannel channel;
    private final FrameReader reader;
    private final SelectionKey key;
    private final SelectorThread selector;
    private final String network;
    private final long sinceMs;
    private final Watches watches;
    private volatile boolean begun;
    private volatile boolean answeringWord;
    private volatile boolean paused;
    private volatile boolean throttled;
    // What this connection has in the figures of all. Guarded by this lock.
    private final Object books = new Object();
    private long unsent;
    private long pending;
    private int occupied;
    private boolean gone;
    private volatile long unsentBytes;
    private volatile long takenMs;
    private volatile long frameSinceMs = Long.MAX_VALUE;

    /** @param network that counts as one client */
    Connection(
            Connections home,
            TreeServer server,
            ClientChannel channel,
            SelectionKey key,
            SelectorThread selector,
            String network)
            throws IOException {
        super(server, channel, key, home, selector);
        this.home = home;
        this.server = server;
        this.channel = channel;
        this.key = key;
        this.selector = selector;
        this.network = network;
        this.sinceMs = home.nowMs();
        this.takenMs = sinceMs;
        this.watches = new Watches(home.traffic());
        this.reader = channel.begin(this, this::sent);
    }

    Watches watches() {
        return watches;
    }

    // What comes in.

    @Override
    public Verdict length(int length) {
        frameSinceMs = home.nowMs();
        if (!begun) {
            String word = FourLetterWords.word(length);
            if (word != null) {
                answer(word);
                return Verdict.IGNORE;
            }
            return length < LEAST_CONNECT_BYTES || length > MOST_CONNECT_BYTES ? malformed() : Verdict.TAKE;
        }
        if (length < LEAST_REQUEST_BYTES) {
            return malformed();
        } else if (length <= home.requestBytes()) {
            return Verdict.TAKE;
        }
        return length > SKIPPED_TIMES * home.requestBytes() ? malformed() : Verdict.SKIP;
    }

    // The library allocates as much as the password is said to be long.
    @Override
    public boolean admits(ByteBuffer frame) {
        if (begun || frame.getInt(PASSWORD_LENGTH_AT) <= frame.remaining()) {
            return true;
        }
        malformed();
        return false;
    }

    private Verdict malformed() {
        home.traffic().malformed.incrementAndGet();
        return Verdict.CLOSE;
    }

    @Override
    public void occupied(int bytes) {
        if (bytes == 0) {
            frameSinceMs = Long.MAX_VALUE;
        } else if (frameSinceMs == Long.MAX_VALUE) {
            frameSinceMs = home.nowMs();
        }
        synchronized (books) {
            if (bytes == occupied || gone) {
                return;
            }
            home.traffic().frames.addAndGet(bytes - occupied);
            occupied = bytes;
        }
        if (bytes != 0 && home.traffic().hasManyFrames()) {
            home.dropOldestFrame();
        }
    }

    @Override
    public void skipped(ByteBuffer begin) {
        home.traffic().malformed.incrementAndGet();
        home.lines()
                .warn("a request is longer than coordination_request_bytes, which is " + home.requestBytes()
                        + ": it is refused");
        server.refuse(this, begin.getInt(), Code.MARSHALLINGERROR);
    }

    private void answer(String word) {
        answeringWord = true;
        sendBuffer(ByteBuffer.wrap(home.words().answer(word, server).getBytes(StandardCharsets.UTF_8)));
        sendCloseSession();
    }

    /** The session has been asked for: what comes next are requests. */
    void begin() {
        begun = true;
    }

    /** What takes a while. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException, ClientCnxnLimitException;
    }

    /** Does something on a thread of its own. Nothing is read from the client meanwhile. */
    void aside(Work work) {
        paused = true;
        Thread.ofVirtual().name("archipel-tree-client").start(() -> {
            try {
                work.run();
            } catch (IOException | ClientCnxnLimitException | RuntimeException e) {
                close(DisconnectReason.IO_EXCEPTION);
            } finally {
                paused = false;
                updateInterest();
            }
        });
    }

    /** Whether its client may begin a session more. */
    boolean admitSession() {
        return home.admitSession(network);
    }

    /** Its client has begun a session that was admitted, or has not. */
    void beganSession() {
        home.beganSession(getSessionId(), network);
    }

    Traffic traffic() {
        return home.traffic();
    }

    private void updateInterest() {
        if (isSelectable()) {
            selector.addInterestOpsUpdateRequest(key);
        }
    }

    @Override
    public void disableRecv(boolean wait) {
        synchronized (books) {
            throttled = true;
            super.disableRecv(wait);
        }
    }

    @Override
    public void enableRecv() {
        if (throttled) {
            synchronized (books) {
                throttled = false;
                super.enableRecv();
            }
        }
    }

    private boolean reads() {
        if (paused || answeringWord || isStale()) {
            return false;
        }
        Traffic traffic = home.traffic();
        if (unsentBytes > (traffic.hasManyAnswers() ? 0 : Traffic.UNSENT_BYTES)) {
            return false;
        }
        return !traffic.hasManyRequests() || !home.awaitRoom(this);
    }

    /** There is room for requests again. */
    void roomMade() {
        updateInterest();
    }

    @Override
    public int getInterestOps() {
        if (!isSelectable()) {
            return 0;
        }
        int wanted = super.getInterestOps();
        if ((wanted & SelectionKey.OP_READ) != 0) {
            if (!reads()) {
                wanted &= ~SelectionKey.OP_READ;
            } else if (channel.hasReceived()) {
                // The socket need not become readable.
                wanted |= SelectionKey.OP_WRITE;
            }
        }
        return channel.hasUnsent() ? wanted | SelectionKey.OP_WRITE : wanted;
    }

    // After each turn of reading and writing, before the next one can begin.
    @Override
    public void enableSelectable() {
        try {
            channel.flush();
            while (begun && channel.hasReceived() && !throttled && key.isValid() && reads() && readOn()) {
                home.touchCnxn(this);
            }
        } catch (CloseRequestException e) {
            close(e.getReason());
        } catch (IOException e) {
            close(DisconnectReason.IO_EXCEPTION);
        }
        super.enableSelectable();
    }

    // A frame that came with the one before, as the library would read it. Whether there was one.
    private boolean readOn() throws IOException {
        if (reader.isBetweenFrames(incomingBuffer)) {
            ByteBuffer lengths = incomingBuffer;
            int came = channel.read(lengths);
            if (came < 0) {
                close(DisconnectReason.UNABLE_TO_READ_FROM_CLIENT);
            }
            if (lengths.hasRemaining()) {
                return false;
            }
            lengths.clear();
            readFrame(lengths, ByteBuffer.allocate(lengths.getInt(0)));
            return reader.isBetweenFrames(incomingBuffer);
        }
        return false;
    }

    private void readFrame(ByteBuffer lengths, ByteBuffer frame) throws IOException {
        incomingBuffer = frame;
        channel.read(frame);
        if (frame.hasRemaining()) {
            return;
        }
        frame.flip();
        packetReceived(Integer.BYTES + frame.remaining());
        readRequest();
        lengths.clear();
        incomingBuffer = lengths;
    }

    /** A request is under way. */
    void pending(long bytes) {
        synchronized (books) {
            if (!gone) {
                pending += bytes;
                home.traffic().requests.addAndGet(bytes);
            }
        }
    }

    /** A request is answered. */
    void done(long bytes) {
        synchronized (books) {
            if (gone) {
                return;
            }
            pending -= bytes;
            home.traffic().requests.addAndGet(-bytes);
        }
        home.makeRoom();
    }

    // What goes out.

    @Override
    public void sendBuffer(ByteBuffer... buffers) {
        long bytes = 0;
        for (ByteBuffer buffer : buffers) {
            bytes += buffer.remaining();
        }
        boolean tooMuch;
        synchronized (books) {
            if (gone) {
                return;
            }
            if (unsent == 0) {
                takenMs = home.nowMs();
            }
            unsent += bytes;
            unsentBytes = unsent;
            home.traffic().answers.addAndGet(bytes);
            tooMuch = unsent > home.traffic().mostUnsent();
        }
        if (tooMuch) {
            home.drop(this, "does not take what it has asked for");
            return;
        }
        super.sendBuffer(buffers);
        if (home.traffic().hasManyAnswers()) {
            home.dropStalled();
        }
    }

    private void sent(int bytes) {
        synchronized (books) {
            if (gone || bytes <= 0) {
                return;
            }
            takenMs = home.nowMs();
            unsent -= bytes;
            unsentBytes = unsent;
            home.traffic().answers.addAndGet(-bytes);
        }
    }

    @Override
    public int sendResponse(
            ReplyHeader header,
            @Nullable Record answer,
            @Nullable String tag,
            @Nullable String cacheKey,
            @Nullable Stat stat,
            int type) {
        if (bytes(answer) > home.requestBytes()) {
            home.lines()
                    .warn("a list of names is too long for one answer: coordination_request_bytes is "
                            + home.requestBytes());
            return super.sendResponse(
                    new ReplyHeader(header.getXid(), header.getZxid(), Code.MARSHALLINGERROR.intValue()),
                    null,
                    tag,
                    null,
                    null,
                    type);
        }
        return super.sendResponse(header, answer, tag, cacheKey, stat, type);
    }

    // Of what can be longer than what was asked for, and than what is stored.
    private static long bytes(@Nullable Record answer) {
        return switch (answer) {
            case GetChildrenResponse children -> bytes(children.getChildren());
            case GetChildren2Response children -> bytes(children.getChildren());
            case GetEphemeralsResponse ephemerals -> bytes(ephemerals.getEphemerals());
            case MultiResponse all ->
                all.getResultList().stream().mapToLong(Connection::bytes).sum();
            case null, default -> 0;
        };
    }

    private static long bytes(OpResult one) {
        return switch (one) {
            case OpResult.GetChildrenResult children -> bytes(children.getChildren());
            case OpResult.GetDataResult read -> read.getData() == null ? 0 : read.getData().length;
            default -> 0;
        };
    }

    private static long bytes(List<String> names) {
        long bytes = 0;
        for (String name : names) {
            bytes += BYTES_PER_NAME + name.length();
        }
        return bytes;
    }

    @Override
    public void process(WatchedEvent event, @Nullable List<ACL> access) {
        watches.fired(event.getType(), event.getPath());
        super.process(event, access);
    }

    // For whoever looks after connections.

    /** Since when it has been there without a session; {@link Long#MAX_VALUE} where it has one. */
    long sessionlessSinceMs() {
        return getSessionId() == 0 ? sinceMs : Long.MAX_VALUE;
    }

    /** Since when its client has been sending a frame; {@link Long#MAX_VALUE} where it is between two. */
    long frameSinceMs() {
        return frameSinceMs;
    }

    /** How much a frame has sent that has not ended. */
    int occupied() {
        synchronized (books) {
            return occupied;
        }
    }

    /** Since when it has taken nothing of what waits for it; {@link Long#MAX_VALUE} where nothing does. */
    long stalledSinceMs() {
        return unsentBytes > 0 ? takenMs : Long.MAX_VALUE;
    }

    long unsentBytes() {
        return unsentBytes;
    }

    /** It has ended. Once. */
    void gone() {
        synchronized (books) {
            if (gone) {
                return;
            }
            gone = true;
            home.traffic().answers.addAndGet(-unsent);
            home.traffic().requests.addAndGet(-pending);
            home.traffic().frames.addAndGet(-occupied);
        }
        watches.clear();
        channel.goodbye();
        home.makeRoom();
        home.left(network);
    }

    @Override
    public boolean isSecure() {
        return channel.isSecure();
    }

    @Override
    public Certificate @Nullable [] getClientCertificateChain() {
        return channel.shown();
    }
}
