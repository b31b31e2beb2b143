package archipel.databases;

import archipel.databases.BulkGetRequest.Malformed;
import archipel.databases.BulkGetRequest.Wanted;
import archipel.databases.BulkGetResult.Failed;
import archipel.databases.BulkGetResult.StoredRevision;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.http.DatabaseRequest;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.StringNode;

/** Looks up what {@code _bulk_get} is asked for. */
final class BulkGetReader {
    /** What CouchDB shows for the revision of a document that is not there at all. */
    private static final StringNode UNDEFINED = StringNode.valueOf("undefined");

    private final Reader reader;
    private final DatabaseRequest request;
    private final boolean latest;

    /** @param latest whether the leaves that have grown from a revision are shown in its place */
    BulkGetReader(DatabaseRequest request, Reader reader, boolean latest) {
        this.reader = reader;
        this.request = request;
        this.latest = latest;
    }

    /** At least one result; each is read when it is asked for, so that bodies are held one at a time. */
    Iterable<BulkGetResult> read(BulkGetRequest asked) {
        return switch (asked) {
            case Malformed malformed -> List.of(new Failed(malformed.id(), malformed.revision(), malformed.refusal()));
            case Wanted wanted -> read(wanted);
        };
    }

    private Iterable<BulkGetResult> read(Wanted wanted) {
        DocumentRecord record = reader.documents().find(wanted.documentId());
        Revision revision = wanted.revision();
        if (record == null) {
            return List.of(missing(wanted, revision));
        }
        if (revision == null) {
            return leaves(wanted, record, record.tree().leaves());
        }
        if (latest) {
            List<Leaf> leaves = record.tree().leavesFrom(revision);
            return leaves.isEmpty() ? List.of(missing(wanted, revision)) : leaves(wanted, record, leaves);
        }
        return List.of(read(wanted, record, revision));
    }

    /** In ascending order, as CouchDB sorts what its shards answered. */
    private Iterable<BulkGetResult> leaves(Wanted wanted, DocumentRecord record, List<Leaf> leaves) {
        if (leaves.size() == 1) {
            return List.of(read(wanted, record, leaves.getFirst().revision()));
        }
        List<Revision> sorted = leaves.stream().map(Leaf::revision).sorted().toList();
        return () -> sorted.stream().map(leaf -> read(wanted, record, leaf)).iterator();
    }

    private BulkGetResult read(Wanted wanted, DocumentRecord record, Revision revision) {
        DocumentBody body = reader.documents().body(record.id(), revision);
        if (body == null) {
            return missing(wanted, revision);
        }
        try {
            return new StoredRevision(record, revision, request.shown(record.id(), body));
        } catch (RequestException e) {
            return new Failed(wanted.id(), StringNode.valueOf(revision.toString()), e);
        }
    }

    private static Failed missing(Wanted wanted, @Nullable Revision revision) {
        return new Failed(
                wanted.id(),
                revision == null ? UNDEFINED : StringNode.valueOf(revision.toString()),
                new RequestException(ErrorCode.MISSING));
    }
}
