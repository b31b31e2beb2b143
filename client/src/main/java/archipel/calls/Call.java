package archipel.calls;

import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request, whichever node it is sent to.
 *
 * @param path with its parameters, begins with a slash
 * @param headers names and values
 * @param body null for none
 * @param patience for how long to try; null for as long as the client does by default
 * @param answerWithin how long one node may take, beyond what the client gives it by default
 * @param silence how long the body of the answer may stand still; null for as long as it may by default
 * @param permit without which no attempt is made, and none goes on
 */
public record Call(
        String method,
        String path,
        Repeat repeat,
        List<Map.Entry<String, String>> headers,
        @Nullable Content body,
        @Nullable Duration patience,
        Duration answerWithin,
        @Nullable Duration silence,
        Permit permit) {
    /** What may be sent again, to the same node or to another one. */
    public enum Repeat {
        /** It changes nothing. */
        READ,
        /** A repetition changes nothing, or is refused in a way that shows it. */
        WRITE,
        /** Only what certainly has not reached a node. */
        ONCE
    }

    private Call(String method, String path, Repeat repeat) {
        this(method, path, repeat, List.of(), null, null, Duration.ZERO, null, Permit.NONE);
    }

    public static Call read(String path) {
        return new Call("GET", path, Repeat.READ);
    }

    /** A question whose parameters do not fit into a URL. */
    public static Call query(String path, byte[] json) {
        return new Call("POST", path, Repeat.READ).json(json);
    }

    public static Call write(String method, String path) {
        return new Call(method, path, Repeat.WRITE);
    }

    public static Call once(String method, String path) {
        return new Call(method, path, Repeat.ONCE);
    }

    public boolean isWrite() {
        return repeat != Repeat.READ;
    }

    public Call header(String name, String value) {
        List<Map.Entry<String, String>> more = new ArrayList<>(headers);
        more.add(Map.entry(name, value));
        return new Call(method, path, repeat, List.copyOf(more), body, patience, answerWithin, silence, permit);
    }

    public Call json(byte[] json) {
        return body(() -> BodyPublishers.ofByteArray(json)).header("Content-Type", "application/json");
    }

    public Call body(Content other) {
        return new Call(method, path, repeat, headers, other, patience, answerWithin, silence, permit);
    }

    /** @param other for how long to try at all */
    public Call within(Duration other) {
        return new Call(method, path, repeat, headers, body, other, answerWithin, silence, permit);
    }

    /** @param longer how much longer than usual one node may take */
    public Call taking(Duration longer) {
        return new Call(method, path, repeat, headers, body, patience, longer, silence, permit);
    }

    /** @param other how long the body of the answer may stand still */
    public Call silence(Duration other) {
        return new Call(method, path, repeat, headers, body, patience, answerWithin, other, permit);
    }

    /** @param other without which no attempt is made, and none goes on */
    public Call under(Permit other) {
        return new Call(method, path, repeat, headers, body, patience, answerWithin, silence, other);
    }

    /** A parameter of the path. */
    public Call with(String name, String value) {
        String more = path + (path.indexOf('?') < 0 ? '?' : '&') + name + "=" + encode(value);
        return new Call(method, more, repeat, headers, body, patience, answerWithin, silence, permit);
    }

    /** For messages. */
    String what() {
        return method + " " + path;
    }

    /** One segment of a path, or the value of a parameter. */
    public static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
    }
}
