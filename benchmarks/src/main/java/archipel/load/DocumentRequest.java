package archipel.load;

import archipel.rawhttp.HttpTarget;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A request for one document, made once and then only patched: its id, and where it has a body, that. For one thread.
 */
public final class DocumentRequest {
    private static final String PLACE = "0".repeat(Documents.ID_BYTES);
    private final byte[] bytes;
    private final ByteBuffer buffer;
    private final int idOffset;
    private final int bodyOffset;

    private DocumentRequest(byte[] bytes, int bodyOffset) {
        this.bytes = bytes;
        this.buffer = ByteBuffer.wrap(bytes);
        this.bodyOffset = bodyOffset;
        this.idOffset = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(PLACE);
    }

    /** @param query empty, or beginning with a question mark */
    public static DocumentRequest get(HttpTarget target, String database, String query) {
        return new DocumentRequest(target.request("GET", "/" + database + "/" + PLACE + query), -1);
    }

    public static DocumentRequest put(HttpTarget target, String database) {
        byte[] bytes = target.request("PUT", "/" + database + "/" + PLACE, new byte[Documents.BODY_BYTES]);
        return new DocumentRequest(bytes, bytes.length - Documents.BODY_BYTES);
    }

    /** The request for a document's id. */
    public ByteBuffer of(int series, long index) {
        Documents.id(bytes, idOffset, series, index);
        return buffer.clear();
    }

    /** The request for a document's id, with a body. */
    public ByteBuffer of(int series, long index, Documents documents) {
        System.arraycopy(documents.body(index), 0, bytes, bodyOffset, Documents.BODY_BYTES);
        Documents.number(bytes, bodyOffset, index);
        return of(series, index);
    }
}
