package archipel.mesh;

import archipel.ends.ChangesFeed;
import archipel.ends.ChangesQuery;
import archipel.ends.End;
import archipel.ends.LocalEnd;
import archipel.ends.MissingRevisions;
import archipel.ends.RemoteEnd;
import archipel.ends.ReplicationException;
import archipel.ends.ReplicationStatistics;
import archipel.ends.Selection;
import archipel.ends.SourceSequence;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A database of a peer as a source, to which nothing is written: checkpoints are kept at the target alone. Positions of
 * this software say themselves whether the source still is the one that gave them, which is what CouchDB's checkpoints
 * at both ends are for.
 */
final class PeerSource implements End.Source {
    private final RemoteEnd remote;
    private final LocalEnd target;
    private final AtomicReference<@Nullable SourceSequence> told;

    /**
     * @param told where the peer's feed has just said that the database is, so that it need not be asked once more;
     *     null where that is of no use
     */
    PeerSource(RemoteEnd remote, LocalEnd target, @Nullable SourceSequence told) {
        this.remote = remote;
        this.target = target;
        this.told = new AtomicReference<>(told);
    }

    @Override
    public String shown() {
        return remote.shown();
    }

    @Override
    public DatabaseInfo info() throws ReplicationException, IOException, InterruptedException {
        SourceSequence position = told.getAndSet(null);
        return position == null ? remote.info() : new DatabaseInfo(position, "0");
    }

    @Override
    public @Nullable StoredLog readLog(String id) throws ReplicationException {
        return target.readLog(id);
    }

    @Override
    public String writeLog(String id, @Nullable String revision, byte[] json) {
        return revision == null ? "0-0" : revision;
    }

    @Override
    public @Nullable String commit() {
        return null;
    }

    @Override
    public ChangesFeed changes(ChangesQuery query) {
        return remote.changes(query);
    }

    /** The feed of the peer has told it already. */
    @Override
    public OptionalLong pending(SourceSequence after) {
        return OptionalLong.empty();
    }

    @Override
    public ReplicationStatistics fetch(Iterable<MissingRevisions> wanted, Content content, Sink sink)
            throws ReplicationException, IOException, InterruptedException {
        return remote.fetch(wanted, content, sink);
    }

    @Override
    public void stream(MissingRevisions wanted, AttachedSink sink)
            throws ReplicationException, IOException, InterruptedException {
        remote.stream(wanted, sink);
    }

    @Override
    public String filterCode(Selection.Filter filter) throws ReplicationException, IOException, InterruptedException {
        return remote.filterCode(filter);
    }

    @Override
    public void close() {
        remote.close();
    }
}
