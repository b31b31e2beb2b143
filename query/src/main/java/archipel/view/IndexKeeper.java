package archipel.view;

import archipel.changes.BackgroundTask;
import archipel.changes.Deadline;
import archipel.changes.Waiter;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.index.Index;
import archipel.index.IndexException;
import archipel.index.IndexReader;
import archipel.index.IndexState;
import archipel.read.BlockException;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Keeps a node's indexes: makes them when they are first asked for, brings them to the block that a query reads, and
 * drops those that nobody defines any more. Safe for use by many threads.
 */
public final class IndexKeeper implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(IndexKeeper.class.getName());
    /** So many changes the query's own thread brings in; for more there is a thread that outlives the query. */
    private static final long INLINE_CHANGES = 200;

    private static final Duration LOOK = Duration.ofSeconds(1);
    /** So many times an index is begun anew for a query after it turned out to be damaged. */
    private static final int ATTEMPTS = 2;

    private final InstantSource clock;
    private final BuildMemory memory = new BuildMemory(Runtime.getRuntime().maxMemory());
    private final Map<Key, Building> buildings = new ConcurrentHashMap<>();
    private volatile boolean closing;

    private record Key(String databaseUuid, String signature) {}

    /**
     * An index of which a view is to be read.
     *
     * @param view the view's number there
     * @param block at which it is read
     */
    public record Opened(IndexReader reader, int view, long block) {}

    public IndexKeeper(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * Brings the index to at least the reader's block and opens it there, for that reader; waits for that.
     *
     * @param reader of that database
     * @throws BlockException {@code BELOW_HORIZON} when the horizon has passed the block meanwhile
     * @throws RequestException 404 when the database or the design document was deleted, 503 when the node is closing;
     *     what the maps fail with as a whole
     */
    public IndexReader open(Database database, Reader reader, IndexDefinition definition) {
        try {
            return open(database, reader, definition, Waiter.PATIENT);
        } catch (IOException e) {
            throw new UncheckedIOException("a patient waiter gave up", e);
        }
    }

    /**
     * The same for somebody who may give up.
     *
     * @throws IOException of the waiter; the build goes on
     */
    public IndexReader open(Database database, Reader reader, IndexDefinition definition, Waiter waiter)
            throws IOException {
        long block = reader.block().number();
        for (int left = ATTEMPTS; ; left--) {
            try {
                return reader.rows(brought(database, definition, block, waiter), block);
            } catch (IndexException e) {
                if (left == 0 || e.kind() != IndexException.Kind.REPLACED) {
                    throw refusal(database, e, block);
                }
            }
        }
    }

    /** What a client is told of an index that cannot be read at that block. */
    public static RuntimeException refusal(Database database, IndexException e, long block) {
        return switch (e.kind()) {
            case BELOW_BASE -> {
                Database.Horizon horizon = database.horizon();
                yield new BlockException(
                        BlockException.Kind.BELOW_HORIZON, Long.toString(block), horizon.head(), horizon.block());
            }
            case DROPPED -> gone(database);
            case DAMAGED, REPLACED -> new RequestException(ErrorCode.INDEX_DAMAGED);
            case BEHIND -> e;
        };
    }

    private static RequestException gone(Database database) {
        return new RequestException(database.isDeleted() ? ErrorCode.NO_DATABASE : ErrorCode.DELETED);
    }

    /**
     * Brings the index to at least that block; waits for that. Throws as {@link #open} does.
     *
     * @param waiter who waits for it; the build goes on where that gives up
     * @throws IOException of the waiter
     */
    public Index bring(Database database, IndexDefinition definition, long block, Waiter waiter) throws IOException {
        for (int left = ATTEMPTS; ; left--) {
            try {
                return brought(database, definition, block, waiter);
            } catch (IndexException e) {
                if (left == 0 || e.kind() != IndexException.Kind.REPLACED) {
                    throw refusal(database, e, block);
                }
            }
        }
    }

    private Index brought(Database database, IndexDefinition definition, long block, Waiter waiter) throws IOException {
        Index index = obtain(database, definition);
        while (!covers(index.state(), block)) {
            Building building = building(database, definition);
            await(building, building.run(index), waiter);
            index = obtain(database, definition);
        }
        return index;
    }

    /** Whether {@link #open} at the newest block takes next to no time. */
    public boolean isNear(Database database, IndexDefinition definition) {
        Index index = database.indexes().find(definition.signature());
        return index != null && isNear(database, index.state());
    }

    private static boolean isNear(Database database, IndexState state) {
        return state.scanned() && database.state().head().lastSeq() - state.seq() <= INLINE_CHANGES;
    }

    /**
     * Opens what there is of a view, without waiting: its index, or while that is built for the first time the one that
     * the same design document had before. Null when there is nothing yet.
     *
     * @param reader of that database; no newer block is shown than its
     * @param lazily whether the index is to be brought up to date then
     * @throws IndexException when it does not answer for that block, or was dropped meanwhile
     */
    public @Nullable Opened openAsItIs(
            Database database, Reader reader, IndexDefinition definition, String view, boolean lazily) {
        Opened opened = ready(database, reader, definition, view);
        long block = reader.block().number();
        if (lazily) {
            Index index = obtain(database, definition);
            if (!covers(index.state(), block)) {
                Building building = building(database, definition);
                Thread.ofVirtual().name("archipel-index-later").start(() -> building.run(index));
            }
        }
        return opened;
    }

    private static @Nullable Opened ready(Database database, Reader reader, IndexDefinition definition, String view) {
        Index index = database.indexes().find(definition.signature());
        if (index != null && index.state().scanned()) {
            return opened(reader, index, definition.views().indexOf(view));
        }
        List<IndexState> others = new ArrayList<>(database.indexes().states());
        others.sort(Comparator.comparingLong(IndexState::block).reversed());
        for (IndexState state : others) {
            JsonNode other = JsonTree.ofValid(state.definition());
            int number = number(other.path("views"), view);
            if (state.scanned()
                    && number >= 0
                    && other.path("ddoc").asString("").equals(definition.designDocument())) {
                Index older = database.indexes().find(state.signature());
                return older == null ? null : opened(reader, older, number);
            }
        }
        return null;
    }

    private static int number(JsonNode views, String view) {
        for (int i = 0; i < views.size(); i++) {
            if (views.get(i).asString("").equals(view)) {
                return i;
            }
        }
        return -1;
    }

    private static Opened opened(Reader reader, Index index, int view) {
        long shown = Math.min(reader.block().number(), index.state().block());
        return new Opened(reader.rows(index, shown), view, shown);
    }

    private static Index obtain(Database database, IndexDefinition definition) {
        Index known = database.indexes().find(definition.signature());
        if (known != null) {
            return known;
        }
        JsonBuffer json = new JsonBuffer(128).ascii("{\"ddoc\":").string(definition.designDocument());
        json.ascii(",\"views\":[");
        String separator = "";
        for (String view : definition.views()) {
            json.ascii(separator).string(view);
            separator = ",";
        }
        json.ascii("]}");
        return database.indexes()
                .obtain(
                        definition.signature(),
                        json.toByteArray(),
                        definition.views().size());
    }

    private static boolean covers(IndexState state, long block) {
        return state.scanned() && state.block() >= block;
    }

    private Building building(Database database, IndexDefinition definition) {
        if (closing) {
            throw new RequestException(ErrorCode.STOPPING);
        }
        Key key = new Key(database.state().uuid(), definition.signature());
        return buildings.computeIfAbsent(key, absent -> new Building(database, definition));
    }

    // A build that is broken off maps the documents at hand before it ends, which can take minutes.
    private void await(Building building, CompletableFuture<?> build, Waiter waiter) throws IOException {
        Waiter looking = () -> {
            if (building.isCancelled() && !build.isDone()) {
                throw closing ? new RequestException(ErrorCode.STOPPING) : gone(building.database);
            }
            return Math.min(LOOK.toMillis(), waiter.check());
        };
        try {
            looking.await(build);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(ErrorCode.STOPPING);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException("an index could not be built", e.getCause());
        }
    }

    /** Whether the index is being built now. */
    public boolean isBuilding(Database database, String signature) {
        Building building = buildings.get(new Key(database.state().uuid(), signature));
        return building != null && building.isRunning();
    }

    /**
     * Deletes the rows that the horizon has passed and gives the space of what was deleted back, in the background;
     * does nothing when that is under way, or there is no such index.
     */
    public void compact(Database database, IndexDefinition definition) {
        Index index = database.indexes().find(definition.signature());
        if (index != null) {
            building(database, definition).compact(index);
        }
    }

    /** Whether the index is being compacted now. */
    public boolean isCompacting(Database database, String signature) {
        Building building = buildings.get(new Key(database.state().uuid(), signature));
        return building != null && building.compacting.get();
    }

    /** What is built and compacted now. */
    public List<BackgroundTask> tasks() {
        List<BackgroundTask> tasks = new ArrayList<>();
        for (Building building : buildings.values()) {
            if (building.isRunning()) {
                tasks.add(building.task());
            }
            if (building.compacting.get()) {
                tasks.add(building.compaction());
            }
        }
        return tasks;
    }

    /** Drops the indexes of other signatures; those that are read now go when their readers have ended. */
    public void cleanUp(Database database, Set<String> signatures) {
        for (IndexState state : database.indexes().states()) {
            if (!signatures.contains(state.signature())) {
                Building building = buildings.remove(new Key(database.state().uuid(), state.signature()));
                if (building != null) {
                    building.cancel();
                }
                database.indexes().drop(state.signature());
            }
        }
    }

    /** Breaks off what is being built; the next start goes on from there. */
    @Override
    public void close() {
        closing = true;
        buildings.values().forEach(Building::cancel);
    }

    /** The builds of one index, one at a time. */
    private final class Building implements IndexBuilder.Listener {
        private final Database database;
        private final IndexDefinition definition;
        private CompletableFuture<@Nullable Void> running = CompletableFuture.completedFuture(null);
        private volatile boolean cancelled;
        /** Whether its design document was there when the build began; the index of an earlier block may have none. */
        private volatile boolean defined;

        private volatile boolean undefined;
        private volatile Deadline nextLook = Deadline.after(LOOK);
        private volatile long startedMs;
        private volatile long updatedMs;
        private volatile long done;
        private volatile long total;
        private final AtomicBoolean compacting = new AtomicBoolean();
        private volatile long compactedSinceMs;

        Building(Database database, IndexDefinition definition) {
            this.database = database;
            this.definition = definition;
        }

        /** The build under way, or one that is run now: by this thread if it is short. */
        CompletableFuture<@Nullable Void> run(Index index) {
            boolean small = isNear(database, index.state());
            CompletableFuture<@Nullable Void> build;
            synchronized (this) {
                if (!running.isDone()) {
                    return running;
                }
                // Before anybody can join the build: what broke the last one off is not said of this one.
                undefined = false;
                defined = false;
                build = new CompletableFuture<>();
                running = build;
                startedMs = clock.millis();
                updatedMs = startedMs;
                done = 0;
                total = 0;
            }
            if (small) {
                build(index, build);
            } else {
                Thread.ofPlatform()
                        .daemon()
                        .name("archipel-index-" + database.name() + definition.designDocument())
                        .start(() -> build(index, build));
            }
            return build;
        }

        private void build(Index index, CompletableFuture<@Nullable Void> build) {
            try {
                defined = !isNear(database, index.state()) && isDefined();
                if (!new IndexBuilder(database, definition, index, this, memory, IndexBuilder.BATCH_DOCUMENTS).run()) {
                    database.indexes().drop(definition.signature());
                }
                if (closing) {
                    build.completeExceptionally(new RequestException(ErrorCode.STOPPING));
                } else if (cancelled || undefined || database.isDeleted()) {
                    build.completeExceptionally(gone(database));
                } else {
                    build.complete(null);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                build.completeExceptionally(new RequestException(ErrorCode.STOPPING));
            } catch (RuntimeException | Error e) {
                if (e instanceof IndexException damage && damage.kind() == IndexException.Kind.DAMAGED) {
                    LOG.log(System.Logger.Level.ERROR, "an index in " + database.name() + " is made anew", e);
                    database.indexes().drop(definition.signature());
                }
                if (isReplaced(index, e)) {
                    build.completeExceptionally(new IndexException(IndexException.Kind.REPLACED, "begins anew"));
                    return;
                }
                boolean expected = database.isDeleted()
                        || e instanceof IndexException refusal && refusal.kind() == IndexException.Kind.DROPPED;
                if (!expected) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "index of " + definition.designDocument() + " in " + database.name() + " was not built",
                            e);
                }
                build.completeExceptionally(expected ? gone(database) : e);
            }
        }

        private static boolean isReplaced(Index index, Throwable e) {
            return !index.isSound()
                    || e instanceof IndexException damage
                            && (damage.kind() == IndexException.Kind.DAMAGED
                                    || damage.kind() == IndexException.Kind.REPLACED);
        }

        void compact(Index index) {
            if (compacting.compareAndSet(false, true)) {
                compactedSinceMs = clock.millis();
                Thread.ofPlatform()
                        .daemon()
                        .name("archipel-index-compaction-" + database.name() + definition.designDocument())
                        .start(() -> rewrite(index));
            }
        }

        private void rewrite(Index index) {
            try {
                // A build deletes what the horizon has passed, whether or not there is anything new.
                run(index).exceptionally(failure -> null).get();
                if (!isCancelled()) {
                    index.compact();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | RuntimeException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "compaction of " + definition.designDocument() + " in " + database.name() + " ended early",
                        e);
            } finally {
                compacting.set(false);
            }
        }

        BackgroundTask compaction() {
            return new BackgroundTask(
                    "view_compaction",
                    database.name(),
                    definition.designDocument(),
                    0,
                    0,
                    1,
                    compactedSinceMs,
                    compactedSinceMs);
        }

        /** Whether the design document was deleted since: nobody needs the rest, and what asked for it is told so. */
        private boolean isUndefined() {
            if (defined && !undefined && nextLook.hasPassed()) {
                nextLook = Deadline.after(LOOK);
                undefined = !isDefined();
            }
            return undefined;
        }

        private boolean isDefined() {
            try (Reader newest = database.door().newest(Visibility.EVERYTHING)) {
                DocumentRecord design = newest.documents().find(definition.designDocument());
                return design != null && !design.winner().deleted();
            }
        }

        synchronized boolean isRunning() {
            return !running.isDone();
        }

        BackgroundTask task() {
            long all = total;
            int progress = all == 0 ? 0 : (int) Math.min(100, 100 * done / all);
            return new BackgroundTask(
                    "indexer", database.name(), definition.designDocument(), progress, done, all, startedMs, updatedMs);
        }

        /** Returns once nothing is built any more. */
        void cancel() {
            cancelled = true;
            CompletableFuture<?> last;
            synchronized (this) {
                last = running;
            }
            try {
                last.exceptionally(failure -> null).get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void progress(long doneNow, long totalNow) {
            done = doneNow;
            total = totalNow;
            updatedMs = clock.millis();
        }

        @Override
        public boolean isCancelled() {
            return cancelled || database.isDeleted() || isUndefined();
        }
    }
}
