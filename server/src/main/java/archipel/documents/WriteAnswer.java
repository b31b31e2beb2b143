package archipel.documents;

import archipel.document.JsonBuffer;
import archipel.document.Revision;
import archipel.http.ETags;
import archipel.http.Exchange;
import archipel.http.PercentCoding;
import java.io.IOException;

/** Says what became of an edit, as the endpoints of single documents do. */
final class WriteAnswer {
    private WriteAnswer() {}

    /** {@code {"ok":true,"id":…,"rev":…}}. */
    static void send(Exchange exchange, int code, String id, Revision revision) throws IOException {
        JsonBuffer json = new JsonBuffer(128)
                .ascii("{\"ok\":true,\"id\":")
                .string(id)
                .ascii(",\"rev\":")
                .string(revision.toString())
                .ascii('}');
        exchange.json(code, json);
    }

    /** {@code {"ok":true,"id":…}}, to {@code batch=ok}. */
    static void sendBatch(Exchange exchange, String id) throws IOException {
        exchange.json(
                202,
                new JsonBuffer(128).ascii("{\"ok\":true,\"id\":").string(id).ascii('}'));
    }

    /** Sets {@code Location} to the document's own URL. */
    static void locate(Exchange exchange, String id) {
        exchange.set(
                "Location",
                exchange.origin() + "/" + PercentCoding.encode(exchange.path().segment(0)) + "/"
                        + PercentCoding.encode(id));
    }

    static void tag(Exchange exchange, Revision revision) {
        exchange.etag(ETags.of(revision));
    }
}
