package archipel.auth;

import archipel.settings.Settings;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Knows clients by what a proxy says that has let them in: CouchDB's proxy authentication. It is believed where it
 * proves with the node's secret that it may say so, or, where none is asked for, comes from a trusted proxy's address.
 */
final class ProxyHeaders {
    private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");

    private final Settings settings;
    private final SessionCookie cookies;

    ProxyHeaders(Settings settings, SessionCookie cookies) {
        this.settings = settings;
        this.cookies = cookies;
    }

    /** Null where no proxy that is believed says who it is. */
    @Nullable
    UserContext user(Credentials credentials) {
        String name = credentials.header().apply(settings.get(AccountSettings.X_AUTH_USERNAME));
        if (name == null || name.isEmpty() || !isBelieved(name, credentials)) {
            return null;
        }
        String roles = credentials.header().apply(settings.get(AccountSettings.X_AUTH_ROLES));
        List<String> list = roles == null
                ? List.of()
                : COMMA.splitAsStream(roles.strip())
                        .filter(role -> !role.isEmpty())
                        .toList();
        return new UserContext(name, list, "proxy");
    }

    private boolean isBelieved(String name, Credentials credentials) {
        if (!settings.get(AccountSettings.PROXY_USE_SECRET)) {
            return credentials.proxied();
        }
        String token = credentials.header().apply(settings.get(AccountSettings.X_AUTH_TOKEN));
        try {
            return token != null && cookies.isToken(name, HexFormat.of().parseHex(token));
        } catch (IllegalArgumentException notHex) {
            return false;
        }
    }
}
