package archipel.ends;

import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.read.CopyWalk;
import archipel.read.Reader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a database of this node has, in the order in which it is best copied; then what has changed since. No state
 * is held between two looks.
 */
final class LocalLeaves implements ChangesFeed {
    private final LocalEnd end;
    private final ChangesQuery query;
    private LeavesProgress.Page read;
    private volatile @Nullable ChangesFeed changes;
    private volatile boolean closed;

    LocalLeaves(LocalEnd end, ChangesQuery query) {
        this.end = end;
        this.query = query;
        this.read = query.progress().last();
    }

    @Override
    public Changes next(int most) throws IOException, InterruptedException {
        query.progress().arrived(read);
        ChangesFeed rest = changes;
        try {
            return rest == null ? look(most) : rest.next(most);
        } catch (ReplicationException e) {
            throw new EndFaultException(404, e.error(), e.reason());
        }
    }

    private Changes look(int most) throws ReplicationException {
        List<ChangedDocument> found = new ArrayList<>();
        boolean more = true;
        SourceSequence through = read.position();
        String after = read.after();
        try (Reader reader = end.reader(end.database());
                CopyWalk walk = reader.documents().copyWalk(after)) {
            if (through == null) {
                through = SourceSequence.ofText(reader.block().lastSequence().toString());
            }
            while (found.size() < most) {
                more = walk.next();
                if (!more) {
                    break;
                }
                after = walk.id();
                List<Revision> leaves =
                        walk.leaves().stream().map(Leaf::revision).toList();
                found.add(new ChangedDocument(walk.id(), leaves));
            }
        }
        read = more ? new LeavesProgress.Page(after, through, read.rows() + found.size()) : LeavesProgress.Page.NONE;
        if (more) {
            return new Changes(found, query.since(), false);
        }
        if (query.continuous()) {
            ChangesFeed rest = end.changesAfter(query.from(through));
            changes = rest;
            if (closed) {
                rest.close();
            }
        }
        return new Changes(found, through, !query.continuous());
    }

    @Override
    public void close() {
        closed = true;
        ChangesFeed rest = changes;
        if (rest != null) {
            rest.close();
        }
    }
}
