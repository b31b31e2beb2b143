package archipel.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Says to a server exactly what it is told to, byte by byte, and reads what comes back. */
public final class RawClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;
    private boolean withinChunks;

    public RawClient(int port) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(60_000);
        in = new java.io.BufferedInputStream(socket.getInputStream());
    }

    /** Sends text as Latin-1, so that every character is one byte. */
    public RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** A request without a body. */
    public Answer get(String target) throws IOException {
        send("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
        return read(false);
    }

    public void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** One answer; {@code head} where it has no body whatever its headers say. */
    public Answer read(boolean head) throws IOException {
        String status = line();
        Map<String, String> headers = new LinkedHashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip(),
                    (a, b) -> a + ", " + b);
        }
        int code = Integer.parseInt(status.split(" ")[1]);
        byte[] body = new byte[0];
        if (!head && code != 304 && code != 204 && code != 100) {
            body = "chunked".equals(headers.get("transfer-encoding"))
                    ? chunks()
                    : in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        }
        return new Answer(code, headers, body);
    }

    public String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new java.io.EOFException("after '" + line + "'");
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    /** The data of the next chunk, without waiting for its end, which servers may send with the one after. */
    public byte[] chunk() throws IOException {
        if (withinChunks) {
            line();
        }
        byte[] chunk = in.readNBytes(Integer.parseInt(line(), 16));
        withinChunks = chunk.length > 0;
        if (!withinChunks) {
            line();
        }
        return chunk;
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] chunk = chunk(); chunk.length > 0; chunk = chunk()) {
            all.write(chunk);
        }
        return all.toByteArray();
    }

    /** Reads to the end of the connection; how many bytes that was. */
    public long rest() throws IOException {
        try {
            return in.transferTo(java.io.OutputStream.nullOutputStream());
        } catch (java.net.SocketException e) {
            // Reset with something unread.
            return 0;
        }
    }

    /** Whether the server has closed the connection and sent nothing more. */
    public boolean isClosed() throws IOException {
        return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    public record Answer(int status, Map<String, String> headers, byte[] bytes) {
        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        public String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }
    }
}
