package archipel.node;

import static java.nio.charset.StandardCharsets.US_ASCII;

import archipel.document.RequestException;
import archipel.json.JsonSlice;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Requests to a running node, one after another, for commands that must answer before anybody waits. What goes wrong is
 * a {@link NodeFailure}.
 *
 * <p>It speaks HTTP/1.1 itself, since the JDK's clients are slow to load: the newer one takes 270 ms, the older one
 * starts the logging system.
 *
 * <p>A connection is used again. Where the node has closed it meanwhile, the request is sent once more on another one,
 * so a write may have been applied although its answer says that it conflicts with what is there: callers look what
 * that is.
 *
 * <p>There may be several addresses, of the members of one ensemble. Where one does not answer, or answers 503, the
 * next is asked, and all that comes after it as well. What must not be done twice is sent to another one only where it
 * certainly has not reached the one before.
 */
public final class NodeConnection {
    private static final Duration CONNECTING = Duration.ofSeconds(10);
    /** For a node that may be stuck while another one could be asked; longer than an election takes. */
    private static final Duration BEFORE_THE_NEXT = Duration.ofSeconds(15);

    private static final int MOST_HEADERS = 200;
    private static final int UNAVAILABLE = 503;

    private final List<Target> targets;
    /** Of the one that is asked. */
    private int current;

    /** What the last answer has left behind; null where that was nothing. */
    private @Nullable Link idle;

    /**
     * A node, and as whom it is asked.
     *
     * @param login null for requests without one
     * @param trusted what certificates are compared with; null for those that Java trusts
     */
    public record Target(
            NodeUrl url, @Nullable Login login, @Nullable SSLContext trusted) {}

    /** @param targets in the order in which they are tried; one at least */
    public NodeConnection(List<Target> targets) {
        this.targets = List.copyOf(targets);
    }

    /** Of the node that is asked now. */
    NodeUrl url() {
        return target().url();
    }

    private Target target() {
        return targets.get(current);
    }

    /**
     * Sends a request that may be done twice, and reads the answer's head.
     *
     * @param path begins with a slash
     * @param body JSON; null for a request without one
     * @param patience for how long the node may say nothing
     */
    Answer send(String method, String path, byte @Nullable [] body, Duration patience) {
        return send(method, path, body, patience, true);
    }

    /** As {@link #send}, for what must not be done twice. */
    Answer sendOnce(String method, String path, byte @Nullable [] body, Duration patience) {
        return send(method, path, body, patience, false);
    }

    private Answer send(String method, String path, byte @Nullable [] body, Duration patience, boolean repeatable) {
        List<NodeFailure> failures = new ArrayList<>();
        for (int left = targets.size() - 1; ; left--) {
            boolean others = left > 0 && repeatable;
            boolean shorter = others && patience.compareTo(BEFORE_THE_NEXT) > 0;
            try {
                Answer answer = attempt(method, path, body, shorter ? BEFORE_THE_NEXT : patience, patience);
                if (!others || answer.status() != UNAVAILABLE) {
                    return answer;
                }
                failures.add(new NodeFailure(url() + " cannot do this now (503)."));
                answer.close();
            } catch (Unanswered e) {
                failures.add(e.failure);
                if (left == 0 || !repeatable && !e.unsent) {
                    throw NodeFailure.all(failures);
                }
            }
            current = (current + 1) % targets.size();
            idle = null;
        }
    }

    /** There is no answer, for that reason. */
    private static final class Unanswered extends Exception {
        private final transient NodeFailure failure;
        private final boolean unsent;

        private Unanswered(NodeFailure failure, boolean unsent) {
            super(failure.getMessage(), null, false, false);
            this.failure = failure;
            this.unsent = unsent;
        }
    }

    private Answer attempt(
            String method, String path, byte @Nullable [] body, Duration patience, Duration patienceWithBody)
            throws Unanswered {
        NodeUrl url = url();
        URI target = url.resolve(path);
        byte[] request = request(method, target, body);
        Link used = idle;
        idle = null;
        try {
            if (used != null) {
                try {
                    return exchange(used, request, patience, patienceWithBody);
                } catch (SocketTimeoutException e) {
                    throw e;
                } catch (IOException _) {
                    used.close();
                }
            }
            Link fresh = connect(target, used == null);
            try {
                return exchange(fresh, request, patience, patienceWithBody);
            } catch (IOException e) {
                fresh.close();
                throw e;
            }
        } catch (SocketTimeoutException _) {
            throw new Unanswered(NodeFailure.silent(url, patience), false);
        } catch (IOException e) {
            throw new Unanswered(lost(e), false);
        }
    }

    /** @param unsent whether the request was not sent before */
    private Link connect(URI target, boolean unsent) throws Unanswered {
        try {
            return connect(target);
        } catch (NodeFailure e) {
            throw new Unanswered(e, unsent);
        } catch (SocketTimeoutException _) {
            throw new Unanswered(NodeFailure.silent(url(), CONNECTING), unsent);
        } catch (SSLException e) {
            throw new Unanswered(NodeFailure.insecure(url(), e), unsent);
        } catch (IOException e) {
            throw new Unanswered(lost(e), unsent);
        }
    }

    private byte[] request(String method, URI target, byte @Nullable [] body) {
        StringBuilder head = new StringBuilder(method).append(' ').append(target.getRawPath());
        if (target.getRawQuery() != null) {
            head.append('?').append(target.getRawQuery());
        }
        head.append(" HTTP/1.1\r\nHost: ").append(target.getRawAuthority()).append("\r\nAccept: application/json\r\n");
        Login login = target().login();
        if (login != null) {
            head.append("Authorization: ").append(login.basic()).append("\r\n");
        }
        int length = body == null ? 0 : body.length;
        head.append("Content-Type: application/json\r\nContent-Length: ")
                .append(length)
                .append("\r\n\r\n");
        ByteArrayOutputStream request = new ByteArrayOutputStream(head.length() + length);
        request.writeBytes(head.toString().getBytes(US_ASCII));
        if (body != null) {
            request.writeBytes(body);
        }
        return request.toByteArray();
    }

    private Link connect(URI target) throws IOException {
        NodeUrl url = url();
        SSLContext trusted = target().trusted();
        String host = target.getHost();
        int port = url.port();
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(host);
        } catch (UnknownHostException _) {
            throw NodeFailure.unknownHost(url);
        }
        Socket socket = connect(addresses, port);
        if (!url.isSecure()) {
            return new Link(socket);
        }
        SSLSocketFactory factory =
                trusted == null ? (SSLSocketFactory) SSLSocketFactory.getDefault() : trusted.getSocketFactory();
        socket.setSoTimeout((int) CONNECTING.toMillis());
        String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        SSLSocket secure = (SSLSocket) factory.createSocket(socket, name, port, true);
        SSLParameters parameters = secure.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secure.setSSLParameters(parameters);
        secure.startHandshake();
        return new Link(secure);
    }

    /** To the first address that takes it. */
    private Socket connect(InetAddress[] addresses, int port) {
        NodeUrl url = url();
        NodeFailure failure = NodeFailure.unknownHost(url);
        for (InetAddress address : addresses) {
            Socket socket = new Socket();
            try {
                socket.setTcpNoDelay(true);
                socket.connect(new InetSocketAddress(address, port), (int) CONNECTING.toMillis());
                return socket;
            } catch (SocketTimeoutException _) {
                failure = NodeFailure.unconnected(url, CONNECTING);
            } catch (ConnectException e) {
                failure = NodeFailure.unreachable(url, e);
            } catch (IOException e) {
                failure = new NodeFailure(url + " cannot be reached: " + e.getMessage());
            }
        }
        throw failure;
    }

    private Answer exchange(Link link, byte[] request, Duration patience, Duration patienceWithBody)
            throws IOException {
        NodeUrl url = url();
        link.socket.setSoTimeout((int) patience.toMillis());
        link.socket.getOutputStream().write(request);
        String[] status = ResponseBody.line(link.in).split(" ", 3);
        // What asks for more, or promises more, comes before the answer.
        while (isHttp(status) && status[1].startsWith("1")) {
            headers(link.in);
            status = ResponseBody.line(link.in).split(" ", 3);
        }
        if (!isHttp(status)) {
            link.close();
            throw NodeFailure.notArchipel(url);
        }
        Map<String, String> headers = headers(link.in);
        int code = Integer.parseInt(status[1]);
        if (code / 100 == 3) {
            link.close();
            throw NodeFailure.redirected(url, code, headers.getOrDefault("location", ""));
        }
        boolean stays = !headers.getOrDefault("connection", "").equalsIgnoreCase("close");
        ResponseBody body = ResponseBody.of(
                link.in,
                headers.getOrDefault("transfer-encoding", ""),
                headers.getOrDefault("content-length", ""),
                () -> idle = stays ? link : null);
        link.socket.setSoTimeout((int) patienceWithBody.toMillis());
        return new Answer(code, headers.getOrDefault("archipel-block", ""), body, link, patienceWithBody);
    }

    private static boolean isHttp(String... status) {
        return status.length > 1 && status[0].startsWith("HTTP/1.") && status[1].matches("[1-5][0-9][0-9]");
    }

    /** By name in lower case. */
    private static Map<String, String> headers(InputStream in) throws IOException {
        Map<String, String> headers = new HashMap<>();
        int count = 0;
        for (String line = ResponseBody.line(in); !line.isEmpty(); line = ResponseBody.line(in)) {
            int colon = line.indexOf(':');
            if (colon < 0 || ++count > MOST_HEADERS) {
                throw new IOException("its head is not HTTP");
            }
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return headers;
    }

    /** A connection that is there. */
    private static final class Link {
        private final Socket socket;
        private final InputStream in;

        private Link(Socket socket) throws IOException {
            this.socket = socket;
            in = new BufferedInputStream(socket.getInputStream());
        }

        private void close() {
            try {
                socket.close();
            } catch (IOException _) {
                // Nothing more was wanted of it.
            }
        }
    }

    private NodeFailure lost(IOException failure) {
        NodeUrl url = url();
        return new NodeFailure(url + " ended the connection without an answer (" + failure.getMessage()
                + "): see the node's log, and check that it speaks HTTP" + (url.isSecure() ? "S." : "."));
    }

    /** What a node that asks for another login, or refuses this one, is to be told next. */
    NodeFailure unauthorized(String reason) {
        NodeUrl url = url();
        Login login = target().login();
        String remedy = "give a name and a password in the URL (http://NAME:PASSWORD@...), or with --admin and "
                + "ARCHIPEL_ADMIN_PASSWORD or --admin-password-file.";
        return new NodeFailure(
                401,
                reason,
                login == null
                        ? url + " wants a login (" + reason + "): " + remedy
                        : url + " rejected the login as \"" + login.name() + "\" (" + reason + "): " + remedy);
    }

    /** Who asks, for messages. */
    String who() {
        Login login = target().login();
        return login == null ? "Who gives no name" : "\"" + login.name() + "\"";
    }

    /** The head of an answer, and its body to be read. */
    final class Answer implements AutoCloseable {
        private final int status;
        private final String block;
        private final InputStream body;
        private final Link link;
        private final Duration patience;

        private Answer(int status, String block, InputStream body, Link link, Duration patience) {
            this.status = status;
            this.block = block;
            this.body = new BufferedInputStream(body);
            this.link = link;
            this.patience = patience;
        }

        int status() {
            return status;
        }

        /** The block that the answer is of; empty where it names none. */
        String block() {
            return block;
        }

        /** All of the body. */
        JsonSlice json() {
            byte[] bytes;
            try {
                bytes = body.readAllBytes();
            } catch (SocketTimeoutException _) {
                throw NodeFailure.silent(url(), patience);
            } catch (IOException e) {
                throw cut();
            }
            try {
                return JsonSlice.of(bytes);
            } catch (RequestException _) {
                throw bytes.length > 0 && (bytes[0] == '{' || bytes[0] == '[') ? cut() : NodeFailure.notArchipel(url());
            }
        }

        private NodeFailure cut() {
            return new NodeFailure("The answer of " + url() + " was cut off: try again, and see the node's log.");
        }

        /**
         * The next line of the body, which may be empty; null after the last.
         *
         * @throws IOException when nothing comes any more, or the connection is lost
         */
        byte @Nullable [] line() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            int next = body.read();
            if (next < 0) {
                return null;
            }
            for (; next != '\n'; next = body.read()) {
                if (next < 0) {
                    throw new EOFException("the answer was cut off");
                }
                line.write(next);
            }
            return line.toByteArray();
        }

        /** Ends the connection where the body was not read to its end. */
        @Override
        public void close() {
            if (!Objects.equals(idle, link)) {
                link.close();
            }
        }
    }
}
