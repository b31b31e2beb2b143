package archipel.view;

import archipel.document.ErrorCode;
import archipel.document.FunctionException;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a client is told of functions that fail; the errors and reasons are CouchDB's. */
final class FunctionFailure {

    /** How CouchDB shows that an error says nothing more. */
    private static final byte[] NOTHING = "\"{[]}\"".getBytes(StandardCharsets.US_ASCII);

    private FunctionFailure() {}

    /** Of a call that was ended, or of a function that does not compile. */
    static RequestException of(ScriptException failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure.kind()) {
            case COMPILATION -> new RequestException(ErrorCode.FUNCTION_COMPILATION, message);
            case TIME -> new RequestException(ErrorCode.FUNCTION_TIMEOUT);
            case MEMORY -> new RequestException(ErrorCode.FUNCTION_MEMORY);
            case RECURSION -> new RequestException(ErrorCode.FUNCTION_RECURSION);
            case BROKEN -> new RequestException(ErrorCode.FUNCTION_FAILED, message);
            case EXHAUSTED, CANCELLED -> new RequestException(ErrorCode.FUNCTION_NOT_CALLED, message);
            case QUARANTINED -> new RequestException(ErrorCode.FUNCTION_QUARANTINED, message);
            case CLOSED -> new RequestException(ErrorCode.STOPPING);
        };
    }

    /** What a filter threw. */
    static RequestException ofFilter(Sandbox.Answer answer) {
        Thrown thrown = Thrown.of(answer);
        RequestException named = thrown.named();
        return named == null ? unnamed(thrown) : named;
    }

    /** What a validation function threw; null for what counts as if it had thrown nothing. */
    static @Nullable RequestException ofValidation(Sandbox.Answer answer) {
        Thrown thrown = Thrown.of(answer);
        JsonNode value = thrown.value;
        if (value != null && value.isObject() && value.size() == 1) {
            String member = value.propertyNames().iterator().next();
            JsonNode reason = value.path(member);
            return member.equals("forbidden") || member.equals("unauthorized")
                    ? new FunctionException(member, json(reason))
                    : new FunctionException("unknown_error", json(reason));
        }
        if (value != null && (value.isBoolean() && value.booleanValue() || value.isNumber() && value.asDouble() == 1)) {
            return null;
        }
        RequestException named = value != null && value.isArray() ? thrown.named() : null;
        return named == null ? unnamed(thrown) : named;
    }

    /** What an update function threw. */
    static RequestException ofUpdate(Sandbox.Answer answer) {
        Thrown thrown = Thrown.of(answer);
        RequestException named = thrown.named();
        if (named != null) {
            return named;
        }
        String what = thrown.value == null ? thrown.name + ": " + thrown.message : thrown.value.toString();
        return new RequestException(ErrorCode.UPDATE_RAISED, what, thrown.stack);
    }

    private static RequestException unnamed(Thrown thrown) {
        return thrown.value == null
                ? new FunctionException(500, thrown.name, NOTHING)
                : new FunctionException(500, "unknown_error", json(thrown.value));
    }

    private static byte[] json(JsonNode value) {
        return value.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** @param value what was thrown; null for an error, of which the rest speaks */
    private record Thrown(@Nullable JsonNode value, String name, String message, String stack) {
        static Thrown of(Sandbox.Answer answer) {
            JsonNode data = JsonTree.ofValid(answer.json().getBytes(StandardCharsets.UTF_8));
            return data.get(0).stringValue().equals("value")
                    ? new Thrown(data.get(1), "", "", "")
                    : new Thrown(
                            null,
                            data.get(1).stringValue(),
                            data.get(2).stringValue(),
                            data.get(3).stringValue());
        }

        /** Of {@code ["error", name, reason]} and {@code {"error": name, "reason": reason}}. */
        @Nullable
        RequestException named() {
            if (value == null) {
                return null;
            }
            if (value.isArray() && value.size() == 3) {
                String kind = value.get(0).asString("");
                return (kind.equals("error") || kind.equals("fatal"))
                                && value.get(1).isString()
                        ? new FunctionException(value.get(1).stringValue(), json(value.get(2)))
                        : null;
            }
            return value.path("error").isString() && value.has("reason")
                    ? new FunctionException(value.get("error").stringValue(), json(value.get("reason")))
                    : null;
        }
    }
}
