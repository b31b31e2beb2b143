package archipel.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A TCP proxy on loopback before a server, which does to connections what networks and dying processes do. Everything
 * passes until something else is asked for; what is asked for holds for connections that are open as well.
 */
public final class FaultProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 << 10;
    private static final byte[] UNAVAILABLE = ("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 37\r\nConnection: close\r\n\r\n{\"error\":\"x\",\"reason\":\"of the proxy\"}")
            .getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket listening;
    private final InetSocketAddress server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition healed = lock.newCondition();
    private final AtomicLong answerBytesLeft = new AtomicLong(Long.MAX_VALUE);
    private final AtomicInteger unavailable = new AtomicInteger();
    private final AtomicLong connections = new AtomicLong();
    private final AtomicLong passed = new AtomicLong();
    private final AtomicLong cuts = new AtomicLong();
    private final AtomicLong alteredEvery = new AtomicLong(Long.MAX_VALUE);
    private final AtomicLong alterations = new AtomicLong();
    // Under the lock.
    private boolean silent;

    private volatile boolean refusing;
    private volatile boolean closed;

    private FaultProxy(ServerSocket listening, InetSocketAddress server) {
        this.listening = listening;
        this.server = server;
    }

    /** Before the server on a port of loopback. */
    public static FaultProxy before(int port) throws IOException {
        ServerSocket listening = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
        InetSocketAddress server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        FaultProxy proxy = new FaultProxy(listening, server);
        Thread.ofVirtual().name("fault-proxy").start(proxy::accept);
        return proxy;
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** How many connections there were. */
    public long connections() {
        return connections.get();
    }

    /** How many bytes of answers have passed. */
    public long answerBytes() {
        return passed.get();
    }

    /** How many connections {@link #cutAfter} has cut. */
    public long cuts() {
        return cuts.get();
    }

    /** How many bytes {@link #alterEvery} has altered. */
    public long alterations() {
        return alterations.get();
    }

    /** Alters one bit of every so many bytes of answers, or none with {@link Long#MAX_VALUE}. */
    public void alterEvery(long answerBytes) {
        alteredEvery.set(answerBytes);
    }

    /** Cuts the connection over which the answers' bytes from now on, counted together, come to so many; once. */
    public void cutAfter(long answerBytes) {
        answerBytesLeft.set(answerBytes);
    }

    /** Answers the next so many connections with 503 and closes them. */
    public void unavailable(int times) {
        unavailable.set(times);
    }

    /** Whether new connections are closed at once. */
    public void refuse(boolean whether) {
        refusing = whether;
        if (whether) {
            cutAll();
        }
    }

    /** Whether nothing passes any more, in either direction, while connections stay open. */
    public void silence(boolean whether) {
        lock.lock();
        try {
            silent = whether;
            healed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Resets all that is open. */
    public void cutAll() {
        open.forEach(FaultProxy::reset);
    }

    private static void reset(Socket socket) {
        try {
            socket.setOption(StandardSocketOptions.SO_LINGER, 0);
            socket.close();
        } catch (IOException alreadyClosed) {
            // As was wanted.
        }
    }

    private void accept() {
        while (!closed) {
            try {
                Socket client = listening.accept();
                connections.incrementAndGet();
                open.add(client);
                Thread.ofVirtual().name("fault-proxy-connection").start(() -> serve(client));
            } catch (IOException e) {
                if (!closed) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            if (refusing) {
                reset(client);
                return;
            }
            if (unavailable.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                client.getInputStream().read(new byte[BUFFER_BYTES]);
                client.getOutputStream().write(UNAVAILABLE);
                client.shutdownOutput();
                client.getInputStream().readAllBytes();
                return;
            }
            try (Socket there = new Socket()) {
                there.connect(server);
                open.add(there);
                Thread back = Thread.ofVirtual().name("fault-proxy-answers").start(() -> pass(there, client, true));
                pass(client, there, false);
                back.join();
                open.remove(there);
            }
        } catch (IOException e) {
            reset(client);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    private void pass(Socket from, Socket to, boolean answers) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                awaitHealth();
                if (answers) {
                    long left = answerBytesLeft.addAndGet(-read);
                    if (left <= 0) {
                        answerBytesLeft.set(Long.MAX_VALUE);
                        cuts.incrementAndGet();
                        out.write(buffer, 0, (int) Math.max(0, read + left));
                        out.flush();
                        reset(to);
                        reset(from);
                        return;
                    }
                    alter(buffer, read, passed.getAndAdd(read));
                }
                out.write(buffer, 0, read);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            reset(from);
            reset(to);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void alter(byte[] bytes, int length, long before) {
        long every = alteredEvery.get();
        if (every == Long.MAX_VALUE) {
            return;
        }
        for (long at = every - before % every - 1; at < length; at += every) {
            bytes[(int) at] ^= 1;
            alterations.incrementAndGet();
        }
    }

    private void awaitHealth() throws InterruptedException {
        lock.lock();
        try {
            while (silent && !closed) {
                healed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        listening.close();
        silence(false);
        cutAll();
    }
}
