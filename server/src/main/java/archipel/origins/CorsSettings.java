package archipel.origins;

import static archipel.settings.SettingGroup.TRUTH;
import static archipel.settings.SettingGroup.couch;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingRule;
import archipel.settings.SettingType.TextList;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Settings;
import java.util.List;
import java.util.Set;

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
    public static final SettingGroup GROUP = new SettingGroup("Cross-origin requests (CORS)");

    public static final Setting<Boolean> ENABLE_CORS = GROUP.cluster(
            "enable_cors",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether web pages from other origins may use the node.",
            couch("chttpd", "enable_cors"),
            couch("httpd", "enable_cors"));
    public static final Setting<List<String>> CORS_ORIGINS = GROUP.cluster(
            "cors_origins",
            new TextList(),
            "",
            Change.AT_ONCE,
            "Origins that may use the node, or * for all.",
            couch("cors", "origins"));
    public static final Setting<Boolean> CORS_CREDENTIALS = GROUP.cluster(
            "cors_credentials",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether requests from other origins may carry cookies and passwords.",
            couch("cors", "credentials"));
    public static final Setting<List<String>> CORS_METHODS = GROUP.cluster(
            "cors_methods",
            new TextList(),
            "CONNECT, COPY, DELETE, GET, HEAD, OPTIONS, POST, PUT, TRACE",
            Change.AT_ONCE,
            "Methods that requests from other origins may use.",
            couch("cors", "methods"));
    public static final Setting<List<String>> CORS_HEADERS = GROUP.cluster(
            "cors_headers",
            new TextList(),
            "accept, accept-language, authorization, content-length, content-range, content-type, destination, "
                    + "expires, if-match, last-modified, origin, pragma, x-couch-full-commit, x-couch-id, "
                    + "x-couch-persist, x-couchdb-www-authenticate, x-http-method-override, "
                    + "x-requested-with, x-couchdb-vhost-path, archipel-fence, archipel-min-block, "
                    + "idempotency-key",
            Change.AT_ONCE,
            "Headers that requests from other origins may send.",
            couch("cors", "headers"));
    public static final Setting<List<String>> CORS_EXPOSED_HEADERS = GROUP.cluster(
            "cors_exposed_headers",
            new TextList(),
            "content-type, cache-control, accept-ranges, etag, server, x-couch-request-id, x-couch-update-newrev, "
                    + "x-couchdb-body-time, archipel-block, archipel-rewound-to",
            Change.AT_ONCE,
            "Response headers that pages from other origins may read.",
            couch("cors", "exposed_headers"));
    public static final Setting<Integer> CORS_MAX_AGE_SECONDS = GROUP.cluster(
            "cors_max_age_seconds",
            new WholeNumber(0, 86_400, "seconds"),
            "600",
            Change.AT_ONCE,
            "How long browsers may cache the answer to a preflight request.",
            couch("cors", "max_age"));
    public static final Setting<Boolean> ALLOW_JSONP = GROUP.cluster(
            "allow_jsonp",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether a GET with the parameter callback is answered with a call of that function (JSONP), which lets "
                    + "pages of any site read whatever the browser's user may read.",
            couch("chttpd", "allow_jsonp"),
            couch("httpd", "allow_jsonp"));

    static {
        GROUP.rule(new SettingRule(
                Set.of(CORS_ORIGINS, CORS_CREDENTIALS, ENABLE_CORS),
                CorsSettings::letsEverySiteIn,
                "cors_origins is * and cors_credentials is true: every web page there is could act "
                        + "as whoever looks at it. List the origins that may, or set cors_credentials to false.",
                "Web pages of any origin may use the node, without credentials: [cors] origins is *.",
                "Credentials are for origins that [cors] origins lists by name; with * they are not sent."));
    }

    public static final CorsSettings DISABLED =
            new CorsSettings(false, List.of(), false, List.of(), List.of(), List.of(), 600);

    /** As it is set. */
    public static CorsSettings of(Settings settings) {
        return new CorsSettings(
                settings.get(ENABLE_CORS),
                settings.get(CORS_ORIGINS),
                settings.get(CORS_CREDENTIALS),
                settings.get(CORS_METHODS),
                settings.get(CORS_HEADERS),
                settings.get(CORS_EXPOSED_HEADERS),
                settings.get(CORS_MAX_AGE_SECONDS));
    }

    private static boolean letsEverySiteIn(Settings settings) {
        return settings.get(ENABLE_CORS)
                && settings.get(CORS_CREDENTIALS)
                && settings.get(CORS_ORIGINS).contains("*");
    }
}
