package archipel.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A session of ZooKeeper's protocol, for requests one after another; what the answers say does not matter here. By
 * hand, since the classes of a client that the training run loads would be in the cache of every node.
 */
final class TreeClient implements AutoCloseable {
    private static final int CREATE = 1;
    private static final int DELETE = 2;
    private static final int EXISTS = 3;
    private static final int GET_DATA = 4;
    private static final int SET_DATA = 5;
    private static final int SYNC = 9;
    private static final int GET_CHILDREN = 12;
    private static final int CLOSE = -11;
    private static final int SESSION_MS = 30_000;
    private static final int PASSWORD_BYTES = 16;
    private static final int ALL_RIGHTS = 31;
    private static final int EPHEMERAL = 1;

    private final Socket socket;
    private final DataInputStream in;
    private int requests;

    TreeClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(SESSION_MS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        send(out -> {
            out.writeInt(0);
            out.writeLong(0);
            out.writeInt(SESSION_MS);
            out.writeLong(0);
            block(out, new byte[PASSWORD_BYTES]);
            out.writeBoolean(false);
        });
        in.skipNBytes(in.readInt());
    }

    /** What follows the length. */
    private interface Body {
        void write(DataOutputStream out) throws IOException;
    }

    void create(String path, byte[] data, boolean ephemeral) throws IOException {
        request(CREATE, out -> {
            text(out, path);
            block(out, data);
            out.writeInt(1);
            out.writeInt(ALL_RIGHTS);
            text(out, "world");
            text(out, "anyone");
            out.writeInt(ephemeral ? EPHEMERAL : 0);
        });
    }

    void setData(String path, byte[] data) throws IOException {
        request(SET_DATA, out -> {
            text(out, path);
            block(out, data);
            out.writeInt(-1);
        });
    }

    void delete(String path) throws IOException {
        request(DELETE, out -> {
            text(out, path);
            out.writeInt(-1);
        });
    }

    void sync(String path) throws IOException {
        request(SYNC, out -> text(out, path));
    }

    void getData(String path, boolean watch) throws IOException {
        read(GET_DATA, path, watch);
    }

    void exists(String path, boolean watch) throws IOException {
        read(EXISTS, path, watch);
    }

    void getChildren(String path) throws IOException {
        read(GET_CHILDREN, path, false);
    }

    private void read(int type, String path, boolean watch) throws IOException {
        request(type, out -> {
            text(out, path);
            out.writeBoolean(watch);
        });
    }

    private void request(int type, Body body) throws IOException {
        int number = ++requests;
        send(out -> {
            out.writeInt(number);
            out.writeInt(type);
            body.write(out);
        });
        // What is told of watches comes between.
        int answered;
        do {
            int length = in.readInt();
            answered = in.readInt();
            in.skipNBytes(length - Integer.BYTES);
        } while (answered != number);
    }

    private void send(Body body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        body.write(new DataOutputStream(bytes));
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        block(new DataOutputStream(frame), bytes.toByteArray());
        frame.writeTo(socket.getOutputStream());
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        block(out, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void block(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    @Override
    public void close() throws IOException {
        try {
            request(CLOSE, out -> {});
        } finally {
            socket.close();
        }
    }
}
