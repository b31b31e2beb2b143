package archipel.document;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code _revisions}, whose JSON is valid, with CouchDB's answers to what makes no history. */
final class RevisionsMember {
    private final byte[] in;

    RevisionsMember(byte[] in) {
        this.in = in;
    }

    /**
     * @param start the generation; negative if there is none
     * @param ids where the array is; negative if there is nothing
     * @return null for no ids at all
     */
    @Nullable RevisionPath path(long start, int ids) {
        if (start < 0 || start > Integer.MAX_VALUE) {
            throw refused("_revisions.start isn't an integer.");
        }
        if (ids < 0 || in[ids] != '[') {
            throw refused("_revisions.ids isn't a array.");
        }
        List<String> hashes = new ArrayList<>();
        int at = space(ids + 1);
        while (in[at] != ']') {
            if (in[at] != '"') {
                throw refused("RevId isn't a string");
            }
            int close = JsonSyntax.string(in, at + 1, in.length);
            boolean escaped = close < 0;
            close = escaped ? ~close : close;
            String text = JsonSyntax.text(in, at + 1, close, escaped);
            String hash = start == 0 ? text : Revision.normalHash(text);
            if (hash.isEmpty()) {
                throw refused("RevId isn't a valid hexadecimal");
            }
            hashes.add(hash);
            at = space(close + 1);
            at = in[at] == ',' ? space(at + 1) : at;
        }
        if (hashes.size() > Math.max(1, start)) {
            throw refused("_revisions.ids has more entries than _revisions.start has generations.");
        }
        return hashes.isEmpty() ? null : new RevisionPath((int) start, hashes);
    }

    private int space(int at) {
        return JsonSyntax.space(in, at, in.length);
    }

    private static RequestException refused(String reason) {
        return new RequestException(ErrorCode.DOCUMENT_VALIDATION, reason);
    }
}
