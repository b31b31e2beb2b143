package archipel.auth;

import static archipel.settings.SettingGroup.TRUTH;
import static archipel.settings.SettingGroup.byWord;
import static archipel.settings.SettingGroup.couch;
import static archipel.settings.SettingGroup.text;
import static archipel.settings.SettingGroup.words;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.Setting.CouchKey;
import archipel.settings.Setting.Place;
import archipel.settings.Setting.Scope;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.Choice;
import archipel.settings.SettingType.FilePath;
import archipel.settings.SettingType.TextList;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Word;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/** Who may use a node: admins, accounts, sessions, passwords. */
public final class AccountSettings {
    public static final SettingGroup GROUP = new SettingGroup("Accounts and authentication");

    public static final Setting<String> ADMIN = GROUP.cluster(
            "admin",
            text("[^:_\\p{Cntrl}][^:\\p{Cntrl}]*", "a name without \":\" that does not begin with \"_\""),
            "admin",
            Change.AT_START,
            "The server admin that is created if there is none, or whose password is set if one is given.");
    public static final Setting<String> ADMIN_PASSWORD = GROUP.add(new Setting<>(
            "admin_password",
            text("(?s).*", "a password"),
            "",
            Scope.CLUSTER,
            Change.AT_START,
            List.of(),
            Collections.unmodifiableSet(EnumSet.of(Place.ENVIRONMENT)),
            "The admin's password. If neither this nor a file gives one, the first start generates one and "
                    + "prints it once."));
    public static final Setting<Path> ADMIN_PASSWORD_FILE = GROUP.node(
            "admin_password_file",
            new FilePath(),
            "",
            Change.AT_START,
            "A file whose first line is the admin's password; none if empty.");
    public static final Setting<List<AuthenticationHandler>> AUTHENTICATION_HANDLERS = GROUP.cluster(
            "authentication_handlers",
            new HandlerList(),
            "cookie, default",
            Change.AT_ONCE,
            "How clients may authenticate, in this order: session cookie (cookie), Basic authentication (default), a "
                    + "proxy's headers (proxy), JSON Web Token (jwt).",
            couch("chttpd", "authentication_handlers"),
            couch("httpd", "authentication_handlers"));
    public static final Setting<String> AUTHENTICATION_DB = GROUP.cluster(
            "authentication_db",
            text("[a-z_][a-z0-9_$()+/-]*", "the name of a database"),
            "_users",
            Change.AT_ONCE,
            "The database that holds user documents.",
            auth("authentication_db"),
            oldAuth("authentication_db"));
    public static final Setting<Boolean> REQUIRE_VALID_USER = GROUP.cluster(
            "require_valid_user",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether every request except logging in needs a user.",
            couch("chttpd", "require_valid_user"));
    public static final Setting<Boolean> REQUIRE_VALID_USER_EXCEPT_FOR_UP = GROUP.cluster(
            "require_valid_user_except_for_up",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "As require_valid_user, but _up stays open to everyone.",
            couch("chttpd", "require_valid_user_except_for_up"));
    public static final Setting<String> WWW_AUTHENTICATE = GROUP.cluster(
            "www_authenticate",
            text("[\\x20-\\x7e]*", "printable ASCII"),
            "",
            Change.AT_ONCE,
            "The WWW-Authenticate header of responses that ask for a user, such as Basic realm=\"archipel\", which "
                    + "makes browsers prompt for a password. If empty, they prompt only if every request needs a "
                    + "user.",
            couch("chttpd", "WWW-Authenticate"),
            couch("httpd", "WWW-Authenticate"));
    public static final Setting<Boolean> ADMIN_ONLY_ALL_DBS = GROUP.cluster(
            "admin_only_all_dbs",
            TRUTH,
            "true",
            Change.AT_ONCE,
            "Whether only admins may list databases.",
            couch("chttpd", "admin_only_all_dbs"));
    public static final Setting<DefaultSecurity> DEFAULT_SECURITY = GROUP.cluster(
            "default_security",
            new Choice<>(
                    byWord(DefaultSecurity.values(), DefaultSecurity::word),
                    Map.of("admin_local", DefaultSecurity.EVERYONE)),
            "admin_only",
            Change.AT_ONCE,
            "Who may use a database whose _security was never set: server admins only (admin_only) or everyone.",
            couch("couchdb", "default_security"));
    public static final Setting<Boolean> USERS_DB_SECURITY_EDITABLE = GROUP.cluster(
            "users_db_security_editable",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether the _security of _users may be changed.",
            couch("couchdb", "users_db_security_editable"));
    public static final Setting<List<String>> PUBLIC_FIELDS = GROUP.cluster(
            "public_fields",
            new TextList(),
            "",
            Change.AT_ONCE,
            "Fields of user documents that every user may read.",
            auth("public_fields"),
            oldAuth("public_fields"));
    public static final Setting<String> SESSION_SECRET = GROUP.add(new Setting<>(
            "session_secret",
            text("\\S*", "without spaces"),
            "",
            Scope.CLUSTER,
            Change.AT_ONCE,
            List.of(auth("secret"), oldAuth("secret")),
            Collections.unmodifiableSet(EnumSet.of(Place.ENVIRONMENT)),
            "The key that signs session cookies; generated at the first start if not given. A cookie is valid on "
                    + "every node that has the same key."));
    public static final Setting<Integer> SESSION_TIMEOUT_SECONDS = GROUP.cluster(
            "session_timeout_seconds",
            new WholeNumber(1, 31_536_000, "seconds"),
            "600",
            Change.AT_ONCE,
            "How long a session lasts without a request.",
            auth("timeout"),
            oldAuth("timeout"));
    public static final Setting<Boolean> ALLOW_PERSISTENT_COOKIES = GROUP.cluster(
            "allow_persistent_cookies",
            TRUTH,
            "true",
            Change.AT_ONCE,
            "Whether browsers may keep the session cookie after they are closed.",
            auth("allow_persistent_cookies"),
            oldAuth("allow_persistent_cookies"));
    public static final Setting<String> COOKIE_DOMAIN = GROUP.cluster(
            "cookie_domain",
            text("[A-Za-z0-9.-]*", "a domain name, or empty"),
            "",
            Change.AT_ONCE,
            "The domain of the session cookie; the node's own host if empty.",
            auth("cookie_domain"),
            oldAuth("cookie_domain"));
    public static final Setting<Boolean> COOKIE_SECURE = GROUP.cluster(
            "cookie_secure",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether browsers may send the session cookie over HTTPS only. Set this on a node behind a TLS proxy.");
    public static final Setting<SameSite> SAME_SITE = GROUP.cluster(
            "same_site",
            words(SameSite.values(), SameSite::word),
            "",
            Change.AT_ONCE,
            "The SameSite attribute of the session cookie; not sent if empty.",
            auth("same_site"),
            oldAuth("same_site"));
    public static final Setting<Boolean> PROXY_USE_SECRET = GROUP.cluster(
            "proxy_use_secret",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether a proxy that authenticates clients must prove that it knows the session secret. If false, its "
                    + "headers are trusted when they come from the address of a trusted proxy.",
            auth("proxy_use_secret"),
            oldAuth("proxy_use_secret"));
    public static final Setting<String> X_AUTH_USERNAME = GROUP.cluster(
            "x_auth_username",
            text("[A-Za-z0-9-]+", "a header's name"),
            "X-Auth-CouchDB-UserName",
            Change.AT_ONCE,
            "The header in which an authenticating proxy sends the user's name.",
            auth("x_auth_username"),
            oldAuth("x_auth_username"));
    public static final Setting<String> X_AUTH_ROLES = GROUP.cluster(
            "x_auth_roles",
            text("[A-Za-z0-9-]+", "a header's name"),
            "X-Auth-CouchDB-Roles",
            Change.AT_ONCE,
            "The header in which an authenticating proxy sends the user's roles, separated by commas.",
            auth("x_auth_roles"),
            oldAuth("x_auth_roles"));
    public static final Setting<String> X_AUTH_TOKEN = GROUP.cluster(
            "x_auth_token",
            text("[A-Za-z0-9-]+", "a header's name"),
            "X-Auth-CouchDB-Token",
            Change.AT_ONCE,
            "The header in which an authenticating proxy sends its proof: the HMAC-SHA256 of the user's name under "
                    + "the session secret, in hex. HMAC-SHA1, as older proxies send it, is accepted as well.",
            auth("x_auth_token"),
            oldAuth("x_auth_token"));
    public static final Setting<List<RequiredClaim>> JWT_REQUIRED_CLAIMS = GROUP.cluster(
            "jwt_required_claims",
            new ClaimList(),
            "exp",
            Change.AT_ONCE,
            "Claims that a JSON Web Token must have. Its keys are set at _config/jwt_keys.",
            couch("jwt_auth", "required_claims"));
    public static final Setting<String> JWT_ROLES_CLAIM_NAME = GROUP.cluster(
            "jwt_roles_claim_name",
            text(".+", "a claim's name"),
            "_couchdb.roles",
            Change.AT_ONCE,
            "The claim that holds the user's roles.",
            couch("jwt_auth", "roles_claim_name"));
    public static final Setting<String> JWT_ROLES_CLAIM_PATH = GROUP.cluster(
            "jwt_roles_claim_path",
            text(".*", "names with dots between them"),
            "",
            Change.AT_ONCE,
            "The path to the roles if they are nested, such as access.roles; write \\. for a dot within a name.",
            couch("jwt_auth", "roles_claim_path"));
    public static final Setting<Boolean> UPGRADE_HASH_ON_AUTH = GROUP.cluster(
            "upgrade_hash_on_auth",
            TRUTH,
            "true",
            Change.AT_ONCE,
            "Whether a password whose hash is weaker than pbkdf2_prf and pbkdf2_iterations demand is hashed again "
                    + "when its user logs in.",
            auth("upgrade_hash_on_auth"),
            oldAuth("upgrade_hash_on_auth"));
    public static final Setting<String> PASSWORD_REGEXP = GROUP.cluster(
            "password_regexp",
            text("(?s).*", "a list of regular expressions"),
            "",
            Change.AT_ONCE,
            "Regular expressions that new passwords must match, each with an optional message, such as [{\".{10,}\", "
                    + "\"At least 10 characters.\"}, \"\\\\d\"].",
            auth("password_regexp"),
            oldAuth("password_regexp"));
    public static final Setting<Prf> PBKDF2_PRF = GROUP.cluster(
            "pbkdf2_prf",
            words(Prf.values(), Prf::word),
            "sha256",
            Change.AT_ONCE,
            "The hash function for new passwords. Use sha or sha224 only if users are shared with servers that know "
                    + "no other.",
            auth("pbkdf2_prf"),
            oldAuth("pbkdf2_prf"));
    public static final Setting<Integer> PBKDF2_ITERATIONS = GROUP.cluster(
            "pbkdf2_iterations",
            new WholeNumber(1, 100_000_000, "rounds"),
            "600000",
            Change.AT_ONCE,
            "The number of hashing rounds for new passwords; more rounds make guessing slower.",
            auth("iterations"),
            oldAuth("iterations"));
    public static final Setting<Integer> MIN_PBKDF2_ITERATIONS = GROUP.cluster(
            "min_pbkdf2_iterations",
            new WholeNumber(1, 100_000_000, "rounds"),
            "1",
            Change.AT_ONCE,
            "Passwords hashed with fewer rounds are rejected.",
            auth("min_iterations"),
            oldAuth("min_iterations"));
    public static final Setting<Integer> MAX_PBKDF2_ITERATIONS = GROUP.cluster(
            "max_pbkdf2_iterations",
            new WholeNumber(1, 100_000_000, "rounds"),
            "10000000",
            Change.AT_ONCE,
            "Passwords hashed with more rounds are rejected, since checking one would occupy a processor for seconds.",
            auth("max_iterations"),
            oldAuth("max_iterations"));
    public static final Setting<Integer> AUTH_CACHE_SIZE = GROUP.node(
            "auth_cache_size",
            new WholeNumber(0, 1_000_000, "users"),
            "1000",
            Change.AT_ONCE,
            "How many users' credentials are cached, so that a password that was right once need not be hashed again.",
            auth("auth_cache_size"),
            oldAuth("auth_cache_size"));
    public static final Setting<Integer> PASSWORD_QUEUE = GROUP.node(
            "password_queue",
            new WholeNumber(1, 10_000, "passwords"),
            "64",
            Change.AT_ONCE,
            "How many passwords may wait to be hashed; further logins are rejected with 429.");
    public static final Setting<Integer> PASSWORD_QUEUE_PER_ADDRESS = GROUP.node(
            "password_queue_per_address",
            new WholeNumber(1, 10_000, "passwords"),
            "8",
            Change.AT_ONCE,
            "How many of the waiting passwords may come from one address (for IPv6, from one /64 network).");
    public static final Setting<Integer> REFUSED_LOGINS = GROUP.node(
            "refused_logins",
            new WholeNumber(1, 1_000_000, "logins"),
            "1000",
            Change.AT_ONCE,
            "How many failed logins may wait for their answer, which is delayed by the time that hashing a password "
                    + "takes; further ones are rejected with 429 at once.");
    public static final Setting<Integer> REFUSED_LOGINS_PER_ADDRESS = GROUP.node(
            "refused_logins_per_address",
            new WholeNumber(1, 1_000_000, "logins"),
            "100",
            Change.AT_ONCE,
            "How many of the waiting failed logins may come from one address (for IPv6, from one /64 network).");
    public static final Setting<LockoutMode> LOCKOUT_MODE = GROUP.cluster(
            "lockout_mode",
            words(LockoutMode.values(), LockoutMode::word),
            "enforce",
            Change.AT_ONCE,
            "What repeated wrong passwords cause: a lock (enforce), a warning in the log (warn) or nothing (off).",
            couch("chttpd_auth_lockout", "mode"));
    public static final Setting<Integer> LOCKOUT_THRESHOLD = GROUP.cluster(
            "lockout_threshold",
            new WholeNumber(1, 1_000_000, "failures"),
            "5",
            Change.AT_ONCE,
            "How many wrong passwords lock an account for the address they came from. An admin's right password is "
                    + "still accepted.",
            couch("chttpd_auth_lockout", "threshold"));
    public static final Setting<Integer> LOCKOUT_MS = GROUP.cluster(
            "lockout_ms",
            new WholeNumber(1, 86_400_000, "milliseconds"),
            "300000",
            Change.AT_ONCE,
            "How long the lock lasts after the last attempt.",
            couch("chttpd_auth_lockout", "max_lifetime"));
    public static final Setting<Integer> LOCKED_ATTEMPTS_PER_SECOND = GROUP.node(
            "locked_attempts_per_second",
            new WholeNumber(1, 1_000, "attempts"),
            "5",
            Change.AT_ONCE,
            "How many login attempts per second are answered for each locked account and address. They wait up to "
                    + "ten seconds for their turn; further ones are rejected with 429.");
    public static final Setting<Integer> LOCKOUT_MAX_OBJECTS = GROUP.node(
            "lockout_max_objects",
            new WholeNumber(1, 10_000_000, "accounts"),
            "10000",
            Change.AT_ONCE,
            "How many accounts with failed logins are remembered.",
            couch("chttpd_auth_lockout", "max_objects"));

    static {
        // The hashes of admins are no secrets: they are the data of accounts like those in the users' documents, so
        // that a restored node has its admins.
        GROUP.section(Admins.SECTION, _ -> false);
        GROUP.section(TokenKeys.SECTION, key -> key.startsWith("hmac:"));
    }

    private AccountSettings() {}

    private static CouchKey auth(String key) {
        return couch("chttpd_auth", key);
    }

    /** The section's name before CouchDB 3.2, which it still heeds. */
    private static CouchKey oldAuth(String key) {
        return couch("couch_httpd_auth", key);
    }

    /** Of {@link #DEFAULT_SECURITY}. */
    public enum DefaultSecurity implements Word {
        ADMIN_ONLY,
        EVERYONE
    }

    /** Of {@link #LOCKOUT_MODE}. */
    public enum LockoutMode implements Word {
        ENFORCE,
        WARN,
        OFF
    }

    /** Of {@link #PBKDF2_PRF}; from the weakest to the strongest. */
    public enum Prf implements Word {
        SHA,
        SHA224,
        SHA256,
        SHA384,
        SHA512
    }

    /** Of {@link #SAME_SITE}. */
    public enum SameSite implements Word {
        UNSET {
            @Override
            public String word() {
                return "";
            }
        },
        LAX,
        STRICT,
        NONE
    }
}
