package archipel.server;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** CouchDB's settings that nothing here reads, with the reasons. */
final class CouchDbSettings {
    private static final String STORAGE = "Storage is another one; see block_cache_size and write_buffer_size.";
    private static final String CLUSTER = "There is one node, with one copy of each database.";
    private static final String COMPACTION = "The store compacts in its own time.";
    private static final String NO_REPLICATOR = "The node does not start replications yet.";
    private static final String TUNING = "It tunes a part of CouchDB that is not here.";
    private static final Map<String, String> REASONS = new LinkedHashMap<>();

    /** By section and key with a slash between them, or with {@code *} for the section's keys. */
    static final Map<String, String> UNHEEDED = Collections.unmodifiableMap(REASONS);

    static {
        all(STORAGE, "couchdb/btree_chunk_size", "couchdb/file_compression", "couchdb/max_dbs_open");
        all(STORAGE, "couchdb/attachment_stream_buffer_size", "couchdb/write_xxhash_checksums", "bt_engine_cache/*");
        all(STORAGE, "couchdb_engines/*", "couchdb/default_engine", "couchdb/view_index_dir", "couchdb/use_cfile");
        all("A dropped database is gone.", "couchdb/enable_database_recovery", "couchdb/delete_after_rename");
        all("System databases are always made.", "couchdb/single_node");
        all("It is the node's own, and made with its data.", "couchdb/uuid");
        all("Partitioned databases are not supported.", "couchdb/max_partition_size", "feature_flags/*");
        all("The bound is 4 KiB.", "couchdb/max_document_id_length");
        all("The log says the address; see host and port.", "couchdb/uri_file");
        all("Functions run in the process, in a sandbox; see script_time_ms.", "couchdb/os_process_timeout");
        all("Functions run in the process, in a sandbox; see script_time_ms.", "couchdb/js_engine", "quickjs/*");
        all("Functions run in the process, in a sandbox; see script_time_ms.", "query_server_config/*");
        all("Functions are JavaScript only.", "native_query_servers/*", "query_servers/*");
        all(
                CLUSTER,
                "cluster/*",
                "mem3/*",
                "fabric/*",
                "rexi/*",
                "reshard/*",
                "custodian/*",
                "couchdb/upgrade_in_progress");
        all("Sockets are the HTTP library's.", "chttpd/socket_options", "chttpd/server_options");
        all("Answers carry no version in Server.", "chttpd/server_header_versions");
        all("Prefer: return=minimal has no effect.", "chttpd/prefer_minimal");
        all("Answers are streamed.", "chttpd/buffer_response", "chttpd/disconnect_check_msec");
        all("There are no rewrites.", "chttpd/secure_rewrites", "chttpd/rewrite_limit", "vhosts/*");
        all("Every admin may change all of _config.", "chttpd/config_whitelist");
        all("_bulk_get reads at one block.", "chttpd/bulk_get_use_batches");
        all("Functions never see passwords and cookies.", "chttpd/scrub_json_request");
        all("There is no port of the node's own.", "httpd/port", "httpd/bind_address");
        all(
                "Handlers of endpoints are fixed.",
                "httpd_global_handlers/*",
                "httpd_db_handlers/*",
                "httpd_design_handlers/*");
        all("A login that is refused is answered, and not sent elsewhere.", "chttpd_auth/authentication_redirect");
        all("New passwords are hashed with PBKDF2.", "chttpd_auth/password_scheme");
        all("Cookies are signed with SHA-256; SHA-1 is read too.", "chttpd_auth/hash_algorithms");
        all("See public_fields and the _security of _users.", "chttpd_auth/users_db_public");
        all("A user whose document has conflicts cannot log in.", "chttpd_auth/allow_conflicted_user_docs");
        all("See auth_cache_size.", "chttpd_auth_cache/*", "couch_passwords_cache/*");
        all("Databases of users are not made.", "couch_peruser/*");
        all("Attachments have `Content-Security-Policy: sandbox`, other answers no such header.", "csp/*");
        all("Answers have no such header.", "x_frame_options/*", "chttpd/enable_xframe_options");
        all("Attachments are stored as they come.", "attachments/*");
        all("See log_level and log_format.", "log/writer", "log/file", "log/write_buffer", "log/write_delay");
        all("See log_level and log_format.", "log/include_sasl", "log/syslog_host", "log/syslog_port");
        all(
                COMPACTION,
                "smoosh/*",
                "compactions/*",
                "compaction_daemon/*",
                "database_compaction/*",
                "view_compaction/*");
        all("Purges need no bookkeeping.", "purge/*", "couch_auto_purge_plugin/*");
        all(NO_REPLICATOR, "replicator/*");
        all("There is no full-text search.", "dreyfus/*", "nouveau/*", "mango/index_all_disabled");
        all("Metrics are at _node/_local/_prometheus of the same port.", "prometheus/*", "stats/*");
        all("_db_updates needs no database.", "global_changes/*");
        all("See the problem disk_full in _up.", "disk_monitor/*");
        all(TUNING, "ioq/*", "view_updater/*", "view_upgrade/*", "indexers/*", "ddoc_cache/*", "process_priority/*");
        all(
                TUNING,
                "hibernate_after/*",
                "couch_scanner/*",
                "couch_scanner_plugins/*",
                "couchdb/stem_interactive_updates");
        all(TUNING, "couchdb/changes_doc_ids_optimization_threshold", "couchdb/time_seq_min_time", "uuids/format");
        all("Settings are read from one file, when the node starts.", "config/*");
        all("TLS is set with flags.", "ssl/*", "daemons/*", "os_daemons/*", "external/*");
    }

    private CouchDbSettings() {}

    private static void all(String why, String... keys) {
        for (String key : keys) {
            REASONS.put(key, why);
        }
    }
}
