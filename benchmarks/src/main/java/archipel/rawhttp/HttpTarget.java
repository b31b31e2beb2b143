package archipel.rawhttp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * A server to drive: where it listens and what every request to it carries. Only on this machine, since the load is
 * meant for nobody else's.
 *
 * @param url as given, without credentials and without a slash at its end
 * @param path of the URL, empty or beginning with a slash
 * @param fixedHeaders the {@code Host} and {@code Authorization} lines
 */
public record HttpTarget(String url, InetSocketAddress address, String path, String fixedHeaders) {
    /**
     * Reads a URL such as {@code http://admin:secret@127.0.0.1:5984}.
     *
     * @throws IllegalArgumentException where it is not an {@code http} URL of this machine
     */
    public static HttpTarget parse(String text) {
        URI uri = URI.create(text);
        if (!"http".equals(uri.getScheme()) || uri.getHost() == null) {
            throw new IllegalArgumentException("an http:// URL is needed, not " + text);
        }
        int port = uri.getPort() < 0 ? 80 : uri.getPort();
        InetSocketAddress address = new InetSocketAddress(loopback(uri.getHost()), port);
        String path = uri.getRawPath() == null ? "" : uri.getRawPath().replaceAll("/+$", "");
        String headers = "Host: " + uri.getHost() + ":" + port + "\r\n";
        String user = uri.getUserInfo();
        if (user != null) {
            byte[] credentials = user.getBytes(StandardCharsets.UTF_8);
            headers += "Authorization: Basic " + Base64.getEncoder().encodeToString(credentials) + "\r\n";
        }
        return new HttpTarget("http://" + uri.getHost() + ":" + port + path, address, path, headers);
    }

    private static InetAddress loopback(String host) {
        try {
            InetAddress address = InetAddress.getByName(host);
            if (!address.isLoopbackAddress()) {
                throw new IllegalArgumentException(host + " is not this machine: load is for loopback addresses only");
            }
            return address;
        } catch (UnknownHostException unknown) {
            throw new IllegalArgumentException("no such host: " + host, unknown);
        }
    }

    public HttpConnection connect() throws IOException {
        return HttpConnection.open(address);
    }

    /** A request without a body. */
    public byte[] request(String method, String pathAndQuery) {
        return head(method, pathAndQuery, method.equals("GET") || method.equals("HEAD") ? "" : "Content-Length: 0\r\n");
    }

    /** A request with a JSON body. */
    public byte[] request(String method, String pathAndQuery, byte[] json) {
        byte[] head = uploadHead(method, pathAndQuery, "application/json", json.length);
        ByteArrayOutputStream whole = new ByteArrayOutputStream(head.length + json.length);
        whole.writeBytes(head);
        whole.writeBytes(json);
        return whole.toByteArray();
    }

    /** The head of a request whose body, of so many bytes, is sent after it. */
    public byte[] uploadHead(String method, String pathAndQuery, String contentType, long length) {
        return head(method, pathAndQuery, "Content-Type: " + contentType + "\r\nContent-Length: " + length + "\r\n");
    }

    private byte[] head(String method, String pathAndQuery, String headers) {
        String text = method + " " + path + pathAndQuery + " HTTP/1.1\r\n" + fixedHeaders + headers
                + "Accept: application/json\r\n\r\n";
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * One request on a connection of its own, for what is not measured.
     *
     * @return the body
     * @throws UnexpectedAnswerException when the status is not {@code expected}
     */
    public String call(int expected, String method, String pathAndQuery, byte[] json) throws IOException {
        byte[] request = json.length == 0 ? request(method, pathAndQuery) : request(method, pathAndQuery, json);
        BodyCollector body = new BodyCollector();
        try (HttpConnection connection = connect()) {
            int status = connection.exchange(ByteBuffer.wrap(request), body);
            if (status != expected) {
                throw new UnexpectedAnswerException(
                        method + " " + pathAndQuery, status + " instead of " + expected, body.text());
            }
        }
        return body.text();
    }

    public String call(int expected, String method, String pathAndQuery) throws IOException {
        return call(expected, method, pathAndQuery, new byte[0]);
    }
}
