package archipel.settings;

import static archipel.settings.Declarations.TRUTH;
import static archipel.settings.Declarations.byWord;
import static archipel.settings.Declarations.couch;
import static archipel.settings.Declarations.text;
import static archipel.settings.Declarations.words;

import archipel.settings.Declarations.Word;
import archipel.settings.Setting.Change;
import archipel.settings.Setting.CouchKey;
import archipel.settings.Setting.Place;
import archipel.settings.SettingType.Choice;
import archipel.settings.SettingType.TextList;
import archipel.settings.SettingType.WholeNumber;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/** The part of {@link Declared} about who may use a node: accounts, sessions, passwords. */
public final class AccountSettings {
    static final List<Setting<?>> LIST = new ArrayList<>();

    public static final Setting<Boolean> REQUIRE_VALID_USER = add(
            "require_valid_user",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether every request needs a user, but for logging in.",
            couch("chttpd", "require_valid_user"));
    public static final Setting<Boolean> REQUIRE_VALID_USER_EXCEPT_FOR_UP = add(
            "require_valid_user_except_for_up",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "The same, with _up open to everybody.",
            couch("chttpd", "require_valid_user_except_for_up"));
    public static final Setting<String> WWW_AUTHENTICATE = add(
            "www_authenticate",
            text("[\\x20-\\x7e]*", "printable ASCII"),
            "",
            Change.AT_ONCE,
            "The header WWW-Authenticate of answers that ask for a user, which makes browsers ask theirs, such as "
                    + "Basic realm=\"archipel\"; where it is empty they get one only when every request needs a user.",
            couch("chttpd", "WWW-Authenticate"),
            couch("httpd", "WWW-Authenticate"));
    public static final Setting<Boolean> ADMIN_ONLY_ALL_DBS = add(
            "admin_only_all_dbs",
            TRUTH,
            "true",
            Change.AT_ONCE,
            "Whether only admins may list databases.",
            couch("chttpd", "admin_only_all_dbs"));
    public static final Setting<DefaultSecurity> DEFAULT_SECURITY = add(
            "default_security",
            new Choice<>(
                    byWord(DefaultSecurity.values(), DefaultSecurity::word),
                    Map.of("admin_local", DefaultSecurity.EVERYONE)),
            "admin_only",
            Change.AT_ONCE,
            "Who may use a database whose _security was never set: admin_only or everyone.",
            couch("couchdb", "default_security"));
    public static final Setting<Boolean> USERS_DB_SECURITY_EDITABLE = add(
            "users_db_security_editable",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether the _security of _users can be changed.",
            couch("couchdb", "users_db_security_editable"));
    public static final Setting<List<String>> PUBLIC_FIELDS = add(
            "public_fields",
            new TextList(),
            "",
            Change.AT_ONCE,
            "The fields of user documents that every user may read.",
            auth("public_fields"),
            oldAuth("public_fields"));
    public static final Setting<String> SESSION_SECRET = add(new Setting<>(
            "session_secret",
            text("\\S*", "without spaces"),
            "",
            Change.AT_ONCE,
            List.of(auth("secret"), oldAuth("secret")),
            Collections.unmodifiableSet(EnumSet.of(Place.ENVIRONMENT)),
            "What session cookies are signed with; made at the first start when none is given."));
    public static final Setting<Integer> SESSION_TIMEOUT_SECONDS = add(
            "session_timeout_seconds",
            new WholeNumber(1, 31_536_000, "seconds"),
            "600",
            Change.AT_ONCE,
            "How long a session lasts without a request.",
            auth("timeout"),
            oldAuth("timeout"));
    public static final Setting<Boolean> ALLOW_PERSISTENT_COOKIES = add(
            "allow_persistent_cookies",
            TRUTH,
            "true",
            Change.AT_ONCE,
            "Whether browsers may keep the session cookie when they are closed.",
            auth("allow_persistent_cookies"),
            oldAuth("allow_persistent_cookies"));
    public static final Setting<String> COOKIE_DOMAIN = add(
            "cookie_domain",
            text("[A-Za-z0-9.-]*", "a domain name, or empty"),
            "",
            Change.AT_ONCE,
            "The domain of the session cookie; the node's own when empty.",
            auth("cookie_domain"),
            oldAuth("cookie_domain"));
    public static final Setting<Boolean> COOKIE_SECURE = add(
            "cookie_secure",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether browsers send the session cookie over HTTPS only: for a node behind a TLS proxy.");
    public static final Setting<SameSite> SAME_SITE = add(
            "same_site",
            words(SameSite.values(), SameSite::word),
            "",
            Change.AT_ONCE,
            "The SameSite attribute of the session cookie; none is sent when empty.",
            auth("same_site"),
            oldAuth("same_site"));
    public static final Setting<Integer> PBKDF2_ITERATIONS = add(
            "pbkdf2_iterations",
            new WholeNumber(1, 100_000_000, "rounds"),
            "600000",
            Change.AT_ONCE,
            "How much work it is to try a password that is hashed from now on.",
            auth("iterations"),
            oldAuth("iterations"));
    public static final Setting<Integer> MIN_PBKDF2_ITERATIONS = add(
            "min_pbkdf2_iterations",
            new WholeNumber(1, 100_000_000, "rounds"),
            "1",
            Change.AT_ONCE,
            "Passwords hashed with fewer rounds are refused.",
            auth("min_iterations"),
            oldAuth("min_iterations"));
    public static final Setting<Integer> MAX_PBKDF2_ITERATIONS = add(
            "max_pbkdf2_iterations",
            new WholeNumber(1, 100_000_000, "rounds"),
            "10000000",
            Change.AT_ONCE,
            "Passwords hashed with more rounds are refused: they would keep the processor busy for seconds.",
            auth("max_iterations"),
            oldAuth("max_iterations"));
    public static final Setting<Integer> AUTH_CACHE_SIZE = add(
            "auth_cache_size",
            new WholeNumber(0, 1_000_000, "users"),
            "1000",
            Change.AT_ONCE,
            "How many users' passwords need no hashing again once they have been right.",
            auth("auth_cache_size"),
            oldAuth("auth_cache_size"));
    public static final Setting<LockoutMode> LOCKOUT_MODE = add(
            "lockout_mode",
            words(LockoutMode.values(), LockoutMode::word),
            "enforce",
            Change.AT_ONCE,
            "What repeated wrong passwords lead to: a lock (enforce), a line in the log (warn), nothing (off).",
            couch("chttpd_auth_lockout", "mode"));
    public static final Setting<Integer> LOCKOUT_THRESHOLD = add(
            "lockout_threshold",
            new WholeNumber(1, 1_000_000, "failures"),
            "5",
            Change.AT_ONCE,
            "How many wrong passwords lock a user's account for the address they came from.",
            couch("chttpd_auth_lockout", "threshold"));
    public static final Setting<Integer> LOCKOUT_MS = add(
            "lockout_ms",
            new WholeNumber(1, 86_400_000, "milliseconds"),
            "300000",
            Change.AT_ONCE,
            "How long the lock lasts after the last attempt.",
            couch("chttpd_auth_lockout", "max_lifetime"));
    public static final Setting<Integer> LOCKOUT_MAX_OBJECTS = add(
            "lockout_max_objects",
            new WholeNumber(1, 10_000_000, "accounts"),
            "10000",
            Change.AT_ONCE,
            "How many accounts with failures are remembered.",
            couch("chttpd_auth_lockout", "max_objects"));

    private AccountSettings() {}

    private static <T> Setting<T> add(
            String name, SettingType<T> type, String defaultText, Change change, String doc, CouchKey... couch) {
        return add(Declarations.anywhere(name, type, defaultText, change, doc, couch));
    }

    private static <T> Setting<T> add(Setting<T> setting) {
        LIST.add(setting);
        return setting;
    }

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
