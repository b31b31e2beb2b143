package archipel.ends;

import archipel.read.CopyWalk;
import archipel.remote.RemoteAnswer;
import archipel.remote.RemoteException;
import archipel.remote.RemoteRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a database of this software has, behind HTTP, in the order in which it is best copied; then what has changed
 * since. While the former goes on the position stays at the beginning: a run that ends there is followed by one that
 * asks for all of it again, and finds most of it at the target.
 */
final class RemoteLeaves implements ChangesFeed {
    private static final int ROW_BYTES = 16 << 20;

    private final RemoteEnd end;
    private final ChangesQuery query;
    private LeavesProgress.Page read;
    private volatile @Nullable ChangesFeed changes;
    private volatile boolean closed;

    RemoteLeaves(RemoteEnd end, ChangesQuery query) {
        this.end = end;
        this.query = query;
        this.read = query.progress().last();
    }

    @Override
    public Changes next(int most) throws IOException, InterruptedException {
        query.progress().arrived(read);
        ChangesFeed rest = changes;
        if (rest != null) {
            return rest.next(most);
        }
        RemoteRequest request = RemoteRequest.get("_leaves").query("limit", Integer.toString(most));
        if (read.after() != null) {
            request = request.query("after", read.after());
        }
        Changes page;
        try {
            page = end.ask(request, answer -> page(answer, most));
        } catch (ReplicationException e) {
            throw new EndFaultException(e.isPassing() ? 503 : 400, e.error(), e.reason());
        }
        return page == null ? goOn(query).next(most) : page;
    }

    private ChangesFeed goOn(ChangesQuery from) {
        ChangesFeed rest = new RemoteChanges(end, from);
        changes = rest;
        if (closed) {
            rest.close();
        }
        return rest;
    }

    /** Null where the source knows no such request. */
    private @Nullable Changes page(RemoteAnswer answer, int most) throws IOException {
        boolean first = read.position() == null;
        if (first && (answer.status() == 404 || answer.status() == 400)) {
            return null;
        }
        if (!answer.isSuccess()) {
            throw end.fault(answer, "reading revisions of");
        }
        AnswerElements rows = new AnswerElements(answer.body(), "results", ROW_BYTES);
        List<ChangedDocument> documents = new ArrayList<>();
        String after = read.after();
        while (rows.next()) {
            ChangedDocument document = RemoteChanges.row(rows.cursor()).document();
            if (document == null
                    || documents.size() == most
                    || after != null && !CopyWalk.isLater(document.id(), after)) {
                throw malformed("more or other documents than were asked for");
            }
            after = document.id();
            documents.add(document);
        }
        boolean more = "true".equals(rows.member("more"));
        SourceSequence through = first ? position(rows.member("last_seq")) : read.position();
        long count = read.rows() + documents.size();
        if (more && documents.isEmpty()) {
            throw malformed("an empty page before the last one");
        }
        // It grows while others write, and shrinks where they purge: not to be held against the source.
        if (more && count > total(rows.member("total"))) {
            throw new EndFaultException(503, "documents_without_end", end.shown() + " lists more than it has");
        }
        read = more ? new LeavesProgress.Page(after, through, count) : LeavesProgress.Page.NONE;
        if (more || through == null) {
            return new Changes(documents, query.since(), false);
        }
        if (query.continuous()) {
            goOn(query.from(through));
        }
        return new Changes(documents, through, !query.continuous());
    }

    private SourceSequence position(@Nullable String json) throws IOException {
        SourceSequence told = json == null ? SourceSequence.ZERO : new SourceSequence(json);
        if (!told.isOurs() && !told.isZero()) {
            throw malformed("a position that is none");
        }
        return told;
    }

    private long total(@Nullable String json) throws IOException {
        try {
            return Long.parseLong(String.valueOf(json));
        } catch (NumberFormatException e) {
            throw malformed("a total that is no number");
        }
    }

    private RemoteException malformed(String what) {
        return new RemoteException(RemoteException.Kind.MALFORMED, end.shown() + " sends " + what, null);
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
