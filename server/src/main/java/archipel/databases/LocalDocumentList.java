package archipel.databases;

import archipel.document.DocumentBody;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.LocalDocument;
import archipel.documents.DocumentOptions;
import archipel.documents.DocumentWriter;
import archipel.http.JsonStream;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Writes the rows of {@code _local_docs}. Of these there are few: checkpoints, one or two for each replication. */
final class LocalDocumentList {
    private static final String PREFIX = "_local/";
    private static final int PAGE = 1000;

    private final Reader reader;
    private final DocumentListQuery query;
    private final boolean includeSystem;
    private final JsonStream out;
    private final DocumentWriter documents;
    private boolean hasRows;

    /** @param includeSystem whether to list what CouchDB itself keeps for its shards and purges */
    LocalDocumentList(Reader reader, DocumentListQuery query, boolean includeSystem, JsonStream out) {
        this.reader = reader;
        this.query = query;
        this.includeSystem = includeSystem;
        this.out = out;
        this.documents = new DocumentWriter(reader, DocumentOptions.PLAIN);
    }

    /** Writes {@code {"total_rows":null,"offset":null,"rows":[…]}}. */
    void write() throws IOException {
        JsonBuffer json = out.buffer().ascii("{\"total_rows\":null,\"offset\":null");
        if (query.updateSeq()) {
            json.ascii(",\"update_seq\":null");
        }
        json.ascii(",\"rows\":[\r\n");
        if (query.keys() != null) {
            writeKeys(query.keys());
        } else if (!query.isEmptyRange()) {
            writeRange();
        }
        out.buffer().ascii("\r\n]}");
    }

    private void writeKeys(List<ListKey> keys) throws IOException {
        List<ListKey> ordered = query.descending() ? keys.reversed() : keys;
        int from = (int) Math.min(query.skip(), ordered.size());
        int to = from + (int) Math.min(query.limit(), ordered.size() - from);
        for (ListKey key : ordered.subList(from, to)) {
            if (!(key instanceof ListKey.Id(String id)) || !id.startsWith(PREFIX)) {
                continue;
            }
            LocalDocument document = reader.locals().find(id);
            if (document == null) {
                separated().ascii("{\"key\":").raw(JsonTree.bytes(key.json())).ascii(",\"error\":\"not_found\"}");
                out.drain();
            } else {
                write(document);
            }
        }
    }

    private void writeRange() throws IOException {
        long skip = query.skip();
        long left = query.limit();
        for (List<LocalDocument> page = first(); !page.isEmpty() && left > 0; page = after(page)) {
            for (LocalDocument document : page) {
                if (left == 0 || query.isPastEnd(document.id())) {
                    return;
                }
                if (query.isBeforeStart(document.id()) || !includeSystem && isSystem(document.id())) {
                    continue;
                }
                if (skip > 0) {
                    skip--;
                    continue;
                }
                write(document);
                left--;
            }
        }
    }

    private List<LocalDocument> first() {
        if (query.descending()) {
            return new ArrayList<>(reader.locals().list(null, Integer.MAX_VALUE)).reversed();
        }
        return reader.locals().list(query.start() instanceof ListKey.Id(String id) ? id : null, PAGE);
    }

    private List<LocalDocument> after(List<LocalDocument> page) {
        return query.descending() || page.size() < PAGE
                ? List.of()
                : reader.locals().list(page.getLast().id() + '\0', PAGE);
    }

    private static boolean isSystem(String id) {
        return id.startsWith("_local/shard-sync-") || id.startsWith("_local/purge-");
    }

    private void write(LocalDocument document) throws IOException {
        JsonBuffer json = separated();
        json.ascii("{\"id\":").string(document.id()).ascii(",\"key\":").string(document.id());
        json.ascii(",\"value\":{\"rev\":")
                .string(document.revision().toString())
                .ascii('}');
        if (query.includeDocuments()) {
            json.ascii(",\"doc\":");
            DocumentRecord record = DocumentRecord.withoutRevisions(document.id());
            documents.write(json, record, document.revision(), new DocumentBody(document.json(), List.of()));
        }
        json.ascii('}');
        out.drain();
    }

    private JsonBuffer separated() {
        JsonBuffer json = out.buffer();
        if (hasRows) {
            json.ascii(",\r\n");
        }
        hasRows = true;
        return json;
    }
}
