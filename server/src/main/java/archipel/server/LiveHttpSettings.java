package archipel.server;

import archipel.access.WriteLimits;
import archipel.administration.AdministrationSettings;
import archipel.auth.AccountSettings;
import archipel.auth.SessionCookie;
import archipel.connections.ConnectionSettings;
import archipel.connections.PeerTls;
import archipel.document.JsonLimits;
import archipel.feeds.FeedSettings;
import archipel.http.HttpSettings;
import archipel.mango.FindSettings;
import archipel.origins.CorsSettings;
import archipel.origins.TrustedProxies;
import archipel.settings.Settings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What the settings tell the HTTP layer, as of their last change. */
final class LiveHttpSettings implements HttpSettings {
    private final Settings settings;
    private final SessionCookie cookies;
    private final @Nullable PeerTls peers;
    private volatile Values values;

    /** @param peers how other nodes are spoken with; null where none are */
    LiveHttpSettings(Settings settings, SessionCookie cookies, @Nullable PeerTls peers) {
        this.settings = settings;
        this.cookies = cookies;
        this.peers = peers;
        this.values = Values.of(settings);
        settings.onChange(_ -> values = Values.of(settings));
    }

    @Override
    public @Nullable PeerTls peerTls() {
        return peers;
    }

    @Override
    public long maximumRequestBytes() {
        return values.requestBytes;
    }

    @Override
    public JsonLimits jsonLimits() {
        return values.json;
    }

    @Override
    public int maximumBufferedBytes() {
        return values.bufferedBytes;
    }

    @Override
    public int maximumUriBytes() {
        return settings.get(ConnectionSettings.MAX_URI_LENGTH);
    }

    @Override
    public boolean decodesPlusToSpace() {
        return settings.get(HttpSettings.DECODE_PLUS_TO_SPACE);
    }

    @Override
    public int maximumConnections() {
        return settings.get(ConnectionSettings.MAX_CONNECTIONS);
    }

    @Override
    public int maximumStreams() {
        return settings.get(ConnectionSettings.MAX_STREAMS);
    }

    @Override
    public int maximumConnectionsPerAddress() {
        return settings.get(ConnectionSettings.MAX_CONNECTIONS_PER_ADDRESS);
    }

    @Override
    public long idleTimeoutMs() {
        return settings.get(ConnectionSettings.IDLE_TIMEOUT_MS);
    }

    @Override
    public long headTimeoutMs() {
        return settings.get(ConnectionSettings.HEAD_TIMEOUT_MS);
    }

    @Override
    public long transferTimeoutMs() {
        return settings.get(ConnectionSettings.TRANSFER_TIMEOUT_MS);
    }

    @Override
    public long minimumBytesPerSecond() {
        return settings.get(ConnectionSettings.MIN_TRANSFER_RATE);
    }

    @Override
    public @Nullable Path tlsCertificate() {
        return settings.isSet(ConnectionSettings.TLS_CERT) ? settings.get(ConnectionSettings.TLS_CERT) : null;
    }

    @Override
    public @Nullable Path tlsKey() {
        return settings.isSet(ConnectionSettings.TLS_KEY) ? settings.get(ConnectionSettings.TLS_KEY) : null;
    }

    @Override
    public boolean gzip() {
        return settings.get(HttpSettings.GZIP);
    }

    @Override
    public int urgentLogins() {
        return settings.get(HttpSettings.URGENT_LOGINS);
    }

    @Override
    public int urgentLoginMs() {
        return settings.get(HttpSettings.URGENT_LOGIN_MS);
    }

    @Override
    public boolean accessLog() {
        return settings.get(HttpSettings.ACCESS_LOG);
    }

    @Override
    public CorsSettings cors() {
        return values.cors;
    }

    @Override
    public boolean jsonp() {
        return settings.get(CorsSettings.ALLOW_JSONP);
    }

    @Override
    public TrustedProxies proxies() {
        return values.proxies;
    }

    @Override
    public boolean requireValidUser() {
        return values.requireValidUser;
    }

    @Override
    public @Nullable String challenge() {
        String challenge = settings.get(AccountSettings.WWW_AUTHENTICATE);
        return challenge.isEmpty() ? null : challenge;
    }

    @Override
    public String sessionCookie(String value, boolean secure) {
        return cookies.header(value, secure);
    }

    @Override
    public long changesTimeoutMs() {
        return values.changesTimeoutMs;
    }

    @Override
    public long maximumReadMs() {
        return settings.get(HttpSettings.MAX_READ_SECONDS) * 1_000L;
    }

    @Override
    public int blockWaitMs() {
        return settings.get(HttpSettings.BLOCK_WAIT_MS);
    }

    @Override
    public int maximumBlockWaitMs() {
        return settings.get(HttpSettings.MAX_BLOCK_WAIT_MS);
    }

    @Override
    public int findLimit() {
        return settings.get(FindSettings.MANGO_DEFAULT_LIMIT);
    }

    @Override
    public long findSortBytes() {
        return settings.get(FindSettings.MANGO_SORT_MEMORY);
    }

    @Override
    public int findScanWarningRatio() {
        return settings.get(FindSettings.MANGO_SCAN_WARNING_RATIO);
    }

    @Override
    public String usersDatabase() {
        return settings.get(AccountSettings.AUTHENTICATION_DB);
    }

    @Override
    public String nodeName() {
        return values.nodeName;
    }

    private record Values(
            long requestBytes,
            JsonLimits json,
            int bufferedBytes,
            CorsSettings cors,
            TrustedProxies proxies,
            boolean requireValidUser,
            long changesTimeoutMs,
            String nodeName) {
        static Values of(Settings settings) {
            return new Values(
                    settings.get(HttpSettings.MAX_REQUEST_SIZE),
                    new JsonLimits(
                            settings.get(HttpSettings.MAX_JSON_DEPTH),
                            Math.toIntExact(settings.get(WriteLimits.MAX_DOCUMENT_SIZE))),
                    Math.toIntExact(settings.get(HttpSettings.MAX_JSON_SIZE)),
                    CorsSettings.of(settings),
                    TrustedProxies.of(settings),
                    settings.get(AccountSettings.REQUIRE_VALID_USER)
                            || settings.get(AccountSettings.REQUIRE_VALID_USER_EXCEPT_FOR_UP),
                    settings.get(FeedSettings.CHANGES_TIMEOUT_MS),
                    settings.get(AdministrationSettings.NODE_NAME));
        }
    }
}
