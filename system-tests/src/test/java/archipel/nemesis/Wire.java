package archipel.nemesis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The way from one member to another where all are on one loopback address: carries the connections that the one makes
 * to the other. What is cut or late in it waits, as it would with TCP on a network that loses packets; an end of a
 * connection waits as well.
 */
final class Wire implements AutoCloseable {
    private static final int CHUNK = 64 << 10;
    private static final int CHUNKS = 64;
    private static final byte[] END = new byte[0];

    private final ServerSocket entry;
    private final int target;
    private final Flow forward;
    private final Flow backward;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    /**
     * How bytes of one member get to another, whoever has made the connection.
     *
     * <p>Safe for use by many threads.
     */
    static final class Flow {
        private volatile boolean cut;
        private volatile int delayMs;
        private volatile int lossPercent;

        void cut() {
            cut = true;
        }

        void delay(int ms) {
            delayMs = ms;
        }

        void lose(int percent) {
            lossPercent = percent;
        }

        void heal() {
            cut = false;
            delayMs = 0;
            lossPercent = 0;
        }

        private void await(Chunk chunk) {
            while (cut || System.nanoTime() - chunk.atNs() < TimeUnit.MILLISECONDS.toNanos(lateMs(chunk))) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
            }
        }

        // What is lost is sent again after a while. Which it is depends on the chunk alone, so that it stays the same.
        private int lateMs(Chunk chunk) {
            boolean lost = Math.floorMod(chunk.atNs() >> 10, 100) < lossPercent;
            return delayMs + (lost ? 250 : 0);
        }
    }

    private record Chunk(byte[] bytes, long atNs) {}

    /**
     * @param entry that the one member is told instead of the other's address
     * @param target the other's port
     */
    Wire(ServerSocket entry, int target, Flow forward, Flow backward) {
        this.entry = entry;
        this.target = target;
        this.forward = forward;
        this.backward = backward;
        Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
        while (!entry.isClosed()) {
            try {
                Socket near = entry.accept();
                open.add(near);
                Thread.ofVirtual().start(() -> connect(near));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void connect(Socket near) {
        forward.await(new Chunk(END, System.nanoTime()));
        try {
            Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
            open.add(far);
            far.setTcpNoDelay(true);
            near.setTcpNoDelay(true);
            pump(near, far, forward);
            pump(far, near, backward);
        } catch (IOException e) {
            end(near);
        }
    }

    private void pump(Socket from, Socket to, Flow flow) {
        BlockingQueue<Chunk> chunks = new ArrayBlockingQueue<>(CHUNKS);
        Thread.ofVirtual().start(() -> read(from, chunks));
        Thread.ofVirtual().start(() -> {
            try {
                OutputStream out = to.getOutputStream();
                for (Chunk next = chunks.take(); next.bytes().length > 0; next = chunks.take()) {
                    flow.await(next);
                    out.write(next.bytes());
                }
                flow.await(new Chunk(END, System.nanoTime()));
            } catch (IOException | InterruptedException gone) {
                end(from);
            }
            end(to);
        });
    }

    private static void read(Socket from, BlockingQueue<Chunk> chunks) {
        byte[] buffer = new byte[CHUNK];
        try {
            InputStream in = from.getInputStream();
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                if (length > 0) {
                    chunks.put(new Chunk(Arrays.copyOf(buffer, length), System.nanoTime()));
                }
            }
        } catch (IOException | InterruptedException gone) {
            // The other end learns of it in its turn.
        }
        while (!chunks.offer(new Chunk(END, System.nanoTime()))) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
            if (from.isClosed()) {
                return;
            }
        }
    }

    private void end(Socket socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no use any more.
            return;
        }
    }

    @Override
    public void close() throws IOException {
        entry.close();
        Set.copyOf(open).forEach(this::end);
    }
}
