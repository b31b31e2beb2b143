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
    @Nullable
    RevisionPath path(long start, int ids) {
        if (start < 0 || start > Integer.MAX_VALUE) {
            throw new RequestException(ErrorCode.REVISIONS_START);
        }
        if (ids < 0 || in[ids] != '[') {
            throw new RequestException(ErrorCode.REVISIONS_IDS);
        }
        List<String> hashes = new ArrayList<>();
        int at = space(ids + 1);
        while (in[at] != ']') {
            if (in[at] != '"') {
                throw new RequestException(ErrorCode.REVISIONS_ID_NOT_STRING);
            }
            int close = JsonSyntax.string(in, at + 1, in.length);
            boolean escaped = close < 0;
            close = escaped ? ~close : close;
            String text = JsonSyntax.text(in, at + 1, close, escaped);
            String hash = start == 0 ? text : Revision.normalHash(text);
            if (hash == null) {
                throw new RequestException(ErrorCode.REVISIONS_ID_NOT_HEX);
            }
            hashes.add(hash);
            at = space(close + 1);
            at = in[at] == ',' ? space(at + 1) : at;
        }
        if (hashes.size() > Math.max(1, start)) {
            throw new RequestException(ErrorCode.REVISIONS_TOO_MANY);
        }
        return hashes.isEmpty() ? null : new RevisionPath((int) start, hashes);
    }

    private int space(int at) {
        return JsonSyntax.space(in, at, in.length);
    }
}
