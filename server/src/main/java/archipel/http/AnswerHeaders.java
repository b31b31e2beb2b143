package archipel.http;

import archipel.origins.Cors;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.jspecify.annotations.Nullable;

/** The headers that every answer to one request carries. */
final class AnswerHeaders {
    private static final String REQUEST_ID = "X-Couch-Request-ID";
    private static final HttpField NO_BODY_TIME = new PreEncodedHttpField("X-CouchDB-Body-Time", "0");
    private static final HttpField CLOSE = new PreEncodedHttpField(HttpHeader.CONNECTION, "close");
    private static final AtomicLong REQUESTS =
            new AtomicLong(Long.hashCode(ProcessHandle.current().pid()) * 2654435761L);

    private final HttpField server;
    private final @Nullable String givenId;
    private final @Nullable String origin;
    private final Cors cors;
    private @Nullable String cookie;
    private boolean closes;

    AnswerHeaders(HttpField server, @Nullable String givenId, @Nullable String origin, Cors cors) {
        this.server = server;
        this.givenId = givenId;
        this.origin = origin;
        this.cors = cors;
    }

    /** A renewed session. */
    void cookie(String value) {
        cookie = value;
    }

    /** Says that the connection ends with this answer. */
    void close() {
        closes = true;
    }

    void addTo(HttpFields.Mutable headers) {
        headers.put(server);
        headers.put(REQUEST_ID, givenId != null && isPlain(givenId) ? givenId : nextId());
        headers.put(NO_BODY_TIME);
        if (cookie != null) {
            headers.add(HttpHeader.SET_COOKIE, cookie);
        }
        if (closes) {
            headers.put(CLOSE);
        }
        if (origin != null) {
            grant(origin, headers);
        }
    }

    private void grant(String page, HttpFields.Mutable headers) {
        Cors.Grant grant =
                cors.grant(page, headers.stream().map(HttpField::getName).toList());
        if (grant == null) {
            return;
        }
        headers.put(HttpHeader.ACCESS_CONTROL_ALLOW_ORIGIN, grant.origin());
        headers.add(HttpHeader.VARY, "Origin");
        if (grant.credentials()) {
            headers.put(HttpHeader.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        headers.put(HttpHeader.ACCESS_CONTROL_EXPOSE_HEADERS, grant.exposed());
    }

    private static boolean isPlain(String id) {
        if (id.isEmpty() || id.length() > 36) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_')) {
                return false;
            }
        }
        return true;
    }

    /** Ten hex digits, none the same in one process; nothing depends on their being hard to guess. */
    private static String nextId() {
        long number = REQUESTS.incrementAndGet() * 0x9E3779B97F4A7C15L >>> 24;
        char[] digits = new char[10];
        for (int i = 9; i >= 0; i--) {
            digits[i] = Character.forDigit((int) (number & 15), 16);
            number >>>= 4;
        }
        return new String(digits);
    }
}
