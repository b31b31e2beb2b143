package archipel.document;

/**
 * The table of errors: HTTP status, CouchDB's {@code error} and {@code reason}. Texts are static; what varies is a
 * {@code %s} filled in by {@link RequestException}. Where CouchDB has a text, it is that text to the letter, its typing
 * mistakes included: clients compare them.
 *
 * <p>Entries whose reason is {@code %s} alone are for texts that come from elsewhere, such as a design document's
 * function; {@code ErrorRules} of the house tests lists who may use them. The names of those that a command can be
 * refused with are stored and sent: they are never renamed or used again for something else.
 */
public enum ErrorCode {
    // What any request can meet
    INVALID_JSON(400, "bad_request", "invalid UTF-8 JSON"),
    BODY_NOT_OBJECT(400, "bad_request", "Request body must be a JSON object"),
    BODY_NOT_GZIP(400, "bad_request", "Request body is not properly gzipped."),
    INVALID_URL_ENCODING(400, "bad_request", "invalid_url_encoding"),
    INVALID_CALLBACK(400, "bad_request", "invalid_callback"),
    INVALID_BOOLEAN(400, "query_parse_error", "Invalid boolean parameter: %s"),
    INVALID_CONSISTENCY(
            400, "query_parse_error", "Invalid value for `consistency`: `%s`; use linearizable, leader or any"),
    INVALID_INTEGER(400, "query_parse_error", "Invalid value for integer: %s"),
    INVALID_POSITIVE_INTEGER(400, "query_parse_error", "Invalid value for positive integer: %s"),
    INVALID_PARAMETER_VALUE(400, "query_parse_error", "Invalid value for `%s`."),
    MISSING(404, "not_found", "missing"),
    DELETED(404, "not_found", "deleted"),
    METHOD_NOT_ALLOWED(405, "method_not_allowed", "Only %s allowed"),
    REQUEST_TOO_LARGE(413, "too_large", "the request entity is too large"),
    MALFORMED_HTTP(400, "bad_request", "Malformed HTTP request."),
    TLS_ONLY(400, "bad_request", "This port speaks TLS; use https://."),
    TLS_ON_PLAIN_PORT(
            400,
            "bad_request",
            "This port speaks plain HTTP but received a TLS handshake; use http://, or start the node with "
                    + "--tls-cert."),
    HTTP_VERSION(505, "bad_request", "HTTP version not supported; use HTTP/1.1 or HTTP/2."),
    BODY_TIMEOUT(408, "timeout", "The request body did not arrive in time."),
    URI_TOO_LONG(414, "too_long", "the request uri is too long"),
    HEADERS_TOO_LARGE(431, "too_large", "The request headers are too large."),
    NOT_JSON_TYPE(415, "bad_content_type", "Content-Type must be application/json"),
    UNSUPPORTED_BODY_ENCODING(415, "bad_content_type", "%s is not a supported content encoding."),
    ENDPOINT_GONE(410, "gone", "resource is not supported in CouchDB >= 4.x"),
    INTERNAL(500, "internal_server_error", "See the node's log."),
    NO_FULL_TEXT(501, "not_implemented", "Full-text search is not supported; use a view or _find."),
    HEADERS_BUSY(503, "service_unavailable", "The headers of open requests use too much memory; try again later."),
    TOO_MANY_CONNECTIONS(503, "service_unavailable", "Too many open connections; try again later."),
    STOPPING(503, "service_unavailable", "The node is stopping."),
    NOT_LEADER(
            503, "service_unavailable", "This node does not lead the group; send the request to the node that does."),
    NO_MAJORITY(
            503,
            "service_unavailable",
            "No leader of the ensemble can be reached, which takes a majority of its members; nothing was written."),
    PARTS_MISSING(
            503,
            "service_unavailable",
            "The write was too large for one piece, and not all of its pieces came; nothing was written."),
    COMMAND_TOO_LARGE(
            413,
            "too_large",
            "The write takes %s bytes, and an ensemble takes %s at the most: send less at once, or raise "
                    + "ensemble_command_size on all members."),
    WRITE_UNDECIDED(
            503,
            "write_undecided",
            "The ensemble did not decide in time; this write may or may not be done. Read before you write it again."),
    STALE_TERM(503, "service_unavailable", "Another node has become the group's leader; try again."),
    FORMER_RUN(503, "service_unavailable", "The node that sent this has been restarted since; try again."),
    APPLIED_BEFORE(503, "service_unavailable", "This was applied before."),
    OUT_OF_ORDER(503, "service_unavailable", "This came before a write that it is to come after; try again."),
    OTHER_GROUP(500, "internal_server_error", "The command is for another group."),
    DOCUMENT_COPIED(500, "internal_server_error", "Document %s already exists, so it cannot be copied."),
    BLOCK_READABLE(500, "internal_server_error", "Block %s is still readable, so it cannot be pruned."),
    NO_REVISIONS_KEPT(400, "bad_request", "A database must keep at least one revision of each branch."),
    NO_GROUP(500, "internal_server_error", "There is no group %s."),
    OTHER_GROUPS_IMAGE(409, "conflict", "The image is of another group."),
    UPLOAD_EXPIRED(503, "service_unavailable", "The upload took too long; try again."),
    UNKNOWN_FORMAT(
            400, "bad_request", "Format %s is newer than the newest that this node knows, %s; upgrade the node."),
    FORMAT_TOO_OLD(
            503,
            "service_unavailable",
            "Some nodes of the group run an earlier version that does not know this; upgrade them first."),
    MEMORY_BUSY(503, "service_unavailable", "The node is short of memory for this request; try again later."),
    READ_TOO_LONG(
            503,
            "service_unavailable",
            "The response took longer than max_read_seconds allows; ask for less at a time."),
    CONTENT_TOO_LARGE(
            503,
            "service_unavailable",
            "A document does not fit into the memory that one request may use; raise request_memory_percent or the "
                    + "heap."),

    // Writing, and the disk
    WRITE_FAULT(
            500,
            "internal_server_error",
            "The node failed while applying this write; nothing was stored. See the node's log."),
    STORAGE_CORRUPT(
            500,
            "storage_error",
            "Stored data is damaged; stop the node and run 'archipel check' on its data directory."),
    STORAGE_FULL(
            500,
            "storage_error",
            "The disk is full; nothing was written. Free some space; deletions and purges are accepted while the "
                    + "reserve lasts."),
    STORAGE_UNKNOWN(500, "storage_error", "The disk failed; this write may or may not have been stored."),
    STORAGE_RECOVERING(500, "storage_error", "The disk failed; writes are refused until the node has recovered."),
    STORAGE_LOCKED(500, "storage_error", "Another process has the data directory open."),
    STORAGE_IO(500, "storage_error", "Reading or writing the disk failed; see the node's log."),
    INDEX_DAMAGED(503, "service_unavailable", "The index was damaged and is being rebuilt; try again."),
    WRITES_BUSY(503, "service unavailable", "Too many writes are waiting for the disk; try again later."),
    DESIGNS_CHANGING(
            503,
            "service unavailable",
            "The design documents kept changing while this write was being validated; try again."),

    // Locks
    LOCKED(409, "locked", "The lock %s is held by %s."),
    LOCK_NOT_HELD(409, "not_held", "The lock %s is not held with the token %s."),
    TOO_MANY_LOCKS(
            429, "too_many_requests", "There are too many locks, or too many wait for this one; try again later."),
    TOO_MANY_LOCKS_OF_USER(429, "too_many_requests", "A user may hold and wait for %s locks at the most."),
    LOCK_NAME(400, "bad_request", "The name of a lock must have 1 to %s bytes and no control characters."),
    LOCK_TEXT(400, "bad_request", "The member %s must be a string of 1 to %s bytes without control characters."),
    LOCK_NUMBER(400, "bad_request", "The member %s must be a whole number from %s to %s."),
    LOCK_TOKEN(400, "bad_request", "The parameter token must be the token of the lock, a number from 1 on."),
    LOCK_FEED_TYPE(400, "bad_request", "Supported `feed` types of a lock: normal, continuous, eventsource"),
    FENCED(412, "fenced", "The database has seen token %s of the lock %s; the token %s is of a former holder."),
    FENCE_FORGOTTEN(
            412,
            "fenced",
            "The database does not remember which tokens of the lock %s it has seen, and refuses those below %s; take "
                    + "the lock again."),
    FENCE_HEADER(
            400,
            "bad_request",
            "The header Archipel-Fence must have the form name=token, with a token from 1 on; several, up to %s, are "
                    + "separated by commas."),
    FENCE_NOT_GIVEN(400, "bad_request", "The token %s of the lock %s was never given; the greatest that was is %s."),
    FENCE_NOT_HERE(400, "bad_request", "The header Archipel-Fence is for writes to a database that exists."),

    // Topics
    NO_TOPIC(404, "not_found", "There is no topic of that name."),
    TOO_MANY_TOPICS(429, "too_many_requests", "There may be %s topics at the most; delete one."),
    TOPIC_NAME(400, "bad_request", "The name of a topic must have 1 to 256 bytes and no control characters."),
    TOPIC_EXISTS(403, "forbidden", "The topic exists; only admins may change its retention."),
    TOPIC_RETENTION(400, "bad_request", "The member %s of retention must be a whole number from 1 to %s."),
    TOPIC_POSITION(400, "bad_request", "The topic has no message %s yet; its newest is %s."),
    MESSAGE_KEY(400, "bad_request", "The header Idempotency-Key must have 1 to 256 characters."),

    // Who may do what
    WRONG_CREDENTIALS(401, "unauthorized", "Name or password is incorrect."),
    CREDENTIALS_REVOKED(401, "unauthorized", "The credentials of this request are no longer valid."),
    LOGIN_REQUIRED(401, "unauthorized", "Authentication required."),
    PLEASE_LOGIN(401, "unauthorized", "Please login."),
    NOT_SERVER_ADMIN(401, "unauthorized", "You are not a server admin."),
    NOT_SERVER_OR_DATABASE_ADMIN(401, "unauthorized", "You are not a server or db admin."),
    NOT_AUTHENTICATED(401, "unauthorized", "You are not an authenticated user"),
    NOT_METRICS_READER(401, "unauthorized", "You are not a server admin or read-only metrics user"),
    NOT_AUTHORIZED_HERE(401, "unauthorized", "You are not authorized to access this db."),
    ANONYMOUS_NOT_DATABASE_ADMIN(401, "unauthorized", "You are not a db or server admin."),
    NOT_ALLOWED_HERE(403, "forbidden", "You are not allowed to access this db."),
    NOT_DATABASE_ADMIN(403, "forbidden", "You are not a db or server admin."),
    LOCKED_OUT(403, "forbidden", "Account is temporarily locked due to multiple authentication failures"),
    CROSS_SITE(
            403,
            "forbidden",
            "Cross-site request refused; send Content-Type application/json or an X-Requested-With header."),
    TOO_MANY_LOGINS(429, "too_many_requests", "Too many logins in progress; try again in a moment."),
    PASSWORDS_UNUSABLE(403, "forbidden", "Server cannot hash passwords at this time."),
    USERS_SECURITY_FIXED(403, "forbidden", "You can't edit the security object of the user database."),
    DOCUMENT_HIDDEN(403, "forbidden", "You are not allowed to access this document."),
    USERS_DESIGN_HIDDEN(403, "forbidden", "Only administrators can view design docs in the users database."),
    MALFORMED_COOKIE(400, "bad_request", "Malformed AuthSession cookie. Please clear your cookies."),
    MALFORMED_BASIC(400, "bad_request", "Authorization header has invalid base64 value"),
    NO_USER_NAME(400, "bad_request", "request body must contain a username"),
    TWO_USER_NAMES(400, "bad_request", "request body contains different usernames"),
    REDIRECT_NOT_A_PATH(400, "bad_request", "path must begin with a /."),
    NOT_A_LOGIN_TYPE(
            415, "bad_content_type", "Content-Type must be 'application/x-www-form-urlencoded' or 'application/json'"),
    PASSWORD_REFUSED(400, "bad_request", "Password does not conform to requirements."),
    PASSWORD_REFUSED_BECAUSE(400, "bad_request", "Password does not conform to requirements. %s"),
    ADMIN_PASSWORD_EMPTY(400, "bad_request", "A server admin's password cannot be empty."),
    ADMIN_LAST(400, "bad_request", "The last server admin cannot be removed."),
    HASH_FUNCTION_UNKNOWN(403, "forbidden", "PRF is invalid"),
    HASH_ITERATIONS_LOW(403, "forbidden", "Iteration count is too low for this server"),
    HASH_ITERATIONS_HIGH(403, "forbidden", "Iteration count is too high for this server"),
    USER_CONFLICTED(
            401,
            "unauthorized",
            "User document conflicts must be resolved before the document is used for authentication purposes."),

    // Documents of users
    USER_DELETED_BY_OTHER(403, "forbidden", "Only admins may delete other user docs."),
    USER_OF_OTHER(403, "forbidden", "You may only update your own user document."),
    USER_TYPE(403, "forbidden", "doc.type must be user"),
    USER_ID_FORM(403, "forbidden", "Doc ID must be of the form org.couchdb.user:name"),
    USER_NAME_MISSING(403, "forbidden", "doc.name is required"),
    USER_NAME_FIXED(403, "forbidden", "Usernames can not be changed."),
    USER_NAME_UNDERSCORE(403, "forbidden", "Username may not start with underscore."),
    USER_NAME_COLON(403, "forbidden", "Character `:` is not allowed in usernames."),
    USER_ROLES_MISSING(403, "forbidden", "doc.roles must exist"),
    USER_ROLES_NOT_ARRAY(403, "forbidden", "doc.roles must be an array"),
    USER_ROLES_NOT_STRINGS(403, "forbidden", "doc.roles can only contain strings"),
    USER_ROLES_SET(403, "forbidden", "Only _admin may set roles"),
    USER_ROLES_EDITED(403, "forbidden", "Only _admin may edit roles"),
    USER_SYSTEM_ROLE(403, "forbidden", "No system roles (starting with underscore) in users db."),
    USER_PASSWORD_NOT_STRING(403, "forbidden", "The password must be a string."),
    USER_PASSWORD_SCHEME(403, "forbidden", "Password scheme `%s` not supported."),
    USER_SALT_MISSING(
            403, "forbidden", "Users with password_sha must have a salt.See /_utils/script/couch.js for example code."),
    USER_ITERATIONS_NOT_NUMBER(403, "forbidden", "iterations must be a number."),
    USER_KEY_NOT_STRING(403, "forbidden", "derived_key must be a string."),

    // Web tokens and their keys
    TOKEN_MALFORMED(400, "bad_request", "Malformed authentication token"),
    TOKEN_CONTENT(400, "bad_request", "Malformed token"),
    TOKEN_HEADER_MISSING(400, "bad_request", "Missing %s header parameter"),
    TOKEN_HEADER_INVALID(400, "bad_request", "Invalid %s header parameter"),
    TOKEN_CLAIM_MISSING(400, "bad_request", "Missing %s claim"),
    TOKEN_CLAIM_INVALID(400, "bad_request", "Invalid %s claim"),
    TOKEN_HMAC(400, "bad_request", "Bad HMAC in authentication token"),
    TOKEN_SIGNATURE(400, "bad_request", "Bad signature in authentication token"),
    TOKEN_NO_SUBJECT(401, "unauthorized", "Token missing sub claim."),
    TOKEN_TOO_EARLY(401, "unauthorized", "nbf not in past"),
    TOKEN_EXPIRED(401, "unauthorized", "exp not in future"),
    TOKEN_KEY_UNKNOWN(400, "bad_request", "Unknown kid"),
    TOKEN_KEY_INVALID(400, "bad_request", "Not a valid key"),
    TOKEN_KEY_NOT_RSA(400, "bad_request", "not an RSA public key"),
    TOKEN_KEY_NOT_EC(400, "bad_request", "not an EC public key"),

    // The server's own endpoints
    COUNT_TOO_LARGE(400, "bad_request", "count parameter too large"),
    COUNT_NOT_POSITIVE(400, "bad_request", "count must be a positive integer"),
    KEYS_MISSING(400, "bad_request", "`keys` member must exist."),
    KEYS_NOT_ARRAY(400, "bad_request", "`keys` member must be an array."),
    TOO_MANY_KEYS(400, "bad_request", "too_many_keys"),
    KEYS_NOT_STRINGS(400, "bad_request", "`keys` member must be an array of strings."),
    NO_SUCH_NODE(404, "not_found", "no such node: %s"),
    INCOMPLETE_NODE_PATH(400, "bad_request", "Incomplete path to _node request"),
    NO_RESTART(403, "forbidden", "A node cannot be restarted over HTTP; restart its process instead."),
    UNKNOWN_SETTING(404, "not_found", "unknown_config_value"),
    SETTING_NOT_STRING(400, "bad_request", "a JSON string expected"),
    SETTING_REFUSED(400, "bad_request", "%s"),
    SETTING_SECTION_FIXED(403, "forbidden", "Config section blacklisted for modification over HTTP API."),
    UPDATES_FEED_TYPE(400, "bad_request", "Supported `feed` types: normal, continuous, longpoll, eventsource"),
    INVALID_FEED_INTEGER(400, "bad_request", "invalid_integer"),
    NO_SHARDS(501, "not_implemented", "Each database has a single shard, which cannot be split."),
    NO_CLUSTER(501, "not_implemented", "This node is not part of a cluster; there is none to set up."),
    BACKUPS_OFF(
            403, "forbidden", "Backups over HTTP are disabled; start the node with --backup-directory to allow them."),
    BACKUP_ELSEWHERE(403, "forbidden", "`directory` must be inside the node's backup_directory."),
    BACKUP_DIRECTORY_NOT_PATH(400, "bad_request", "`directory` must be a valid path."),
    BACKUP_REFUSED(400, "bad_request", "%s"),
    BACKUP_FAILED(500, "storage_error", "%s: %s"),

    // Databases
    NO_DATABASE(404, "not_found", "Database does not exist."),
    DATABASE_REPLACED(
            503,
            "service_unavailable",
            "The database was deleted and made again meanwhile; nothing was written. Send the request again."),
    DATABASE_GIVEN_UP(
            503, "service_unavailable", "Making the database took too long, so that it was given up; try again."),
    DATABASE_EXISTS(412, "file_exists", "The database could not be created, the file already exists."),
    ILLEGAL_DATABASE_NAME(
            400,
            "illegal_database_name",
            "Name: '%s'. Only lowercase characters (a-z), digits (0-9), and any of the characters _, "
                    + "$, (, ), +, -, and / are allowed. Must begin with a letter."),
    DATABASE_NAME_TOO_LONG(400, "database_name_too_long", "At least one path segment of `%s` is too long."),
    DELETE_WITH_REVISION(
            400,
            "bad_request",
            "You tried to DELETE a database with a ?=rev parameter. Did you mean to DELETE a document instead?"),
    INVALID_SHARD_COUNT(400, "bad_request", "The `%s` value should be a positive integer."),
    INVALID_PLACEMENT(400, "bad_request", "The `placement` value should be in a format `zone:n`."),
    DATABASE_OF_ALL(400, "bad_request", "Database %s is every member's of the ensemble, and cannot be one's alone"),
    INVALID_PARTITIONED(400, "bad_request", "Invalid `partitioned` parameter"),
    INVALID_ENGINE(400, "bad_request", "invalid_engine_extension"),
    NO_PARTITIONS(501, "not_implemented", "Partitioned databases are not supported."),
    SECURITY_NOT_LISTS(500, "error", "admins or members must be a JSON list of strings"),
    SECURITY_NOT_STRINGS(500, "error", "%s must be a JSON list of strings"),
    REVISIONS_LIMIT(400, "bad_request", "`revs_limit` must be positive integer"),
    PURGED_INFOS_LIMIT(400, "bad_request", "`purged_infos_limit` must be positive integer"),
    MERGE_POLICY(
            400,
            "bad_request",
            "A merge policy must be \"keep\", \"newest\", \"fields\" or {\"policy\":\"text\",\"fields\":[...]} with 1 "
                    + "to 100 names of members."),
    RESOLUTION_MALFORMED(
            400,
            "bad_request",
            "A resolution needs `revs`, all leaves of the document, and one of `doc`, `winner` (one of them) and "
                    + "`merge`."),
    MERGE_IMPOSSIBLE(
            409,
            "conflict",
            "That policy cannot merge all of these revisions; resolve the conflict with `doc` or `winner`."),
    NOT_PARTITIONED(400, "bad_request", "database is not partitioned"),
    ILLEGAL_PARTITION(400, "illegal_partition", "Partition must be a string"),

    // Blocks
    BLOCK_NOT_REACHED(503, "block_not_reached", "Block %s does not exist yet; the newest is %s."),
    NOT_FRESH(
            503,
            "service_unavailable",
            "The node could not confirm in time that it has the newest state; try again, or use consistency=any."),
    POSITION_NOT_REACHED(503, "block_not_reached", "Position %s does not exist yet; the newest is %s."),
    BLOCK_PRUNED(410, "block_pruned", "Block %s has been pruned; the oldest readable block is %s."),
    BLOCK_UNKNOWN(404, "block_unknown", "Block %s is not part of this database's history."),
    BLOCK_MALFORMED(400, "bad_request", "`%s` is not a block; use its number, or 0x and its hash as 64 hex digits."),
    LEAST_BLOCK_MALFORMED(400, "bad_request", "`%s` is not a block; use its number, or number-0xhash."),
    TIME_MALFORMED(400, "bad_request", "`%s` is not an RFC 3339 time; use one such as 2026-01-31T12:00:00Z."),
    TWO_BLOCKS(400, "bad_request", "`%s` and `%s` both select a block; use only one of them."),
    BLOCK_IN_BODY(400, "bad_request", "`%s` must be in the query string, where it applies to the whole response."),
    PINNED_WRITE(400, "bad_request", "This endpoint works on the newest block only; remove `block` and `at`."),
    PINNED_FEED(
            400,
            "bad_request",
            "A feed that waits for changes cannot be pinned to a block; remove `block` and `at`, or use feed=normal."),
    OTHER_HISTORY(
            409,
            "other_history",
            "`%s` is a position in another history. Start again from `restart`, or POST the positions you have "
                    + "passed as `history`, newest first."),
    FORK_TARGET(400, "bad_request", "`target` must be the name of the new database."),
    REWIND_BLOCK(400, "bad_request", "`block` must be the block to rewind to."),
    REWIND_TOO_LARGE(
            413,
            "too_large",
            "The changes since that block exceed the %s MiB that one rewind may write; raise max_rewind_size."),
    DIFF_FROM(400, "bad_request", "`from` must be a block."),
    DIFF_ORDER(400, "bad_request", "`from` must not be later than `to`."),
    HORIZON_MALFORMED(
            400,
            "bad_request",
            "A horizon must be {\"blocks\":10000,\"age\":\"1h\"} (units ms, s, m, h, d; a plain number is "
                    + "seconds), {\"keep\":\"all\"}, or {} for the node's default."),
    HISTORY_NOT_SEQS(
            400, "bad_request", "`history` must be an array of sequences as the server sent them, newest first."),

    // Rows of documents: _all_docs, _bulk_docs, _bulk_get, _revs_diff
    KEYS_PARAMETER_NOT_ARRAY(400, "bad_request", "`keys` parameter must be an array."),
    KEYS_BODY_NOT_ARRAY(400, "bad_request", "`keys` body member must be an array."),
    KEYS_WITH_RANGE(400, "query_parse_error", "`keys` is incompatible with `key`, `start_key` and `end_key`"),
    REDUCE_WITHOUT_REDUCE(400, "query_parse_error", "Reduce is invalid for map-only views."),
    GROUP_WITHOUT_REDUCE(400, "query_parse_error", "Invalid use of grouping on a map view."),
    PARTITION_NOT_SUPPORTED(400, "query_parse_error", "`partition` parameter is not supported on this db"),
    PARTITION_OF_DESIGN(400, "query_parse_error", "`partition` parameter is not supported in this design doc"),
    GROUP_AND_LEVEL(400, "query_parse_error", "Can't specify group=false and group_level>0 at the same time"),
    KEYS_WITHOUT_GROUP(400, "query_parse_error", "Multi-key fetches for reduce views must use `group=true`"),
    DOCUMENTS_OF_REDUCE(400, "query_parse_error", "`include_docs` is invalid for reduce"),
    CONFLICTS_OF_REDUCE(400, "query_parse_error", "`conflicts` is invalid for reduce views."),
    EMPTY_KEY_RANGE(
            400,
            "query_parse_error",
            "No rows can match your key range, reverse your start_key and end_key or set descending=%s"),
    QUERIES_MISSING(400, "bad_request", "POST body must include `queries` parameter."),
    QUERIES_NOT_ARRAY(400, "bad_request", "`queries` member must be an array."),
    QUERIES_ELSEWHERE(400, "bad_request", "The `queries` parameter is no longer supported at this endpoint"),
    DOCS_MISSING(400, "bad_request", "POST body must include `docs` parameter."),
    DOCS_NOT_ARRAY(400, "bad_request", "`docs` parameter must be an array."),
    NEW_EDITS_NOT_BOOLEAN(400, "bad_request", "`new_edits` parameter must be a boolean."),
    ATOMIC_NOT_BOOLEAN(400, "bad_request", "`atomic` parameter must be a boolean."),
    REVISION_NEEDED(400, "bad_request", "When `new_edits: false`, the document needs `_rev` or `_revisions` specified"),
    LOCAL_IN_EDIT(
            400,
            "bad_request",
            "`%s` is a _local document, which cannot be part of an atomic write; write it separately."),
    ALL_OR_NOTHING(417, "not_implemented", "all_or_nothing is not supported"),
    NOTHING_STORED(409, "conflict", "Nothing was stored: %s of %s documents were refused."),
    BULK_GET_DOCS_MISSING(400, "bad_request", "Missing JSON list of 'docs'."),
    BULK_GET_PARAMETER(400, "bad_request", "\"%s\" query parameter is not acceptable"),
    BULK_GET_NOT_OBJECT(400, "bad_request", "document must be a JSON object"),
    BULK_GET_NO_ID(400, "bad_request", "document id missed"),
    BULK_GET_ATTS_SINCE(400, "bad_request", "att_since value must be array of revs."),
    INVALID_REVISION_LIST(400, "bad_request", "Invalid list of revisions"),

    // Changes
    CHANGES_FEED_TYPE(400, "bad_request", "Supported `feed` types: normal, continuous, live, longpoll, eventsource"),
    CHANGES_STYLE(400, "bad_request", "Supported `style` values: main_only, all_docs"),
    CHANGES_NOT_INTEGER(400, "bad_request", "The `%s` value should be an integer."),
    MALFORMED_SEQUENCE(400, "bad_request", "Malformed sequence supplied in 'since' parameter."),
    HEARTBEAT_NOT_POSITIVE(400, "bad_request", "The heartbeat value should be a positive integer (in milliseconds)."),
    HEARTBEAT_NOT_INTEGER(
            400, "bad_request", "Invalid heartbeat value. Expecting a positive integer value (in milliseconds)."),
    INVALID_SEQUENCE_INTERVAL(400, "bad_request", "invalid_seq_interval"),
    DOC_IDS_NOT_LIST(400, "bad_request", "`doc_ids` filter parameter is not a list of doc ids."),
    SELECTOR_NEEDS_POST(400, "bad_request", "Selector must be specified in POST payload"),
    SELECTOR_NOT_OBJECT(400, "bad_request", "Selector error: expected a JSON object"),
    SELECTOR_FIELDS_NOT_ARRAY(400, "bad_request", "Selector error: fields must be JSON array"),
    CHANGES_SELECTOR(400, "bad_request", "%s"),
    VIEW_PARAMETER_MISSING(400, "bad_request", "`view` filter parameter is not provided."),
    VIEW_PARAMETER_FORM(400, "bad_request", "`view` must be of the form `designname/viewname`"),
    UNKNOWN_BUILTIN_FILTER(400, "bad_request", "unknown builtin filter name"),
    FILTER_FORM(400, "bad_request", "`filter` must be of the form `designname/filtername`"),
    MISSING_KEY(404, "not_found", "missing json key: %s"),

    // Replications
    REPLICATION_END_MISSING(400, "bad_request", "Missing replicator database"),
    REPLICATION_URL(400, "bad_request", "endpoint has an invalid url"),
    REPLICATION_HEADER(400, "bad_request", "endpoint has an invalid header"),
    REPLICATION_NOT_BOOLEAN(400, "bad_request", "parameter `%s` must be a boolean"),
    REPLICATION_NOT_OBJECT(400, "bad_request", "parameter `%s` must be a JSON object"),
    REPLICATION_NOT_NUMBER(400, "bad_request", "parameter `%s` must be a whole number of at least %s"),
    REPLICATION_IDS(400, "bad_request", "parameter `doc_ids` must be an array"),
    REPLICATION_PARAMETERS(400, "bad_request", "parameter `query_params` must be an object"),
    REPLICATION_PARAMETER(400, "bad_request", "%s value must be a string."),
    REPLICATION_SELECTIONS(400, "bad_request", "`doc_ids`,`filter`,`selector` are mutually exclusive"),
    REPLICATION_FILTER(400, "bad_request", "Invalid filter. Must match `ddocname/filtername`."),
    REPLICATION_VIEW(400, "bad_request", "Invalid `view` parameter."),
    REPLICATION_DOCUMENT(403, "forbidden", "%s"),
    REPLICATION_NOT_OWNER(403, "forbidden", "Can't update replication documents from other users."),
    REPLICATION_OWNER(
            403,
            "forbidden",
            "Databases of this node are replicated with the rights of the owner, who must be the user that writes the "
                    + "document."),
    REPLICATION_USER(
            403, "forbidden", "`user_ctx` must be the user that writes the document, with none but that user's roles."),
    SCHEDULER_STATES(
            400,
            "query_parse_error",
            "Unknown states [%s]. Choose from: [initializing,error,running,pending,crashing,completed,failed]"),
    SCHEDULER_INTEGER(400, "query_parse_error", "%s must be an integer"),
    SCHEDULER_RANGE(400, "query_parse_error", "%s not in range of [0,infinity]"),
    SCHEDULER_PATH(400, "bad_request", "Invalid path"),
    REPLICATIONS_BUSY(
            503,
            "service_unavailable",
            "There are too many replications that _replicate asked for; cancel one, or raise replicator_requests."),

    // Other nodes
    NO_ENSEMBLE(
            404,
            "not_found",
            "This node is on its own: start it with --ensemble NAME=HOST:PORT to make it a member of an ensemble."),
    ENSEMBLE_FORMING(
            503,
            "service_unavailable",
            "The ensemble has not begun, or this member has not met it yet; try again. /_up says who is missing."),
    DIVERGED(
            503,
            "diverged",
            "The data of this member differs from that of the other members, so it serves nothing of it: ask another "
                    + "member, and run 'archipel ensemble rebuild' on this one."),
    REBUILDING(503, "diverged", "The data of this member is being replaced by another member's; ask another member."),
    MEMBER_STOPPED(
            503,
            "service_unavailable",
            "This member cannot write its log, or apply it, and takes no part in the ensemble for now: ask another "
                    + "member, or use consistency=any. /_up says why."),
    NOTHING_TO_REBUILD(
            409,
            "conflict",
            "Nothing is known to be wrong with this member's data; name a group to rebuild it anyway."),
    REBUILT_FROM_NOBODY(
            409,
            "conflict",
            "No other member that has a vote and answers has group %s as it should be, to rebuild it from."),
    NO_REBUILD(409, "conflict", "Nothing is being rebuilt on this member."),
    REBUILD_NEEDED(
            409,
            "conflict",
            "Group %s cannot go on with the data that this member has: commands that it has not applied are not in its "
                    + "log any more, or another member's data is half there already."),
    MEMBER_NAME(
            400, "bad_request", "`name` must be 1 to 64 letters, digits, dots, hyphens and underscores, and not %s."),
    MEMBER_ADDRESS(400, "bad_request", "`address` must be HOST:PORT, where other members reach it, and not %s."),
    MEMBER_ID(400, "bad_request", "`id` must be the fingerprint of the member's key, 32 hex digits, and not %s."),
    MEMBER_TEXT(400, "bad_request", "`%s` must be a string."),
    MEMBER_TRUTH(400, "bad_request", "`%s` must be true or false."),
    MEMBER_GROUP_NUMBER(400, "bad_request", "`group` must be the number of a group."),
    MEMBER_UNKNOWN(404, "not_found", "The ensemble has no member %s."),
    MEMBER_GROUP(404, "not_found", "The ensemble has no group %s."),
    MEMBER_OTHER_KEY(
            409,
            "conflict",
            "Member %s has another key. A node whose disk was lost is another node: remove the member first."),
    MEMBER_KEY_TAKEN(409, "conflict", "Member %s has that key."),
    MEMBER_ADDRESS_TAKEN(409, "conflict", "Member %s has that address."),
    MEMBER_ROLE(
            409,
            "conflict",
            "Member %s is there in the other role: change that by PUT, or by archipel ensemble promote."),
    MEMBER_FORMAT(
            409, "conflict", "Member %s knows formats up to %s, and the ensemble writes %s: it needs a newer program."),
    MEMBER_LEAVING(409, "conflict", "Member %s is being removed; try again once it is gone."),
    MEMBERS_CHANGING(
            409,
            "conflict",
            "Member %s has not become yet what it is to be; see that it runs and try again once it has, or remove that "
                    + "one."),
    MEMBER_LAST(409, "conflict", "%s is the last member with a vote."),
    MEMBERS_TOO_FEW(
            409,
            "conflict",
            "Without the vote of %s the reachable members would be no majority; force=true does it all the same."),
    MEMBER_WITHOUT_VOTE(409, "conflict", "Member %s has no vote and cannot lead."),
    TRANSFER_FAILED(503, "service_unavailable", "Member %s has not become the leader of group %s in time."),
    NOT_FOR_PEERS(403, "forbidden", "Other nodes get nothing here unless they are members of the mesh."),
    PEERS_ONLY(403, "forbidden", "Only members of the mesh may use this, by the keys that they are known by."),
    PEER_URL(400, "bad_request", "`url` must be a URL of a node, such as http://10.0.0.7:5984, without a path."),
    PEER_ADDRESS(
            400,
            "bad_request",
            "Where other nodes reach this one is not known: give it as `address`, a URL such as http://10.0.0.7:5984, "
                    + "or set peer_url."),
    PEER_UNTRUSTED(
            400,
            "bad_request",
            "Nothing says that this node may join that one: give an invitation of it as the URL, or an admin's name "
                    + "and password in the URL, or set the same peer_secret on both."),
    PEER_UNREACHABLE(502, "bad_gateway", "The other node cannot be joined: %s"),
    PEER_SELF(400, "bad_request", "That is this node itself."),
    PEER_UNKNOWN(404, "not_found", "There is no such peer."),
    PEER_NOT_INVITED(403, "forbidden", "The invitation is unknown, used up or expired, or the secret is another one."),
    PEER_TELLS_TOO_MUCH(429, "too_many_requests", "A node tells others less often; try again in a moment."),
    TOO_MANY_JOINS(
            429,
            "too_many_requests",
            "Too many attempts to join have failed from that address; try again in a minute."),
    PEER_REMOVED(
            403,
            "peer_removed",
            "This node was removed from the mesh, which the common secret does not undo: an invitation does, or an "
                    + "admin's password."),
    PEER_RECORD(400, "bad_request", "What a node says of itself is malformed, or not signed with its key."),
    PEER_OPTIONS(400, "bad_request", "Give `paused`, `databases` or both, and nothing else."),
    PEER_PATTERNS(
            400, "bad_request", "`databases` must be an array of names of databases, which may have `*` in them."),
    PEER_PAUSED(400, "bad_request", "`paused` must be a boolean."),
    PEERS_FULL(503, "service_unavailable", "The mesh has as many nodes as max_peers allows."),

    // Documents
    REVISION_NOT_OF_CONTENT(403, "forbidden", "Revision %s of %s is not the hash of its content."),
    DOCUMENT_NOT_OBJECT(400, "bad_request", "Document must be a JSON object"),
    BAD_SPECIAL_MEMBER(400, "doc_validation", "Bad special document member: %s"),
    REVISIONS_START(400, "doc_validation", "_revisions.start isn't an integer."),
    REVISIONS_IDS(400, "doc_validation", "_revisions.ids isn't a array."),
    REVISIONS_ID_NOT_STRING(400, "doc_validation", "RevId isn't a string"),
    REVISIONS_ID_NOT_HEX(400, "doc_validation", "RevId isn't a valid hexadecimal"),
    REVISIONS_TOO_MANY(400, "doc_validation", "_revisions.ids has more entries than _revisions.start has generations."),
    DOCUMENT_ID_EMPTY(400, "illegal_docid", "Document id must not be empty"),
    DOCUMENT_ID_INCOMPLETE(400, "illegal_docid", "Illegal document id `%s`"),
    DOCUMENT_ID_NOT_UTF8(400, "illegal_docid", "Document id must be valid UTF-8"),
    DOCUMENT_ID_NOT_STRING(400, "illegal_docid", "Document id must be a string"),
    DOCUMENT_ID_RESERVED(400, "illegal_docid", "Only reserved document ids may start with underscore."),
    DOCUMENT_ID_TOO_LONG(400, "illegal_docid", "Document id is too long: it may have %s bytes at the most."),
    INVALID_LOCAL_ID(400, "bad_request", "Invalid _local document id."),
    LOCAL_ATTACHMENTS(400, "bad_request", "_local documents do not accept attachments."),
    INVALID_REVISION(400, "bad_request", "Invalid rev format"),
    REVISION_NOT_GIVABLE(
            400,
            "bad_request",
            "Invalid rev: the generation must be 1 to 2000000000, the rest at most 128 visible ASCII characters "
                    + "without quotation marks."),
    REVISION_LAST(
            400,
            "bad_request",
            "The revision has the highest possible generation and cannot be updated; remove it with _purge."),
    REVISION_IN_BODY_AND_QUERY(
            400, "bad_request", "Document rev from request body and query string have different values"),
    REVISION_AND_ETAG(400, "bad_request", "Document rev and etag have different values"),
    CONFLICT(409, "conflict", "Document update conflict."),
    MISSING_REVISION(409, "not_found", "missing_rev"),
    SUPERSEDES_TOO_MUCH(
            413,
            "too_large",
            "Together these edits replace or restore more than %s MiB of documents, the limit of one write; send "
                    + "fewer at a time."),
    DOCUMENT_TOO_LARGE(413, "document_too_large", "%s"),
    DESTINATION_MISSING(400, "bad_request", "Destination header is mandatory for COPY."),
    DESTINATION_NOT_RELATIVE(400, "bad_request", "Destination URL must be relative."),

    // Design documents and their functions
    DESIGN_PARTITIONED(400, "invalid_design_doc", "partitioned option cannot be true in a non-partitioned database."),
    DESIGN_FIELD_TYPE(400, "invalid_design_doc", "`%s` field must have %s type"),
    DESIGN_VIEW_WITHOUT_MAP(400, "invalid_design_doc", "View `%s` must contain map function"),
    RANK_INVALID(400, "invalid_design_doc", "invalid rank reducer"),
    RANK_RANGE(400, "invalid_design_doc", "rank value must be between 1 and 100"),
    VIEW_COMPILATION(400, "compilation_error", "Compilation of the %s function in the '%s' view failed: %s"),
    DOCUMENT_NOT_VALID(403, "forbidden", "document is not valid"),
    VALIDATION_NOT_SELECTOR(500, "unknown_error", "validate_doc_update in %s is not a selector"),
    NO_TEMPORARY_VIEWS(410, "gone", "Temporary views are not supported in CouchDB"),
    FUNCTION_THREW(500, "unknown_error", "%s"),
    FUNCTION_COMPILATION(500, "compilation_error", "%s"),
    FUNCTION_FAILED(500, "os_process_error", "%s"),
    FUNCTION_NOT_CALLED(500, "os_process_error", "%s"),
    FUNCTION_TIMEOUT(500, "os_process_error", "OS process timed out."),
    FUNCTION_MEMORY(500, "InternalError", "out of memory"),
    FUNCTION_RECURSION(500, "InternalError", "too much recursion"),
    FUNCTION_QUARANTINED(503, "function_quarantined", "%s"),
    UPDATE_PATH(404, "update_error", "Invalid path."),
    UPDATE_BY_GET(405, "method_not_allowed", "Update functions do not allow GET"),
    UPDATE_RAISED(500, "render_error", "function raised error: %s \nstacktrace: %s"),
    UPDATE_NO_RESPONSE(500, "render_error", "undefined response from update function"),
    UPDATE_RESPONSE(500, "external_response_error", "Invalid data from external server: %s"),
    MISSING_NAMED_VIEW(404, "not_found", "missing_named_view"),
    UNKNOWN_QUERY_LANGUAGE(500, "unknown_query_language", "%s"),
    REDUCE_UNKNOWN(400, "invalid_design_doc", "`%s` is not a supported reduce function."),
    REDUCE_INVALID_VALUE(500, "invalid_value", "%s"),

    // Selectors
    SELECTOR_NOT_JSON_OBJECT(400, "invalid_selector_json", "Selector must be a JSON object, not: %s"),
    SELECTOR_FIELD_MISSING(400, "invalid_selector", "One or more conditions is missing a field name."),
    BAD_ARGUMENT(400, "bad_arg", "Bad argument for operator %s: %s"),
    UNSUPPORTED_OPERATOR(400, "not_supported", "Unsupported operator: %s"),
    INVALID_OPERATOR(400, "invalid_operator", "Invalid operator: %s"),
    INVALID_FIELD_NAME(400, "invalid_field_name", "Invalid field name: %s"),

    // Mango's queries and indexes
    QUERY_KEY_MISSING(400, "missing_required_key", "Missing required key: %s"),
    QUERY_KEY_UNKNOWN(400, "invalid_key", "Invalid key %s for this request."),
    QUERY_INDEX_NAME(400, "invalid_index_name", "Invalid index name: %s"),
    QUERY_BOOKMARK(400, "invalid_bookmark", "Invalid bookmark value: %s"),
    QUERY_NOT_COUNT(400, "invalid_non_neg_integer", "%s is not an integer greater than or equal to zero"),
    QUERY_NOT_POSITIVE(400, "invalid_pos_integer", "%s is not an integer greater than zero"),
    QUERY_NOT_BOOLEAN(400, "invalid_boolean", "Invalid boolean value: %s"),
    QUERY_NOT_STRING(400, "invalid_string", "Invalid string: %s"),
    QUERY_STALE(400, "invalid_value", "Invalid value for stale: %s"),
    QUERY_FIELDS(400, "invalid_fields", "Fields must be an array of strings, not: %s"),
    QUERY_FIELD(400, "invalid_field", "Invalid JSON for field spec: %s"),
    QUERY_FIELD_JSON(400, "invalid_field_json", "Invalid JSON for field: %s"),
    SORT_NOT_ARRAY(400, "invalid_sort_json", "Sort must be an array of sort specs, not: %s"),
    SORT_FIELD(400, "invalid_sort_field", "Invalid sort field: %s"),
    SORT_MIXED(400, "unsupported_mixed_sort", "Sorts currently only support a single direction for all fields."),
    NO_INDEX_FOR_SORT(400, "no_usable_index", "No index exists for this sort, try indexing by the sort fields."),
    INDEX_UNSUITABLE(400, "invalid_index", "%s specified by `use_index` could not be found or it is not suitable."),
    INDEX_NOT_NAMED(400, "invalid_index", "You must specify an index with the `use_index` parameter."),
    INDEX_TYPE(400, "invalid_index", "Invalid type for index: %s"),
    INDEX_NOT_OBJECT(400, "invalid_index", "JSON indexes must be an object, not: %s"),
    INDEX_SERVICE_MISSING(503, "required index service unavailable", "%s"),
    INDEX_NAME_EMPTY(400, "invalid_empty_string", "Index name or ddoc cannot be empty string"),
    INDEX_LANGUAGE(400, "invalid_ddoc_lang", "Existing design doc has an invalid language: %s"),
    INDEX_PARTITIONED(
            400,
            "invalid_partitioned_option",
            "Requested partitioned option does not match existing value on design document %s"),
    INDEX_SAVE_CONFLICT(500, "error_saving_ddoc", "Encountered a conflict while saving the design document."),
    INDEX_SAVE_REFUSED(500, "error_saving_ddoc", "Unknown error while saving the design document: %s"),
    INDEX_LIST_PARAMETERS(400, "invalid_list_index_params", "Index parameter ranges: limit > 1, skip > 0"),
    INDEX_BULK_DELETE(400, "invalid_bulk_docs", "Bulk Delete requires an array of non-null docids. Docids: %s"),
    INDEX_NOT_ALONE(400, "bad_request", "%s holds more than one index; delete them one by one."),

    // Attachments and multipart bodies
    ATTACHMENT_MISSING(404, "not_found", "Document is missing attachment"),
    ATTACHMENT_CHANGED(412, "precondition_failed", "The attachment no longer matches If-Match."),
    ATTACHMENT_NOT_STORED(412, "missing_stub", "Attachment %s is not stored here"),
    ATTACHMENT_DIGEST(400, "bad_request", "Possible message integrity error."),
    ATTACHMENT_DATA(400, "bad_request", "Invalid attachment data for %s"),
    ATTACHMENT_NAME_UNDERSCORE(400, "bad_request", "Attachment name '%s' starts with prohibited character '_'"),
    ATTACHMENT_NAME_NOT_UTF8(400, "bad_request", "Attachment name is not UTF-8 encoded"),
    ATTACHMENT_NAME_TOO_LONG(400, "bad_request", "Attachment name is too long: it may have %s bytes at the most."),
    CONTENT_TYPE_TOO_LONG(400, "bad_request", "Content type is too long: it may have %s bytes at the most."),
    ATTACHMENT_ENCODING(415, "bad_content_type", "Only gzip and identity content-encodings are supported"),
    ATTACHMENT_NOT_GZIP(400, "bad_request", "Attachment %s is declared as gzip, but its data is not."),
    ATTACHMENT_TOO_LARGE(413, "attachment_too_large", "%s"),
    ATTACHMENT_SHORTER(400, "bad_request", "attachment shorter than expected"),
    ATTACHMENT_LONGER(400, "bad_request", "attachment longer than expected"),
    PART_NAME(400, "bad_request", "The part named `%s` does not match an attachment marked `follows`."),
    PART_DIGEST(400, "bad_request", "md5_mismatch"),
    BOUNDARY_MISSING(400, "bad_request", "Missing multipart boundary"),
    BOUNDARY_MALFORMED(400, "bad_request", "Malformed multipart boundary"),
    MULTIPART_CUT(400, "bad_request", "Multipart message ends before its last boundary"),
    BAD_PART_HEADER(400, "bad_request", "bad part header"),
    REFERER_MISSING(400, "bad_request", "Referer header required."),
    REFERER_FOREIGN(400, "bad_request", "Referer header must match host."),
    NOT_FORM_DATA(415, "bad_content_type", "Content-Type must be multipart/form-data"),
    STUB_WITHOUT_PARENT(412, "missing_stub", "Previous revision missing for document %s"),
    STUB_UNKNOWN(412, "missing_stub", "Invalid attachment stub in %s for %s"),
    RANGE_NOT_SATISFIABLE(416, "requested_range_not_satisfiable", "Requested range not satisfiable");

    private final int status;
    private final String error;
    private final String reason;

    ErrorCode(int status, String error, String reason) {
        this.status = status;
        this.error = error;
        this.reason = reason;
    }

    public int status() {
        return status;
    }

    /**
     * Whether this is about what was sent: the same document is refused at any time and by any node in this state. The
     * rest is what the node, or the whole database, cannot do for now. A replicator skips what was refused, and has to
     * send again what was not.
     */
    public boolean isRefusal() {
        return switch (this) {
            // What a design document's function does with this very document.
            case FUNCTION_THREW,
                    FUNCTION_COMPILATION,
                    FUNCTION_FAILED,
                    FUNCTION_RECURSION,
                    VALIDATION_NOT_SELECTOR,
                    UNKNOWN_QUERY_LANGUAGE -> true;
            // Who logs in again can send the same document.
            case CREDENTIALS_REVOKED, TOKEN_EXPIRED -> false;
            // The last: this node's setting is of no use, whatever the password.
            case NO_DATABASE, BODY_TIMEOUT, TOO_MANY_LOGINS, PASSWORDS_UNUSABLE -> false;
            default -> status < 500;
        };
    }

    public String error() {
        return error;
    }

    /** With {@code %s} where something is to be filled in. */
    public String reasonTemplate() {
        return reason;
    }
}
