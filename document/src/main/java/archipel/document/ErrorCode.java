package archipel.document;

/**
 * The table of errors: HTTP status, CouchDB's {@code error} and {@code reason}. Texts are static; what varies is a
 * {@code %s} filled in by {@link RequestException}.
 */
public enum ErrorCode {
    INVALID_JSON(400, "bad_request", "invalid UTF-8 JSON"),
    INVALID_REVISION(400, "bad_request", "Invalid rev format"),
    BAD_REQUEST(400, "bad_request", "%s"),
    QUERY_PARSE_ERROR(400, "query_parse_error", "%s"),
    ILLEGAL_DOCUMENT_ID(400, "illegal_docid", "%s"),
    DOCUMENT_VALIDATION(400, "doc_validation", "%s"),
    ILLEGAL_DATABASE_NAME(
            400,
            "illegal_database_name",
            "Name: '%s'. Only lowercase characters (a-z), digits (0-9), and any of the characters _, $, (, ), +, -, and / are allowed. Must begin with a letter."),
    DATABASE_NAME_TOO_LONG(
            400, "database_name_too_long", "At least one path segment of `%s` is too long."),
    UNAUTHORIZED(401, "unauthorized", "%s"),
    FORBIDDEN(403, "forbidden", "%s"),
    NOT_FOUND(404, "not_found", "%s"),
    MISSING(404, "not_found", "missing"),
    DELETED(404, "not_found", "deleted"),
    NO_DATABASE(404, "not_found", "Database does not exist."),
    METHOD_NOT_ALLOWED(405, "method_not_allowed", "Only %s allowed"),
    NOT_ACCEPTABLE(406, "not_acceptable", "%s"),
    CONFLICT(409, "conflict", "Document update conflict."),
    DATABASE_EXISTS(412, "file_exists", "The database could not be created, the file already exists."),
    MISSING_STUB(412, "missing_stub", "%s"),
    DOCUMENT_TOO_LARGE(413, "document_too_large", "%s"),
    ATTACHMENT_TOO_LARGE(413, "attachment_too_large", "%s"),
    REQUEST_TOO_LARGE(413, "too_large", "the request entity is too large"),
    BAD_CONTENT_TYPE(415, "bad_content_type", "%s"),
    RANGE_NOT_SATISFIABLE(416, "requested_range_not_satisfiable", "Requested range not satisfiable"),
    EXPECTATION_FAILED(417, "expectation_failed", "%s"),
    INTERNAL(500, "internal_server_error", "%s"),
    STORAGE(500, "storage_error", "%s"),
    NOT_IMPLEMENTED(501, "not_implemented", "%s"),
    STOPPING(503, "service_unavailable", "The node is stopping.");

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

    public String error() {
        return error;
    }

    /** With {@code %s} where something is to be filled in. */
    public String reasonTemplate() {
        return reason;
    }
}
