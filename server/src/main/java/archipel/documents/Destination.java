package archipel.documents;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.http.HttpSettings;
import archipel.http.Request;
import archipel.mime.PercentCoding;
import org.jspecify.annotations.Nullable;

/**
 * Where a COPY goes: the header {@code Destination}, an id (percent-encoded or not) and perhaps {@code ?rev=}.
 *
 * @param revision the leaf that the copy is an edit of; null for a new document
 */
record Destination(String id, @Nullable Revision revision) {
    /**
     * @param plusIsSpace whether {@code +} in the id stands for a space, as in paths
     * @throws RequestException 400 with CouchDB's texts
     */
    static Destination of(@Nullable String header, boolean plusIsSpace) {
        if (header == null) {
            throw new RequestException(ErrorCode.DESTINATION_MISSING);
        }
        if (header.startsWith("http://") || header.startsWith("https://")) {
            throw new RequestException(ErrorCode.DESTINATION_NOT_RELATIVE);
        }
        int question = header.indexOf('?');
        String id = question < 0 ? header : header.substring(0, question);
        Revision revision = null;
        if (question >= 0) {
            int equals = header.indexOf('=', question);
            revision = Revision.parse(equals < 0 ? "" : decode(header.substring(equals + 1), false));
        }
        return new Destination(decode(id, plusIsSpace), revision);
    }

    /** Where a request wants its copy. */
    static Destination of(Request request, HttpSettings settings) {
        return of(request.header("Destination"), settings.decodesPlusToSpace());
    }

    private static String decode(String text, boolean plusIsSpace) {
        try {
            return PercentCoding.decode(text, 0, text.length(), plusIsSpace);
        } catch (PercentCoding.MalformedException e) {
            throw new RequestException(ErrorCode.INVALID_URL_ENCODING);
        }
    }
}
