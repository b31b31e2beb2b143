package archipel.http;

import archipel.auth.UserContext;
import archipel.connections.GuardedConnection;
import archipel.origins.TrustedProxies;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.jspecify.annotations.Nullable;

/** What a client asks for, with which parameters, headers and body; who it is, and where. For one thread. */
public sealed class Request permits DatabaseRequest {
    private static final String[] NONE = {};

    private final org.eclipse.jetty.server.Request wire;
    private final Verb verb;
    private final RequestPath path;
    private final RequestBody body;
    private final HttpSettings settings;
    private @Nullable Parameters parameters;
    private TrustedProxies.@Nullable Sender sender;
    private UserContext user = UserContext.ANONYMOUS;
    private @Nullable Confirmation confirmation;

    /** @param wire as the library read it */
    Request(
            org.eclipse.jetty.server.Request wire,
            Verb verb,
            RequestPath path,
            RequestBody body,
            HttpSettings settings) {
        this.wire = wire;
        this.verb = verb;
        this.path = path;
        this.body = body;
        this.settings = settings;
    }

    public final Verb verb() {
        return verb;
    }

    /** The request's method as it came. */
    public final String method() {
        return wire.getMethod();
    }

    public final RequestPath path() {
        return path;
    }

    /** Path and query as they came. */
    public final String target() {
        return path.query().isEmpty() ? path.raw() : path.raw() + '?' + path.query();
    }

    /** The query's parameters. @throws RequestException 400 where the query is malformed */
    public final Parameters parameters() {
        if (parameters == null) {
            parameters = Parameters.parse(path.query(), settings.jsonLimits());
        }
        return parameters;
    }

    /** A header's first value; null when absent. Any case of the name does. */
    public final @Nullable String header(String name) {
        return wire.getHeaders().get(name);
    }

    /** All headers, their names as they came; several lines of the same name joined by commas. */
    public final Map<String, String> headers() {
        Map<String, String> all = new LinkedHashMap<>();
        for (HttpField field : wire.getHeaders()) {
            all.merge(field.getName(), value(field), (former, next) -> former + ',' + next);
        }
        return all;
    }

    public final RequestBody body() {
        return body;
    }

    public final UserContext user() {
        return user;
    }

    /**
     * Looks again whether the user still is who it was, with which roles, and may still use this route; for what takes
     * its time. The end of a body and each reader that is opened late do so by themselves.
     *
     * @throws RequestException 401 or 403
     */
    public final void confirm() {
        if (confirmation != null) {
            confirmation.now();
        }
    }

    /** The client's address, without a port; as a trusted proxy gives it where one passed the request on. */
    public final String peer() {
        return sender().client();
    }

    /** Whether the client speaks https: to this server, or to a trusted proxy. */
    public final boolean isSecure() {
        return sender().secure();
    }

    /** The host that the client asked for, with a port where it gave one. */
    public final String host() {
        String host = sender().host();
        return host == null ? "localhost" : host;
    }

    /** {@code http://host}, as the client names this server; the beginning of a {@code Location}. */
    public final String origin() {
        return (isSecure() ? "https://" : "http://") + host();
    }

    /**
     * Whether the client would rather have {@code type} than anything that is not named; a missing header takes all.
     */
    public final boolean accepts(String type) {
        String accept = joinedHeader("Accept");
        if (accept == null) {
            return true;
        }
        String wanted = accept.toLowerCase(Locale.ROOT);
        int slash = type.indexOf('/');
        return wanted.contains(type) || wanted.contains("*/*") || wanted.contains(type.substring(0, slash) + "/*");
    }

    public final boolean acceptsGzip() {
        return AcceptEncoding.allowsGzip(wire.getHeaders());
    }

    /** How long the client wants to wait for a block, or another position. @throws RequestException 400 for no time */
    public final Duration blockWait() {
        return BlockParameters.wait(parameters(), settings);
    }

    // What the package's own classes use.

    /** A header's first value, as {@link #header(String)} but faster. */
    final @Nullable String header(HttpHeader header) {
        return wire.getHeaders().get(header);
    }

    /** As {@link #header}, with several lines of the same header joined by commas. */
    final @Nullable String joinedHeader(String name) {
        return joined(wire.getHeaders(), name);
    }

    /** A header's values with commas between them; null when absent. */
    static @Nullable String joined(HttpFields fields, String name) {
        String joined = null;
        for (HttpField field : fields) {
            if (field.is(name)) {
                joined = joined == null ? value(field) : joined + ',' + value(field);
            }
        }
        return joined;
    }

    /** What the cookie of a session says; null where there is none. */
    final @Nullable String sessionCookie() {
        for (HttpField field : wire.getHeaders()) {
            String line = field.getHeader() == HttpHeader.COOKIE ? field.getValue() : null;
            for (String cookie : line == null ? NONE : line.split(";")) {
                String text = cookie.strip();
                if (text.startsWith("AuthSession=")) {
                    String value = text.substring("AuthSession=".length());
                    return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
                            ? value.substring(1, value.length() - 1)
                            : value;
                }
            }
        }
        return null;
    }

    /** What another node has shown; null for a client. */
    final X509Certificate @Nullable [] peerCertificates() {
        return GuardedConnection.peerCertificates(wire);
    }

    /** Whether the connection itself is encrypted, whatever a proxy says. */
    final boolean isEncrypted() {
        return wire.getConnectionMetaData().isSecure();
    }

    /** Whether a trusted proxy passed the request on. */
    final boolean isProxied() {
        return sender().proxied();
    }

    final void user(UserContext authenticated) {
        user = authenticated;
    }

    /** From now on it goes on only where that agrees. */
    final void granted(Confirmation given) {
        confirmation = given;
        body.granted(given);
    }

    /** As {@link #confirm}, where it has been under way for a while. */
    final void confirmIfLate() {
        if (confirmation != null) {
            confirmation.ifLate();
        }
    }

    private TrustedProxies.Sender sender() {
        TrustedProxies.Sender known = sender;
        if (known == null) {
            ConnectionMetaData connection = wire.getConnectionMetaData();
            String named = header("Host");
            known = settings.proxies()
                    .sender(
                            address(connection),
                            connection.isSecure(),
                            named == null ? wire.getHttpURI().getAuthority() : named,
                            this::joinedHeader);
            sender = known;
        }
        return known;
    }

    private static @Nullable InetAddress address(ConnectionMetaData connection) {
        return connection.getRemoteSocketAddress() instanceof InetSocketAddress internet ? internet.getAddress() : null;
    }

    private static String value(HttpField field) {
        String value = field.getValue();
        return value == null ? "" : value;
    }
}
