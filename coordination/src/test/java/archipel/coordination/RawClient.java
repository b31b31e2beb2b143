package archipel.coordination;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.jute.BinaryInputArchive;
import org.apache.jute.BinaryOutputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.proto.ConnectRequest;
import org.apache.zookeeper.proto.ConnectResponse;
import org.apache.zookeeper.proto.ReplyHeader;
import org.apache.zookeeper.proto.RequestHeader;

/** Sends whatever bytes it is given. */
final class RawClient implements AutoCloseable {
    private static final int PATIENCE_MS = 20_000;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private int xid;

    RawClient(int port) throws IOException {
        this(new Socket("127.0.0.1", port));
    }

    RawClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(PATIENCE_MS);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
    }

    /** With a session. */
    static RawClient begun(int port) throws IOException {
        RawClient client = new RawClient(port);
        client.begin();
        return client;
    }

    ConnectResponse begin() throws IOException {
        return begin(0, new byte[16]);
    }

    ConnectResponse begin(long session, byte[] password) throws IOException {
        frame(bytes(new ConnectRequest(0, 0, 20_000, session, password, false)));
        ConnectResponse response = new ConnectResponse();
        response.deserialize(receive(), "connect");
        return response;
    }

    static byte[] bytes(Record... records) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryOutputArchive archive = BinaryOutputArchive.getArchive(bytes);
        for (Record record : List.of(records)) {
            record.serialize(archive, "record");
        }
        return bytes.toByteArray();
    }

    void raw(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    void length(int length) throws IOException {
        out.writeInt(length);
        out.flush();
    }

    void frame(byte[] bytes) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        DataOutputStream frame = new DataOutputStream(all);
        frame.writeInt(bytes.length);
        frame.write(bytes);
        raw(all.toByteArray());
    }

    /** @return its number */
    int request(int type, Record... body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(bytes(new RequestHeader(++xid, type)));
        bytes.write(bytes(body));
        frame(bytes.toByteArray());
        return xid;
    }

    ReplyHeader reply() throws IOException {
        ReplyHeader header = new ReplyHeader();
        header.deserialize(receive(), "header");
        return header;
    }

    private BinaryInputArchive receive() throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return BinaryInputArchive.getArchive(new ByteArrayInputStream(frame));
    }

    String word(String word) throws IOException {
        raw(word.getBytes(StandardCharsets.US_ASCII));
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    boolean isClosed(int withinMs) throws IOException {
        socket.setSoTimeout(withinMs);
        return isClosed();
    }

    /** Whether the server ends the connection, whatever it sends before. */
    boolean isClosed() throws IOException {
        try {
            while (in.read() >= 0) {
                // Of what came before.
            }
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
