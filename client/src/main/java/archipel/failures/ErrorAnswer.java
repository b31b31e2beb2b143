package archipel.failures;

import java.io.Serializable;
import java.util.Map;

/**
 * An answer that is an error.
 *
 * @param status the HTTP status; 0 where no node answered
 * @param error the node's word for it, such as {@code conflict}
 * @param reason a sentence for people
 * @param fields what else the answer says, as texts; what is within an object is named {@code holder.owner}
 */
public record ErrorAnswer(int status, String error, String reason, Map<String, String> fields) implements Serializable {
    public ErrorAnswer {
        fields = Map.copyOf(fields);
    }

    /** What the client has to say by itself. */
    public static ErrorAnswer none(String error, String reason) {
        return new ErrorAnswer(0, error, reason, Map.of());
    }

    /** One of the other fields; empty where there is no such. */
    public String field(String name) {
        return fields.getOrDefault(name, "");
    }

    @Override
    public String toString() {
        return (status == 0 ? "" : status + " ") + error + ": " + reason;
    }
}
