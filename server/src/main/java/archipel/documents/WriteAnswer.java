package archipel.documents;

import archipel.command.DocumentEdit;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.http.ETags;
import archipel.http.Exchange;
import archipel.http.PercentCoding;
import java.io.IOException;
import java.util.List;
import java.util.Objects;

/** Writes one edit and says what became of it, as the endpoints of single documents do. */
final class WriteAnswer {
    private WriteAnswer() {}

    /**
     * Writes; sets the header that names the block.
     *
     * @throws RequestException where the edit is refused
     */
    static Revision write(Exchange exchange, DocumentEdit edit) {
        ValidatedWrite.Row row = Objects.requireNonNull(
                ValidatedWrite.write(exchange, List.of(edit), false).rows().getFirst());
        if (row.refusal() != null) {
            throw row.refusal();
        }
        return Objects.requireNonNull(row.revision());
    }

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
