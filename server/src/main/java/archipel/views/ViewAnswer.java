package archipel.views;

import archipel.changes.Block;
import archipel.changes.Waiter;
import archipel.document.DocumentBody;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.documents.DocumentOptions;
import archipel.documents.DocumentWriter;
import archipel.http.JsonStream;
import archipel.index.IndexRow;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.view.ViewQuery;
import archipel.view.ViewRows;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Writes the answer to one query of a view, as CouchDB lays it out. */
final class ViewAnswer {
    private static final byte[] ID_MEMBER = "\"_id\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REVISION_MEMBER = "\"_rev\"".getBytes(StandardCharsets.US_ASCII);

    private final Reader reader;
    private final ViewQuery query;
    private final JsonStream out;
    private final Waiter client;
    private final DocumentWriter documents;
    private final DocumentWriter linked;
    private boolean first = true;

    /**
     * @param reader where documents are read
     * @param client who reads the answer, and may give up
     */
    ViewAnswer(Reader reader, ViewQuery query, JsonStream out, Waiter client) {
        this.client = client;
        this.reader = reader;
        this.query = query;
        this.out = out;
        this.documents = new DocumentWriter(
                reader, DocumentOptions.ofRows(query.conflicts(), query.attachments(), query.encodingInfo()));
        this.linked = new DocumentWriter(reader, DocumentOptions.PLAIN);
    }

    /** @param block at which the index is read */
    void write(ViewRows rows, @Nullable Block block) throws IOException {
        JsonBuffer json = out.buffer().ascii('{');
        if (!query.reduce()) {
            json.ascii("\"total_rows\":").number(rows.total());
            json.ascii(",\"offset\":").number(rows.offset()).ascii(',');
        }
        if (query.updateSeq()) {
            json.ascii("\"update_seq\":");
            if (block == null) {
                json.ascii("0");
            } else {
                block.lastSequence().appendTo(json);
            }
            json.ascii(',');
        }
        json.ascii("\"rows\":[\r\n");
        if (query.reduce()) {
            rows.reductions(client, new Reductions());
        } else {
            rows.rows(this::row);
        }
        out.buffer().ascii("\r\n]}");
    }

    /** For a view whose index was never built, where that is not waited for. */
    void writeEmpty() {
        JsonBuffer json = out.buffer().ascii('{');
        json.ascii(query.reduce() ? "" : "\"total_rows\":0,\"offset\":0,");
        json.ascii(query.updateSeq() ? "\"update_seq\":\"0\"," : "");
        json.ascii("\"rows\":[\r\n\r\n]}");
    }

    private void begin() throws IOException {
        out.drain();
        out.buffer().ascii(first ? "" : ",\r\n");
        first = false;
    }

    private void row(IndexRow row) throws IOException {
        begin();
        JsonBuffer json = out.buffer();
        json.ascii("{\"id\":").string(row.id()).ascii(",\"key\":").raw(row.key());
        json.ascii(",\"value\":").raw(row.value());
        if (query.includeDocuments()) {
            json.ascii(",\"doc\":");
            document(row);
        }
        out.buffer().ascii('}');
    }

    /** The document that a row belongs to, or the one or the revision that its value names. */
    private void document(IndexRow row) throws IOException {
        byte[] value = row.value();
        boolean names = value[0] == '{' && (contains(value, ID_MEMBER) || contains(value, REVISION_MEMBER));
        JsonNode link = names ? JsonTree.ofValid(value) : null;
        JsonNode id = link == null ? null : link.get("_id");
        JsonNode revision = link == null ? null : link.get("_rev");
        if (id == null && revision == null) {
            document(documents, row.id(), null);
        } else if (id != null && !id.isString()) {
            out.buffer().ascii("null");
        } else {
            document(linked, id == null ? row.id() : id.stringValue(), revision);
        }
    }

    private void document(DocumentWriter writer, String id, @Nullable JsonNode wanted) throws IOException {
        DocumentRecord record = reader.documents().find(id);
        Revision revision = record == null ? null : revision(record, wanted);
        DocumentBody body =
                record == null || revision == null ? null : reader.documents().body(record, revision);
        if (record == null || revision == null || body == null) {
            out.buffer().ascii("null");
        } else {
            writer.write(out, record, revision, body);
        }
    }

    private static @Nullable Revision revision(DocumentRecord record, @Nullable JsonNode wanted) {
        if (wanted == null) {
            return record.winner().deleted() ? null : record.winner().revision();
        }
        if (!wanted.isString()) {
            return null;
        }
        try {
            return Revision.parse(wanted.stringValue());
        } catch (RequestException e) {
            return null;
        }
    }

    private static boolean contains(byte[] json, byte[] part) {
        for (int at = 0; at + part.length <= json.length; at++) {
            if (Arrays.equals(json, at, at + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    private final class Reductions implements ViewRows.ReductionSink {
        @Override
        public void row(byte[] key, byte[] value) throws IOException {
            // Each may have taken a function its time.
            client.check();
            begin();
            out.buffer()
                    .ascii("{\"key\":")
                    .raw(key)
                    .ascii(",\"value\":")
                    .raw(value)
                    .ascii('}');
        }

        @Override
        public void failed(byte[] key, String error, String reason) throws IOException {
            begin();
            JsonBuffer json = out.buffer().ascii("{\"key\":null,\"error\":").string(error);
            json.ascii(",\"reason\":").string(reason).ascii('}');
        }
    }
}
