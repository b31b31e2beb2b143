package archipel.ends;

import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.DocumentJson;
import archipel.document.JsonBuffer;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.engine.Database;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads documents of a database of this node. No state is held while a target writes, but for the content of
 * attachments that pass by themselves.
 */
final class LocalDocuments {
    /** So much is read before it is handed on. */
    private static final int PIECE_BYTES = 256 << 10;

    private static final int FIRST_BYTES = 8 << 10;

    private final LocalEnd end;

    LocalDocuments(LocalEnd end) {
        this.end = end;
    }

    /** What was read and is to be handed on, or was not there. */
    private record Read(String id, Revision revision, int from, int to) {}

    /** As {@link End.Source#fetch}. */
    ReplicationStatistics fetch(Iterable<MissingRevisions> wanted, End.Content content, End.Sink sink)
            throws ReplicationException, IOException, InterruptedException {
        Iterator<MissingRevisions> all = wanted.iterator();
        boolean many = wanted instanceof Collection<?> known && known.size() > FIRST_BYTES >> 10;
        // A buffer that grows step by step leaves twice its size behind.
        JsonBuffer json = new JsonBuffer(many ? PIECE_BYTES + FIRST_BYTES : FIRST_BYTES);
        List<Read> read = new ArrayList<>();
        long asked = 0;
        long found = 0;
        while (all.hasNext()) {
            json.reset();
            read.clear();
            Database database = end.database();
            try (Reader reader = end.reader(database)) {
                reader.documents().expectOrder();
                while (all.hasNext() && json.size() < PIECE_BYTES) {
                    MissingRevisions one = all.next();
                    asked += one.missing().size();
                    read(reader, database, one, content, json, read);
                }
            }
            for (Read one : read) {
                if (one.to > one.from) {
                    found++;
                    sink.document(FetchedDocument.of(json.array(), one.from, one.to));
                } else {
                    sink.absent(one.id, one.revision.toString(), "not_found", "missing");
                }
            }
        }
        return ReplicationStatistics.bulk(found, asked);
    }

    private void read(
            Reader reader,
            Database database,
            MissingRevisions wanted,
            End.Content content,
            JsonBuffer json,
            List<Read> read)
            throws IOException {
        DocumentRecord record = reader.documents().find(wanted.id());
        for (Revision revision : revisions(record, wanted.missing())) {
            DocumentBody body = record == null ? null : shown(reader, database, record, revision);
            int from = json.size();
            if (record != null && body != null) {
                write(json, reader, record, revision, body, content, wanted.ancestors());
            }
            read.add(new Read(wanted.id(), revision, from, json.size()));
        }
    }

    /** The leaves that have grown from those that are wanted; those themselves where there are none. */
    private static Set<Revision> revisions(@Nullable DocumentRecord record, List<Revision> wanted) {
        Set<Revision> leaves = new LinkedHashSet<>();
        for (Revision revision : wanted) {
            List<Leaf> grown = record == null ? List.of() : record.tree().leavesFrom(revision);
            grown.forEach(leaf -> leaves.add(leaf.revision()));
            if (grown.isEmpty()) {
                leaves.add(revision);
            }
        }
        return leaves;
    }

    /** Null where it is not there, or not for the user. */
    private @Nullable DocumentBody shown(Reader reader, Database database, DocumentRecord record, Revision revision) {
        DocumentBody body = reader.documents().body(record, revision);
        if (body == null) {
            return null;
        }
        try {
            return end.databases().guard().beforeShow(database, end.user(), record.id(), body);
        } catch (RequestException hidden) {
            return null;
        }
    }

    private static void write(
            JsonBuffer json,
            Reader reader,
            DocumentRecord record,
            Revision revision,
            DocumentBody body,
            End.Content content,
            List<Revision> known)
            throws IOException {
        RevisionPath path = begin(json, reader, record, revision, body);
        String separator = ",\"_attachments\":{";
        int since = knownGeneration(path, known);
        for (Attachment attachment : body.attachments()) {
            json.ascii(separator);
            separator = ",";
            if (content == End.Content.INLINE && attachment.revisionPosition() > since) {
                DocumentJson.openAttachment(json, attachment);
                json.ascii(",\"data\":\"");
                try (InputStream in = reader.attachments().open(attachment, 0)) {
                    json.raw(Base64.getEncoder().encode(in.readAllBytes()));
                }
                DocumentJson.closeAttachment(json.ascii('"'), attachment, false);
            } else {
                DocumentJson.stub(json, attachment, false, true);
            }
        }
        json.ascii(body.attachments().isEmpty() ? "}" : "}}");
    }

    /** Everything but attachments and the closing brace. */
    private static RevisionPath begin(
            JsonBuffer json, Reader reader, DocumentRecord record, Revision revision, DocumentBody body) {
        json.ascii("{\"_id\":").string(record.id());
        json.ascii(",\"_rev\":").string(revision.toString());
        DocumentJson.members(json, body.json(), false);
        if (record.isDeleted(revision)) {
            json.ascii(",\"_deleted\":true");
        }
        RevisionPath path = record.revisions(revision);
        DocumentJson.revisions(json, path.withStamp(reader.documents().stamp(record, revision)));
        return path;
    }

    private static int knownGeneration(RevisionPath path, List<Revision> known) {
        for (int i = 0; i < path.hashes().size(); i++) {
            int generation = path.generation() - i;
            if (known.contains(new Revision(generation, path.hashes().get(i)))) {
                return generation;
            }
        }
        return 0;
    }

    /** As {@link End.Source#stream}. */
    void stream(MissingRevisions wanted, End.AttachedSink sink)
            throws ReplicationException, IOException, InterruptedException {
        Database database = end.database();
        try (Reader reader = end.reader(database)) {
            DocumentRecord record = reader.documents().find(wanted.id());
            for (Revision revision : revisions(record, wanted.missing())) {
                DocumentBody body = record == null ? null : shown(reader, database, record, revision);
                if (record != null && body != null) {
                    sink.document(attached(reader, record, revision, body, wanted.ancestors()));
                }
            }
        }
    }

    private static AttachedDocument attached(
            Reader reader, DocumentRecord record, Revision revision, DocumentBody body, List<Revision> known) {
        JsonBuffer json = new JsonBuffer(body.json().length + 1024);
        RevisionPath path = begin(json, reader, record, revision, body);
        int since = knownGeneration(path, known);
        List<Attachment> following = new ArrayList<>();
        String separator = ",\"_attachments\":{";
        for (Attachment stored : body.attachments()) {
            Attachment attachment = reader.attachments().asStored(stored);
            boolean follows = attachment.revisionPosition() > since;
            DocumentJson.stub(json.ascii(separator), attachment, follows, true);
            separator = ",";
            if (follows) {
                following.add(attachment);
            }
        }
        json.ascii(body.attachments().isEmpty() ? "}" : "}}");
        FetchedDocument document = FetchedDocument.of(json.array(), 0, json.size());
        return new StoredDocument(reader, document, following.iterator());
    }

    /** A document whose attachments are read from the store as they are asked for. */
    private record StoredDocument(Reader reader, FetchedDocument document, Iterator<Attachment> content)
            implements AttachedDocument {
        @Override
        public List<AttachmentStub> following() {
            return document.attachments().stream()
                    .filter(AttachmentStub::follows)
                    .toList();
        }

        @Override
        public InputStream next() {
            return reader.attachments().open(content.next(), 0);
        }
    }
}
