package archipel.documents;

import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.ETags;
import archipel.http.JsonStream;
import archipel.http.Parameters;
import archipel.http.Verb;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** GET and HEAD of a document: one revision of it, or several at once. */
final class DocumentReadHandler {
    void get(DatabaseRequest request, Answer answer) throws IOException {
        Parameters parameters = request.parameters();
        String open = parameters.get("open_revs");
        DocumentOptions options = DocumentOptions.of(parameters);
        if (open != null) {
            boolean all = open.equals("all");
            List<Revision> wanted = all ? List.of() : DocumentOptions.revisions(parameters.readJson(open));
            if (all || !wanted.isEmpty()) {
                revisions(request, answer, options.ofRevisions(), all ? null : wanted);
                return;
            }
        }
        String rev = parameters.get("rev");
        boolean latest = parameters.isTrue("latest");
        Revision wanted = rev == null ? null : Revision.parse(rev);
        String id = request.path().documentId();
        JsonStream out;
        try (Reader reader = request.reader()) {
            Revision shown =
                    latest && wanted != null ? newestFrom(reader.documents().find(id), wanted) : wanted;
            ReadableRevision found = find(request, reader, id, shown, parameters.isTrue("deleted"));
            DocumentWriter writer = new DocumentWriter(reader, options);
            if (!writer.hasMeta(found.record) && answer.notModified(ETags.of(found.revision))) {
                return;
            }
            boolean content = options.attachments() && !found.body.attachments().isEmpty();
            if (content && request.accepts("multipart/related")) {
                related(request, answer, reader, found, options);
                return;
            }
            out = answer.stream(200);
            writer.write(out, found.record, found.revision, found.body);
            out.buffer().ascii('\n');
        }
        // The reader need not wait for a slow client.
        out.finish();
    }

    // The first leaf that was made on the revision asked for.
    private static Revision newestFrom(@Nullable DocumentRecord record, Revision wanted) {
        List<Leaf> leaves = record == null ? List.of() : record.tree().leavesFrom(wanted);
        return leaves.isEmpty() ? wanted : leaves.getFirst().revision();
    }

    /**
     * A revision to be shown.
     *
     * @param wanted null for the winner
     * @param deleted whether a winner that is a deletion will do
     * @throws RequestException 404 {@code missing} or {@code deleted}; whatever the guard says
     */
    static ReadableRevision find(
            DatabaseRequest request, Reader reader, String id, @Nullable Revision wanted, boolean deleted) {
        DocumentRecord record = reader.documents().find(id);
        if (record == null) {
            throw new RequestException(ErrorCode.MISSING);
        }
        Leaf winner = record.winner();
        if (wanted == null && winner.deleted() && !deleted) {
            throw new RequestException(ErrorCode.DELETED);
        }
        Revision revision = wanted == null ? winner.revision() : wanted;
        DocumentBody body = reader.documents().body(id, revision);
        if (body == null) {
            throw new RequestException(ErrorCode.MISSING);
        }
        DocumentBody shown = request.shown(id, body);
        return new ReadableRevision(record, revision, shown);
    }

    /** Hides a document from those who may not see it: what they would change is not there for them. */
    static void requireVisible(DatabaseRequest request, String id, DocumentBody body) {
        DocumentBody _ = request.shown(id, body);
    }

    private static void related(
            DatabaseRequest request, Answer answer, Reader reader, ReadableRevision found, DocumentOptions options)
            throws IOException {
        RelatedMessage message =
                message(reader, found, options, Boundaries.of(request, reader).next());
        answer.set("Content-Type", message.contentType());
        OutputStream out = answer.open(200, message.length());
        if (request.verb() != Verb.HEAD) {
            message.writeTo(out);
        }
        out.close();
    }

    private static RelatedMessage message(
            Reader reader, ReadableRevision found, DocumentOptions options, String boundary) {
        return new DocumentWriter(reader, options).related(found.record, found.revision, found.body, boundary);
    }

    /** @param wanted null for all leaves */
    private static void revisions(
            DatabaseRequest request, Answer answer, DocumentOptions options, @Nullable List<Revision> wanted)
            throws IOException {
        String id = request.path().documentId();
        boolean latest = request.parameters().isTrue("latest");
        try (Reader reader = request.reader()) {
            DocumentRecord record = reader.documents().find(id);
            if (record == null && wanted == null) {
                throw new RequestException(ErrorCode.MISSING);
            }
            Revisions revisions = new Revisions(request, reader, record, expand(record, wanted, latest));
            revisions.requireVisible();
            if (request.accepts("multipart/mixed")) {
                mixed(request, answer, reader, revisions, options);
            } else {
                list(answer, reader, revisions, options);
            }
        }
    }

    private static Collection<Revision> expand(
            @Nullable DocumentRecord record, @Nullable List<Revision> wanted, boolean latest) {
        if (record != null && wanted == null) {
            return record.tree().leaves().stream().map(Leaf::revision).sorted().toList();
        }
        List<Revision> asked = wanted == null ? List.of() : wanted;
        if (record == null || !latest) {
            return new LinkedHashSet<>(asked);
        }
        LinkedHashSet<Revision> leaves = new LinkedHashSet<>();
        for (Revision revision : asked) {
            List<Leaf> below = record.tree().leavesFrom(revision);
            below.forEach(leaf -> leaves.add(leaf.revision()));
            if (below.isEmpty()) {
                leaves.add(revision);
            }
        }
        return leaves.stream().sorted().toList();
    }

    private static void list(Answer answer, Reader reader, Revisions revisions, DocumentOptions options)
            throws IOException {
        DocumentWriter writer = new DocumentWriter(reader, options);
        JsonStream out = answer.stream(200);
        out.buffer().ascii('[');
        String separator = "";
        for (Revision revision : revisions.wanted) {
            ReadableRevision one = revisions.find(revision);
            if (one == null) {
                continue;
            }
            out.buffer().ascii(separator).ascii("{\"ok\":");
            writer.write(out, one.record, one.revision, one.body);
            out.buffer().ascii('}');
            out.drain();
            separator = ",";
        }
        for (Revision revision : revisions.missing) {
            out.buffer()
                    .ascii(separator)
                    .ascii("{\"missing\":")
                    .string(revision.toString())
                    .ascii('}');
            separator = ",";
        }
        out.buffer().ascii("]\n");
        out.finish();
    }

    private static void mixed(
            DatabaseRequest request, Answer answer, Reader reader, Revisions revisions, DocumentOptions options)
            throws IOException {
        Boundaries boundaries = Boundaries.of(request, reader);
        String outer = boundaries.next();
        String inner = boundaries.next();
        answer.set("Content-Type", "multipart/mixed; boundary=\"" + outer + "\"");
        OutputStream out = answer.open(200, -1);
        if (request.verb() == Verb.HEAD) {
            return;
        }
        out.write(bytes("--" + outer));
        for (Revision revision : revisions.wanted) {
            ReadableRevision one = revisions.find(revision);
            if (one == null) {
                continue;
            }
            RelatedMessage message = message(reader, one, options, inner);
            out.write(bytes("\r\nContent-Type: " + message.contentType() + "\r\n\r\n"));
            message.writeTo(out);
            out.write(bytes("\r\n--" + outer));
        }
        for (Revision revision : revisions.missing) {
            JsonBuffer json = new JsonBuffer()
                    .ascii("\r\nContent-Type: application/json; error=\"true\"\r\n\r\n{\"missing\":")
                    .string(revision.toString())
                    .ascii("}\r\n--")
                    .ascii(outer);
            json.writeTo(out);
        }
        out.write(bytes("--"));
        out.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The revisions that a request wants to see; bodies are read one at a time. */
    private static final class Revisions {
        private final DatabaseRequest request;
        private final Reader reader;
        private final @Nullable DocumentRecord record;
        private final Collection<Revision> wanted;
        /** Those that were looked for in vain. */
        private final List<Revision> missing = new ArrayList<>();

        private Revisions(
                DatabaseRequest request, Reader reader, @Nullable DocumentRecord record, Collection<Revision> wanted) {
            this.request = request;
            this.reader = reader;
            this.record = record;
            this.wanted = wanted;
        }

        /**
         * Asks the guard before the answer begins, where it may refuse.
         *
         * @throws RequestException as the guard does
         */
        private void requireVisible() {
            if (!request.showsAll()) {
                wanted.forEach(this::find);
                missing.clear();
            }
        }

        private @Nullable ReadableRevision find(Revision revision) {
            DocumentBody body = record == null ? null : reader.documents().body(record.id(), revision);
            if (record == null || body == null) {
                missing.add(revision);
                return null;
            }
            DocumentBody shown = request.shown(record.id(), body);
            return new ReadableRevision(record, revision, shown);
        }
    }

    /** A revision with its body, past the guard. */
    record ReadableRevision(DocumentRecord record, Revision revision, DocumentBody body) {}
}
