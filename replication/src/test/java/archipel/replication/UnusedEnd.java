package archipel.replication;

import archipel.ends.AttachedDocument;
import archipel.ends.ChangedDocument;
import archipel.ends.ChangesFeed;
import archipel.ends.ChangesQuery;
import archipel.ends.End;
import archipel.ends.MissingRevisions;
import archipel.ends.ReplicationException;
import archipel.ends.ReplicationStatistics;
import archipel.ends.Selection;
import archipel.ends.SourceSequence;
import archipel.ends.WriteBatch;
import archipel.ends.WriteReport;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** An end of which a test overrides what it needs; anything else fails. */
class UnusedEnd implements End.Source, End.Target {
    private static UnsupportedOperationException unused() {
        return new UnsupportedOperationException("not part of the test");
    }

    @Override
    public String shown() {
        return "test";
    }

    @Override
    public DatabaseInfo info() {
        throw unused();
    }

    @Override
    public @Nullable StoredLog readLog(String id) {
        throw unused();
    }

    @Override
    public String writeLog(String id, @Nullable String revision, byte[] json) {
        throw unused();
    }

    @Override
    public String commit() {
        throw unused();
    }

    @Override
    public ChangesFeed changes(ChangesQuery query) {
        throw unused();
    }

    @Override
    public OptionalLong pending(SourceSequence after) {
        throw unused();
    }

    @Override
    public ReplicationStatistics fetch(Iterable<MissingRevisions> wanted, Content content, Sink sink)
            throws ReplicationException, IOException, InterruptedException {
        throw unused();
    }

    @Override
    public void stream(MissingRevisions wanted, AttachedSink sink)
            throws ReplicationException, IOException, InterruptedException {
        throw unused();
    }

    @Override
    public String filterCode(Selection.Filter filter) {
        throw unused();
    }

    @Override
    public void create(Map<String, String> parameters) {
        throw unused();
    }

    @Override
    public Iterable<MissingRevisions> missing(Iterable<ChangedDocument> changed) {
        throw unused();
    }

    @Override
    public int batchBytes() {
        return 1 << 20;
    }

    @Override
    public WriteReport write(WriteBatch batch) throws ReplicationException, IOException, InterruptedException {
        throw unused();
    }

    @Override
    public WriteReport writeAttached(AttachedDocument document)
            throws ReplicationException, IOException, InterruptedException {
        throw unused();
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
