package archipel.origins;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lets web pages of other origins in, with the headers and the lists that CouchDB has. */
public final class Cors {
    private static final String METHODS = "CONNECT, COPY, DELETE, GET, HEAD, OPTIONS, POST, PUT, TRACE";
    private static final Set<String> HEADERS = Set.of(
            "accept",
            "accept-language",
            "authorization",
            "content-length",
            "content-range",
            "content-type",
            "destination",
            "expires",
            "if-match",
            "if-none-match",
            "last-modified",
            "origin",
            "pragma",
            "x-couch-full-commit",
            "x-couch-id",
            "x-couch-persist",
            "x-couchdb-www-authenticate",
            "x-http-method-override",
            "x-requested-with",
            "x-couchdb-vhost-path",
            "archipel-fence",
            "archipel-min-block",
            "idempotency-key");
    private static final List<String> SIMPLE =
            List.of("cache-control", "content-language", "expires", "last-modified", "pragma");
    private static final List<String> EXPOSED = List.of(
            "accept-ranges",
            "etag",
            "server",
            "x-couch-request-id",
            "x-couch-update-newrev",
            "x-couchdb-body-time",
            "archipel-block",
            "archipel-rewound-to");

    private final CorsSettings settings;

    public Cors(CorsSettings settings) {
        this.settings = settings;
    }

    /** Whether it goes by these. */
    public boolean isOf(CorsSettings current) {
        return settings == current;
    }

    /**
     * What lets a page of this origin read an answer; null for an origin that is not listed.
     *
     * @param headers the names of those that the answer has, in any case
     */
    public @Nullable Grant grant(String origin, Iterable<String> headers) {
        if (!settings.enabled() || !isListed(origin)) {
            return null;
        }
        List<String> exposed = new ArrayList<>();
        exposed.add("content-type");
        for (String header : headers) {
            String name = header.toLowerCase(Locale.ROOT);
            if (SIMPLE.contains(name)) {
                exposed.add(name);
            }
        }
        exposed.addAll(settings.exposedHeaders().isEmpty() ? EXPOSED : settings.exposedHeaders());
        return new Grant(origin, credentials(origin), String.join(", ", exposed));
    }

    /**
     * Answers an OPTIONS request that asks whether another may follow.
     *
     * @return null where it is no such request, or the other would not be let in: it goes on as any request
     */
    public @Nullable Preflight preflight(
            @Nullable String origin, @Nullable String method, @Nullable String wantedHeaders) {
        if (!settings.enabled() || origin == null || method == null || !isListed(origin)) {
            return null;
        }
        boolean known = settings.methods().isEmpty()
                ? List.of(METHODS.split(", ")).contains(method)
                : settings.methods().contains(method);
        if (!known) {
            return null;
        }
        if (wantedHeaders != null) {
            for (String name : wantedHeaders.toLowerCase(Locale.ROOT).split(",")) {
                String header = name.strip();
                boolean allowed = settings.headers().isEmpty()
                        ? HEADERS.contains(header)
                        : settings.headers().contains(header);
                if (!header.isEmpty() && !allowed) {
                    return null;
                }
            }
        }
        return new Preflight(
                origin,
                settings.maxAgeSeconds(),
                settings.methods().isEmpty() ? METHODS : String.join(", ", settings.methods()),
                credentials(origin),
                wantedHeaders == null ? "" : wantedHeaders);
    }

    private boolean isListed(String origin) {
        return settings.origins().contains("*") || settings.origins().contains(origin);
    }

    /** With {@code *} any page there is could act as whoever looks at it, so that only those listed by name may. */
    private boolean credentials(String origin) {
        return settings.credentials() && settings.origins().contains(origin);
    }

    /**
     * What a page's browser is told with an answer.
     *
     * @param exposed the headers that the page may read, with commas between
     */
    public record Grant(String origin, boolean credentials, String exposed) {}

    /** What a page's browser is told that asks beforehand. */
    public record Preflight(String origin, int maxAgeSeconds, String methods, boolean credentials, String headers) {}
}
