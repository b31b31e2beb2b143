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
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.Choice;
import archipel.settings.SettingType.FilePath;
import archipel.settings.SettingType.Networks;
import archipel.settings.SettingType.TextList;
import archipel.settings.SettingType.WholeNumber;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All settings, in the order in which they are shown. Adding one here gives it its flag, environment variable, TOML
 * key, {@code _config} key and documentation; {@code docs/SETTINGS.md} is made from this list.
 */
public final class Declared {
    private static final List<Setting<?>> LIST = new ArrayList<>();
    private static final Set<Place> BEFORE_THE_FILE =
            Collections.unmodifiableSet(EnumSet.of(Place.FLAG, Place.ENVIRONMENT));
    private static final long GIB = 1L << 30;
    private static final String HEADER = "[A-Za-z0-9-]+";

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
            Change.FIXED,
            "The directory that holds everything the node keeps; it is made when there is none.",
            couch("couchdb", "database_dir"));
    public static final Setting<Boolean> DATA_MUST_EXIST = add(
            "data_must_exist",
            TRUTH,
            "false",
            Change.AT_START,
            "Whether a data directory without data is refused instead of begun: for one that lies on a file system of "
                    + "its own, which may not be mounted.");
    public static final Setting<String> NODE_NAME = add(
            "node_name",
            text("[A-Za-z0-9._-]+@[A-Za-z0-9._-]+", "of the form name@host"),
            "archipel@127.0.0.1",
            Change.AT_START,
            "What the node calls itself in _membership and _node.");

    // What stands in front of it.
    public static final Setting<List<Network>> TRUSTED_PROXIES = add(
            "trusted_proxies",
            new Networks(),
            "127.0.0.0/8, ::1",
            Change.AT_ONCE,
            "The proxies whose X-Forwarded or Forwarded headers say who asks and where; from any other address they "
                    + "count for nothing.");
    public static final Setting<String> PEER_HEADER = add(
            "peer_header",
            text(HEADER, "a header's name"),
            "X-Forwarded-For",
            Change.AT_ONCE,
            "The header in which trusted proxies give the client's address.",
            couch("chttpd", "peer_header"));
    public static final Setting<String> X_FORWARDED_HOST = add(
            "x_forwarded_host",
            text(HEADER, "a header's name"),
            "X-Forwarded-Host",
            Change.AT_ONCE,
            "The header in which trusted proxies give the host that the client asked for.",
            couch("chttpd", "x_forwarded_host"),
            couch("httpd", "x_forwarded_host"));
    public static final Setting<String> X_FORWARDED_PROTO = add(
            "x_forwarded_proto",
            text(HEADER, "a header's name"),
            "X-Forwarded-Proto",
            Change.AT_ONCE,
            "The header in which trusted proxies give the protocol that the client speaks: http or https.",
            couch("chttpd", "x_forwarded_proto"),
            couch("httpd", "x_forwarded_proto"));
    public static final Setting<String> X_FORWARDED_SSL = add(
            "x_forwarded_ssl",
            text(HEADER, "a header's name"),
            "X-Forwarded-Ssl",
            Change.AT_ONCE,
            "The header with which trusted proxies say that the client speaks https: on.",
            couch("chttpd", "x_forwarded_ssl"),
            couch("httpd", "x_forwarded_ssl"));

    static {
        LIST.addAll(ConnectionSettings.LIST);
    }

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
    public static final Setting<Long> WRITE_QUEUE_SIZE = add(
            "write_queue_size",
            new ByteSize(1 << 20, 1L << 40),
            "32MiB",
            Change.AT_START,
            "Memory for writes that wait for the disk, at most an eighth of the heap. A write that finds it full waits "
                    + "for write_wait_ms. A larger write is let in alone.");
    public static final Setting<Integer> WRITE_WAIT_MS = add(
            "write_wait_ms",
            new WholeNumber(0, 3_600_000, "milliseconds"),
            "30000",
            Change.AT_START,
            "How long a write waits for its place in write_queue_size before it is rejected with 503.");
    public static final Setting<Long> RESERVE_SIZE = add(
            "reserve_size",
            new ByteSize(0, 1L << 40),
            "192MiB",
            Change.AT_START,
            "Space on the disk that is kept in a file, from which a full disk is relieved: deletions, purges and a "
                    + "start need some. It should be one and a half times write_buffer_size; 0 keeps none.");
    public static final Setting<Integer> MAX_CLOCK_DRIFT_MS = add(
            "max_clock_drift_ms",
            new WholeNumber(1, 86_400_000, "milliseconds"),
            "60000",
            Change.AT_START,
            "How far the machine's clock may jump ahead and be believed; after a larger jump blocks go on from the "
                    + "time before. A database whose time is ahead by more is warned of.");
    public static final Setting<Integer> CLOCK_PATIENCE_SECONDS = add(
            "clock_patience_seconds",
            new WholeNumber(0, 86_400, "seconds"),
            "600",
            Change.AT_START,
            "How long a clock that jumped ahead has to stay there to be believed.");
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
    public static final Setting<Integer> RECLAIM_AFTER_SECONDS = add(
            "reclaim_after_seconds",
            new WholeNumber(1, Integer.MAX_VALUE - 1, "seconds"),
            "60",
            Change.AT_START,
            "How often to give the disk space of deleted attachments, dropped databases and pruned bodies back.");
    public static final Setting<Integer> ATTACHMENT_GARBAGE_PERCENT = add(
            "attachment_garbage_percent",
            new WholeNumber(1, 100, "percent"),
            "25",
            Change.AT_START,
            "How much of the files that hold attachments may be deleted before the rest is copied to new files.");
    public static final Setting<Path> BACKUP_DIRECTORY = add(
            "backup_directory",
            new FilePath(),
            "",
            Change.AT_START,
            "Where POST to _backup, which is what archipel backup with a URL does, may put backups, in it or below; "
                    + "nowhere when empty.");
    public static final Setting<Long> BACKUP_RATE_LIMIT = add(
            "backup_rate_limit",
            new ByteSize(0, 1L << 40),
            "0",
            Change.AT_ONCE,
            "How much a backup may write in a second, so that it leaves others their part of the disk; 0: no limit.");

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
    public static final Setting<Boolean> DECODE_PLUS_TO_SPACE = add(
            "decode_plus_to_space",
            TRUTH,
            "true",
            Change.AT_ONCE,
            "Whether + in a path, and in the id that a Destination header names, stands for a space. "
                    + "Percent-encoded it is +.",
            couch("chttpd", "decode_plus_to_space"));
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
    public static final Setting<Integer> REQUEST_MEMORY_PERCENT = add(
            "request_memory_percent",
            new WholeNumber(5, 80, "percent"),
            "50",
            Change.AT_ONCE,
            "How much of the heap all requests under way may use together. A request that finds too little waits, and "
                    + "then gets a 503; one that could never have enough gets a 413.");
    public static final Setting<Integer> REQUEST_MEMORY_WAIT_MS = add(
            "request_memory_wait_ms",
            new WholeNumber(0, 600_000, "milliseconds"),
            "2000",
            Change.AT_ONCE,
            "How long a request waits for memory before it is refused.");
    public static final Setting<Integer> MAX_READ_SECONDS = add(
            "max_read_seconds",
            new WholeNumber(1, Integer.MAX_VALUE / 1000, "seconds"),
            "3600",
            Change.AT_ONCE,
            "How long one response may hold a snapshot. Longer ones are aborted, because a snapshot prevents space "
                    + "from being reclaimed.");
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
            "Memory that one call of a design document's function may allocate while memory is short, and never more "
                    + "than a quarter of the heap; one that allocates four times as much is ended in any case.");
    public static final Setting<Integer> SCRIPT_THREADS = add(
            "script_threads",
            new WholeNumber(1, 256, "threads"),
            "2",
            Change.AT_START,
            "How many threads run functions for requests, and as many again for building indexes; a function that "
                    + "takes longer than a moment does not count among them. Databases take turns, and none has more.");
    public static final Setting<Integer> SCRIPT_STRIKES = add(
            "script_strikes",
            new WholeNumber(1, 1_000, "calls"),
            "3",
            Change.AT_START,
            "How many calls of a function may take too much time or memory before it is quarantined: it is not called "
                    + "for a while then, and whoever needs it is told so.");
    public static final Setting<Integer> SCRIPT_QUARANTINE_SECONDS = add(
            "script_quarantine_seconds",
            new WholeNumber(1, 3_600, "seconds"),
            "60",
            Change.AT_START,
            "How long such a function is not called the first time; each further time twice as long, up to an hour.");
    public static final Setting<Integer> SCRIPT_MAP_FAILURES = add(
            "script_map_failures",
            new WholeNumber(1, 100, "documents"),
            "5",
            Change.AT_START,
            "With how many documents that take a map function too much time or memory its view fails until the design "
                    + "document changes; with fewer it fails until these documents do. The other views go on.");
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
                    + "x-couchdb-body-time, archipel-block, archipel-rewound-to",
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
    static {
        LIST.addAll(AccountSettings.LIST);
    }

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
            "How much is logged; the start and the stop of the node and what admins change always are.",
            couch("log", "level"));
    public static final Setting<LogFormat> LOG_FORMAT = add(
            "log_format",
            words(LogFormat.values(), LogFormat::word),
            "text",
            Change.AT_START,
            "Lines of text for people, or one JSON object a line for machines.");
    public static final Setting<Boolean> ACCESS_LOG = add(
            "access_log",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether each request is logged once it is answered, whatever log_level says: client, user, method, path, "
                    + "status, duration, bytes and block.",
            couch("log", "access"));
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
        return add(Declarations.anywhere(name, type, defaultText, change, doc, couch));
    }

    private static <T> Setting<T> add(Setting<T> setting) {
        LIST.add(setting);
        return setting;
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
}
