package archipel.documents;

import archipel.access.DocumentOutcome;
import archipel.access.DocumentWrite;
import archipel.access.GatedWrite;
import archipel.access.WriteOutcome;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.http.ETags;
import archipel.http.Exchange;
import archipel.http.PercentCoding;
import java.io.IOException;

/** Writes one edit and says what became of it, as the endpoints of single documents do. */
final class WriteAnswer {
    private WriteAnswer() {}

    /**
     * Writes one document that is there as a whole; sets the header that names the block.
     *
     * @throws RequestException where it is refused
     */
    static Revision write(Exchange exchange, DocumentWrite document) throws IOException {
        try (GatedWrite write = open(exchange)) {
            write.add(document);
            return commit(exchange, write);
        }
    }

    /** Begins a write on behalf of whoever asks. */
    static GatedWrite open(Exchange exchange) {
        return exchange.services().writes().open(exchange.database(), exchange.user());
    }

    /**
     * Writes the one document that was added; sets the header that names the block.
     *
     * @throws RequestException where it is refused
     */
    static Revision commit(Exchange exchange, GatedWrite write) {
        WriteOutcome outcome = write.commit(false);
        exchange.block(outcome.head());
        return switch (outcome.documents().getFirst()) {
            case DocumentOutcome.Stored stored -> stored.revision();
            case DocumentOutcome.Refused refused -> throw refused.refusal();
            case DocumentOutcome.Failed failed -> throw failed.cause();
            case DocumentOutcome.Untried untried -> throw new IllegalStateException(untried.toString());
        };
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
