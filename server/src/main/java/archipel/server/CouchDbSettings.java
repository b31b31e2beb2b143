package archipel.server;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** CouchDB's settings that nothing here reads, with the reasons. */
final class CouchDbSettings {
    private static final String STORAGE =
            "Archipel stores data differently; see block_cache_size and write_buffer_size.";
    private static final String CLUSTER = "Archipel runs as one node, with one copy of each database.";
    private static final String COMPACTION = "The store compacts by itself.";
    private static final String TUNING = "It tunes a part of CouchDB that Archipel does not have.";
    private static final Map<String, String> REASONS = new LinkedHashMap<>();

    /** By section and key with a slash between them, or with {@code *} for the section's keys. */
    static final Map<String, String> UNHEEDED = Collections.unmodifiableMap(REASONS);

    static {
        all(STORAGE, "couchdb/btree_chunk_size", "couchdb/file_compression", "couchdb/max_dbs_open");
        all(STORAGE, "couchdb/attachment_stream_buffer_size", "couchdb/write_xxhash_checksums", "bt_engine_cache/*");
        all(STORAGE, "couchdb_engines/*", "couchdb/default_engine", "couchdb/view_index_dir", "couchdb/use_cfile");
        all(
                "A deleted database cannot be recovered.",
                "couchdb/enable_database_recovery",
                "couchdb/delete_after_rename");
        all("System databases are always created.", "couchdb/single_node");
        all("The node generates its own when it creates its data directory.", "couchdb/uuid");
        all("Partitioned databases are not supported.", "couchdb/max_partition_size", "feature_flags/*");
        all("The limit is always 4 KiB.", "couchdb/max_document_id_length");
        all("The node logs its address; see host and port.", "couchdb/uri_file");
        all("Functions run in a sandbox inside the process; see script_time_ms.", "couchdb/os_process_timeout");
        all("Functions run in a sandbox inside the process; see script_time_ms.", "couchdb/js_engine", "quickjs/*");
        all("Functions run in a sandbox inside the process; see script_time_ms.", "query_server_config/*");
        all("Only functions in JavaScript are supported.", "native_query_servers/*", "query_servers/*");
        all(
                CLUSTER,
                "cluster/*",
                "mem3/*",
                "fabric/*",
                "rexi/*",
                "reshard/*",
                "custodian/*",
                "couchdb/upgrade_in_progress");
        all("Socket options cannot be set.", "chttpd/socket_options", "chttpd/server_options");
        all("The Server header has no versions.", "chttpd/server_header_versions");
        all("Prefer: return=minimal has no effect.", "chttpd/prefer_minimal");
        all("Responses are always streamed.", "chttpd/buffer_response", "chttpd/disconnect_check_msec");
        all(
                "Rewrites and virtual hosts are not supported.",
                "chttpd/secure_rewrites",
                "chttpd/rewrite_limit",
                "vhosts/*");
        all("Every server admin may change all of _config.", "chttpd/config_whitelist");
        all("_bulk_get always reads from one block.", "chttpd/bulk_get_use_batches");
        all("Functions never see passwords and cookies.", "chttpd/scrub_json_request");
        all("There is no separate backend port; see host and port.", "httpd/port", "httpd/bind_address");
        all("The endpoints are fixed.", "httpd_global_handlers/*", "httpd_db_handlers/*", "httpd_design_handlers/*");
        all("A failed login is answered with 401, never with a redirect.", "chttpd_auth/authentication_redirect");
        all("New passwords are always hashed with PBKDF2; see pbkdf2_prf.", "chttpd_auth/password_scheme");
        all("Cookies are signed with SHA-256; those signed with SHA-1 are accepted.", "chttpd_auth/hash_algorithms");
        all("See public_fields and the _security of _users.", "chttpd_auth/users_db_public");
        all("A user whose document has conflicts cannot log in.", "chttpd_auth/allow_conflicted_user_docs");
        all("See auth_cache_size.", "chttpd_auth_cache/*", "couch_passwords_cache/*");
        all("Databases per user are not supported.", "couch_peruser/*");
        all(
                "Attachments are sent with `Content-Security-Policy: sandbox`, other responses without that header.",
                "csp/*");
        all("The X-Frame-Options header is not sent.", "x_frame_options/*", "chttpd/enable_xframe_options");
        all("Attachments are stored as they are sent.", "attachments/*");
        all("See log_level and log_format.", "log/writer", "log/file", "log/write_buffer", "log/write_delay");
        all("See log_level and log_format.", "log/include_sasl", "log/syslog_host", "log/syslog_port");
        all(
                COMPACTION,
                "smoosh/*",
                "compactions/*",
                "compaction_daemon/*",
                "database_compaction/*",
                "view_compaction/*");
        all("Purges are not tracked per client.", "purge/*", "couch_auto_purge_plugin/*");
        all("Sockets have the system's options.", "replicator/socket_options", "replicator/valid_socket_options");
        all("Requests are sent by another library.", "replicator/ibrowse_options", "replicator/valid_ibrowse_options");
        all(
                "Only http and https are spoken.",
                "replicator/valid_endpoint_protocols",
                "replicator/valid_proxy_protocols");
        all("Basic authentication is always used.", "replicator/auth_plugins");
        all(
                "Databases take turns by how many replications each runs; there are no shares.",
                "replicator.shares/*",
                "replicator/usage_coeff",
                "replicator/priority_coeff");
        all("Replications begin when the node does.", "replicator/cluster_start_period");
        all(TUNING, "replicator/*");
        all("Full-text search is not supported.", "dreyfus/*", "nouveau/*", "mango/index_all_disabled");
        all("Metrics are at _node/_local/_prometheus on the node's own port.", "prometheus/*", "stats/*");
        all("_db_updates needs no such database.", "global_changes/*");
        all("_up reports a full disk as the problem disk_full.", "disk_monitor/*");
        all(TUNING, "ioq/*", "view_updater/*", "view_upgrade/*", "indexers/*", "ddoc_cache/*", "process_priority/*");
        all(
                TUNING,
                "hibernate_after/*",
                "couch_scanner/*",
                "couch_scanner_plugins/*",
                "couchdb/stem_interactive_updates");
        all(TUNING, "couchdb/changes_doc_ids_optimization_threshold", "couchdb/time_seq_min_time", "uuids/format");
        all("Settings are read from a single file at start; see config.", "config/*");
        all(
                "See tls_cert and tls_key; other programs are not started.",
                "ssl/*",
                "daemons/*",
                "os_daemons/*",
                "external/*");
    }

    private CouchDbSettings() {}

    private static void all(String why, String... keys) {
        for (String key : keys) {
            REASONS.put(key, why);
        }
    }
}
