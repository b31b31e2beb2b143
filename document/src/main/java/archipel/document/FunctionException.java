package archipel.document;

import java.nio.charset.StandardCharsets;

/**
 * What a design document's function threw. Its error may have any name, and its reason may be any JSON: what a function
 * throws reaches the client as it is.
 */
public final class FunctionException extends RequestException {
    private final int status;
    private final String error;
    private final transient byte[] reasonJson;

    /**
     * @param error what CouchDB's table of errors knows decides over the status; everything else is a 500
     * @param reasonJson a JSON text
     */
    public FunctionException(String error, byte[] reasonJson) {
        this(statusOf(error), error, reasonJson);
    }

    /** @param reasonJson a JSON text */
    public FunctionException(int status, String error, byte[] reasonJson) {
        super(ErrorCode.FUNCTION_THREW, new String(reasonJson, StandardCharsets.UTF_8));
        this.status = status;
        this.error = error.equals("bad_ctype") ? "bad_content_type" : error;
        this.reasonJson = reasonJson;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public String error() {
        return error;
    }

    @Override
    public byte[] reasonJson() {
        return reasonJson.clone();
    }

    /** The status that CouchDB answers an error of that name with. */
    public static int statusOf(String error) {
        return switch (error) {
            case "bad_request", "query_parse_error", "illegal_docid", "illegal_partition", "doc_validation" -> 400;
            case "unauthorized" -> 401;
            case "forbidden", "partition_overflow" -> 403;
            case "not_found" -> 404;
            case "method_not_allowed" -> 405;
            case "not_acceptable" -> 406;
            case "conflict" -> 409;
            case "gone" -> 410;
            case "missing_stub" -> 412;
            case "bad_ctype" -> 415;
            case "expectation_failed" -> 417;
            case "service_unavailable" -> 503;
            case "insufficient_storage" -> 507;
            default -> 500;
        };
    }
}
