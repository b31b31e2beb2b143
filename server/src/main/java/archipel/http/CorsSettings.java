package archipel.http;

import java.util.List;

/**
 * Which web pages of other origins may use the node, as CouchDB's {@code [cors]} section says it.
 *
 * @param enabled {@code [chttpd] enable_cors}
 * @param origins such as {@code https://example.com}; {@code *} for all
 * @param credentials whether cookies and Basic may come along
 * @param methods allowed; empty for CouchDB's own list
 * @param headers that a request may carry, lower case; empty for CouchDB's own list
 * @param exposedHeaders that a page may read; empty for CouchDB's own list
 * @param maxAgeSeconds how long a browser may remember the answer
 */
public record CorsSettings(
        boolean enabled,
        List<String> origins,
        boolean credentials,
        List<String> methods,
        List<String> headers,
        List<String> exposedHeaders,
        int maxAgeSeconds) {
    public static final CorsSettings DISABLED =
            new CorsSettings(false, List.of(), false, List.of(), List.of(), List.of(), 600);
}
