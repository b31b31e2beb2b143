package archipel.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Something that listens and says what a test wants, to the byte; it closes the connection after each answer. */
final class ScriptedNode implements AutoCloseable {
    static final String WELCOME =
            answer("200 OK", "{\"couchdb\":\"Welcome\",\"version\":\"3.5.2\",\"vendor\":{\"name\":\"Archipel\"}}");

    private final ServerSocket socket;
    private final List<String> heard = new CopyOnWriteArrayList<>();
    // A socket that nobody holds is closed when it is collected as garbage.
    private final List<Socket> staying = new CopyOnWriteArrayList<>();

    /** @param script the whole answer to a request line; what ends in {@link #STAY} is not closed */
    ScriptedNode(Function<String, String> script) throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        Thread.ofVirtual().start(() -> serve(script));
    }

    /** At the end of an answer: says nothing more, and keeps the connection. */
    static final String STAY = "\0stay";

    static String answer(String status, String body) {
        return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }

    /** The beginning of an answer in chunks, whose end is missing. */
    static String begun(String... lines) {
        StringBuilder answer = new StringBuilder("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (String line : lines) {
            answer.append(Integer.toHexString(line.length() + 1))
                    .append("\r\n")
                    .append(line)
                    .append("\n\r\n");
        }
        return answer.toString();
    }

    String url() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    /** The requests so far, without their bodies. */
    List<String> heard() {
        return heard;
    }

    private void serve(Function<String, String> script) {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
                String request = in.readLine();
                StringBuilder head = new StringBuilder(request);
                int length = 0;
                for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                    head.append('\n').append(line);
                    if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                        length = Integer.parseInt(line.substring(15).strip());
                    }
                }
                in.skip(length);
                heard.add(head.toString());
                String answer = script.apply(request);
                boolean stay = answer.endsWith(STAY);
                if (stay) {
                    staying.add(client);
                }
                client.getOutputStream().write(answer.replace(STAY, "").getBytes(StandardCharsets.UTF_8));
                if (!stay) {
                    client.close();
                }
            } catch (SocketException e) {
                // Closed, by the client or by the end of the test.
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket client : staying) {
            client.close();
        }
    }
}
