package archipel.peers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Passes connections on, and keeps what was sent over each in the direction of the server. */
final class RecordingProxy implements AutoCloseable {
    private final ServerSocket listening;
    private final int port;
    private final List<ByteArrayOutputStream> recorded = new ArrayList<>();

    RecordingProxy(int port) throws IOException {
        this.port = port;
        this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    /** Of each connection so far. */
    synchronized List<byte[]> recorded() {
        return recorded.stream().map(ByteArrayOutputStream::toByteArray).toList();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
                ByteArrayOutputStream copy = new ByteArrayOutputStream();
                synchronized (this) {
                    recorded.add(copy);
                }
                Thread.ofVirtual().start(() -> pass(client, server, copy));
                Thread.ofVirtual().start(() -> pass(server, client, new ByteArrayOutputStream()));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private void pass(Socket from, Socket to, ByteArrayOutputStream copy) {
        byte[] buffer = new byte[8192];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                synchronized (this) {
                    copy.write(buffer, 0, read);
                }
                out.write(buffer, 0, read);
            }
        } catch (IOException cut) {
            // As the other side will find out.
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
