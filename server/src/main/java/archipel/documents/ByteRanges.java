package archipel.documents;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The header {@code Range}, with CouchDB's view of it: what it cannot read, or what begins at 0 without end, asks for
 * all.
 */
final class ByteRanges {
    /** As many or more are answered with the whole. */
    static final int TOO_MANY = 10;

    private ByteRanges() {}

    /**
     * @param length of what the ranges are of, bytes
     * @return the ranges in order; empty for the whole
     * @throws RequestException 416
     */
    static List<Range> parse(@Nullable String header, long length) {
        if (header == null || !header.startsWith("bytes=")) {
            return List.of();
        }
        List<Range> ranges = new ArrayList<>();
        for (String part : header.substring(6).split(",", -1)) {
            String text = part.strip();
            int dash = text.indexOf('-');
            if (dash < 0) {
                return List.of();
            }
            long from = number(text.substring(0, dash));
            long to = number(text.substring(dash + 1));
            if (from == MALFORMED || to == MALFORMED || from == ABSENT && to == ABSENT) {
                return List.of();
            }
            if (from == 0 && to == ABSENT) {
                return List.of();
            }
            ranges.add(resolved(from, to, length));
        }
        return ranges.size() < TOO_MANY ? ranges : List.of();
    }

    private static final long ABSENT = -1;
    private static final long MALFORMED = -2;

    private static Range resolved(long from, long to, long length) {
        long first = from;
        long last = to;
        if (from == ABSENT) {
            first = Math.max(0, length - to);
            last = length - 1;
            if (to == 0) {
                throw new RequestException(ErrorCode.RANGE_NOT_SATISFIABLE);
            }
        } else if (to == ABSENT || to >= length) {
            if (to != ABSENT && to < from) {
                throw new RequestException(ErrorCode.RANGE_NOT_SATISFIABLE);
            }
            last = length - 1;
        }
        if (last < first) {
            throw new RequestException(ErrorCode.RANGE_NOT_SATISFIABLE);
        }
        return new Range(first, last);
    }

    private static long number(String text) {
        if (text.isEmpty()) {
            return ABSENT;
        }
        if (text.length() > 18) {
            return MALFORMED;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return MALFORMED;
            }
        }
        return Long.parseLong(text);
    }

    /** Both ends are within. */
    record Range(long first, long last) {
        long length() {
            return last - first + 1;
        }

        /** The value of {@code Content-Range}. */
        String of(long whole) {
            return "bytes " + first + "-" + last + "/" + whole;
        }
    }
}
