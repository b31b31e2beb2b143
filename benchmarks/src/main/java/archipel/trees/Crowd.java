package archipel.trees;

import archipel.report.Ticks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Many sessions, each with watches, on one thread: ZooKeeper's own client has two threads for each. They live until
 * this is closed.
 */
final class Crowd implements AutoCloseable {
    private static final int SESSION_MS = 40_000;
    private static final long PING_NS = Duration.ofSeconds(12).toNanos();
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int AT_ONCE = 200;
    private static final int EXISTS = 3;
    private static final int PING = 11;
    private static final int PING_NUMBER = -2;
    private static final int EVENT_NUMBER = -1;
    private static final int BUFFER_BYTES = 512;

    private final List<String> members;
    private final List<String> paths;
    private final int watches;
    private final Selector selector;
    private final List<Session> sessions = new ArrayList<>();
    private final Thread thread;
    private final int wanted;
    private volatile int ready;
    private volatile int lost;
    private volatile int told;
    private volatile long toldNs;
    private volatile boolean over;

    private Crowd(List<String> members, int count, int watches, List<String> paths) throws IOException {
        this.members = members;
        this.wanted = count;
        this.watches = watches;
        this.paths = paths;
        this.selector = Selector.open();
        this.thread = Thread.ofPlatform().daemon().name("crowd").start(this::run);
    }

    /**
     * Opens them, spread over the members.
     *
     * @param watches of each session
     * @param paths that are watched, in turn
     */
    static Crowd open(List<String> members, int count, int watches, List<String> paths) throws IOException {
        Crowd crowd = new Crowd(members, count, watches, paths);
        long began = Ticks.now();
        while (crowd.ready < count) {
            if (crowd.lost > 0 || Ticks.now() - began > PATIENCE.toNanos()) {
                crowd.close();
                throw new IOException(crowd.ready + " sessions of " + count + ", lost " + crowd.lost);
            }
            Ticks.pause(Duration.ofMillis(20));
        }
        return crowd;
    }

    /** How many sessions' connections have ended. */
    int lost() {
        return lost;
    }

    /** How many watches have been told of a change. */
    int told() {
        return told;
    }

    /** When the last watch was told, by {@link Ticks#now}. */
    long toldNs() {
        return toldNs;
    }

    private void run() {
        try {
            while (!over) {
                for (int i = 0; sessions.size() < wanted && sessions.size() < ready + AT_ONCE; i++) {
                    sessions.add(new Session(sessions.size()));
                }
                selector.select(key -> ((Session) key.attachment()).serve(), 100);
                long now = Ticks.now();
                for (Session session : sessions) {
                    session.pingAt(now);
                }
            }
        } catch (IOException e) {
            lost++;
        }
    }

    private final class Session {
        private final int number;
        private final SocketChannel socket;
        private final SelectionKey key;
        private final ByteBuffer in = ByteBuffer.allocate(BUFFER_BYTES);
        private long sentNs;
        private int answers;
        private boolean begun;

        Session(int number) throws IOException {
            this.number = number;
            String member = members.get(number % members.size());
            socket = SocketChannel.open(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), Integer.parseInt(member.substring(member.indexOf(':') + 1))));
            socket.configureBlocking(false);
            key = socket.register(selector, SelectionKey.OP_READ, this);
            ByteBuffer connect = ByteBuffer.allocate(45 + Integer.BYTES);
            connect.putInt(0)
                    .putLong(0)
                    .putInt(SESSION_MS)
                    .putLong(0)
                    .putInt(16)
                    .put(new byte[16])
                    .put((byte) 0);
            send(connect);
        }

        private void send(ByteBuffer body) throws IOException {
            body.flip();
            ByteBuffer frame = ByteBuffer.allocate(Integer.BYTES + body.remaining());
            frame.putInt(body.remaining()).put(body).flip();
            while (frame.hasRemaining()) {
                socket.write(frame);
            }
            sentNs = Ticks.now();
        }

        void pingAt(long now) {
            if (begun && now - sentNs > PING_NS && key.isValid()) {
                try {
                    send(ByteBuffer.allocate(8).putInt(PING_NUMBER).putInt(PING));
                } catch (IOException e) {
                    end();
                }
            }
        }

        void serve() {
            try {
                if (socket.read(in) < 0) {
                    end();
                    return;
                }
                in.flip();
                while (in.remaining() >= Integer.BYTES && in.remaining() >= Integer.BYTES + in.getInt(in.position())) {
                    int length = in.getInt();
                    answer(in.getInt(in.position()));
                    in.position(in.position() + length);
                }
                in.compact();
            } catch (IOException e) {
                end();
            }
        }

        private void answer(int to) throws IOException {
            if (!begun) {
                begun = true;
                for (int watch = 0; watch < watches; watch++) {
                    watch(watch);
                }
                if (watches == 0) {
                    ready++;
                }
            } else if (to == EVENT_NUMBER) {
                toldNs = Ticks.now();
                told++;
            } else if (to != PING_NUMBER && ++answers == watches) {
                ready++;
            }
        }

        private void watch(int watch) throws IOException {
            byte[] path = paths.get((number * watches + watch) % paths.size()).getBytes(StandardCharsets.UTF_8);
            send(ByteBuffer.allocate(13 + path.length)
                    .putInt(watch + 1)
                    .putInt(EXISTS)
                    .putInt(path.length)
                    .put(path)
                    .put((byte) 1));
        }

        private void end() {
            key.cancel();
            lost++;
        }
    }

    @Override
    public void close() throws IOException {
        over = true;
        selector.wakeup();
        try {
            thread.join(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Session session : sessions) {
            session.socket.close();
        }
        selector.close();
    }
}
