package archipel.ends;

import archipel.changes.Change;
import archipel.changes.Sequence;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.engine.Database;
import archipel.read.ChangeCursor;
import archipel.read.Reader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The changes of a database of this node. No state is held between two looks. */
final class LocalChanges implements ChangesFeed {
    /** How long a look that finds nothing waits; whoever ends the feed interrupts it. */
    private static final Duration WATCH = Duration.ofSeconds(30);

    /** Changes that a filter lets nothing through of are told as progress after so many. */
    private static final int LOOKED_AT = 10_000;

    private final LocalEnd end;
    private final ChangesQuery query;
    private final Database database;
    private final LocalFilter filter;
    /** What lies beyond it came after a replication that ends had begun; null for one that goes on. */
    private final @Nullable Sequence until;

    private Sequence position;
    private volatile boolean closed;

    LocalChanges(LocalEnd end, ChangesQuery query) throws ReplicationException {
        this.end = end;
        this.query = query;
        this.database = end.database();
        try (Reader reader = end.reader(database)) {
            this.filter = LocalFilter.of(end, database, reader, query.selection());
            this.position = start(reader);
            this.until = query.continuous() ? null : reader.block().lastSequence();
        } catch (RequestException e) {
            throw ReplicationException.of(e);
        }
    }

    /** The position that was asked for, or the newest earlier one that this database gave out. */
    private Sequence start(Reader reader) {
        List<Sequence> known = new ArrayList<>();
        known.add(parsed(query.since()));
        query.known().forEach(each -> known.add(parsed(each)));
        Sequence common = reader.changes().commonAncestor(known);
        return common == null ? Sequence.ZERO : common;
    }

    private static Sequence parsed(SourceSequence sequence) {
        try {
            return Sequence.parse(sequence.parameter());
        } catch (RequestException notOurs) {
            return Sequence.ZERO;
        }
    }

    @Override
    public Changes next(int most) throws IOException, InterruptedException {
        while (true) {
            Changes changes = look(most);
            boolean news = !changes.documents().isEmpty() || changes.last();
            if (news || closed) {
                return changes;
            }
            if (database.isDeleted() || end.databases().node().isClosing()) {
                throw new EndFaultException(404, "db_not_found", "could not open " + end.shown());
            }
            database.awaitChange(position.number(), WATCH);
        }
    }

    private Changes look(int most) throws IOException {
        List<ChangedDocument> found = new ArrayList<>();
        boolean atEnd = true;
        try (Reader reader = end.reader(database);
                ChangeCursor cursor = reader.changes().after(position.number(), false)) {
            Sequence head = reader.block().lastSequence();
            List<Change> changes = new ArrayList<>();
            Sequence last = position;
            while (changes.size() < Math.min(LOOKED_AT, most)) {
                if (!cursor.next()) {
                    last = head;
                    break;
                }
                Change change = cursor.change();
                if (until != null && change.sequence().number() > until.number()) {
                    // Also where the document that stood at the end has moved on.
                    last = until;
                    break;
                }
                changes.add(change);
                last = change.sequence();
            }
            // The head is before the end where the database was put back.
            atEnd = last.number() >= Math.min(until == null ? Long.MAX_VALUE : until.number(), head.number());
            for (LocalFilter.Passed passed : filter.passed(reader, changes, query.winnersOnly())) {
                List<Revision> revisions =
                        passed.leaves().stream().map(Leaf::revision).toList();
                found.add(new ChangedDocument(passed.id(), revisions));
            }
            position = last;
        }
        return new Changes(found, SourceSequence.ofText(position.toString()), atEnd && !query.continuous());
    }

    @Override
    public void close() {
        closed = true;
    }
}
