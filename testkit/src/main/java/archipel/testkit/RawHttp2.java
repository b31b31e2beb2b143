package archipel.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Speaks HTTP/2 in clear text, frame by frame, so that a test can break the protocol off where it likes. */
public final class RawHttp2 implements AutoCloseable {
    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;
    public static final int CONTINUATION = 9;
    public static final int END_STREAM = 1;
    public static final int END_HEADERS = 4;

    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final int SMALL_BUFFER = 512;

    private final Socket socket;
    private final DataInputStream in;

    private RawHttp2(Socket socket, DataInputStream in) {
        this.socket = socket;
        this.in = in;
    }

    /** Connects and greets. */
    public static RawHttp2 to(int port) throws IOException {
        return over(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    /** Greets on a connection that is open, such as one over TLS. */
    public static RawHttp2 over(Socket socket) throws IOException {
        socket.setSoTimeout(30_000);
        socket.setTcpNoDelay(true);
        socket.getOutputStream().write(PREFACE.getBytes(StandardCharsets.US_ASCII));
        RawHttp2 client = new RawHttp2(
                socket, new DataInputStream(new BufferedInputStream(socket.getInputStream(), SMALL_BUFFER)));
        client.send(SETTINGS, 0, 0, new byte[0]);
        return client;
    }

    /** What came. */
    public record Frame(int type, int flags, int stream, byte[] payload) {
        public boolean endsStream() {
            return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0 || type == RST_STREAM;
        }
    }

    public void send(int type, int flags, int stream, byte[] payload) throws IOException {
        socket.getOutputStream().write(frame(type, flags, stream, payload));
    }

    /** A frame as it goes over the wire. */
    public static byte[] frame(int type, int flags, int stream, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream(9 + payload.length);
        frame.write(payload.length >> 16);
        frame.write(payload.length >> 8);
        frame.write(payload.length);
        frame.write(type);
        frame.write(flags);
        frame.write(stream >> 24);
        frame.write(stream >> 16);
        frame.write(stream >> 8);
        frame.write(stream);
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    /** Fields as HPACK writes them in full, without its table: names and values in turn. */
    public static byte[] fields(String... namesAndValues) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            block.write(0);
            text(block, namesAndValues[i]);
            text(block, namesAndValues[i + 1]);
        }
        return block.toByteArray();
    }

    private static void text(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        if (bytes.length < 127) {
            block.write(bytes.length);
        } else {
            block.write(127);
            int rest = bytes.length - 127;
            while (rest >= 128) {
                block.write(rest & 127 | 128);
                rest >>= 7;
            }
            block.write(rest);
        }
        block.writeBytes(bytes);
    }

    /** A GET as one frame. */
    public static byte[] get(int stream, String path, String... more) {
        String[] all = new String[8 + more.length];
        String[] pseudo = {":method", "GET", ":scheme", "http", ":path", path, ":authority", "h"};
        System.arraycopy(pseudo, 0, all, 0, pseudo.length);
        System.arraycopy(more, 0, all, pseudo.length, more.length);
        return frame(HEADERS, END_HEADERS | END_STREAM, stream, fields(all));
    }

    public void write(byte[] frames) throws IOException {
        socket.getOutputStream().write(frames);
    }

    /** The next frame; acknowledges settings on the way. */
    public Frame read() throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = in.readNBytes(length);
        if (payload.length < length) {
            throw new EOFException("within a frame");
        }
        if (type == SETTINGS && (flags & 1) == 0) {
            send(SETTINGS, 1, 0, new byte[0]);
        }
        return new Frame(type, flags, stream, payload);
    }

    /** Reads until so many streams have ended. @return how many of them were reset */
    public int awaitEnds(int streams) throws IOException {
        int resets = 0;
        for (int ended = 0; ended < streams; ) {
            Frame frame = read();
            if (frame.endsStream()) {
                ended++;
                resets += frame.type() == RST_STREAM ? 1 : 0;
            }
        }
        return resets;
    }

    /** Reads to the end of the connection. @return whether it ended within the time that reads have */
    public boolean awaitClose() throws IOException {
        byte[] rest = new byte[SMALL_BUFFER];
        try {
            while (in.read(rest) >= 0) {
                // Whatever came before.
            }
            return true;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    public void timeoutMs(int most) throws IOException {
        socket.setSoTimeout(most);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
