package archipel.coordination;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import org.apache.jute.BinaryInputArchive;
import org.apache.jute.BinaryOutputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.proto.ConnectRequest;
import org.apache.zookeeper.proto.ConnectResponse;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.ReplyHeader;
import org.apache.zookeeper.proto.RequestHeader;

/** Speaks the protocol, but for pings: its connection stays, and it says nothing that it is not asked to. */
final class SilentClient implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private long session;
    private int xid;

    private SilentClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
        this.out = new DataOutputStream(socket.getOutputStream());
    }

    static SilentClient connect(int port, int timeoutMs) throws IOException {
        SilentClient client = new SilentClient(new Socket("127.0.0.1", port));
        client.send(new ConnectRequest(0, 0, timeoutMs, 0, new byte[16], false));
        ConnectResponse response = new ConnectResponse();
        response.deserialize(client.receive(), "connect");
        client.session = response.getSessionId();
        return client;
    }

    long session() {
        return session;
    }

    void createEphemeral(String path) throws IOException {
        send(new RequestHeader(++xid, OpCode.create), new CreateRequest(path, new byte[0], Ids.OPEN_ACL_UNSAFE, 1));
        ReplyHeader header = new ReplyHeader();
        header.deserialize(receive(), "header");
        if (header.getErr() != 0) {
            throw new IOException("refused with " + header.getErr());
        }
    }

    private void send(Record... records) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryOutputArchive archive = BinaryOutputArchive.getArchive(bytes);
        for (Record record : List.of(records)) {
            record.serialize(archive, "record");
        }
        out.writeInt(bytes.size());
        out.write(bytes.toByteArray());
    }

    private BinaryInputArchive receive() throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return BinaryInputArchive.getArchive(new java.io.ByteArrayInputStream(frame));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
