package archipel.engine;

import archipel.changes.Block;
import archipel.changes.BlockRow;
import archipel.changes.Digests;
import archipel.changes.FormerHead;
import archipel.changes.Waiters;
import archipel.command.DataCommand;
import archipel.command.DocumentEdit;
import archipel.command.Fence;
import archipel.command.GroupCommand.Duty;
import archipel.command.HorizonPolicy;
import archipel.command.RewindResult;
import archipel.command.WriteResult;
import archipel.document.Attachment;
import archipel.document.ContentHash;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.LocalDocument;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.engine.SystemCatalog.Placement;
import archipel.history.BlockChain;
import archipel.index.Anchor;
import archipel.index.Indexes;
import archipel.lock.Fences;
import archipel.log.CommandLog;
import archipel.log.Duties;
import archipel.merge.MergePolicy;
import archipel.read.BlockException;
import archipel.read.ReadDoor;
import archipel.read.ReadSource;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.KeySpace;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A named set of documents with its own block chain. Safe for use by many threads. */
public final class Database {
    /** Of edits that need no validation. */
    public static final long ANY_RULES = DataCommand.ANY_RULES;

    private final Node node;
    private final Group group;
    private final Waiters waiters = new Waiters();
    private final Indexes indexes;
    private final ReadSource source = new Source();
    private final ReadDoor door = new ReadDoor(source);
    private final Map<ContentHash, List<DataCommand.StagedContent>> staged = new ConcurrentHashMap<>();
    // As published: part of what readers see once the group's epoch is. For the publisher; others ask for row().
    private volatile DatabaseRow row;
    // The one before, set first: what readers see where the newest is not part of the epoch yet, or never will be. Null
    // until a second one was published.
    private volatile @Nullable DatabaseRow rowBefore;
    private volatile @Nullable Placement placement;
    // Of uploads that came to nothing; what bodies named is in the row.
    private final AtomicLong freedUploadBytes = new AtomicLong();
    private volatile long reclaimedBytes;
    private volatile boolean deleted;
    private boolean newHead;

    Database(Node node, Group group, DatabaseRow row) {
        this.node = node;
        this.group = group;
        this.row = row;
        this.indexes = new Indexes(node.indexes(), Node.keys(row), this::has);
        this.reclaimedBytes = row.freedBytes() == 0 ? 0 : Reclaimer.reclaimed(node.store(), row.number());
    }

    /** Empty while it is being built. */
    public String name() {
        Placement current = placement;
        return current == null ? "" : current.name();
    }

    /** As of the newest state that readers see: a reader that is opened after this is asked has no earlier one. */
    public DatabaseState state() {
        return row().state();
    }

    /**
     * As readers see it. Rows are published before the epoch that they are part of: whoever decides by the newer one
     * and reads by the epoch would take one state for the other, so that everything but publishing goes by this.
     */
    DatabaseRow row() {
        while (true) {
            DatabaseRow seen = visible(group.index());
            if (seen != null) {
                return seen;
            }
            Thread.onSpinWait();
        }
    }

    // In an epoch that was taken before the rows are looked at; null where two were published since. The first row of
    // all is newer where the epoch does not have the database.
    private @Nullable DatabaseRow visible(long index) {
        DatabaseRow current = row;
        DatabaseRow before = rowBefore;
        if (before == null || current.position() <= index) {
            return current;
        }
        return before.position() <= index ? before : null;
    }

    /** The way to its documents and blocks for whoever reads. */
    public ReadDoor door() {
        return door;
    }

    /** The newest committed rows, for what keeps them in order. */
    MaintenanceView maintenance() {
        ReadSource.Committed newest = committed();
        return new MaintenanceView((DatabaseRow) newest.facts(), newest.store());
    }

    private ReadSource.Committed committed() {
        boolean awaited = !node.isReplicated();
        while (true) {
            Group.Epoch epoch = group.retainEpoch();
            DatabaseRow seen = visible(epoch.index());
            if (seen != null && !deleted && seen.position() <= epoch.index()) {
                return new ReadSource.Committed(seen, epoch.store());
            }
            epoch.store().release();
            if (seen == null) {
                Thread.onSpinWait();
            } else if (deleted || awaited) {
                // Or readers do not see it yet.
                throw new RequestException(ErrorCode.NO_DATABASE);
            } else {
                // Others may see it already: it was made through another member, or before this one was started again.
                CommandLog.await(node.readBarrier(row.group()));
                awaited = true;
            }
        }
    }

    private final class Source implements ReadSource {
        @Override
        public Committed newest() {
            group.requireServed();
            return committed();
        }

        @Override
        public String origin() {
            return node.ownUuid().substring(0, Stamp.NODE_DIGITS);
        }

        @Override
        public FormerHead former() {
            return Database.this.former();
        }

        @Override
        public CompletableFuture<@Nullable Void> acknowledged() {
            return node.readBarrier(row.group());
        }

        @Override
        public boolean leads() {
            return node.duties().term(row.group()).isPresent();
        }

        @Override
        public void awaitBlock(long number, Duration wait) throws InterruptedException {
            Database.this.awaitBlock(number, wait);
        }

        @Override
        public boolean settle(long timeMs, Duration wait) throws InterruptedException {
            long left = timeMs - node.nowMs() + 1;
            if (left > 0 && left <= wait.toMillis()) {
                waiters.await(() -> node.nowMs() > timeMs || deleted || node.isClosing(), Duration.ofMillis(left));
            }
            if (node.nowMs() <= timeMs) {
                return false;
            }
            DatabaseRow current = row();
            if (current.floorMs() <= timeMs) {
                // For the leader: the clock of a node that lags or errs must not decide the times of all.
                long term = node.duties().requireTerm(group.id());
                node.submit(group.id(), new Duty<>(term, new DataCommand.Settle(current.number(), timeMs)));
            }
            return true;
        }
    }

    /**
     * Waits until the block of that number is there; false when that did not happen in time, or the database was
     * deleted, or the node is closing.
     */
    public boolean awaitBlock(long number, Duration timeout) throws InterruptedException {
        waiters.await(() -> state().head().number() >= number || deleted || node.isClosing(), timeout);
        return state().head().number() >= number && !deleted && !node.isClosing();
    }

    /**
     * Applies the edits as one command and one block; returns once it is as durable as the node's options say.
     *
     * @param atomic all or none, instead of each on its own
     * @throws RequestException 404 when the database was deleted, 500 {@code storage_error} when the disk fails
     *     (nothing was applied, but for {@link archipel.storage.StorageException.Kind#UNKNOWN}), 503 when the node is
     *     closing or has too much to write already
     */
    public WriteResult write(List<DocumentEdit> edits, boolean atomic) {
        return write(edits, atomic, ANY_RULES);
    }

    /**
     * As {@link #write(List, boolean)}, but only while the rules stand by which the edits were validated: where a
     * design document or the security object has changed or something was purged since, nothing is applied, and the
     * outcome is {@link WriteResult.Outcome#OUTDATED}.
     *
     * @param rules {@link Reader#rules} of the state by which the edits were validated
     */
    public WriteResult write(List<DocumentEdit> edits, boolean atomic, long rules) {
        List<DataCommand.Edit> digested = new ArrayList<>(edits.size());
        Sources sources = new Sources();
        for (DocumentEdit given : edits) {
            DocumentEdit edit = known(given);
            digested.add(new DataCommand.Edit(edit, Digests.of(edit.body().json())));
            sources.add(edit.body());
        }
        return submit(
                new DataCommand.WriteDocuments(row.number(), node.nowMs(), digested, atomic, sources.staged(), rules));
    }

    private DocumentEdit known(DocumentEdit edit) {
        return switch (edit) {
            case DocumentEdit.Update update -> update;
            case DocumentEdit.Resolution resolution -> {
                requireConflictRows();
                yield resolution;
            }
            case DocumentEdit.Replicated replicated -> {
                Stamp stamp = replicated.path().stamp();
                Stamp bounded = stamp == null ? null : bounded(stamp);
                yield Objects.equals(stamp, bounded)
                        ? replicated
                        : new DocumentEdit.Replicated(
                                replicated.id(),
                                replicated.path().withStamp(bounded),
                                replicated.deleted(),
                                replicated.body());
            }
        };
    }

    // A clock that is far ahead must not make its node's edits the newest for years, nor take this node's along.
    private @Nullable Stamp bounded(Stamp stamp) {
        if (!group.format().isAtLeast(FormatVersion.V5)) {
            return null;
        }
        long latestMs = node.nowMs() + node.options().limits().clockDrift().toMillis();
        return stamp.timeMs() <= latestMs ? stamp : new Stamp(latestMs, stamp.node());
    }

    /**
     * Changes with what writes are validated by: with each change to a design document or to the security object, and
     * with each purge, which takes away what was there. Never comes back to an earlier value.
     */
    public long rules() {
        return row().rulesPosition();
    }

    /**
     * Makes a new database with the documents that this one had at a block: the trees as they stood, the bodies of
     * their leaves, and their attachments. Nobody sees it before it is whole. Takes as long as copying takes, on the
     * caller's thread.
     *
     * @throws BlockException when the block cannot be had
     * @throws RequestException 412 when there is a database of that name; the name is not validated here
     */
    public Database fork(String target, Wanted wanted) throws InterruptedException {
        try (Reader origin = door.open(wanted, Visibility.EVERYTHING)) {
            return new DatabaseFork(node, this, origin).make(target);
        }
    }

    /** For a database that is being built. */
    void writeCopies(List<DataCommand.CopiedDocument> documents) {
        Sources sources = new Sources();
        for (DataCommand.CopiedDocument document : documents) {
            document.bodies().forEach(body -> sources.add(body.body()));
        }
        submit(new DataCommand.CopyDocuments(row.number(), node.nowMs(), documents, sources.staged()));
    }

    /** The uploads that one command's bodies may come from. */
    private final class Sources {
        private final SortedMap<ContentHash, List<DataCommand.StagedContent>> byHash = new TreeMap<>();

        void add(DocumentBody body) {
            for (Attachment attachment : body.attachments()) {
                List<DataCommand.StagedContent> found = staged.get(attachment.content());
                if (found != null) {
                    byHash.put(attachment.content(), found);
                }
            }
        }

        List<DataCommand.StagedContent> staged() {
            return byHash.isEmpty()
                    ? List.of()
                    : byHash.values().stream().flatMap(List::stream).toList();
        }
    }

    /** An upload for attachments of one write to this database. */
    public AttachmentUpload upload() {
        return new AttachmentUpload(node, this, staged);
    }

    /** Writes a {@code _local} document over what is there, and names its new revision. */
    public LocalDocument putLocal(String id, byte[] json) {
        long revision = submit(new DataCommand.WriteLocal(row.number(), id, json));
        return new LocalDocument(id, new Revision(0, Long.toString(revision)), json);
    }

    /** False when there was none. */
    public boolean deleteLocal(String id) {
        return submit(new DataCommand.WriteLocal(row.number(), id, null)) > 0;
    }

    /**
     * Takes leaves away as if they had never been written.
     *
     * @return for each document the leaves that were there and are gone, in the order asked
     */
    public Map<String, List<Revision>> purge(Map<String, List<Revision>> leaves) {
        List<DataCommand.PurgedLeaves> documents = new ArrayList<>(leaves.size());
        leaves.forEach((id, revisions) -> documents.add(new DataCommand.PurgedLeaves(id, revisions, node.newUuid())));
        List<List<Revision>> gone = submit(new DataCommand.Purge(row.number(), node.nowMs(), documents));
        Map<String, List<Revision>> purged = new LinkedHashMap<>();
        for (int i = 0; i < gone.size(); i++) {
            purged.put(documents.get(i).id(), gone.get(i));
        }
        return purged;
    }

    /**
     * Puts all documents back as they stood at a block, in a new block whose changes are ordinary edits. Costs what has
     * changed since, and holds up other writes for as long.
     *
     * @param block of this database
     * @param maxBytes how much it may write ({@link DataCommand.Rewind#maxBytes})
     * @throws BlockException when the block cannot be read any more
     * @throws RequestException 413 when more would have to be written
     */
    public RewindResult rewind(Block block, long maxBytes) {
        try {
            return submit(new DataCommand.Rewind(row.number(), node.nowMs(), block.number(), block.hash(), maxBytes));
        } catch (RequestException e) {
            if (e.code() == ErrorCode.BLOCK_PRUNED) {
                try (Reader newest = door.newest(Visibility.EVERYTHING)) {
                    throw new BlockException(
                            BlockException.Kind.BELOW_HORIZON, block.toString(), newest.block(), newest.horizon());
                }
            }
            throw e;
        }
    }

    /** How many revisions of each branch are kept, 1000 by default. */
    public int revisionsLimit() {
        return row().revisionsLimit();
    }

    public void setRevisionsLimit(int limit) {
        submit(new DataCommand.SetLimit(row.number(), DataCommand.Limit.REVISIONS, limit));
    }

    /** How many purges {@code _purged_infos} remembers, 1000 by default. */
    public int purgedInfosLimit() {
        return row().purgedInfosLimit();
    }

    public void setPurgedInfosLimit(int limit) {
        submit(new DataCommand.SetLimit(row.number(), DataCommand.Limit.PURGED_INFOS, limit));
    }

    /** What becomes of conflicts; {@link MergePolicy#KEEP} by default. */
    public MergePolicy mergePolicy() {
        return row.merge();
    }

    /** Whether this node leads the group, so that what is done there without being asked is for this node to do. */
    public boolean isLed() {
        return term().isPresent();
    }

    /** In which this node leads the group; none while another node does. */
    public OptionalLong term() {
        return node.duties().term(group.id());
    }

    /** Whether it is this node's alone, in an ensemble or as it was in one. */
    public boolean isLocal() {
        return group.id() == CatalogKeys.LOCAL_GROUP;
    }

    /** Whether it is this node's alone while others are an ensemble's. */
    public boolean isApart() {
        return isLocal() && node.isReplicated();
    }

    /**
     * Which node leads the group, by its name in the ensemble, as far as this one knows; null where it does not, and
     * where no other node has the group.
     */
    public @Nullable String leader() {
        return node.leader(group.id());
    }

    /**
     * Does the work on this thread. What it writes to this database is refused with {@link ErrorCode#STALE_TERM} where
     * another node leads the group by then.
     */
    public <T> T inTerm(long term, Supplier<T> work) {
        return Duties.inTerm(group.id(), term, work);
    }

    public void setMergePolicy(MergePolicy policy) {
        requireConflictRows();
        submit(new DataCommand.SetMerge(row.number(), policy));
    }

    // Where not all nodes of the group know of them.
    private void requireConflictRows() {
        if (!group.format().isAtLeast(FormatVersion.V5)) {
            throw new RequestException(ErrorCode.FORMAT_TOO_OLD);
        }
    }

    /** The security object's JSON as it was set; null when it never was. */
    public byte @Nullable [] security() {
        try (Reader newest = door.newest(Visibility.EVERYTHING)) {
            return newest.security();
        }
    }

    public void setSecurity(byte[] json) {
        submit(new DataCommand.SetSecurity(row.number(), json));
    }

    /** Which blocks can be read, and how far pruning has come. */
    public Horizon horizon() {
        DatabaseRow current = row();
        DatabaseRow.Retention retention = current.retention();
        return new Horizon(
                retention.horizon(),
                retention.prunedTo(),
                retention.policy(),
                node.pruner().inForce(current),
                current.state().head());
    }

    /** The greatest tokens that it has seen of the locks that it remembers, in the order of their names. */
    public List<Fence> fences() {
        try (MaintenanceView seen = maintenance()) {
            return Fences.list(
                    seen.store(), new CatalogKeys(group.id()), seen.row().number());
        }
    }

    /**
     * Forgets which tokens of a lock it has seen, so that it takes any again.
     *
     * @param name empty: of all locks
     * @return whether it had seen any
     */
    public boolean forgetFences(String name) {
        return submit(new DataCommand.ForgetFences(row.number(), name));
    }

    /**
     * Says which blocks stay readable from now on; what the horizon has passed does not come back.
     *
     * @param policy null: the node's
     */
    public void setHorizon(@Nullable HorizonPolicy policy) {
        submit(new DataCommand.SetHorizon(row.number(), policy));
        node.pruner().wake();
    }

    /**
     * Where the time of the newest block is ahead of the clock, which was wrong when it was written, the next one gets
     * the clock's again. Reads by time find each block by the time it has, so those that were written while the clock
     * was wrong are found by the times it showed, and from the next block on no more by later ones.
     */
    public void restartTime() {
        submit(new DataCommand.RestartTime(row.number(), node.nowMs()));
    }

    /**
     * Hides the bodies of revisions that are superseded now from latest reads, and gives back the space of what lies
     * behind the horizon, in the background; does nothing when it is under way.
     */
    public void compact() {
        node.compactions().begin(node, this);
    }

    public boolean isCompacting() {
        return node.compactions().isRunning(row.number());
    }

    /** Computes the hash chain again from what is stored now, on the caller's thread; takes long. */
    public Verifier.Report verify(Verifier.Progress progress) {
        return Verifier.verify(this, progress);
    }

    private boolean has(Anchor anchor) {
        byte[] block = node.store().get(Family.BLOCK, keys().block(anchor.block()));
        return block != null
                && Arrays.equals(BlockRow.decode(anchor.block(), block).hash(), anchor.hash());
    }

    /** Whatever others keep of the documents in orders of their own. */
    public Indexes indexes() {
        return indexes;
    }

    /** What is on the disk of this, roughly, but for indexes. */
    public DiskSizes sizes() {
        return DiskSizes.of(node.store(), row(), unreclaimed().bytes());
    }

    /** When this incarnation was made, milliseconds since the epoch. */
    public long createdMs() {
        return row.createdMs();
    }

    /** Whether the database was deleted while this was held. */
    public boolean isDeleted() {
        return deleted;
    }

    /**
     * Waits until the newest seq is greater than {@code seq}; false when that did not happen in time, or the database
     * was deleted, or the node is closing. Parks a virtual thread at no other cost.
     */
    public boolean awaitChange(long seq, Duration timeout) throws InterruptedException {
        waiters.await(() -> state().head().lastSeq() > seq || deleted || node.isClosing(), timeout);
        return state().head().lastSeq() > seq && !deleted && !node.isClosing();
    }

    /** Raises the horizon if it is due and returns once nothing is left behind it. */
    void prune() {
        node.pruner().prune(this);
    }

    /** As it was published, which readers may not see yet. For the thread that publishes. */
    DatabaseRow published() {
        return row;
    }

    KeySpace keys() {
        return Node.keys(row);
    }

    int number() {
        return row.number();
    }

    int group() {
        return group.id();
    }

    /** How far the databases had come that had its name before. */
    FormerHead former() {
        Placement current = placement;
        FormerHead named = current == null ? FormerHead.NONE : current.former();
        return named.and(row().former());
    }

    /** How far this database has come, and those before it that its row knows of. */
    FormerHead formerHead() {
        DatabaseRow current = row;
        return current.former().and(FormerHead.of(current.state().head()));
    }

    private <A extends @Nullable Object> A submit(DataCommand<A> command) {
        return node.submit(group.id(), Duties.bound(group.id(), fenced(command)));
    }

    private <A extends @Nullable Object> DataCommand<A> fenced(DataCommand<A> command) {
        DataCommand<A> bound = Fence.bound(command);
        if (bound != command && !group.format().isAtLeast(FormatVersion.V7)) {
            throw new RequestException(ErrorCode.FORMAT_TOO_OLD);
        }
        return bound;
    }

    /** For the thread that publishes. */
    void named(Placement newer) {
        placement = newer;
    }

    void publish(DatabaseRow newer) {
        newHead |= newer.state().head().number() > row.state().head().number();
        boolean freed = newer.freedBytes() > row.freedBytes();
        rowBefore = row;
        row = newer;
        if (freed) {
            node.reclaimer().freed();
        }
    }

    /** An upload of so many bytes came to nothing, but is in files still. Never fails. */
    void freedUpload(long bytes) {
        freedUploadBytes.addAndGet(bytes);
        node.reclaimer().freed();
    }

    /** Deleted content that is in files still. */
    Unreclaimed unreclaimed() {
        return new Unreclaimed(Math.max(0, row.freedBytes() - reclaimedBytes), freedUploadBytes.get());
    }

    /** The space of that much was given back; returns of how much in all that bodies named. */
    long reclaimed(Unreclaimed space) {
        freedUploadBytes.addAndGet(-space.uploads());
        long reclaimed = reclaimedBytes + space.attachments();
        reclaimedBytes = reclaimed;
        return reclaimed;
    }

    /**
     * Bytes of content that is deleted but in files still.
     *
     * @param attachments that bodies named
     * @param uploads that came to nothing since the node was opened
     */
    record Unreclaimed(long attachments, long uploads) {
        long bytes() {
            return attachments + uploads;
        }
    }

    /** Whether there is something to wake feeds for since this was last asked. For the thread that publishes. */
    boolean hasNewHead() {
        boolean news = newHead;
        newHead = false;
        return news;
    }

    // For the thread that publishes: neither waits nor fails.
    void markDeleted() {
        deleted = true;
        indexes.end();
    }

    Waiters waiters() {
        return waiters;
    }

    void wake() {
        waiters.wake();
    }

    /**
     * Which blocks of a database can be read.
     *
     * @param block the number of the oldest
     * @param prunedTo what the blocks up to this one left behind is gone; behind {@code block} while pruning is under
     *     way
     * @param own the database's policy; null when it follows the node's
     * @param inForce the policy that is followed
     * @param head the newest block
     */
    public record Horizon(
            long block, long prunedTo, @Nullable HorizonPolicy own, HorizonPolicy inForce, Block head) {}

    /**
     * What a database takes on the disk, roughly, but for its indexes.
     *
     * @param file all of it, also what is deleted but not given back yet
     * @param active the part that is of the newest block; less than {@code file}. What a compaction would give back is
     *     between the two, and what the horizon keeps
     */
    public record DiskSizes(long file, long active) {
        /** What readers of the newest block need beside the bodies. */
        private static final List<Family> NEWEST = List.of(Family.DOCUMENT, Family.CHANGE, Family.LOCAL);

        private static final List<Family> REST = List.of(
                Family.PAST_BODY,
                Family.HISTORY,
                Family.CHANGE_HISTORY,
                Family.SUPERSEDED,
                Family.BLOCK,
                Family.BLOCK_HASH,
                Family.PURGE,
                Family.CONFLICT);

        /** @param unreclaimedBytes of attachments that are deleted but in files still */
        static DiskSizes of(Store store, DatabaseRow row, long unreclaimedBytes) {
            KeySpace keys = Node.keys(row);
            DatabaseState state = row.state();
            long newest = bytes(store, keys, NEWEST);
            long bodies = bytes(store, keys, List.of(Family.BODY));
            // A file of bodies has superseded ones, too, until it is rewritten; on the other hand bodies are
            // compressed.
            long liveBodies = bodies == 0 ? state.liveBodyBytes() : Math.min(bodies, state.liveBodyBytes());
            double garbageShare = store.blobs(Family.ATTACHMENT).garbageShare();
            // Files of content belong to all databases, so each has its share of the garbage in them.
            long sharedGarbage = (long) (state.attachmentBytes() * garbageShare / Math.max(0.01, 1 - garbageShare));
            long active = newest + liveBodies + state.attachmentBytes();
            long file = newest
                    + Math.max(bodies, liveBodies)
                    + state.attachmentBytes()
                    + sharedGarbage
                    + unreclaimedBytes
                    + bytes(store, keys, REST)
                    // Not as in memory, where the content is with its keys, which counts already.
                    + store.approximateFileBytes(Family.ATTACHMENT, keys.lower(), keys.upper())
                    + row.encode().length;
            return new DiskSizes(file, active);
        }

        private static long bytes(Store store, KeySpace keys, List<Family> families) {
            return families.stream()
                    .mapToLong(family -> store.approximateBytes(family, keys.lower(), keys.upper()))
                    .sum();
        }
    }

    /**
     * A database's rows as of its newest committed block, for what keeps them in order: pruning, verification. Nothing
     * of them leaves the node by this; whoever reads for somebody comes through {@link Database#door}.
     *
     * @param store retained for this view, which releases it
     */
    record MaintenanceView(DatabaseRow row, StoreSnapshot store) implements AutoCloseable {
        KeySpace keys() {
            return Node.keys(row);
        }

        Block head() {
            return row.state().head();
        }

        BlockChain chain() {
            return new BlockChain(store, keys(), head(), row.retention().restarts());
        }

        @Override
        public void close() {
            store.release();
        }
    }
}
