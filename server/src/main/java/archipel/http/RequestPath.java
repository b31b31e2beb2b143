package archipel.http;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.ArrayList;
import java.util.List;

/**
 * A request's path, split at the slashes of its raw form and decoded after that, so that {@code %2F} stays inside its
 * segment. Empty segments count for nothing.
 */
public final class RequestPath {
    private final String raw;
    private final List<String> segments;
    private String documentId = "";
    private int documentEnd = -1;

    private RequestPath(String raw, List<String> segments) {
        this.raw = raw;
        this.segments = segments;
    }

    /**
     * @param plusIsSpace whether {@code +} stands for a space, as CouchDB reads it, rather than for itself
     * @throws RequestException 400 {@code invalid_url_encoding}
     */
    static RequestPath parse(String raw, boolean plusIsSpace) {
        List<String> segments = new ArrayList<>(4);
        int length = raw.length();
        int start = 0;
        while (start < length) {
            int end = raw.indexOf('/', start);
            if (end < 0) {
                end = length;
            }
            if (end > start) {
                try {
                    segments.add(PercentCoding.decode(raw, start, end, plusIsSpace));
                } catch (PercentCoding.MalformedException e) {
                    throw new RequestException(ErrorCode.INVALID_URL_ENCODING);
                }
            }
            start = end + 1;
        }
        return new RequestPath(raw, segments);
    }

    /** As it came. */
    public String raw() {
        return raw;
    }

    public int size() {
        return segments.size();
    }

    /** Decoded. */
    public String segment(int index) {
        return segments.get(index);
    }

    /** Decoded. */
    public List<String> segments() {
        return segments;
    }

    /** The segments from {@code first} on, joined with slashes. */
    public String rest(int first) {
        return first + 1 == segments.size()
                ? segments.get(first)
                : String.join("/", segments.subList(first, segments.size()));
    }

    /** The document's id, with its {@code _design/} or {@code _local/}, however many segments it came in. */
    public String documentId() {
        if (documentEnd < 0) {
            throw new IllegalStateException("no document in " + raw);
        }
        return documentId;
    }

    /** What follows the document's id, joined with slashes; empty when nothing does. */
    public String attachmentName() {
        return documentEnd < segments.size() ? rest(documentEnd) : "";
    }

    void documentAt(int first, int end, String id) {
        documentId = id;
        documentEnd = end;
    }
}
