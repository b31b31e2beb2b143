package archipel.tree;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.apache.jute.BinaryInputArchive;
import org.apache.jute.BinaryOutputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.proto.ConnectRequest;
import org.apache.zookeeper.proto.ConnectResponse;
import org.apache.zookeeper.proto.ReplyHeader;
import org.apache.zookeeper.proto.RequestHeader;

/** A connection to the port of ZooKeeper's clients that sends whatever it is told to, and reads when it is told to. */
public final class TreeSocket implements AutoCloseable {
    private static final int PATIENCE_MS = 30_000;

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final DataOutputStream out;
    private int xid;

    /** @param from an address of the loopback network */
    public TreeSocket(int port, String from) throws IOException {
        socket.setReceiveBufferSize(16 << 10);
        socket.setSoTimeout(PATIENCE_MS);
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MS);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
    }

    public TreeSocket begin() throws IOException {
        frame(bytes(new ConnectRequest(0, 0, PATIENCE_MS, 0, new byte[16], false)));
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        new ConnectResponse().deserialize(BinaryInputArchive.getArchive(new ByteArrayInputStream(frame)), "connect");
        return this;
    }

    private static byte[] bytes(Record... records) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryOutputArchive archive = BinaryOutputArchive.getArchive(bytes);
        for (Record record : records) {
            record.serialize(archive, "record");
        }
        return bytes.toByteArray();
    }

    public void raw(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    public void length(int length) throws IOException {
        out.writeInt(length);
    }

    private void frame(byte[] bytes) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        DataOutputStream frame = new DataOutputStream(all);
        frame.writeInt(bytes.length);
        frame.write(bytes);
        out.write(all.toByteArray());
    }

    public void request(int type, Record body) throws IOException {
        frame(bytes(new RequestHeader(++xid, type), body));
    }

    /** The error of the next answer; 0 for none. */
    public int error() throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        ReplyHeader header = new ReplyHeader();
        header.deserialize(BinaryInputArchive.getArchive(new ByteArrayInputStream(frame)), "header");
        return header.getErr();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
