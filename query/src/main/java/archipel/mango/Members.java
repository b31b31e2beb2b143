package archipel.mango;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.WholeNumber;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The members of a request's body: each is taken once, and what nobody takes is refused, as CouchDB does. */
final class Members {
    private final ObjectNode body;
    private final Set<String> taken = new HashSet<>();

    Members(ObjectNode body) {
        this.body = body;
    }

    /** Null where it is absent. */
    @Nullable
    JsonNode take(String name) {
        taken.add(name);
        return body.get(name);
    }

    JsonNode required(String name) {
        JsonNode value = take(name);
        if (value == null) {
            throw new RequestException(ErrorCode.QUERY_KEY_MISSING, name);
        }
        return value;
    }

    /** A whole number from 0. */
    long count(String name, long absent) {
        JsonNode value = take(name);
        if (value == null) {
            return absent;
        }
        Long number = WholeNumber.clamped(value);
        if (number == null || number < 0) {
            throw new RequestException(ErrorCode.QUERY_NOT_COUNT, ErlangTerm.of(value));
        }
        return number;
    }

    /** A whole number from 1. */
    long positive(String name, long absent) {
        JsonNode value = take(name);
        if (value == null) {
            return absent;
        }
        Long number = WholeNumber.clamped(value);
        if (number == null || number <= 0) {
            throw new RequestException(ErrorCode.QUERY_NOT_POSITIVE, ErlangTerm.of(value));
        }
        return number;
    }

    boolean bool(String name, boolean absent) {
        JsonNode value = take(name);
        if (value == null) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw new RequestException(ErrorCode.QUERY_NOT_BOOLEAN, ErlangTerm.of(value));
        }
        return value.booleanValue();
    }

    /** Null where it is absent. */
    @Nullable
    String string(String name) {
        JsonNode value = take(name);
        if (value == null) {
            return null;
        }
        if (!value.isString()) {
            throw new RequestException(ErrorCode.QUERY_NOT_STRING, ErlangTerm.of(value));
        }
        return value.stringValue();
    }

    /** @throws RequestException 400 {@code invalid_key} for the first member that was not taken */
    void requireEmpty() {
        for (String name : body.propertyNames()) {
            if (!taken.contains(name)) {
                throw new RequestException(ErrorCode.QUERY_KEY_UNKNOWN, name);
            }
        }
    }
}
