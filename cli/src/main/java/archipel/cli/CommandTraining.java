package archipel.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Commands that end at once, for the JVM to learn from at build time, as {@link TrainingRun} is for nodes. They have a
 * cache of their own: to read that of a node takes longer than all that they do.
 */
public final class CommandTraining {
    /** Nothing listens on the port, so that a command that asks a node is learned up to the answer. */
    private static final List<String> LINES = List.of(
            "version",
            "settings",
            "settings --port 1 --help",
            "serve --help",
            "backups --help",
            "--help",
            "sevre",
            "serve --prot 1",
            "verify http://127.0.0.1:1/",
            "set --help",
            "get color --url http://127.0.0.1:1");

    /** For these something listens that answers as a node does. */
    private static final List<String> NODE_LINES = List.of(
            "set color red",
            "set color blue --replace",
            "get color",
            "get color --json",
            "get none",
            "keys c",
            "rm color",
            "watch c",
            "peers",
            "peers --json",
            "invite",
            "add-peer http://ada:secret@127.0.0.1:1",
            "pause-peer http://127.0.0.1:1",
            "resume-peer b",
            "remove-peer http://127.0.0.1:1",
            "remove-peer http://127.0.0.1:2");

    private static final String DOCUMENT = "{\"_id\":\"color\",\"_rev\":\"1-a\",\"value\":\"red\"}";

    private static final String PEER = "{\"id\":\"b\",\"url\":\"http://127.0.0.1:1/\","
            + "\"addresses\":[\"http://127.0.0.1:1/\"],\"state\":\"connected\",\"since\":\"2026-01-01T00:00:00Z\","
            + "\"last_error\":null,\"lag\":{\"kv\":1},\"errors\":{\"a\":\"forbidden\"}}";

    private CommandTraining() {}

    /** @param arguments none */
    public static void main(String[] arguments) throws IOException {
        Map<String, String> environment = Map.of("ARCHIPEL_ADMIN_PASSWORD", "training");
        for (String line : LINES) {
            run(line, environment);
        }
        try (ServerSocket listening = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> answer(listening));
            String url = " --url http://127.0.0.1:" + listening.getLocalPort();
            for (String line : NODE_LINES) {
                run(line + url, environment);
            }
        }
    }

    /** What is printed goes nowhere and fails, as on a closed pipe: that ends what would go on for ever. */
    private static void run(String line, Map<String, String> environment) {
        PrintWriter nowhere = new PrintWriter(new ClosedPipe());
        Main.run(line.split(" "), environment, nowhere, nowhere);
    }

    private static void answer(ServerSocket listening) {
        while (!listening.isClosed()) {
            try (Socket client = listening.accept()) {
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
                String request = in.readLine();
                int length = 0;
                for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                    if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                        length = Integer.parseInt(line.substring(15).strip());
                    }
                }
                in.skip(length);
                String body = request == null ? "" : body(request);
                String answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nArchipel-Block: 1-0xa\r\n"
                        + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";
                client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            } catch (IOException _) {
                // Closed, at the end or by a command that has seen enough.
            }
        }
    }

    private static String body(String request) {
        if (request.contains("_peers/_invite")) {
            return "{\"ok\":true,\"url\":\"http://127.0.0.1:1/#a.b\",\"expires\":\"2026-01-01T00:00:00Z\"}";
        } else if (request.contains("GET /_peers")) {
            return "{\"node\":{\"fingerprint\":\"a\",\"addresses\":[]},\"peers\":[" + PEER + "],\"joining\":[]}";
        } else if (request.contains("PUT /_peers")) {
            return PEER;
        } else if (request.contains("_peers")) {
            return "{\"ok\":true,\"id\":\"b\"}";
        }
        if (request.contains("_bulk_docs")) {
            return "[{\"ok\":true,\"id\":\"color\",\"rev\":\"2-a\"}]";
        } else if (request.contains("feed=continuous")) {
            return "{\"seq\":\"1-a\",\"id\":\"color\",\"changes\":[{\"rev\":\"1-a\"}],\"doc\":" + DOCUMENT + "}\n";
        } else if (request.contains("_changes")) {
            return "{\"results\":[],\"last_seq\":\"1-a\",\"pending\":0}";
        }
        return "{\"total_rows\":1,\"offset\":0,\"rows\":[\n{\"id\":\"color\",\"key\":\"color\",\"value\":"
                + "{\"rev\":\"1-a\"},\"doc\":" + DOCUMENT + "}\n]}";
    }

    private static final class ClosedPipe extends Writer {
        @Override
        public void write(char[] characters, int from, int length) throws IOException {
            throw new IOException("closed");
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
