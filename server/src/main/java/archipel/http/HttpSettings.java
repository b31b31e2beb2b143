package archipel.http;

import static archipel.settings.SettingGroup.TRUTH;
import static archipel.settings.SettingGroup.couch;

import archipel.auth.UserDirectory;
import archipel.connections.ConnectionLimits;
import archipel.document.JsonLimits;
import archipel.origins.CorsSettings;
import archipel.origins.TrustedProxies;
import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.WholeNumber;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** What the HTTP layer is told by the settings. Asked anew at each request, since settings change while a node runs. */
public interface HttpSettings extends ConnectionLimits {
    SettingGroup GROUP = new SettingGroup("Requests");

    Setting<Integer> MAX_JSON_DEPTH = GROUP.cluster(
            "max_json_depth",
            new WholeNumber(8, 10_000, "levels"),
            "500",
            Change.AT_ONCE,
            "Maximum nesting depth of arrays and objects.");
    Setting<Boolean> DECODE_PLUS_TO_SPACE = GROUP.cluster(
            "decode_plus_to_space",
            TRUTH,
            "true",
            Change.AT_ONCE,
            "Whether + means a space in paths and in the id of a Destination header. A percent-encoded + is always a "
                    + "+.",
            couch("chttpd", "decode_plus_to_space"));
    Setting<Long> MAX_REQUEST_SIZE = GROUP.cluster(
            "max_request_size",
            new ByteSize(1, 1L << 50),
            "4294967296",
            Change.AT_ONCE,
            "Maximum size of a request body.",
            couch("chttpd", "max_http_request_size"),
            couch("httpd", "max_http_request_size"));
    Setting<Long> MAX_JSON_SIZE = GROUP.node(
            "max_json_size",
            new ByteSize(1, Integer.MAX_VALUE - 1024),
            "128MiB",
            Change.AT_ONCE,
            "Maximum size of a JSON body, which is read into memory as a whole. Attachments sent as multipart do not "
                    + "count.");
    Setting<Integer> REQUEST_MEMORY_PERCENT = GROUP.node(
            "request_memory_percent",
            new WholeNumber(5, 80, "percent"),
            "50",
            Change.AT_ONCE,
            "How much of the heap all running requests together may use. A request that finds too little waits and "
                    + "then gets a 503; one that could never have enough gets a 413.");
    Setting<Integer> REQUEST_MEMORY_WAIT_MS = GROUP.node(
            "request_memory_wait_ms",
            new WholeNumber(0, 600_000, "milliseconds"),
            "2000",
            Change.AT_ONCE,
            "How long a request waits for memory before it is rejected with 503.");
    Setting<Integer> MAX_READ_SECONDS = GROUP.node(
            "max_read_seconds",
            new WholeNumber(1, Integer.MAX_VALUE / 1000, "seconds"),
            "3600",
            Change.AT_ONCE,
            "How long one response may hold a snapshot. Longer ones are aborted, because a snapshot prevents space "
                    + "from being reclaimed.");
    Setting<Integer> BLOCK_WAIT_MS = GROUP.cluster(
            "block_wait_ms",
            new WholeNumber(0, 3_600_000, "milliseconds"),
            "5000",
            Change.AT_ONCE,
            "How long a read waits for a block that does not exist yet, unless its parameter wait says otherwise.");
    Setting<Integer> MAX_BLOCK_WAIT_MS = GROUP.cluster(
            "max_block_wait_ms",
            new WholeNumber(0, 3_600_000, "milliseconds"),
            "60000",
            Change.AT_ONCE,
            "The longest that a read may wait for a block, whatever its parameter wait says.");
    Setting<Integer> URGENT_LOGINS = GROUP.node(
            "urgent_logins",
            new WholeNumber(0, 1_000, "logins"),
            "16",
            Change.AT_ONCE,
            "How many logins are processed at the same time while requests use all of their memory, so that an admin "
                    + "whose password must be hashed can still log in; at most a quarter of them from one address.");
    Setting<Integer> URGENT_LOGIN_MS = GROUP.node(
            "urgent_login_ms",
            new WholeNumber(100, 3_600_000, "milliseconds"),
            "2000",
            Change.AT_ONCE,
            "How long the client of such a login may take to send its name and password and to read the response; "
                    + "after that, its connection is closed.");
    Setting<Boolean> GZIP = GROUP.node(
            "gzip", TRUTH, "true", Change.AT_ONCE, "Whether responses are compressed for clients that accept it.");
    Setting<Boolean> ACCESS_LOG = GROUP.node(
            "access_log",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether every request is logged once it is answered, at any log_level: client, user, method, path, "
                    + "status, duration, bytes and block.",
            couch("log", "access"));

    /** What holds where nothing is set. */
    HttpSettings DEFAULT = new HttpSettings() {};

    /** {@code [chttpd] max_http_request_size}, bytes. */
    default long maximumRequestBytes() {
        return 4L << 30;
    }

    /** {@code [couchdb] max_document_size} and how deep JSON may nest. */
    default JsonLimits jsonLimits() {
        return JsonLimits.DEFAULT;
    }

    /** How large a body without attachments may be that has to be held in memory, bytes; more is 413. */
    default int maximumBufferedBytes() {
        return 256 << 20;
    }

    /** {@code [chttpd] decode_plus_to_space}: whether {@code +} in a path stands for a space. */
    default boolean decodesPlusToSpace() {
        return true;
    }

    /** Whether answers are compressed for clients that accept it. */
    default boolean gzip() {
        return true;
    }

    /** {@code [chttpd] enable_cors} and the section {@code [cors]}. */
    default CorsSettings cors() {
        return CorsSettings.DISABLED;
    }

    /** {@code [chttpd] allow_jsonp}. */
    default boolean jsonp() {
        return false;
    }

    /** Which proxies are believed, and by which headers. */
    default TrustedProxies proxies() {
        return TrustedProxies.NONE;
    }

    /** How many logins are looked at together while there is no memory for requests. */
    default int urgentLogins() {
        return 16;
    }

    /** How long the client of such a login may be waited for, milliseconds. */
    default int urgentLoginMs() {
        return 2_000;
    }

    /** {@code [chttpd] require_valid_user}: nothing is answered to those who are not logged in. */
    default boolean requireValidUser() {
        return false;
    }

    /** {@code [chttpd] WWW-Authenticate}: what a 401 carries; null for CouchDB's default. */
    default @Nullable String challenge() {
        return null;
    }

    /**
     * The whole {@code Set-Cookie} value that renews a session.
     *
     * @param secure whether the client speaks https
     */
    default String sessionCookie(String value, boolean secure) {
        return "AuthSession=" + value + "; Version=1; Path=/; HttpOnly";
    }

    /** {@code [chttpd] changes_timeout}, milliseconds: the default and the bound of feeds' heartbeats and timeouts. */
    default long changesTimeoutMs() {
        return 60_000;
    }

    /** How long one response may hold a snapshot, milliseconds; longer ones are aborted. */
    default long maximumReadMs() {
        return 3_600_000;
    }

    /** How long a request waits for a block that is not there yet, where it does not say so itself, milliseconds. */
    default int blockWaitMs() {
        return 5_000;
    }

    /** The longest that a request can ask to wait for a block, milliseconds. */
    default int maximumBlockWaitMs() {
        return 60_000;
    }

    /** {@code [mango] default_limit}: how many documents {@code _find} shows where it is not told. */
    default int findLimit() {
        return 25;
    }

    /** Bytes that {@code _find} may take to sort what no index sorts; 0 for none, which refuses such queries. */
    default long findSortBytes() {
        return 32L << 20;
    }

    /**
     * {@code [mango] index_scan_warning_threshold}: how many documents {@code _find} may look at for each that it shows
     * before it says so; 0 for any number.
     */
    default int findScanWarningRatio() {
        return 10;
    }

    /** {@code [chttpd_auth] authentication_db}: the database whose documents are users. */
    default String usersDatabase() {
        return "_users";
    }

    /** Whether a database has users for documents. */
    default boolean isUsersDatabase(String name) {
        return UserDirectory.isUsers(name, usersDatabase());
    }

    /** What this node is called where CouchDB names the nodes of a cluster. */
    default String nodeName() {
        return "archipel@127.0.0.1";
    }

    @Override
    default boolean isTrustedProxy(InetAddress address) {
        return proxies().trusts(address);
    }

    /** Whether each request is logged. */
    default boolean accessLog() {
        return false;
    }
}
