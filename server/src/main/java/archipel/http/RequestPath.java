package archipel.http;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.mime.PercentCoding;
import java.util.ArrayList;
import java.util.List;

/**
 * A request's path, split at the slashes of its raw form and decoded after that, so that {@code %2F} stays inside its
 * segment. Empty segments count for nothing.
 */
public final class RequestPath {
    /** The library's way of saying that bytes of a target were not UTF-8. */
    private static final char NOT_UTF8 = '\uFFFD';

    private final String raw;
    private final String query;
    private final List<String> segments;
    private final boolean wellFormed;
    private String documentId = "";
    private int documentEnd = -1;

    private RequestPath(String raw, String query, List<String> segments, boolean wellFormed) {
        this.raw = raw;
        this.query = query;
        this.segments = segments;
        this.wellFormed = wellFormed;
    }

    /**
     * A malformed one has no segments, and is told by {@link #requireWellFormed}.
     *
     * @param plusIsSpace whether {@code +} stands for a space, as CouchDB reads it, rather than for itself
     */
    static RequestPath parse(String raw, String query, boolean plusIsSpace) {
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
                    return new RequestPath(raw, query, List.of(), false);
                }
            }
            start = end + 1;
        }
        return new RequestPath(raw, query, segments, true);
    }

    /**
     * Takes the target of a request apart, be it a path or a whole URL.
     *
     * @param plusIsSpace whether {@code +} in a path stands for a space
     */
    static RequestPath ofTarget(String target, boolean plusIsSpace) {
        if (target.indexOf(NOT_UTF8) >= 0) {
            return new RequestPath("/", "", List.of(), false);
        }
        String text = ascii(target.substring(pathStart(target)));
        int mark = text.indexOf('?');
        return mark < 0
                ? parse(text, "", plusIsSpace)
                : parse(text.substring(0, mark), text.substring(mark + 1), plusIsSpace);
    }

    /** Past {@code http://host} where there is one. */
    private static int pathStart(String target) {
        int authority;
        if (target.regionMatches(true, 0, "http://", 0, 7)) {
            authority = 7;
        } else if (target.regionMatches(true, 0, "https://", 0, 8)) {
            authority = 8;
        } else {
            return 0;
        }
        for (int i = authority; i < target.length(); i++) {
            if (target.charAt(i) == '/' || target.charAt(i) == '?') {
                return i;
            }
        }
        return target.length();
    }

    /**
     * Bytes outside ASCII, which some clients send as they are, percent-encoded, and number signs, too: no client sends
     * one that means a fragment.
     */
    private static String ascii(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80 || c == '#') {
                return PercentCoding.encodeRest(text, i);
            }
        }
        return text;
    }

    /** @throws RequestException 400 {@code invalid_url_encoding} */
    void requireWellFormed() {
        if (!wellFormed) {
            throw new RequestException(ErrorCode.INVALID_URL_ENCODING);
        }
    }

    /** As it came. */
    public String raw() {
        return raw;
    }

    /** What follows the question mark, as it came; empty when nothing does. */
    public String query() {
        return query;
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
