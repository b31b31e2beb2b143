package archipel.http;

import archipel.auth.UserDirectory;
import archipel.connections.ConnectionLimits;
import archipel.document.JsonLimits;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** What the HTTP layer is told by the settings. Asked anew at each request, since settings change while a node runs. */
public interface HttpSettings extends ConnectionLimits {
    /** What holds where nothing is set. */
    HttpSettings DEFAULT = new HttpSettings() {};

    /** {@code [chttpd] max_http_request_size}, bytes. */
    default long maximumRequestBytes() {
        return 4L << 30;
    }

    /** {@code [couchdb] max_attachment_size}, bytes. */
    default long maximumAttachmentBytes() {
        return 1L << 30;
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

    /** How many revisions of each branch a new database keeps. */
    default int defaultRevisionsLimit() {
        return 1000;
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

    /** {@code [couchdb] users_db_security_editable}: whether the security object of {@code _users} can be changed. */
    default boolean isUsersSecurityEditable() {
        return false;
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
