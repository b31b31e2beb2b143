package archipel.document;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A request that is answered with an entry of the {@link ErrorCode} table. Has no stack trace: it is an answer, not a
 * fault.
 */
public class RequestException extends RuntimeException {
    private final transient ErrorCode code;
    private final transient List<String> fields;

    public RequestException(ErrorCode code, @Nullable Object... fields) {
        super(code.reasonTemplate().formatted(fields), null, false, false);
        this.code = code;
        this.fields = fields.length == 0
                ? List.of()
                : Stream.of(fields).map(String::valueOf).toList();
    }

    /** For answers that are faults too: keeps the stack trace and what caused it. */
    protected RequestException(ErrorCode code, @Nullable Throwable cause, @Nullable Object... fields) {
        super(code.reasonTemplate().formatted(fields), cause);
        this.code = code;
        this.fields = fields.length == 0
                ? List.of()
                : Stream.of(fields).map(String::valueOf).toList();
    }

    public ErrorCode code() {
        return code;
    }

    /** What the reason names, as text. */
    public List<String> fields() {
        return fields;
    }

    /** The reason with its fields filled in. */
    public String reason() {
        return String.valueOf(getMessage());
    }

    /** The HTTP status to answer with. */
    public int status() {
        return code.status();
    }

    /** What stands as {@code error}. */
    public String error() {
        return code.error();
    }

    /** Writes the members {@code error} and {@code reason}, without braces around them. */
    public JsonBuffer appendTo(JsonBuffer json) {
        return json.ascii("\"error\":").string(error()).ascii(",\"reason\":").raw(reasonJson());
    }

    /** The whole answer: {@code {"error":…,"reason":…}}. */
    public JsonBuffer json() {
        return appendTo(new JsonBuffer(128).ascii('{')).ascii('}');
    }

    /** What stands as {@code reason}, as JSON. */
    public byte[] reasonJson() {
        return new JsonBuffer(reason().length() + 16).string(reason()).toByteArray();
    }
}
