package archipel.replication;

import archipel.ends.AttachedDocument;
import archipel.ends.AttachmentStub;
import archipel.ends.ChangedDocument;
import archipel.ends.Changes;
import archipel.ends.ChangesFeed;
import archipel.ends.ChangesQuery;
import archipel.ends.End;
import archipel.ends.FetchedDocument;
import archipel.ends.LocalEnd;
import archipel.ends.MissingRevisions;
import archipel.ends.ReplicationException;
import archipel.ends.ReplicationStatistics;
import archipel.ends.Selection;
import archipel.ends.SourceSequence;
import archipel.ends.WriteBatch;
import archipel.ends.WriteReport;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The database of one node as another one has it over a network that loses requests and answers, sends requests twice,
 * cuts bodies and is cut itself. For one life of the node: what is under way when it crashes fails.
 */
final class SimulatedEnd implements End.Source, End.Target {
    private static final int BATCH_BYTES = 1 << 20;

    private final SimulatedSite site;
    private final SimulatedNetwork network;
    private final int from;

    /** @param from the node that asks */
    SimulatedEnd(SimulatedSite site, SimulatedNetwork network, int from) {
        this.site = site;
        this.network = network;
        this.from = from;
    }

    @FunctionalInterface
    private interface Call<T> {
        T on(LocalEnd end) throws ReplicationException, IOException, InterruptedException;
    }

    private <T> T call(Call<T> call) throws ReplicationException, IOException, InterruptedException {
        network.request(from, site.number());
        T answer = local(call);
        network.answer(from, site.number());
        return answer;
    }

    private <T> T local(Call<T> call) throws ReplicationException, IOException, InterruptedException {
        int incarnation = site.incarnation();
        try (LocalEnd end = site.end()) {
            T answer = call.on(end);
            requireLife(incarnation, null);
            return answer;
        } catch (ReplicationException | RuntimeException e) {
            requireLife(incarnation, e);
            throw e;
        }
    }

    // Nobody hears what a node says that crashes.
    private void requireLife(int incarnation, @Nullable Exception cause) throws CrashedException {
        if (site.incarnation() != incarnation) {
            throw new CrashedException(cause);
        }
    }

    private static final class CrashedException extends IOException {
        CrashedException(@Nullable Exception cause) {
            super("the node has crashed", cause);
        }
    }

    @Override
    public String shown() {
        return "node " + site.number();
    }

    @Override
    public DatabaseInfo info() throws ReplicationException, IOException, InterruptedException {
        return call(LocalEnd::info);
    }

    @Override
    public @Nullable StoredLog readLog(String id) throws ReplicationException, IOException, InterruptedException {
        return call(end -> end.readLog(id));
    }

    @Override
    public String writeLog(String id, @Nullable String revision, byte[] json)
            throws ReplicationException, IOException, InterruptedException {
        return call(end -> end.writeLog(id, revision, json));
    }

    @Override
    public String commit() throws ReplicationException, IOException, InterruptedException {
        return call(LocalEnd::commit);
    }

    @Override
    public ChangesFeed changes(ChangesQuery query) throws ReplicationException, IOException, InterruptedException {
        // Of one life: the position is kept by whoever reads.
        int incarnation = site.incarnation();
        ChangesFeed feed = call(end -> end.changes(query));
        return new ChangesFeed() {
            @Override
            public Changes next(int most) throws IOException, InterruptedException {
                network.request(from, site.number());
                requireLife(incarnation, null);
                Changes changes = feed.next(most);
                network.answer(from, site.number());
                return changes;
            }

            @Override
            public void close() {
                feed.close();
            }
        };
    }

    @Override
    public OptionalLong pending(SourceSequence after) throws ReplicationException, IOException, InterruptedException {
        return call(end -> end.pending(after));
    }

    @Override
    public ReplicationStatistics fetch(Iterable<MissingRevisions> wanted, Content content, Sink sink)
            throws ReplicationException, IOException, InterruptedException {
        return call(end -> end.fetch(wanted, content, new Sink() {
            @Override
            public void document(FetchedDocument document)
                    throws ReplicationException, IOException, InterruptedException {
                network.piece(from, site.number());
                sink.document(document);
            }

            @Override
            public void absent(String id, String revision, String error, String reason) {
                sink.absent(id, revision, error, reason);
            }
        }));
    }

    @Override
    public void stream(MissingRevisions wanted, AttachedSink sink)
            throws ReplicationException, IOException, InterruptedException {
        call(end -> {
            end.stream(
                    wanted,
                    document -> sink.document(new AttachedDocument() {
                        @Override
                        public FetchedDocument document() {
                            return document.document();
                        }

                        @Override
                        public List<AttachmentStub> following() {
                            return document.following();
                        }

                        @Override
                        public InputStream next() throws IOException {
                            return new FilterInputStream(document.next()) {
                                @Override
                                public int read(byte[] bytes, int offset, int length) throws IOException {
                                    network.piece(from, site.number());
                                    return super.read(bytes, offset, length);
                                }
                            };
                        }
                    }));
            return true;
        });
    }

    @Override
    public String filterCode(Selection.Filter filter) throws ReplicationException, IOException, InterruptedException {
        return call(end -> end.filterCode(filter));
    }

    @Override
    public void create(Map<String, String> parameters) {
        throw new IllegalStateException("it is there");
    }

    @Override
    public int batchBytes() {
        return BATCH_BYTES;
    }

    @Override
    public Iterable<MissingRevisions> missing(Iterable<ChangedDocument> changed)
            throws ReplicationException, IOException, InterruptedException {
        return call(end -> end.missing(changed));
    }

    @Override
    public WriteReport write(WriteBatch batch) throws ReplicationException, IOException, InterruptedException {
        if (network.repeats()) {
            WriteBatch again = batch.part(0, batch.documents());
            network.later(() -> local(end -> end.write(again)));
        }
        return call(end -> end.write(batch));
    }

    @Override
    public WriteReport writeAttached(AttachedDocument document)
            throws ReplicationException, IOException, InterruptedException {
        return call(end -> end.writeAttached(document));
    }

    @Override
    public void close() {
        // What is under way ends where it is.
    }
}
