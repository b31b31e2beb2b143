package archipel.documents;

import archipel.access.DocumentOutcome;
import archipel.access.DocumentWrite;
import archipel.access.GatedWrite;
import archipel.access.WriteGate;
import archipel.access.WriteOutcome;
import archipel.document.DocumentParser;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.LocalDocument;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.HttpServices;
import archipel.http.HttpSettings;
import java.io.IOException;

/** Writes single documents on behalf of whoever sent a request, into the database that it names. */
final class DocumentWrites {
    private final WriteGate gate;
    private final HttpSettings settings;

    DocumentWrites(HttpServices services) {
        this.gate = services.writes();
        this.settings = services.settings();
    }

    /** @throws RequestException 400 for what is no document, 413 for one that is too large */
    ParsedDocument parse(byte[] json) {
        return new DocumentParser(settings.jsonLimits()).parse(json, 0, json.length);
    }

    /** Begins a write, to be given documents and committed. */
    GatedWrite open(DatabaseRequest request) {
        return gate.open(request.database(), request.user());
    }

    /**
     * Writes one document that is there as a whole; the answer names the block.
     *
     * @throws RequestException where it is refused
     */
    Revision write(DatabaseRequest request, Answer answer, DocumentWrite document) throws IOException {
        try (GatedWrite write = open(request)) {
            write.add(document);
            return commit(answer, write);
        }
    }

    /**
     * Writes the one document that was added; the answer names the block.
     *
     * @throws RequestException where it is refused
     */
    static Revision commit(Answer answer, GatedWrite write) {
        WriteOutcome outcome = write.commit(false);
        answer.block(outcome.head());
        return switch (outcome.documents().getFirst()) {
            case DocumentOutcome.Stored stored -> stored.revision();
            case DocumentOutcome.Refused refused -> throw refused.refusal();
            case DocumentOutcome.Failed failed -> throw failed.cause();
            case DocumentOutcome.Untried untried -> throw new IllegalStateException(untried.toString());
        };
    }

    /** Stores a {@code _local} document; the answer names the newest block. */
    LocalDocument putLocal(DatabaseRequest request, Answer answer, String id, byte[] json) {
        LocalDocument stored = gate.putLocal(request.database(), request.user(), id, json);
        answer.block(request.database().state().head());
        return stored;
    }

    /** Takes a {@code _local} document away; the answer names the newest block. @return whether it was there */
    boolean deleteLocal(DatabaseRequest request, Answer answer, String id) {
        boolean deleted = gate.deleteLocal(request.database(), request.user(), id);
        answer.block(request.database().state().head());
        return deleted;
    }
}
