package archipel.feeds;

import archipel.changes.Sequence;
import archipel.document.DocumentBody;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.Leaf;
import archipel.documents.DocumentOptions;
import archipel.documents.DocumentWriter;
import archipel.http.JsonStream;
import archipel.mango.Projection;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes the rows of {@code _changes}. */
final class ChangeRow {
    private final JsonStream out;
    private final boolean includeDocuments;
    private final boolean oneLine;
    private final DocumentOptions options;
    private final @Nullable Projection fields;

    /**
     * @param fields of documents to show; null for all
     * @param out that of the writer which the rows are written to
     */
    ChangeRow(ChangesQuery query, @Nullable Projection fields, JsonStream out) {
        this.fields = fields;
        this.out = out;
        this.includeDocuments = query.includeDocuments();
        this.oneLine = query.shape().goesOn();
        this.options = DocumentOptions.ofRows(query.conflicts(), query.attachments(), query.encodingInfo());
    }

    /**
     * @param mark which block made the change; null where that is not to be said
     * @param sequence null where {@code seq_interval} leaves it out
     * @param winner the document's, whether shown or not
     * @param shown the leaves to list, at least one
     */
    void write(
            FeedWriter writer,
            Reader reader,
            @Nullable Sequence sequence,
            String id,
            Leaf winner,
            List<Leaf> shown,
            @Nullable Mark mark)
            throws IOException {
        JsonBuffer json = begin(writer.beginRow(), sequence, id, winner, shown);
        if (mark != null) {
            json.ascii(",\"block\":").number(mark.block).ascii(mark.last ? ",\"last\":true" : "");
        }
        if (includeDocuments) {
            json.ascii(",\"doc\":");
            document(reader, id, winner);
            json = out.buffer();
        }
        writer.endRow(json.ascii('}'), sequence);
    }

    /** What rows of changes have in common, without the brace that ends them; parameters as for {@link #write}. */
    static JsonBuffer begin(JsonBuffer json, @Nullable Sequence sequence, String id, Leaf winner, List<Leaf> shown) {
        json.ascii("{\"seq\":");
        if (sequence == null) {
            json.ascii("null");
        } else {
            sequence.appendTo(json);
        }
        json.ascii(",\"id\":").string(id).ascii(",\"changes\":[{\"rev\":");
        for (int i = 0; i < shown.size(); i++) {
            json.ascii(i == 0 ? "" : "},{\"rev\":")
                    .string(shown.get(i).revision().toString());
        }
        return json.ascii(winner.deleted() ? "}],\"deleted\":true" : "}]");
    }

    private void document(Reader reader, String id, Leaf winner) throws IOException {
        DocumentBody body = reader.documents().leafBody(id, winner.revision());
        DocumentRecord record = body == null ? null : reader.documents().find(id);
        if (body == null || record == null) {
            out.buffer().ascii("null");
        } else {
            write(reader, record, winner, body);
        }
    }

    private void write(Reader reader, DocumentRecord record, Leaf winner, DocumentBody body) throws IOException {
        DocumentWriter writer = new DocumentWriter(reader, options, oneLine);
        if (fields == null) {
            writer.write(out, record, winner.revision(), body);
        } else {
            JsonBuffer whole = new JsonBuffer(body.json().length + 512);
            writer.write(whole, record, winner.revision(), body);
            out.buffer().raw(JsonTree.bytes(fields.of(JsonTree.ofValid(whole.toByteArray()))));
        }
    }

    /**
     * The block that made a change.
     *
     * @param last whether the feed shows no more of that block
     */
    record Mark(long block, boolean last) {}
}
