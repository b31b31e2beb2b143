package archipel.view;

import archipel.changes.Block;
import archipel.document.DocumentBody;
import archipel.document.JsonTree;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.document.SortKey;
import archipel.engine.Database;
import archipel.index.Anchor;
import archipel.index.Index;
import archipel.index.IndexRow;
import archipel.index.IndexState;
import archipel.index.IndexWriter;
import archipel.index.IndexWriter.Progress;
import archipel.read.BlockException;
import archipel.read.BlockSelector;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.PurgeInfo;
import archipel.read.Reader;
import archipel.read.VersionCursor;
import archipel.read.Visibility;
import archipel.read.Wanted;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
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
 * <p>Reading and writing are this thread's; batches of documents are mapped beside it, and written in order. Of a batch
 * whose rows take much memory only the first are made ahead; the others when these are written.
 */
final class IndexBuilder {
    private static final System.Logger LOG = System.getLogger(IndexBuilder.class.getName());
    static final int BATCH_DOCUMENTS = 500;
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
    private final BuildMemory memory;
    private final Mapper.Failures failures;
    private final Deque<Batch> ahead = new ArrayDeque<>();
    /** Those that may have a share of the memory. */
    private final Set<Batch> open = new HashSet<>();

    private long errors;
    private long thrown;
    private long done;
    private @Nullable String lastError;
    /** In the history that is read now. */
    private Anchor anchor;

    /** Who wants to know how far it is, and whether to go on. */
    interface Listener {
        /** @param done of {@code total} changes; called after each commit */
        void progress(long done, long total);

        boolean isCancelled();
    }

    /** @param batchDocuments so many are mapped and written at a time */
    IndexBuilder(
            Database database,
            IndexDefinition definition,
            Index index,
            Listener listener,
            BuildMemory memory,
            int batchDocuments) {
        this.memory = memory;
        this.database = database;
        this.definition = definition;
        this.index = index;
        this.listener = listener;
        this.batchDocuments = batchDocuments;
        this.errors = index.state().errors();
        this.anchor = index.state().anchor();
        this.failures =
                new Mapper.Failures(index.state().failures(), index.state().gaps());
    }

    /**
     * Returns once the index stands at the block that was the newest when this was called, or later.
     *
     * @return false when nobody can say what is wrong in the index, so that it has to be made anew
     */
    boolean run() throws InterruptedException {
        try {
            return build();
        } finally {
            List.copyOf(open).forEach(Batch::close);
            if (thrown > 0) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0} in {1}: map functions threw {2} times, the last time: {3}",
                        definition.designDocument(),
                        database.name(),
                        Long.toString(thrown),
                        lastError);
            }
        }
    }

    private boolean build() throws InterruptedException {
        try (IndexWriter writer = index.write()) {
            if (!index.state().scanned() && !scan(writer)) {
                return false;
            }
            try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
                anchor = anchor(reader);
                if (!has(reader, index.state().anchor()) || !purge(writer, reader)) {
                    return false;
                }
                follow(writer, reader);
                summarise(writer);
                boolean more =
                        index.state().pastRows() > 0 || !index.state().gaps().isEmpty();
                while (more && !listener.isCancelled()) {
                    more = writer.prune(reader.horizon(), PRUNED_AT_A_TIME);
                }
            }
            return true;
        }
    }

    private static Anchor anchor(Reader reader) {
        return new Anchor(reader.block().number(), reader.block().hash());
    }

    private static boolean has(Reader reader, Anchor known) {
        if (known.isNone()) {
            return true;
        }
        Block block = reader.blocks().find(known.block());
        return block != null && known.equals(new Anchor(block.number(), block.hash()));
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
        Reader newest = scannedTo == null ? database.door().newest(Visibility.EVERYTHING) : again(state.block());
        if (newest == null) {
            return false;
        }
        try (Reader reader = newest;
                VersionCursor versions = reader.versions().byId(scannedTo)) {
            anchor = anchor(reader);
            if (scannedTo != null && !anchor.equals(state.anchor())) {
                return false;
            }
            if (scannedTo != null) {
                // Some of its versions may be there.
                writer.purge(scannedTo);
            }
            Progress end = new Progress(
                    reader.horizon(),
                    reader.block().number(),
                    reader.block().lastSeq(),
                    reader.purges().seq(),
                    null,
                    true,
                    errors);
            long total = reader.documents().count() + reader.documents().deletedCount();
            long done = scannedTo == null ? 0 : countUpTo(reader, scannedTo);
            Within within = document ->
                    new Progress(end.base(), end.block(), end.seq(), end.purgeSeq(), document.id, false, errors);
            Batch batch = batch(within);
            String id = scannedTo == null ? "" : scannedTo;
            while (versions.next() && !listener.isCancelled()) {
                if (batch.isFull()) {
                    batch.progress =
                            new Progress(end.base(), end.block(), end.seq(), end.purgeSeq(), id, false, errors);
                    batch.done = done;
                    begin(batch);
                    drain(writer, BATCHES_AHEAD, total);
                    batch = batch(within);
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

    private static long countUpTo(Reader reader, String id) {
        long count = 1;
        try (DocumentCursor documents = reader.documents().cursor(null, false, false)) {
            while (documents.next() && !documents.id().equals(id)) {
                count++;
            }
        }
        return count;
    }

    /** Null when that block cannot be read any more. */
    private @Nullable Reader again(long block) throws InterruptedException {
        try {
            return database.door()
                    .open(Wanted.of(new BlockSelector.Number(block), Duration.ZERO), Visibility.EVERYTHING);
        } catch (BlockException e) {
            return null;
        }
    }

    private static void add(Batch batch, VersionCursor version) {
        List<Leaf> leaves = version.leaves();
        DocumentBody body = leaves.getFirst().deleted() ? null : version.body();
        batch.add(version.id(), version.block(), leaves, body, version.seq());
    }

    /** Every version since. */
    private void follow(IndexWriter writer, Reader reader) throws InterruptedException {
        IndexState state = index.state();
        if (listener.isCancelled()
                || !state.scanned()
                || state.block() >= reader.block().number()) {
            return;
        }
        long head = reader.block().number();
        long last = reader.block().lastSeq();
        long base = Math.max(state.base(), reader.horizon());
        long purgeSeq = reader.purges().seq();
        long total = last - state.seq();
        // The versions of one block are told apart by nothing: a state in their midst is that of the block before.
        Within within = document -> new Progress(base, document.block - 1, document.seq, purgeSeq, null, true, errors);
        Batch batch = batch(within);
        try (VersionCursor versions = reader.versions().after(state.seq())) {
            while (versions.next() && !listener.isCancelled()) {
                if (isLeftOut(versions.id())) {
                    continue;
                }
                if (batch.isFull()) {
                    Mapped newest = batch.documents.getLast();
                    batch.progress = within.after(newest);
                    batch.done = newest.seq - state.seq();
                    begin(batch);
                    drain(writer, BATCHES_AHEAD, total);
                    batch = batch(within);
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
    private boolean purge(IndexWriter writer, Reader reader) throws InterruptedException {
        IndexState state = index.state();
        long from = state.purgeSeq();
        if (listener.isCancelled() || !state.scanned()) {
            return true;
        }
        long horizon = reader.horizon();
        while (from < reader.purges().seq() && !listener.isCancelled()) {
            List<PurgeInfo> purges = reader.purges().after(from, PURGES_AT_A_TIME);
            if (purges.isEmpty()) {
                // More was purged than is remembered.
                return false;
            }
            long base = Math.max(state.base(), horizon);
            long before = from;
            Batch left = batch(document -> new Progress(base, state.block(), state.seq(), before, null, true, errors));
            for (PurgeInfo purge : purges) {
                DocumentRecord record = reader.documents().find(purge.id());
                if (record != null && record.lastChange().number() <= state.seq() && !isLeftOut(purge.id())) {
                    DocumentBody body = record.winner().deleted()
                            ? null
                            : reader.documents().body(record, record.winner().revision());
                    long block = Math.max(state.base(), Math.min(horizon, state.block()));
                    left.add(
                            purge.id(),
                            block,
                            record.tree().leaves(),
                            body,
                            record.lastChange().number());
                } else {
                    left.add(purge.id(), 0, List.of(), null, 0);
                    left.documents.getLast().gone = true;
                }
                left.documents.getLast().purged = true;
            }
            from = purges.getLast().purgeSeq();
            left.progress = new Progress(base, state.block(), state.seq(), from, null, true, errors);
            begin(left);
            drain(writer, 0, 0);
        }
        return true;
    }

    private boolean isLeftOut(String id) {
        return !definition.designDocuments() && id.startsWith("_design/");
    }

    private Batch batch(Within within) {
        Batch batch = new Batch(memory.tryTake(), within);
        open.add(batch);
        return batch;
    }

    private void begin(Batch batch) {
        if (batch.documents.size() <= INLINE) {
            batch.mapped.run();
        } else {
            // A virtual thread gives no way to others while it computes, and these would take all processors from
            // whoever waits for an answer.
            Thread.ofPlatform().daemon().name("archipel-map").start(batch.mapped);
        }
        ahead.add(batch);
    }

    /** Writes what is mapped, until no more than so many batches wait, or the build is broken off. */
    private void drain(IndexWriter writer, int waiting, long total) throws InterruptedException {
        while (ahead.size() > waiting && !listener.isCancelled()) {
            Batch batch = ahead.remove();
            try {
                batch.mapped.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException failure) {
                    throw failure;
                }
                throw new IllegalStateException("documents could not be mapped", e.getCause());
            }
            if (!write(writer, batch, total)) {
                return;
            }
            commit(writer, Objects.requireNonNull(batch.progress));
            batch.close();
            done = batch.done;
            listener.progress(done, total);
        }
    }

    /** Tells the writer of a batch, and commits in its midst as often as memory asks for; false: broken off. */
    private boolean write(IndexWriter writer, Batch batch, long total) throws InterruptedException {
        boolean large = false;
        long held = 0;
        try {
            while (true) {
                held += batch.write(writer);
                count(batch);
                if (batch.isWhole()) {
                    return true;
                }
                if (listener.isCancelled()) {
                    return false;
                }
                boolean full = large || batch.stuck || held >= batch.room.rowBytes() / 2;
                if (batch.written > 0 && full) {
                    commit(writer, batch.within.after(batch.documents.get(batch.written - 1)));
                    // A document can have several versions here, so that this can be too many.
                    listener.progress(Math.min(done + batch.written, batch.done), total);
                    held = 0;
                }
                if (large) {
                    large = false;
                    memory.endLarge();
                }
                if (batch.stuck) {
                    memory.beginLarge();
                    large = true;
                    batch.mapLarge();
                } else {
                    batch.mapSome();
                }
            }
        } finally {
            if (large) {
                memory.endLarge();
            }
        }
    }

    private void count(Batch batch) {
        Mapper mapper = batch.mapper;
        if (mapper == null) {
            return;
        }
        long more = mapper.errors() - batch.errors;
        errors += more;
        batch.errors += more;
        thrown += more - batch.ended;
        batch.ended = 0;
        lastError = mapper.lastError() == null ? lastError : mapper.lastError();
    }

    private void commit(IndexWriter writer, Progress progress) {
        fail(writer);
        writer.commit(withErrors(progress), anchor);
    }

    /** A view must not be shown without the rows of a document that its map could not take. */
    private void leaveOut(IndexWriter writer, Mapped document, Mapper.Ended ended) {
        String whole = "The map of view '" + definition.views().get(ended.view()) + "' in "
                + definition.designDocument() + " has failed until this document or the design document changes: "
                + ended.reason() + " with " + JsonNodeFactory.instance.stringNode(document.id);
        writer.leaveOut(document.id, document.block, ended.view(), whole);
        if (!failures.isFailed(ended.view())) {
            // Of a view that fails for good one line speaks, which names the last of them.
            LOG.log(System.Logger.Level.WARNING, "{0}: {1}", database.name(), whole);
        }
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
        private boolean purged;
        private boolean gone;
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

    /** How far the index has come with this document, in the midst of a batch. */
    private interface Within {
        Progress after(Mapped document);
    }

    /** Documents on their way into the index; for one thread at a time. */
    private final class Batch {
        private final boolean share;
        private final BuildMemory.Room room;
        private final Within within;
        private final List<Mapped> documents = new ArrayList<>();
        private final FutureTask<@Nullable Void> mapped = new FutureTask<>(this::mapFirst, null);
        private final List<byte[]> texts = new ArrayList<>();
        /** Where in the documents those are that have a text. */
        private final List<Integer> wanted = new ArrayList<>();

        private @Nullable Mapper mapper;
        private long bytes;
        /** Of those that have a text, so many are mapped. */
        private int made;

        private int written;
        /** Whether the rows of the next document alone have no room. */
        private boolean stuck;

        private long held;
        private long ended;
        private long errors;
        private @Nullable Progress progress;
        private long done;

        /** @param share whether it has a full batch's share of the memory */
        Batch(boolean share, Within within) {
            this.share = share;
            this.room = memory.room(share);
            this.within = within;
        }

        /** @param body null for a deleted one */
        void add(String id, long block, List<Leaf> leaves, @Nullable DocumentBody body, long seq) {
            documents.add(new Mapped(id, block, leaves, body, seq));
            bytes += body == null ? 0 : body.json().length;
        }

        boolean isFull() {
            return documents.size() >= batchDocuments || bytes >= room.documentBytes();
        }

        private void mapFirst() {
            for (int i = 0; i < documents.size(); i++) {
                Mapped document = documents.get(i);
                if (document.body != null) {
                    long local = definition.localSequence() ? document.seq : 0;
                    texts.add(MappedVersion.json(document.id, document.leaves, document.body, local));
                    wanted.add(i);
                    document.body = null;
                }
            }
            if (!texts.isEmpty()) {
                mapper = definition.mapper(failures);
                mapSome();
            }
        }

        /** Maps the next documents, as many as there is room for. */
        void mapSome() {
            map(texts.subList(made, texts.size()), room.rowBytes());
        }

        /** Maps the next document, whatever it takes. */
        void mapLarge() {
            map(texts.subList(made, made + 1), Objects.requireNonNull(mapper).mostRoom());
        }

        private void map(List<byte[]> next, long most) {
            Mapper maps = Objects.requireNonNull(mapper);
            List<List<Emission>> emitted = maps.mapSome(next, most);
            for (Mapper.Ended end : maps.ended()) {
                documents.get(wanted.get(made + end.document())).ended.add(end);
            }
            for (List<Emission> emissions : emitted) {
                Mapped document = documents.get(wanted.get(made));
                document.rows = rows(document.id, emissions);
                held += Emission.weight(emissions);
                made++;
            }
            stuck = emitted.isEmpty();
        }

        boolean isWhole() {
            return written == documents.size();
        }

        /** Tells the writer of what is mapped and forgets it; returns what that takes until it is committed. */
        long write(IndexWriter writer) {
            int to = made < wanted.size() ? wanted.get(made) : documents.size();
            for (; written < to; written++) {
                Mapped document = documents.get(written);
                if (document.purged) {
                    writer.purge(document.id);
                }
                if (!document.gone) {
                    writer.replace(document.id, document.block, document.rows);
                }
                for (Mapper.Ended end : document.ended) {
                    leaveOut(writer, document, end);
                    ended++;
                }
                document.rows = List.of();
            }
            long weight = held;
            held = 0;
            return weight;
        }

        /** Its share of the memory is for others. */
        void close() {
            if (open.remove(this)) {
                if (share) {
                    memory.give();
                }
                if (mapper != null) {
                    mapper.close();
                }
            }
        }
    }
}
