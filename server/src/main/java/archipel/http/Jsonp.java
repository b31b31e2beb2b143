package archipel.http;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** JSON as a call of the function that a GET names as {@code callback}, where the settings allow that. */
record Jsonp(String function) {
    static final String CONTENT_TYPE = "application/javascript";

    private static final Pattern FUNCTION = Pattern.compile("[A-Za-z0-9_.\\[\\]]*");

    /**
     * Null where an answer is to be JSON itself.
     *
     * @throws RequestException 400 for what could be more than a function's name
     */
    static @Nullable Jsonp of(Request request, HttpSettings settings) {
        if (request.verb() != Verb.GET || !settings.jsonp()) {
            return null;
        }
        String name = request.parameters().get("callback");
        if (name != null && !FUNCTION.matcher(name).matches()) {
            throw new RequestException(ErrorCode.INVALID_CALLBACK);
        }
        return name == null || name.isEmpty() ? null : new Jsonp(name);
    }

    void begin(JsonBuffer json) {
        // A comment in front keeps the answer from being taken for another kind of file.
        json.ascii("/* CouchDB */").ascii(function).ascii('(');
    }

    /** Before the line's end, where the JSON has one. */
    void end(JsonBuffer json) {
        boolean lineEnds = json.size() > 0 && json.array()[json.size() - 1] == '\n';
        (lineEnds ? json.truncate(json.size() - 1) : json).ascii(");").ascii(lineEnds ? "\n" : "");
    }
}
