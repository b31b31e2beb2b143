package archipel.auth;

import archipel.auth.Passwords.Recollection;
import archipel.auth.SessionCookie.Session;
import archipel.auth.SessionCookie.Validity;
import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.RequestException;
import archipel.health.Metrics;
import archipel.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Knows clients by their session, their Basic credentials, a signed token, or what a proxy says of them: in the order
 * in which the settings list these.
 */
public final class NodeAuthenticator implements Authenticator {
    private static final String BASIC = "Basic ";
    private static final String BEARER = "Bearer ";
    private static final String MAC = "HmacSHA256";

    private final Settings settings;
    private final UserDirectory users;
    private final Passwords passwords;
    private final Refusals refusals;
    private final Lockout lockout;
    private final SessionCookie cookies;
    private final HashUpgrade upgrade;
    private final ProxyHeaders proxies;
    private final WebTokens tokens;
    private final InstantSource clock;
    private volatile PeerDoor peers = PeerDoor.CLOSED;

    /** @param limits of the JSON in tokens */
    public NodeAuthenticator(
            Settings settings,
            UserDirectory users,
            UserStore store,
            Passwords passwords,
            Refusals refusals,
            Lockout lockout,
            SessionCookie cookies,
            Supplier<JsonLimits> limits,
            InstantSource clock) {
        this.settings = settings;
        this.users = users;
        this.passwords = passwords;
        this.refusals = refusals;
        this.lockout = lockout;
        this.cookies = cookies;
        this.upgrade = new HashUpgrade(users, store, settings, passwords, clock);
        this.proxies = new ProxyHeaders(settings, cookies);
        this.tokens = new WebTokens(settings, limits, clock);
        this.clock = clock;
    }

    /** Registers what is counted about logins. */
    public void register(Metrics metrics) {
        lockout.register(metrics);
        passwords.register(metrics);
        users.register(metrics);
    }

    /** Lets other nodes in. */
    public void admitPeers(PeerDoor door) {
        peers = door;
    }

    @Override
    public PeerDoor peers() {
        return peers;
    }

    @Override
    public Authentication authenticate(Credentials credentials) {
        for (AuthenticationHandler handler : settings.get(AccountSettings.AUTHENTICATION_HANDLERS)) {
            Authentication found = switch (handler) {
                case COOKIE -> bySession(credentials.session());
                case DEFAULT -> byPassword(credentials);
                case PROXY -> of(proxies.user(credentials));
                case JWT -> byToken(credentials.authorization());
            };
            if (found != null) {
                return found;
            }
        }
        return Authentication.ANONYMOUS;
    }

    /** The ways in which clients are known, in their order; as {@code _session} lists them. */
    public List<String> handlers() {
        return settings.get(AccountSettings.AUTHENTICATION_HANDLERS).stream()
                .map(AuthenticationHandler::word)
                .toList();
    }

    /** The database whose documents are users; as {@code _session} names it. */
    public String usersDatabase() {
        return settings.get(AccountSettings.AUTHENTICATION_DB);
    }

    /**
     * Begins a session.
     *
     * @param token the one-time password; empty where none was given
     * @param secure whether the client speaks https, so that its cookie need never be sent in the clear
     * @return null when the name or the password is wrong
     * @throws RequestException 403 when the account is locked, 429 when too many logins are in progress
     */
    public @Nullable Login login(String name, String password, String token, String peer, boolean secure) {
        UserRecord user = checked(name, password, token, peer);
        if (user == null) {
            return null;
        }
        upgrade.loggedIn(user, password);
        return new Login(user.bySession(users.sessionSecret()), cookies.header(cookies.issue(user), secure));
    }

    /**
     * The roles of somebody who has shown otherwise to be that account; null where nobody has this name.
     *
     * @throws RequestException 503 where the node cannot make sure of that
     */
    public @Nullable List<String> roles(String name) {
        return users.roles(name);
    }

    /** A key for sessions of another kind, which end like those of cookies where the secret changes. */
    public byte[] sessionKey(String purpose) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(users.sessionSecret().getBytes(StandardCharsets.UTF_8), MAC));
            return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("there is no key", e);
        }
    }

    /** The {@code Set-Cookie} value that ends a session. */
    public String logout(boolean secure) {
        return cookies.header("", secure);
    }

    private static @Nullable Authentication of(@Nullable UserContext user) {
        return user == null ? null : new Authentication(user, null);
    }

    private @Nullable Authentication bySession(@Nullable String value) {
        if (value == null || value.isEmpty()) {
            return null;
        }
        Session session = cookies.read(value);
        UserRecord user = users.find(session.user());
        if (user == null) {
            return null;
        }
        // Before the signature is looked at: one that has changed since does not pass for the one that was.
        String secret = users.sessionSecret();
        return switch (cookies.check(session, user)) {
            case Validity.INVALID -> null;
            case Validity.FRESH -> new Authentication(user.usable().bySession(secret), null);
            case Validity.AGING -> new Authentication(user.usable().bySession(secret), cookies.issue(user));
        };
    }

    private @Nullable Authentication byToken(@Nullable String authorization) {
        return authorization == null || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? null
                : of(tokens.user(authorization.substring(BEARER.length()).strip()));
    }

    private @Nullable Authentication byPassword(Credentials credentials) {
        String authorization = credentials.authorization();
        if (authorization == null || !authorization.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            return null;
        }
        String text;
        try {
            String base64 = authorization.substring(BASIC.length()).strip();
            text = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            throw new RequestException(ErrorCode.MALFORMED_BASIC);
        }
        int colon = text.indexOf(':');
        if (colon < 0 || text.equals("_:_")) {
            return null; // "_" with "_" is how CouchDB's clients say that they logged out
        }
        String password = text.substring(colon + 1);
        if (credentials.knownOnly()) {
            UserRecord known = remembered(text.substring(0, colon), password, credentials.peer());
            if (known == null) {
                // Not null: whoever else the request may come from counts only where it has no password.
                throw new RequestException(ErrorCode.WRONG_CREDENTIALS);
            }
            return new Authentication(known.byPassword(), null);
        }
        UserRecord user = checked(text.substring(0, colon), password, "", credentials.peer());
        if (user == null) {
            throw new RequestException(ErrorCode.WRONG_CREDENTIALS);
        }
        upgrade.loggedIn(user, password);
        return new Authentication(user.byPassword(), null);
    }

    /** As {@link #checked}, but only where the password was right before: null where it would have to be hashed. */
    private @Nullable UserRecord remembered(String name, String password, String peer) {
        UserRecord user = users.find(name);
        PasswordHash hash = user != null && user.isSecond("", clock.millis() / 1000) ? user.hash() : null;
        Lockout.Account account = Lockout.Account.of(peer, name, user == null ? "" : user.salt());
        if (user == null || hash == null || lockout.isLocked(account)) {
            return null;
        }
        return recallUnseen(name, user, hash, password, account) == Recollection.RIGHT ? user.usable() : null;
    }

    /**
     * Compares with what is remembered, for an attempt that is refused for want of resources unless the password is
     * right. What is wrong counts, or there would be no bound on what can be tried meanwhile. Beyond it an admin's are
     * compared in turn, so that strangers behind the same address cannot keep the admin out by trying some.
     */
    private Recollection recallUnseen(
            String name,
            @Nullable UserRecord user,
            @Nullable PasswordHash hash,
            String password,
            Lockout.Account account) {
        boolean spent = lockout.isSpentUnseen(account);
        boolean admin = user != null && user.isAdmin();
        if (hash == null || spent && !(admin && lockout.tryTurnUnseen(account))) {
            return Recollection.NONE;
        }
        Recollection known = passwords.recall(name, hash, password);
        if (known == Recollection.WRONG) {
            lockout.failedUnseen(account);
        } else if (known == Recollection.RIGHT && spent) {
            lockout.forgiveUnseen(account);
        }
        return known;
    }

    /**
     * Null when the name, the password or the second factor is wrong, which counts towards a lock. Nothing here depends
     * on whether the name exists but what {@link Refusals} makes take equally long.
     *
     * @throws RequestException 429 where too many wait to be hashed, for all but passwords that were right before, and
     *     503 where nobody is known here yet: it was not tried and does not count
     */
    private @Nullable UserRecord checked(String name, String password, String token, String peer) {
        UserRecord user = users.find(name);
        if (user == null && users.admins().areUnknown()) {
            throw new RequestException(ErrorCode.ENSEMBLE_FORMING);
        }
        PasswordHash hash = user != null && user.isSecond(token, clock.millis() / 1000) ? user.hash() : null;
        Lockout.Account account = Lockout.Account.of(peer, name, user == null ? "" : user.salt());
        if (lockout.isLocked(account)) {
            return inTurn(name, user, hash, password, account);
        }
        Recollection known;
        if (isFull(account.peer())) {
            known = recallUnseen(name, user, hash, password, account);
            if (known != Recollection.RIGHT) {
                throw new RequestException(ErrorCode.TOO_MANY_LOGINS);
            }
        } else {
            known = hash == null ? Recollection.WRONG : passwords.recall(name, hash, password);
        }
        if (known != Recollection.RIGHT) {
            Refusals.Due due = refusals.begin();
            if (!isRight(name, hash, known, password, account)) {
                boolean counted = lockout.failed(account);
                refusals.await(due, account.peer());
                return counted ? null : inTurn(name, user, null, password, account);
            }
        }
        if (lockout.succeeded(account)) {
            return Objects.requireNonNull(user).usable();
        }
        // Attempts that came at the same time have locked it: this one says no more than those that come later.
        return inTurn(name, user, hash, password, account);
    }

    /**
     * An attempt on a locked account, of which a second has a few. The lock keeps out everybody but an admin with the
     * right password; without that exception strangers behind the same proxy could keep admins out.
     *
     * @param hash what the password may match; null where the attempt is known to be wrong
     * @throws RequestException 403 where it is refused, which counts; 429 where too many wait for their turn, or to be
     *     hashed or refused, which does not, for any name
     */
    private UserRecord inTurn(
            String name,
            @Nullable UserRecord user,
            @Nullable PasswordHash hash,
            String password,
            Lockout.Account account) {
        refusals.pause(lockout.turn(account));
        Refusals.Due due = refusals.begin();
        PasswordHash tried = user != null && user.isAdmin() ? hash : null;
        Recollection known = tried == null ? Recollection.WRONG : passwords.recall(name, tried, password);
        if (known != Recollection.RIGHT && isFull(account.peer())) {
            if (tried != null && known == Recollection.WRONG) {
                lockout.failedUnseen(account);
            }
            throw new RequestException(ErrorCode.TOO_MANY_LOGINS);
        }
        if (isRight(name, tried, known, password, account)) {
            lockout.unlock(account);
            return Objects.requireNonNull(user);
        }
        boolean _ = lockout.failed(account);
        refusals.await(due, account.peer());
        lockout.refused();
        throw new RequestException(ErrorCode.LOCKED_OUT);
    }

    /** Whether a login cannot be tried now, because too many wait to be hashed or to be refused. */
    private boolean isFull(String network) {
        return passwords.isFull(network) || refusals.isFull(network);
    }

    /**
     * Whether the password is right, hashing it where it has to be.
     *
     * @throws RequestException 429 where it has to be hashed and too many wait already; it was not tried then
     */
    private boolean isRight(
            String name, @Nullable PasswordHash hash, Recollection known, String password, Lockout.Account account) {
        if (known != Recollection.NONE || hash == null) {
            return known == Recollection.RIGHT;
        }
        return passwords.check(
                name, hash, password, account.peer(), users.admins().isAdmin(name));
    }

    /**
     * A session that has begun.
     *
     * @param cookie the whole {@code Set-Cookie} value
     */
    public record Login(UserContext user, String cookie) {}
}
