package archipel.auth;

import archipel.auth.SessionCookie.Session;
import archipel.auth.SessionCookie.Validity;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Knows clients by their session or their Basic credentials. */
public final class NodeAuthenticator implements Authenticator {
    private static final String BASIC = "Basic ";

    private final UserDirectory users;
    private final Passwords passwords;
    private final Lockout lockout;
    private final SessionCookie cookies;
    private final InstantSource clock;

    public NodeAuthenticator(
            UserDirectory users, Passwords passwords, Lockout lockout, SessionCookie cookies, InstantSource clock) {
        this.users = users;
        this.passwords = passwords;
        this.lockout = lockout;
        this.cookies = cookies;
        this.clock = clock;
    }

    @Override
    public Authentication authenticate(Credentials credentials) {
        String session = credentials.session();
        if (session != null && !session.isEmpty()) {
            Authentication known = bySession(session);
            if (known != null) {
                return known;
            }
        }
        String authorization = credentials.authorization();
        if (authorization != null && authorization.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            return byPassword(authorization.substring(BASIC.length()).strip(), credentials.peer());
        }
        return Authentication.ANONYMOUS;
    }

    /**
     * Begins a session.
     *
     * @param token the one-time password; empty where none was given
     * @return null when the name or the password is wrong
     * @throws RequestException 403 when the account is locked
     */
    public @Nullable Login login(String name, String password, String token, String peer) {
        UserRecord user = checked(name, password, peer);
        if (user == null) {
            return null;
        }
        OneTimePassword second = user.secondFactor();
        if (second != null && !second.matches(token, clock.millis() / 1000)) {
            lockout.failed(new Lockout.Account(peer, name, user.salt()));
            throw wrong();
        }
        return new Login(user.context("cookie"), cookies.header(cookies.issue(user)));
    }

    /** The {@code Set-Cookie} value that ends a session. */
    public String logout() {
        return cookies.header("");
    }

    private @Nullable Authentication bySession(String value) {
        Session session = cookies.read(value);
        UserRecord user = users.find(session.user());
        if (user == null) {
            return null;
        }
        return switch (cookies.check(session, user)) {
            case Validity.INVALID -> null;
            case Validity.FRESH -> new Authentication(user.context("cookie"), null);
            case Validity.AGING -> new Authentication(user.context("cookie"), cookies.issue(user));
        };
    }

    private Authentication byPassword(String base64, String peer) {
        String text;
        try {
            text = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            throw new RequestException(ErrorCode.BAD_REQUEST, "Authorization header has invalid base64 value");
        }
        int colon = text.indexOf(':');
        if (colon < 0 || text.equals("_:_")) {
            return Authentication.ANONYMOUS; // "_" with "_" is how CouchDB's clients say that they logged out
        }
        UserRecord user = checked(text.substring(0, colon), text.substring(colon + 1), peer);
        if (user == null || user.secondFactor() != null) {
            throw wrong();
        }
        return new Authentication(user.context("default"), null);
    }

    /** Null when the name or the password is wrong, which counts towards a lock. */
    private @Nullable UserRecord checked(String name, String password, String peer) {
        UserRecord user = users.find(name);
        Lockout.Account account = new Lockout.Account(peer, name, user == null ? "" : user.salt());
        lockout.require(account);
        if (!passwords.check(name, user == null ? null : user.hash(), password) || user == null) {
            lockout.failed(account);
            return null;
        }
        lockout.succeeded(account);
        return user;
    }

    private static RequestException wrong() {
        return new RequestException(ErrorCode.UNAUTHORIZED, "Name or password is incorrect.");
    }

    /**
     * A session that has begun.
     *
     * @param cookie the whole {@code Set-Cookie} value
     */
    public record Login(UserContext user, String cookie) {}
}
