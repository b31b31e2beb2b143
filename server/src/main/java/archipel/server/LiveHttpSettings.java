package archipel.server;

import archipel.auth.SessionCookie;
import archipel.document.JsonLimits;
import archipel.http.CorsSettings;
import archipel.http.HttpSettings;
import archipel.http.TrustedProxies;
import archipel.settings.AccountSettings;
import archipel.settings.ConnectionSettings;
import archipel.settings.Declared;
import archipel.settings.Network;
import archipel.settings.Settings;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the settings tell the HTTP layer, as of their last change. */
final class LiveHttpSettings implements HttpSettings {
    private final Settings settings;
    private final SessionCookie cookies;
    private volatile Values values;

    LiveHttpSettings(Settings settings, SessionCookie cookies) {
        this.settings = settings;
        this.cookies = cookies;
        this.values = Values.of(settings);
        settings.onChange(_ -> values = Values.of(settings));
    }

    @Override
    public long maximumRequestBytes() {
        return values.requestBytes;
    }

    @Override
    public long maximumAttachmentBytes() {
        return values.attachmentBytes;
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
        return settings.get(Declared.MAX_URI_LENGTH);
    }

    @Override
    public boolean decodesPlusToSpace() {
        return settings.get(Declared.DECODE_PLUS_TO_SPACE);
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
        return settings.get(Declared.GZIP);
    }

    @Override
    public int defaultRevisionsLimit() {
        return settings.get(Declared.DEFAULT_REVS_LIMIT);
    }

    @Override
    public int urgentLogins() {
        return settings.get(AccountSettings.URGENT_LOGINS);
    }

    @Override
    public int urgentLoginMs() {
        return settings.get(AccountSettings.URGENT_LOGIN_MS);
    }

    @Override
    public boolean accessLog() {
        return settings.get(Declared.ACCESS_LOG);
    }

    @Override
    public CorsSettings cors() {
        return values.cors;
    }

    @Override
    public boolean jsonp() {
        return settings.get(AccountSettings.ALLOW_JSONP);
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
        return settings.get(Declared.MAX_READ_SECONDS) * 1_000L;
    }

    @Override
    public int blockWaitMs() {
        return settings.get(Declared.BLOCK_WAIT_MS);
    }

    @Override
    public int maximumBlockWaitMs() {
        return settings.get(Declared.MAX_BLOCK_WAIT_MS);
    }

    @Override
    public int findLimit() {
        return settings.get(Declared.MANGO_DEFAULT_LIMIT);
    }

    @Override
    public long findSortBytes() {
        return settings.get(Declared.MANGO_SORT_MEMORY);
    }

    @Override
    public int findScanWarningRatio() {
        return settings.get(Declared.MANGO_SCAN_WARNING_RATIO);
    }

    @Override
    public String usersDatabase() {
        return settings.get(AccountSettings.AUTHENTICATION_DB);
    }

    @Override
    public boolean isUsersSecurityEditable() {
        return values.usersSecurityEditable;
    }

    @Override
    public String nodeName() {
        return values.nodeName;
    }

    private record Values(
            long requestBytes,
            long attachmentBytes,
            JsonLimits json,
            int bufferedBytes,
            CorsSettings cors,
            TrustedProxies proxies,
            boolean requireValidUser,
            long changesTimeoutMs,
            boolean usersSecurityEditable,
            String nodeName) {
        static Values of(Settings settings) {
            return new Values(
                    settings.get(Declared.MAX_REQUEST_SIZE),
                    settings.get(Declared.MAX_ATTACHMENT_SIZE),
                    new JsonLimits(
                            settings.get(Declared.MAX_JSON_DEPTH),
                            Math.toIntExact(settings.get(Declared.MAX_DOCUMENT_SIZE))),
                    Math.toIntExact(settings.get(Declared.MAX_JSON_SIZE)),
                    new CorsSettings(
                            settings.get(Declared.ENABLE_CORS),
                            settings.get(Declared.CORS_ORIGINS),
                            settings.get(Declared.CORS_CREDENTIALS),
                            settings.get(Declared.CORS_METHODS),
                            settings.get(Declared.CORS_HEADERS),
                            settings.get(Declared.CORS_EXPOSED_HEADERS),
                            settings.get(Declared.CORS_MAX_AGE_SECONDS)),
                    proxies(settings),
                    settings.get(AccountSettings.REQUIRE_VALID_USER)
                            || settings.get(AccountSettings.REQUIRE_VALID_USER_EXCEPT_FOR_UP),
                    settings.get(Declared.CHANGES_TIMEOUT_MS),
                    settings.get(AccountSettings.USERS_DB_SECURITY_EDITABLE),
                    settings.get(Declared.NODE_NAME));
        }

        private static boolean isIn(List<Network> networks, InetAddress address) {
            for (Network network : networks) {
                if (network.contains(address)) {
                    return true;
                }
            }
            return false;
        }

        private static TrustedProxies proxies(Settings settings) {
            List<Network> networks = settings.get(Declared.TRUSTED_PROXIES);
            return new TrustedProxies(
                    address -> isIn(networks, address),
                    new TrustedProxies.Names(
                            settings.get(Declared.PEER_HEADER),
                            settings.get(Declared.X_FORWARDED_HOST),
                            settings.get(Declared.X_FORWARDED_PROTO),
                            settings.get(Declared.X_FORWARDED_SSL)));
        }
    }
}
