package archipel.load;

import archipel.rawhttp.HttpTarget;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A {@code _bulk_docs} request of a fixed number of documents, made once and then patched. For one thread. */
public final class BulkRequest {
    public static final int DOCUMENTS = 1000;
    private static final byte[] OPENING = "{\"docs\":[".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ID = "{\"_id\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ID_END = "\",".getBytes(StandardCharsets.US_ASCII);
    /** One document with its id: the body's opening brace gives way to the id, and a comma or the end follows. */
    private static final int STRIDE = ID.length + Documents.ID_BYTES + ID_END.length + Documents.BODY_BYTES - 1 + 1;

    private final byte[] bytes;
    private final ByteBuffer buffer;
    private final int first;
    private final Documents documents;

    public BulkRequest(HttpTarget target, String database, Documents documents) {
        byte[] json = json(documents, 0);
        this.documents = documents;
        bytes = target.request("POST", "/" + database + "/_bulk_docs", json);
        first = bytes.length - json.length + OPENING.length;
        buffer = ByteBuffer.wrap(bytes);
    }

    /** The first documents of a series, as the body of the request. */
    static byte[] json(Documents documents, int series) {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        json.writeBytes(OPENING);
        for (int i = 0; i < DOCUMENTS; i++) {
            json.writeBytes(ID);
            json.writeBytes(Documents.id(series, i).getBytes(StandardCharsets.US_ASCII));
            json.writeBytes(ID_END);
            json.write(documents.body(i), 1, Documents.BODY_BYTES - 1);
            json.write(i < DOCUMENTS - 1 ? ',' : ']');
        }
        json.write('}');
        return json.toByteArray();
    }

    /** The documents from {@code index} on, {@value #DOCUMENTS} of them. */
    public ByteBuffer of(int series, long index) {
        for (int i = 0; i < DOCUMENTS; i++) {
            int at = first + i * STRIDE;
            int bodyOffset = at + ID.length + Documents.ID_BYTES + ID_END.length - 1;
            byte[] body = documents.body(index + i);
            System.arraycopy(body, 1, bytes, bodyOffset + 1, Documents.BODY_BYTES - 1);
            Documents.number(bytes, bodyOffset, index + i);
            Documents.id(bytes, at + ID.length, series, index + i);
        }
        return buffer.clear();
    }
}
