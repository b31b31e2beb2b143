package archipel.databases;

import archipel.document.DocumentBody;
import archipel.document.JsonBuffer;
import archipel.document.Leaf;
import archipel.documents.DocumentOptions;
import archipel.documents.DocumentWriter;
import archipel.http.JsonStream;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Writes the rows of a list of documents. */
final class ListRow {
    private final Reader reader;
    private final boolean includeDocuments;
    private final DocumentWriter documents;
    private final JsonStream out;

    ListRow(Reader reader, DocumentListQuery query, JsonStream out) {
        this.reader = reader;
        this.includeDocuments = query.includeDocuments();
        this.documents = new DocumentWriter(
                reader, DocumentOptions.ofRows(query.conflicts(), query.attachments(), query.encodingInfo()));
        this.out = out;
    }

    /** The document at which the cursor stands, which is not deleted. */
    void write(DocumentCursor cursor) throws IOException {
        Leaf winner = cursor.winner();
        begin(cursor.id(), winner);
        if (includeDocuments) {
            document(cursor.record(), winner, cursor.body());
        }
        out.buffer().ascii('}');
    }

    /** A document asked for by its id, deleted or not. */
    void write(DocumentRecord record) throws IOException {
        Leaf winner = record.winner();
        begin(record.id(), winner);
        if (includeDocuments) {
            document(
                    record, winner, winner.deleted() ? null : reader.documents().body(record.id(), winner.revision()));
        }
        out.buffer().ascii('}');
    }

    private void begin(String id, Leaf winner) {
        JsonBuffer json = out.buffer().ascii("{\"id\":");
        int start = json.size();
        json.string(id);
        int end = json.size();
        json.ascii(",\"key\":").raw(json.array(), start, end - start);
        json.ascii(",\"value\":{\"rev\":").string(winner.revision().toString());
        json.ascii(winner.deleted() ? ",\"deleted\":true}" : "}");
    }

    private void document(DocumentRecord record, Leaf winner, @Nullable DocumentBody body) throws IOException {
        out.buffer().ascii(",\"doc\":");
        if (body == null) {
            out.buffer().ascii("null");
        } else {
            documents.write(out, record, winner.revision(), body);
        }
    }
}
