package archipel.settings;

import archipel.settings.Setting.Change;
import archipel.settings.Setting.CouchKey;
import archipel.settings.Setting.Place;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.Choice;
import archipel.settings.SettingType.FilePath;
import archipel.settings.SettingType.Text;
import archipel.settings.SettingType.TextList;
import archipel.settings.SettingType.Truth;
import archipel.settings.SettingType.WholeNumber;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * All settings, in the order in which they are shown. Adding one here gives it its flag, environment variable, TOML
 * key, {@code _config} key and documentation; {@code docs/SETTINGS.md} is made from this list.
 */
public final class Declared {
    private static final List<Setting<?>> LIST = new ArrayList<>();
    private static final Set<Place> ANYWHERE = Collections.unmodifiableSet(EnumSet.allOf(Place.class));
    private static final Set<Place> BEFORE_THE_FILE =
            Collections.unmodifiableSet(EnumSet.of(Place.FLAG, Place.ENVIRONMENT));
    private static final SettingType<Boolean> TRUTH = new Truth();
    private static final long GIB = 1L << 30;

    // Where it runs.
    public static final Setting<Path> CONFIG = add(new Setting<>(
            "config",
            new FilePath(),
            "",
            Change.AT_START,
            List.of(),
            BEFORE_THE_FILE,
            "The TOML file to read settings from; none when empty."));
    public static final Setting<String> HOST = add(
            "host",
            text("[^\\s/]+", "a host name or an address"),
            "127.0.0.1",
            Change.AT_START,
            "The address to listen on; 0.0.0.0 is every network.",
            couch("chttpd", "bind_address"));
    public static final Setting<Integer> PORT = add(
            "port",
            new WholeNumber(0, 65_535, ""),
            "5984",
            Change.AT_START,
            "The port to listen on; 0 picks a free one.",
            couch("chttpd", "port"));
    public static final Setting<Path> DATA = add(
            "data",
            new FilePath(),
            "archipel-data",
            Change.AT_START,
            "The directory that holds everything the node keeps; it is made when there is none.");
    public static final Setting<String> NODE_NAME = add(
            "node_name",
            text("[A-Za-z0-9._-]+@[A-Za-z0-9._-]+", "of the form name@host"),
            "archipel@127.0.0.1",
            Change.AT_START,
            "What the node calls itself in _membership and _node.");

    // How it keeps data.
    public static final Setting<Durability> DURABILITY = add(
            "durability",
            words(Durability.values(), Durability::word),
            "fsync",
            Change.AT_START,
            "When a write is acknowledged: once it is on the disk (fsync), or once the operating system has it (os), "
                    + "which a power cut can undo.");
    public static final Setting<Long> BLOCK_CACHE_SIZE = add(
            "block_cache_size",
            new ByteSize(1 << 20, 1L << 40),
            "64MiB",
            Change.AT_START,
            "Memory for data that was read lately.");
    public static final Setting<Long> WRITE_BUFFER_SIZE = add(
            "write_buffer_size",
            new ByteSize(1 << 20, 1L << 40),
            "128MiB",
            Change.AT_START,
            "Memory for data that was written lately.");
    public static final Setting<Long> GROUP_COMMIT_SIZE = add(
            "group_commit_size",
            new ByteSize(64 << 10, GIB),
            "8MiB",
            Change.AT_START,
            "How much concurrent writing shares one trip to the disk at the most.");
    public static final Setting<HistoryKept> HISTORY = add(
            "history",
            words(HistoryKept.values(), HistoryKept::word),
            "newest",
            Change.AT_START,
            "Which blocks stay readable in databases whose _horizon says nothing else: the newest and the young ones, "
                    + "as history_blocks and history_age_seconds say (newest), or every one (all).");
    public static final Setting<Integer> HISTORY_BLOCKS = add(
            "history_blocks",
            new WholeNumber(1, Integer.MAX_VALUE - 1, "blocks"),
            "10000",
            Change.AT_START,
            "How many of a database's newest blocks stay readable at least.");
    public static final Setting<Integer> HISTORY_AGE_SECONDS = add(
            "history_age_seconds",
            new WholeNumber(0, Integer.MAX_VALUE - 1, "seconds"),
            "3600",
            Change.AT_START,
            "For how long a block stays readable at least.");
    public static final Setting<Long> ATTACHMENT_CHUNK_SIZE = add(
            "attachment_chunk_size",
            new ByteSize(4 << 10, 16 << 20),
            "256KiB",
            Change.AT_START,
            "The size of the pieces that attachments are stored in.");
    public static final Setting<Path> BACKUP_DIRECTORY = add(
            "backup_directory",
            new FilePath(),
            "",
            Change.AT_START,
            "Where POST to _backup, which is what archipel backup with a URL does, may put backups, in it or below; "
                    + "nowhere when empty.");

    // Who governs it.
    public static final Setting<String> ADMIN = add(
            "admin",
            text("[^:_\\p{Cntrl}][^:\\p{Cntrl}]*", "a name without \":\" that does not begin with \"_\""),
            "admin",
            Change.AT_START,
            "The server admin that is made when there is none, or whose password is set when one is given.");
    public static final Setting<String> ADMIN_PASSWORD = add(new Setting<>(
            "admin_password",
            text("(?s).*", "a password"),
            "",
            Change.AT_START,
            List.of(),
            Collections.unmodifiableSet(EnumSet.of(Place.ENVIRONMENT)),
            "The admin's password; when neither this nor a file gives one, the first start makes one and "
                    + "prints it once."));
    public static final Setting<Path> ADMIN_PASSWORD_FILE = add(
            "admin_password_file",
            new FilePath(),
            "",
            Change.AT_START,
            "A file whose first line is the admin's password; none when empty.");

    // What it accepts.
    public static final Setting<Long> MAX_DOCUMENT_SIZE = add(
            "max_document_size",
            new ByteSize(1, 1 << 30),
            "8000000",
            Change.AT_ONCE,
            "How large one document's JSON may be, attachments apart.",
            couch("couchdb", "max_document_size"));
    public static final Setting<Long> MAX_REQUEST_SIZE = add(
            "max_request_size",
            new ByteSize(1, 1L << 50),
            "4294967296",
            Change.AT_ONCE,
            "How large the body of a request may be.",
            couch("chttpd", "max_http_request_size"),
            couch("httpd", "max_http_request_size"));
    public static final Setting<Long> MAX_JSON_SIZE = add(
            "max_json_size",
            new ByteSize(1, Integer.MAX_VALUE - 1024),
            "128MiB",
            Change.AT_ONCE,
            "How large a JSON body, which is read into memory, may be; attachments sent as multipart do not count.");
    public static final Setting<Integer> MAX_JSON_DEPTH = add(
            "max_json_depth",
            new WholeNumber(8, 10_000, "levels"),
            "500",
            Change.AT_ONCE,
            "How deep arrays and objects may nest.");
    public static final Setting<Long> MAX_ATTACHMENT_SIZE = add(
            "max_attachment_size",
            new ByteSize(0, 1L << 50),
            "1073741824",
            Change.AT_ONCE,
            "How large one attachment may be.",
            couch("couchdb", "max_attachment_size"));
    public static final Setting<Integer> MAX_URI_LENGTH = add(
            "max_uri_length",
            new WholeNumber(256, 1 << 20, "bytes"),
            "65536",
            Change.AT_START,
            "How long the path and query of a request may be together.",
            couch("chttpd", "max_uri_length"));
    public static final Setting<Integer> DEFAULT_REVS_LIMIT = add(
            "default_revs_limit",
            new WholeNumber(1, 1_000_000, "revisions"),
            "1000",
            Change.AT_ONCE,
            "How many revisions of each branch a new database keeps; _revs_limit changes it for one database.");

    // Feeds and lists.
    public static final Setting<Integer> CHANGES_TIMEOUT_MS = add(
            "changes_timeout_ms",
            new WholeNumber(1, 86_400_000, "milliseconds"),
            "60000",
            Change.AT_ONCE,
            "How long a changes feed waits for news before it ends, and how often a heartbeat comes; also the "
                    + "longest that a client can ask for.",
            couch("chttpd", "changes_timeout"),
            couch("httpd", "changes_timeout"));
    public static final Setting<Integer> BLOCK_WAIT_MS = add(
            "block_wait_ms",
            new WholeNumber(0, 3_600_000, "milliseconds"),
            "5000",
            Change.AT_ONCE,
            "How long a read waits for a block that is not there yet, unless its parameter wait says otherwise.");
    public static final Setting<Integer> MAX_BLOCK_WAIT_MS = add(
            "max_block_wait_ms",
            new WholeNumber(0, 3_600_000, "milliseconds"),
            "60000",
            Change.AT_ONCE,
            "The longest that a read can wait for a block, whatever it asks for.");
    public static final Setting<Integer> SCRIPT_TIME_MS = add(
            "script_time_ms",
            new WholeNumber(10, 600_000, "milliseconds"),
            "5000",
            Change.AT_START,
            "How much of a processor's time one call of a design document's function may take; a map's call is for "
                    + "many documents, and when it takes longer they are taken one by one.");
    public static final Setting<Long> SCRIPT_MEMORY = add(
            "script_memory",
            new ByteSize(1 << 20, GIB),
            "64MiB",
            Change.AT_START,
            "Memory that one call of a design document's function may allocate while memory is short; one that "
                    + "allocates four times as much is ended in any case.");
    public static final Setting<Integer> SCRIPT_THREADS = add(
            "script_threads",
            new WholeNumber(1, 256, "threads"),
            "2",
            Change.AT_START,
            "How many threads run functions for requests, and as many again for building indexes.");
    public static final Setting<Integer> MANGO_DEFAULT_LIMIT = add(
            "mango_default_limit",
            new WholeNumber(0, Integer.MAX_VALUE, "documents"),
            "25",
            Change.AT_ONCE,
            "How many documents _find shows when it is not told.",
            couch("mango", "default_limit"));
    public static final Setting<Long> MANGO_SORT_MEMORY = add(
            "mango_sort_memory",
            new ByteSize(0, GIB),
            "32MiB",
            Change.AT_ONCE,
            "Memory that one _find may take to sort what no index sorts; what needs more is refused with "
                    + "no_usable_index, and with 0 everything is, as in CouchDB.");
    public static final Setting<Integer> MANGO_SCAN_WARNING_RATIO = add(
            "mango_scan_warning_ratio",
            new WholeNumber(0, Integer.MAX_VALUE, "documents"),
            "10",
            Change.AT_ONCE,
            "How many documents _find may look at for each that it shows before it warns of that; 0 for any number.",
            couch("mango", "index_scan_warning_threshold"));
    public static final Setting<Integer> MAX_DBS_INFO_KEYS = add(
            "max_dbs_info_keys",
            new WholeNumber(1, 1_000_000, "databases"),
            "100",
            Change.AT_ONCE,
            "How many databases one POST to _dbs_info may ask for.",
            couch("chttpd", "max_db_number_for_dbs_info_req"));
    public static final Setting<UuidAlgorithm> UUIDS_ALGORITHM = add(
            "uuids_algorithm",
            words(UuidAlgorithm.values(), UuidAlgorithm::word),
            "sequential",
            Change.AT_ONCE,
            "How _uuids makes ids, and the node those of documents posted without one.",
            couch("uuids", "algorithm"));
    public static final Setting<String> UUIDS_SUFFIX = add(
            "uuids_suffix",
            text("[^\\p{Cntrl}]*", "without control characters"),
            "",
            Change.AT_ONCE,
            "What follows the time in ids made by utc_id.",
            couch("uuids", "utc_id_suffix"));
    public static final Setting<Integer> UUIDS_MAX_COUNT = add(
            "uuids_max_count",
            new WholeNumber(1, 1_000_000, "ids"),
            "1000",
            Change.AT_ONCE,
            "How many ids one request to _uuids may ask for.",
            couch("uuids", "max_count"));

    // What browsers of other sites may do.
    public static final Setting<Boolean> ENABLE_CORS = add(
            "enable_cors",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether web pages from other origins may use the node.",
            couch("chttpd", "enable_cors"),
            couch("httpd", "enable_cors"));
    public static final Setting<List<String>> CORS_ORIGINS = add(
            "cors_origins",
            new TextList(),
            "",
            Change.AT_ONCE,
            "The origins that may, or * for all.",
            couch("cors", "origins"));
    public static final Setting<Boolean> CORS_CREDENTIALS = add(
            "cors_credentials",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether their requests may carry cookies and passwords.",
            couch("cors", "credentials"));
    public static final Setting<List<String>> CORS_METHODS = add(
            "cors_methods",
            new TextList(),
            "CONNECT, COPY, DELETE, GET, HEAD, OPTIONS, POST, PUT, TRACE",
            Change.AT_ONCE,
            "The methods they may use.",
            couch("cors", "methods"));
    public static final Setting<List<String>> CORS_HEADERS = add(
            "cors_headers",
            new TextList(),
            "accept, accept-language, authorization, content-length, content-range, content-type, destination, "
                    + "expires, if-match, last-modified, origin, pragma, x-couch-full-commit, x-couch-id, "
                    + "x-couch-persist, x-couchdb-www-authenticate, x-http-method-override, "
                    + "x-requested-with, x-couchdb-vhost-path, archipel-min-block",
            Change.AT_ONCE,
            "The headers they may send.",
            couch("cors", "headers"));
    public static final Setting<List<String>> CORS_EXPOSED_HEADERS = add(
            "cors_exposed_headers",
            new TextList(),
            "content-type, cache-control, accept-ranges, etag, server, x-couch-request-id, x-couch-update-newrev, "
                    + "x-couchdb-body-time, archipel-block",
            Change.AT_ONCE,
            "The headers of answers they may read.",
            couch("cors", "exposed_headers"));
    public static final Setting<Integer> CORS_MAX_AGE_SECONDS = add(
            "cors_max_age_seconds",
            new WholeNumber(0, 86_400, "seconds"),
            "600",
            Change.AT_ONCE,
            "How long browsers may remember what is allowed.",
            couch("cors", "max_age"));

    // Who may use it.
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

    // How it runs.
    public static final Setting<Boolean> GZIP =
            add("gzip", TRUTH, "true", Change.AT_ONCE, "Whether answers are compressed for clients that accept it.");
    public static final Setting<MaintenanceMode> MAINTENANCE_MODE = add(
            "maintenance_mode",
            words(MaintenanceMode.values(), MaintenanceMode::word),
            "false",
            Change.AT_ONCE,
            "Whether _up says 404, so that load balancers pass the node by: true, nolb or false.",
            couch("couchdb", "maintenance_mode"));
    public static final Setting<LogLevel> LOG_LEVEL = add(
            "log_level",
            new Choice<>(
                    byWord(LogLevel.values(), LogLevel::word),
                    Map.of("warning", LogLevel.WARN, "notice", LogLevel.INFO, "critical", LogLevel.ERROR)),
            "warn",
            Change.AT_ONCE,
            "How much is logged; the start and the stop of the node always are.",
            couch("log", "level"));
    public static final Setting<LogFormat> LOG_FORMAT = add(
            "log_format",
            words(LogFormat.values(), LogFormat::word),
            "text",
            Change.AT_START,
            "Lines of text for people, or one JSON object a line for machines.");
    public static final Setting<Integer> SHUTDOWN_GRACE_SECONDS = add(
            "shutdown_grace_seconds",
            new WholeNumber(0, 3_600, "seconds"),
            "10",
            Change.AT_START,
            "How long requests may take to finish once the node is told to stop.");

    private static final Map<String, Setting<?>> BY_NAME = new LinkedHashMap<>();
    private static final Map<CouchKey, Setting<?>> BY_COUCH_KEY = new LinkedHashMap<>();

    static {
        for (Setting<?> setting : LIST) {
            BY_NAME.put(setting.name(), setting);
            for (CouchKey key : setting.couch()) {
                BY_COUCH_KEY.put(key, setting);
            }
        }
    }

    private Declared() {}

    /** In the order in which they are declared. */
    public static List<Setting<?>> all() {
        return Collections.unmodifiableList(LIST);
    }

    /** By TOML key. */
    public static Map<String, Setting<?>> byName() {
        return Collections.unmodifiableMap(BY_NAME);
    }

    /** By place in CouchDB's configuration. */
    public static Map<CouchKey, Setting<?>> byCouchKey() {
        return Collections.unmodifiableMap(BY_COUCH_KEY);
    }

    /** The setting that was probably meant by a misspelt name or flag; null when none is near. */
    public static @Nullable Setting<?> nearest(String misspelt) {
        String name = SettingsFile.similar(
                misspelt.startsWith("--") ? misspelt.substring(2).replace('-', '_') : misspelt);
        return name == null ? null : BY_NAME.get(name);
    }

    private static <T> Setting<T> add(
            String name, SettingType<T> type, String defaultText, Change change, String doc, CouchKey... couch) {
        return add(new Setting<>(name, type, defaultText, change, List.of(couch), ANYWHERE, doc));
    }

    private static <T> Setting<T> add(Setting<T> setting) {
        LIST.add(setting);
        return setting;
    }

    private static CouchKey couch(String section, String key) {
        return new CouchKey(section, key);
    }

    private static CouchKey auth(String key) {
        return new CouchKey("chttpd_auth", key);
    }

    /** The section's name before CouchDB 3.2, which it still heeds. */
    private static CouchKey oldAuth(String key) {
        return new CouchKey("couch_httpd_auth", key);
    }

    private static SettingType<String> text(String form, String wanted) {
        return new Text(Pattern.compile(form), wanted);
    }

    private static <E> SettingType<E> words(E[] values, Function<E, String> word) {
        return new Choice<>(byWord(values, word), Map.of());
    }

    private static <E> Map<String, E> byWord(E[] values, Function<E, String> word) {
        Map<String, E> words = new LinkedHashMap<>();
        Arrays.stream(values).forEach(value -> words.put(word.apply(value), value));
        return Collections.unmodifiableMap(words);
    }

    private interface Word {
        String name();

        default String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Of {@link #DURABILITY}. */
    public enum Durability implements Word {
        FSYNC,
        OS
    }

    /** Of {@link #UUIDS_ALGORITHM}. */
    public enum UuidAlgorithm implements Word {
        SEQUENTIAL,
        RANDOM,
        UTC_RANDOM,
        UTC_ID,
        UUID_V7
    }

    /** Of {@link #HISTORY}. */
    public enum HistoryKept implements Word {
        NEWEST,
        ALL
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

    /** Of {@link #LOG_LEVEL}, which also shows everything above. */
    public enum LogLevel implements Word {
        ERROR,
        WARN,
        INFO,
        DEBUG
    }

    /** Of {@link #LOG_FORMAT}. */
    public enum LogFormat implements Word {
        TEXT,
        JSON
    }

    /** Of {@link #MAINTENANCE_MODE}. */
    public enum MaintenanceMode implements Word {
        FALSE,
        TRUE,
        NOLB
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
