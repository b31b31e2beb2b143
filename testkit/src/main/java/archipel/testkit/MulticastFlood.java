package archipel.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Announces nodes that are not there on a local network, by multicast DNS, as fast as it can. */
public final class MulticastFlood implements AutoCloseable {
    private static final InetSocketAddress GROUP = new InetSocketAddress("224.0.0.251", 5353);
    private static final int RECORDS = 12;
    private static final int TEXT = 16;
    private static final int CLASS_UNIQUE = 0x8001;
    private static final int HOUR_SECONDS = 3_600;

    private final DatagramSocket socket;
    private final String host;
    private final SplittableRandom random = new SplittableRandom(7);
    private final AtomicLong sent = new AtomicLong();
    private final Thread thread;
    private volatile boolean closed;

    private MulticastFlood(InetAddress from) throws IOException {
        host = from.getHostAddress();
        socket = new DatagramSocket(new InetSocketAddress(from, 0));
        // All of 127.0.0.0/8 is the loopback's, which knows of one address.
        InetAddress known = from.isLoopbackAddress() ? InetAddress.ofLiteral("127.0.0.1") : from;
        socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, NetworkInterface.getByInetAddress(known));
        thread = Thread.ofPlatform().daemon().name("flood").unstarted(this::send);
    }

    /** Begins, with an address of this machine as the sender. */
    public static MulticastFlood begin(InetAddress from) throws IOException {
        MulticastFlood flood = new MulticastFlood(from);
        flood.thread.start();
        return flood;
    }

    /**
     * Goes on until it is killed.
     *
     * @param words the address to send from
     */
    public static void main(String... words) throws IOException, InterruptedException {
        begin(InetAddress.ofLiteral(words[0])).thread.join();
    }

    /** How many packets were sent, of a dozen announcements each. */
    public long sent() {
        return sent.get();
    }

    private void send() {
        try {
            while (!closed) {
                byte[] packet = packet();
                socket.send(new DatagramPacket(packet, packet.length, GROUP));
                if (sent.incrementAndGet() % 4 == 0) {
                    // A test has one machine for all.
                    LockSupport.parkNanos(1_000_000);
                }
            }
        } catch (IOException e) {
            if (!closed) {
                throw new IllegalStateException(e);
            }
        }
    }

    private byte[] packet() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int[] head = {0, 0x8400, 0, RECORDS, 0, 0};
        for (int word : head) {
            u16(out, word);
        }
        for (int i = 0; i < RECORDS; i++) {
            String id = hex() + hex();
            for (String label : new String[] {id, "_archipel", "_tcp", "local"}) {
                text(out, label);
            }
            out.write(0);
            u16(out, TEXT);
            u16(out, CLASS_UNIQUE);
            u16(out, 0);
            u16(out, HOUR_SECONDS);
            ByteArrayOutputStream data = new ByteArrayOutputStream();
            text(data, "id=" + id);
            text(data, "url=http://" + host + ":" + (1_024 + random.nextInt(60_000)) + "/");
            u16(out, data.size());
            out.writeBytes(data.toByteArray());
        }
        return out.toByteArray();
    }

    private String hex() {
        return String.format(Locale.ROOT, "%016x", random.nextLong());
    }

    private static void text(ByteArrayOutputStream out, String text) {
        out.write(text.length());
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void u16(ByteArrayOutputStream out, int value) {
        out.write(value >> 8);
        out.write(value);
    }

    @Override
    public void close() {
        closed = true;
        socket.close();
    }
}
