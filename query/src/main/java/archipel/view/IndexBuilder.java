package archipel.view;

import archipel.document.DocumentBody;
import archipel.document.JsonTree;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.document.SortKey;
import archipel.engine.BlockException;
import archipel.engine.BlockSelector;
import archipel.engine.Database;
import archipel.engine.DocumentRecord;
import archipel.engine.Snapshot;
import archipel.index.Index;
import archipel.index.IndexRow;
import archipel.index.IndexState;
import archipel.index.IndexWriter;
import archipel.index.IndexWriter.Progress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Brings one index up to the newest block, once. A new index gets every version that can be read, superseded ones too,
 * in order of id, as they lie on the disk; then what came since, in order of block. So the index knows every block that
 * can be read. What was committed stays when it is broken off, and the next one goes on from there.
 *
 * <p>Reading and writing are this thread's; batches of documents are mapped beside it, and written in order.
 */
final class IndexBuilder {
    private static final System.Logger LOG = System.getLogger(IndexBuilder.class.getName());
    static final int BATCH_DOCUMENTS = 500;
    private static final int BATCH_BYTES = 1 << 20;
    private static final int BATCHES_AHEAD = 4;
    /** So few changes are mapped by the caller: handing them over would take longer. */
    private static final int INLINE = 16;

    private static final int PRUNED_AT_A_TIME = 2_000;
    private static final int PURGES_AT_A_TIME = 1_000;

    private final Database database;
    private final IndexDefinition definition;
    private final Index index;
    private final Listener listener;
    private final int batchDocuments;
    private final Mapper.Failures failures;
    private final Deque<Batch> ahead = new ArrayDeque<>();
    private long errors;
    private @Nullable String lastError;

    /** Who wants to know how far it is, and whether to go on. */
    interface Listener {
        /** @param done of {@code total} changes; called after each commit */
        void progress(long done, long total);

        boolean isCancelled();
    }

    /** @param batchDocuments so many are mapped and written at a time */
    IndexBuilder(Database database, IndexDefinition definition, Index index, Listener listener, int batchDocuments) {
        this.database = database;
        this.definition = definition;
        this.index = index;
        this.listener = listener;
        this.batchDocuments = batchDocuments;
        this.errors = index.state().errors();
        this.failures =
                new Mapper.Failures(index.state().failures(), index.state().gaps());
    }

    /**
     * Returns once the index stands at the block that was the newest when this was called, or later.
     *
     * @return false when nobody can say what is wrong in the index, so that it has to be made anew
     */
    boolean run() throws InterruptedException {
        long before = errors;
        try {
            return build();
        } finally {
            if (errors > before) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0} in {1}: {2} calls of map functions failed, the last with {3}",
                        definition.designDocument(),
                        database.name(),
                        Long.toString(errors - before),
                        lastError);
            }
        }
    }

    private boolean build() throws InterruptedException {
        try (IndexWriter writer = index.write()) {
            if (!index.state().scanned() && !scan(writer)) {
                return false;
            }
            try (Snapshot snapshot = database.snapshot()) {
                if (!purge(writer, snapshot)) {
                    return false;
                }
                follow(writer, snapshot);
                summarise(writer);
                boolean more =
                        index.state().pastRows() > 0 || !index.state().gaps().isEmpty();
                while (more && !listener.isCancelled()) {
                    more = writer.prune(snapshot.horizon(), PRUNED_AT_A_TIME);
                }
            }
            return true;
        }
    }

    /** A reduce function that fails spoils its own queries, which tell why, and not those of the rows. */
    private void summarise(IndexWriter writer) {
        if (listener.isCancelled()) {
            return;
        }
        try {
            writer.summarise(definition.reducers());
        } catch (RequestException e) {
            LOG.log(System.Logger.Level.WARNING, "a reduction in " + definition.designDocument() + " failed", e);
        }
    }

    /** Every version that can be read at the newest block or an earlier one. */
    private boolean scan(IndexWriter writer) throws InterruptedException {
        IndexState state = index.state();
        String scannedTo = state.scannedTo();
        Snapshot newest = scannedTo == null ? database.snapshot() : again(state.block());
        if (newest == null) {
            return false;
        }
        try (Snapshot snapshot = newest;
                Snapshot.VersionCursor versions = snapshot.versionsById(scannedTo)) {
            if (scannedTo != null) {
                // Some of its versions may be there.
                writer.purge(scannedTo);
            }
            Progress end = new Progress(
                    snapshot.horizon(),
                    snapshot.state().head().number(),
                    snapshot.state().head().lastSeq(),
                    snapshot.state().purgeSeq(),
                    null,
                    true,
                    errors);
            long total = snapshot.state().documents() + snapshot.state().deletedDocuments();
            long done = scannedTo == null ? 0 : countUpTo(snapshot, scannedTo);
            Batch batch = new Batch();
            String id = scannedTo == null ? "" : scannedTo;
            while (versions.next() && !listener.isCancelled()) {
                if (batch.isFull()) {
                    batch.progress =
                            new Progress(end.base(), end.block(), end.seq(), end.purgeSeq(), id, false, errors);
                    batch.done = done;
                    begin(batch);
                    batch = new Batch();
                    drain(writer, BATCHES_AHEAD, total);
                }
                if (!versions.id().equals(id)) {
                    id = versions.id();
                    done++;
                }
                if (!isLeftOut(id)) {
                    add(batch, versions);
                }
            }
            if (!listener.isCancelled()) {
                batch.progress = end;
                batch.done = total;
                begin(batch);
            }
            drain(writer, 0, total);
            return true;
        }
    }

    private static long countUpTo(Snapshot snapshot, String id) {
        long count = 1;
        try (Snapshot.DocumentCursor documents = snapshot.documents(null, false, false)) {
            while (documents.next() && !documents.id().equals(id)) {
                count++;
            }
        }
        return count;
    }

    /** Null when that block cannot be read any more. */
    private @Nullable Snapshot again(long block) throws InterruptedException {
        try {
            return database.snapshot(new BlockSelector.Number(block), Duration.ZERO);
        } catch (BlockException e) {
            return null;
        }
    }

    private static void add(Batch batch, Snapshot.VersionCursor version) {
        List<Leaf> leaves = version.leaves();
        DocumentBody body = leaves.getFirst().deleted() ? null : version.body();
        batch.add(version.id(), version.block(), leaves, body, version.seq());
    }

    /** Every version since. */
    private void follow(IndexWriter writer, Snapshot snapshot) throws InterruptedException {
        IndexState state = index.state();
        if (listener.isCancelled()
                || !state.scanned()
                || state.block() >= snapshot.state().head().number()) {
            return;
        }
        long head = snapshot.state().head().number();
        long last = snapshot.state().head().lastSeq();
        long base = Math.max(state.base(), snapshot.horizon());
        long purgeSeq = snapshot.state().purgeSeq();
        long total = last - state.seq();
        Batch batch = new Batch();
        try (Snapshot.VersionCursor versions = snapshot.versions(state.seq())) {
            while (versions.next() && !listener.isCancelled()) {
                if (isLeftOut(versions.id())) {
                    continue;
                }
                if (batch.isFull()) {
                    // The versions of one block are told apart by nothing: a state in their midst is that of the
                    // block before.
                    batch.progress =
                            new Progress(base, batch.lastBlock - 1, batch.lastSeq, purgeSeq, null, true, errors);
                    batch.done = batch.lastSeq - state.seq();
                    begin(batch);
                    batch = new Batch();
                    drain(writer, BATCHES_AHEAD, total);
                }
                add(batch, versions);
            }
        }
        if (!listener.isCancelled()) {
            batch.progress = new Progress(base, head, last, purgeSeq, null, true, errors);
            batch.done = total;
            begin(batch);
        }
        drain(writer, 0, total);
    }

    /** What was purged goes as if it had never been; what is left of such a document comes again. */
    private boolean purge(IndexWriter writer, Snapshot snapshot) throws InterruptedException {
        IndexState state = index.state();
        long from = state.purgeSeq();
        if (listener.isCancelled() || !state.scanned()) {
            return true;
        }
        long horizon = snapshot.horizon();
        while (from < snapshot.state().purgeSeq()) {
            List<Snapshot.PurgeInfo> purges = snapshot.purges(from, PURGES_AT_A_TIME);
            if (purges.isEmpty()) {
                // More was purged than is remembered.
                return false;
            }
            Batch left = new Batch();
            for (Snapshot.PurgeInfo purge : purges) {
                writer.purge(purge.id());
                DocumentRecord record = snapshot.document(purge.id());
                if (record != null && record.lastChange().number() <= state.seq() && !isLeftOut(purge.id())) {
                    DocumentBody body = record.winner().deleted()
                            ? null
                            : snapshot.body(record, record.winner().revision());
                    long block = Math.max(state.base(), Math.min(horizon, state.block()));
                    left.add(
                            purge.id(),
                            block,
                            record.tree().leaves(),
                            body,
                            record.lastChange().number());
                }
            }
            from = purges.getLast().purgeSeq();
            long base = Math.max(state.base(), horizon);
            left.progress = new Progress(base, state.block(), state.seq(), from, null, true, errors);
            begin(left);
            drain(writer, 0, 0);
        }
        return true;
    }

    private boolean isLeftOut(String id) {
        return !definition.designDocuments() && id.startsWith("_design/");
    }

    private void begin(Batch batch) {
        if (batch.documents.size() <= INLINE) {
            batch.mapped.run();
        } else {
            Thread.ofVirtual().name("archipel-map").start(batch.mapped);
        }
        ahead.add(batch);
    }

    /** Writes what is mapped, until no more than so many batches wait. */
    private void drain(IndexWriter writer, int waiting, long total) throws InterruptedException {
        while (ahead.size() > waiting) {
            Batch batch = ahead.remove();
            try {
                batch.mapped.get();
            } catch (ExecutionException e) {
                ahead.clear();
                if (e.getCause() instanceof RuntimeException failure) {
                    throw failure;
                }
                throw new IllegalStateException("documents could not be mapped", e.getCause());
            }
            for (Mapped document : batch.documents) {
                writer.replace(document.id, document.block, document.rows);
                for (Mapper.Ended ended : document.ended) {
                    leaveOut(writer, document, ended);
                }
            }
            errors += batch.errors;
            lastError = batch.lastError == null ? lastError : batch.lastError;
            fail(writer);
            writer.commit(withErrors(Objects.requireNonNull(batch.progress)));
            listener.progress(batch.done, total);
        }
    }

    /** A view must not be shown without the rows of a document that its map could not take. */
    private void leaveOut(IndexWriter writer, Mapped document, Mapper.Ended ended) {
        String whole = "The map of view '" + definition.views().get(ended.view()) + "' in "
                + definition.designDocument() + " has failed until this document or the design document changes: "
                + ended.reason() + " with " + JsonNodeFactory.instance.stringNode(document.id);
        writer.leaveOut(document.id, document.block, ended.view(), whole);
        LOG.log(System.Logger.Level.WARNING, "{0}: {1}", database.name(), whole);
    }

    /** Views that have failed are so with the next commit, before which they cannot be read. */
    private void fail(IndexWriter writer) {
        failures.failed().forEach((view, reason) -> {
            if (!index.state().failures().containsKey(view)) {
                String whole = "The map of view '" + definition.views().get(view) + "' in "
                        + definition.designDocument() + " has failed until the design document changes: " + reason;
                writer.fail(view, whole);
                LOG.log(System.Logger.Level.WARNING, "{0}: {1}", database.name(), whole);
            }
        });
    }

    private Progress withErrors(Progress progress) {
        return new Progress(
                progress.base(),
                progress.block(),
                progress.seq(),
                progress.purgeSeq(),
                progress.scannedTo(),
                progress.scanned(),
                errors);
    }

    private void map(Batch batch) {
        List<byte[]> texts = new ArrayList<>();
        List<Mapped> wanted = new ArrayList<>();
        for (Mapped document : batch.documents) {
            if (document.body != null) {
                long local = definition.localSequence() ? document.seq : 0;
                texts.add(MappedVersion.json(document.id, document.leaves, document.body, local));
                wanted.add(document);
                document.body = null;
            }
        }
        if (texts.isEmpty()) {
            return;
        }
        try (Mapper mapper = definition.mapper(failures)) {
            List<List<Emission>> emitted = mapper.map(texts);
            for (int i = 0; i < emitted.size(); i++) {
                Mapped document = wanted.get(i);
                document.rows = rows(document.id, emitted.get(i));
            }
            mapper.ended().forEach(ended -> wanted.get(ended.document()).ended.add(ended));
            batch.errors = mapper.errors();
            batch.lastError = mapper.lastError();
        }
    }

    private List<IndexRow> rows(String id, List<Emission> emissions) {
        if (emissions.isEmpty()) {
            return List.of();
        }
        List<IndexRow> rows = new ArrayList<>(emissions.size());
        for (Emission emission : emissions) {
            byte[] sortKey = definition.sortKey(emission.view(), JsonTree.ofValid(emission.key()));
            rows.add(new IndexRow(emission.view(), sortKey, id, 0, emission.key(), emission.value()));
        }
        return rows.size() == 1 ? rows : numbered(rows);
    }

    /** Of one document, what has equal keys is in the order of its values. */
    private static List<IndexRow> numbered(List<IndexRow> rows) {
        rows.sort(Comparator.comparingInt(IndexRow::view)
                .thenComparing(IndexRow::sortKey, Arrays::compareUnsigned)
                .thenComparing(row -> new ValueOrder(JsonTree.ofValid(row.value()))));
        List<IndexRow> numbered = new ArrayList<>(rows.size());
        IndexRow before = null;
        for (IndexRow row : rows) {
            boolean equal =
                    before != null && before.view() == row.view() && Arrays.equals(before.sortKey(), row.sortKey());
            int ordinal = equal && before != null ? before.ordinal() + 1 : 0;
            before = new IndexRow(row.view(), row.sortKey(), row.id(), ordinal, row.key(), row.value());
            numbered.add(before);
        }
        return numbered;
    }

    private record ValueOrder(JsonNode value) implements Comparable<ValueOrder> {
        @Override
        public int compareTo(ValueOrder other) {
            return Arrays.compareUnsigned(SortKey.raw(value), SortKey.raw(other.value));
        }
    }

    private static final class Mapped {
        private final String id;
        private final long block;
        private final List<Leaf> leaves;
        private final long seq;
        private @Nullable DocumentBody body;
        private List<IndexRow> rows = List.of();
        private final List<Mapper.Ended> ended = new ArrayList<>();

        Mapped(String id, long block, List<Leaf> leaves, @Nullable DocumentBody body, long seq) {
            this.id = id;
            this.block = block;
            this.leaves = leaves;
            this.body = body;
            this.seq = seq;
        }
    }

    private final class Batch {
        private final List<Mapped> documents = new ArrayList<>();
        private long bytes;
        private long lastBlock;
        private long lastSeq;
        private @Nullable Progress progress;
        private long done;
        private long errors;
        private @Nullable String lastError;
        private final FutureTask<@Nullable Void> mapped = new FutureTask<>(() -> map(this), null);

        /** @param body null for a deleted one */
        void add(String id, long block, List<Leaf> leaves, @Nullable DocumentBody body, long seq) {
            documents.add(new Mapped(id, block, leaves, body, seq));
            bytes += body == null ? 0 : body.json().length;
            lastBlock = block;
            lastSeq = seq;
        }

        boolean isFull() {
            return documents.size() >= batchDocuments || bytes >= BATCH_BYTES;
        }
    }
}
