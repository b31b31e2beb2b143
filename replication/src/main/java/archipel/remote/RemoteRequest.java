package archipel.remote;

import archipel.mime.PercentCoding;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request, below a {@link RemoteAddress}. Immutable but for the body's bytes; each method gives another one.
 *
 * @param path appended to the address's path, percent-encoded already; no slash at its beginning
 * @param query percent-encoded already, without a question mark; empty for none
 * @param idle how long nothing may move before the request has failed
 */
public record RemoteRequest(
        String method,
        String path,
        String query,
        Map<String, String> headers,
        @Nullable Body body,
        Duration idle) {
    public static final Duration DEFAULT_IDLE = Duration.ofSeconds(30);

    /** A request without a body. */
    public static RemoteRequest of(String method, String path) {
        return new RemoteRequest(method, path, "", Map.of(), null, DEFAULT_IDLE);
    }

    public static RemoteRequest get(String path) {
        return of("GET", path);
    }

    /** A POST of JSON. */
    public static RemoteRequest post(String path, byte[] json) {
        return of("POST", path).json(json);
    }

    /** A PUT of JSON. */
    public static RemoteRequest put(String path, byte[] json) {
        return of("PUT", path).json(json);
    }

    private RemoteRequest json(byte[] json) {
        return body(new Bytes("application/json", json, json.length));
    }

    public RemoteRequest body(Body content) {
        return new RemoteRequest(method, path, query, headers, content, idle);
    }

    /** With one more parameter, which is encoded here. */
    public RemoteRequest query(String name, String value) {
        String one = PercentCoding.encode(name) + "=" + PercentCoding.encode(value);
        return new RemoteRequest(method, path, query.isEmpty() ? one : query + "&" + one, headers, body, idle);
    }

    public RemoteRequest header(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new RemoteRequest(method, path, query, more, body, idle);
    }

    public RemoteRequest idle(Duration most) {
        return new RemoteRequest(method, path, query, headers, body, most);
    }

    /** What a request sends. */
    public sealed interface Body {
        String contentType();
    }

    /**
     * A body that is there as a whole.
     *
     * @param length of the bytes that count
     */
    public record Bytes(String contentType, byte[] array, int length) implements Body {}

    /**
     * A body that is made while it is sent.
     *
     * @param length bytes; -1 where it is not known
     */
    public record Streamed(String contentType, long length, Writer writer) implements Body {}

    /** Writes a body; called once, on the thread that sends the request. */
    @FunctionalInterface
    public interface Writer {
        /** @throws IOException where it cannot be made, or the other side takes no more */
        void write(OutputStream out) throws IOException;
    }
}
