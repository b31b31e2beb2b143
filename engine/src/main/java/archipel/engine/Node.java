package archipel.engine;

import archipel.changes.FormerHead;
import archipel.changes.Threads;
import archipel.changes.Waiters;
import archipel.changes.Wakers;
import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.SystemCommand;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.health.Health;
import archipel.health.Metrics;
import archipel.health.Problem;
import archipel.health.Recurring;
import archipel.index.IndexState;
import archipel.log.CommandLog;
import archipel.log.LocalLog;
import archipel.log.LogOptions;
import archipel.log.StateMachine;
import archipel.log.WriteState;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.DiskReserve;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One process's data: the databases of one data directory. Safe for use by many threads. */
public final class Node implements AutoCloseable {
    private static final String UUID_FACT = "node/uuid";
    /** Holds the databases; the system group, which names them, held them as well before there were groups. */
    private static final int DATA_GROUP = 1;

    static final List<Integer> GROUPS = List.of(CatalogKeys.SYSTEM_GROUP, DATA_GROUP);
    private static final Duration RESERVE_DELAY = Duration.ofSeconds(2);

    private static final System.Logger LOG = System.getLogger(Node.class.getName());

    private final DataDirectory directory;
    private final Store store;
    private final DiskReserve reserve;
    private final NodeOptions options;
    private final Environment environment;
    private final CommandLog log;
    private final Wakers wakers;
    private final Waiters eventWaiters = new Waiters();
    private final List<Supplier<List<BackgroundTask>>> moreTasks = new CopyOnWriteArrayList<>();
    private final Compactions compactions;
    private final Pruner pruner;
    private final Reclaimer reclaimer;
    private final PublishedDatabases databases;
    private final String uuid;
    private final ReentrantLock backups = new ReentrantLock();
    private final Health health = new Health();
    private final Metrics metrics = new Metrics();
    // Numbers of databases that were built here and given up, with their groups.
    private final Map<Integer, Integer> abandoned = new ConcurrentHashMap<>();
    private final Recurring faults = new Recurring(health, Problem.WRITE_FAULTS);
    private final WriteState writes;
    private volatile Epoch epoch;
    // Those that are not the newest any more and still held, in the order in which that came to be.
    private final Queue<SupersededEpoch> superseded = new ConcurrentLinkedQueue<>();
    private volatile boolean closing;
    private @Nullable Thread reserving;

    private Node(
            DataDirectory directory,
            Store store,
            DiskReserve reserve,
            boolean full,
            NodeOptions options,
            Environment environment) {
        this.directory = directory;
        this.store = store;
        this.reserve = reserve;
        this.options = options;
        this.environment = environment;
        InstantSource clock = environment.clock();
        Threads threads = environment.threads();
        this.wakers = new Wakers(threads);
        this.compactions = new Compactions(clock, threads);
        this.reclaimer = new Reclaimer(this, options.reclaiming(), clock, threads);
        this.databases = new PublishedDatabases(this, wakers, eventWaiters, this::dropped);
        SystemCatalog system = SystemCatalog.load(store);
        Map<Integer, Catalog> catalogs = new TreeMap<>();
        for (int group : GROUPS) {
            catalogs.put(group, Catalog.load(store, group));
        }
        databases.load(system, catalogs.values());
        loadFacts();
        this.epoch = new Epoch(databases.position(), store.snapshot());
        // Before anything can be published.
        this.pruner = new Pruner(this, options.history(), clock, threads, databases.numbers(), system.upcomingNumber());
        List<SystemCatalog.Nameless> nameless = List.copyOf(system.namelessDatabases());
        this.writes = new WriteState(store, health, reserve::isLeft);
        makeDurable(writes, full);
        Map<Integer, StateMachine> machines = new TreeMap<>();
        catalogs.forEach((group, catalog) -> machines.put(
                group,
                environment
                        .machineOf()
                        .apply(
                                group,
                                new GroupMachine(
                                        store,
                                        catalog,
                                        group == CatalogKeys.SYSTEM_GROUP ? system : null,
                                        databases))));
        this.log = new LocalLog(store, machines, this::advance, writes, reserve, logOptions(options), threads);
        this.uuid = durableUuid();
        dropUploads();
        abandonBuilt(nameless);
        registerMetrics(directory);
    }

    private static LogOptions logOptions(NodeOptions options) {
        return new LogOptions(
                options.durability() == NodeOptions.Durability.FSYNC,
                options.groupBytes(),
                options.limits().queueBytes(),
                options.limits().queueWait());
    }

    // What a kill left in the write-ahead log was perhaps never on the disk; what readers see must be.
    private void makeDurable(WriteState writes, boolean full) {
        if (options.durability() == NodeOptions.Durability.OS) {
            return;
        }
        try {
            store.rewrite();
            if (full) {
                writes.full(new StorageException(StorageException.Kind.FULL, "the store was opened from the reserve"));
            }
        } catch (StorageException e) {
            writes.doubtful(e);
        }
    }

    // Once the start is over, which needs the processors. What is in doubt is recovered on the disk.
    private void prepareReserve() {
        Thread thread = environment.threads().background("archipel-reserve", () -> {
            try {
                eventWaiters.await(() -> closing, RESERVE_DELAY);
            } catch (InterruptedException stopped) {
                return;
            }
            if (!closing
                    && !health.has(Problem.DISK_FULL)
                    && !health.has(Problem.STORAGE_HALTED)
                    && !reserve.restore()) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "There is no space for the reserve: on a full disk, deletions will be refused, too.");
            }
        });
        reserving = thread;
        thread.start();
    }

    /**
     * Opens the data directory, making it if there is none. Costs the same however much its databases hold.
     *
     * @throws NodeOpenException where another process holds it, it is not Archipel's, or a newer version wrote it
     */
    public static Node open(Path directory, NodeOptions options) {
        return open(directory, options, Environment.real(options.limits()));
    }

    /**
     * Whether a node has ever been opened there.
     *
     * @throws NodeOpenException where this process may not find out
     */
    public static boolean hasData(Path directory) {
        return DataDirectory.exists(directory);
    }

    static Node open(Path path, NodeOptions options, Environment environment) {
        Node node = openStill(path, options, environment);
        node.prepareReserve();
        node.pruner.start();
        node.reclaimer.start();
        return node;
    }

    /** Opens a directory to copy it or to go back in it: nothing is pruned by itself, whatever the policies say. */
    static Node openStill(Path path, NodeOptions options, Environment environment) {
        DataDirectory directory = DataDirectory.open(path, options.mustExist());
        DiskReserve reserve = directory.reserve(options);
        try {
            boolean full = false;
            Store store = null;
            while (store == null) {
                try {
                    store = directory.openStore(environment.store(), options);
                } catch (StorageException e) {
                    if (e.kind() != StorageException.Kind.FULL || !reserve.releasePart()) {
                        throw e;
                    }
                    full = true;
                }
            }
            try {
                return new Node(directory, store, reserve, full, options, environment);
            } catch (RuntimeException e) {
                store.close();
                throw e;
            }
        } catch (RuntimeException e) {
            directory.close();
            throw directory.explain(e);
        }
    }

    /** 32 hex digits, the same for the life of the data directory. */
    public String uuid() {
        return uuid;
    }

    /** In ascending order. */
    public List<String> databaseNames() {
        return List.copyOf(databases.named().keySet());
    }

    /** Null when there is none of that name. */
    public @Nullable Database find(String name) {
        return databases.find(name);
    }

    /** @throws RequestException 404 when there is none */
    public Database database(String name) {
        Database database = find(name);
        if (database == null) {
            throw new RequestException(ErrorCode.NO_DATABASE);
        }
        return database;
    }

    /** @throws RequestException 412 when there is one of that name; the name is not validated here */
    public Database create(String name) {
        if (find(name) != null) {
            throw new RequestException(ErrorCode.DATABASE_EXISTS);
        }
        Database built = build();
        name(built, name, false);
        return database(name);
    }

    /** A database without a name: nobody finds it before it gets one. */
    Database build() {
        int number = Math.toIntExact(submit(new SystemCommand.ReserveDatabase(DATA_GROUP, uuid)));
        try {
            submit(
                    DATA_GROUP,
                    new DataCommand.CreateDatabase(
                            number, newUuid(), nowMs(), DatabaseRow.DEFAULT_LIMIT, DatabaseRow.DEFAULT_LIMIT));
        } catch (RuntimeException e) {
            abandon(number, DATA_GROUP);
            throw e;
        }
        Database built = databases.find(number);
        if (built == null) {
            throw new IllegalStateException("a database that was just made is not there");
        }
        return built;
    }

    /**
     * Gives a database that was built its name, or gives it up.
     *
     * @param replace whether a database of that name is dropped; otherwise it is an error
     */
    void name(Database built, String name, boolean replace) {
        Database old = find(name);
        try {
            submit(new SystemCommand.NameDatabase(
                    built.number(), name, replace, old == null ? FormerHead.NONE : old.formerHead()));
        } catch (RuntimeException e) {
            abandon(built.number(), built.group());
            throw e;
        }
        if (old != null) {
            erase(old.number(), old.group());
        }
    }

    /** Gives up a database that was built; the pruner deletes what is left of it, or the next start. */
    void abandon(int number, int group) {
        abandoned.put(number, group);
        pruner.wake();
    }

    /** @throws RequestException 404 when there is none */
    public void delete(String name) {
        while (true) {
            Database database = database(name);
            try {
                submit(new SystemCommand.DropDatabase(name, database.number(), database.formerHead()));
                erase(database.number(), database.group());
                return;
            } catch (RequestException e) {
                // Dropped by somebody else; another may have the name already.
                if (e.code() != ErrorCode.NO_DATABASE) {
                    throw e;
                }
            }
        }
    }

    // What does not succeed is tried again: the name is gone already. One step after the other on the caller's thread,
    // since the log's threads must not wait for room in their own log.
    private void erase(int number, int group) {
        try {
            unlessGone(() -> submit(group, new DataCommand.EraseDatabase(number)));
            submit(new SystemCommand.ForgetDatabase(number));
        } catch (RequestException e) {
            LOG.log(System.Logger.Level.DEBUG, "the rows of a dropped database stay for now", e);
        }
    }

    // Erased before a kill, or it never got so far as to have rows.
    private static void unlessGone(Runnable step) {
        try {
            step.run();
        } catch (RequestException e) {
            if (e.code() != ErrorCode.NO_DATABASE) {
                throw e;
            }
        }
    }

    /** What is done each second: reports writes that failed here, and deletes what is left of dropped databases. */
    void tend() {
        faults.update(
                writes.faults(),
                "Writes failed that a sound node would have applied; the log says why. Run 'archipel check'.");
        eraseRemains();
    }

    private void eraseRemains() {
        abandoned.forEach((number, group) -> {
            if (!closing) {
                unlessGone(() -> submit(new SystemCommand.AbandonDatabase(number)));
                abandoned.remove(number);
            }
        });
        for (SystemCatalog.Nameless database : databases.toErase()) {
            if (!closing) {
                erase(database.number(), database.group());
            }
        }
    }

    // What a kill left of databases that were being built here.
    private void abandonBuilt(List<SystemCatalog.Nameless> nameless) {
        for (SystemCatalog.Nameless database : nameless) {
            if (database.building() && database.owner().equals(uuid)) {
                abandoned.put(database.number(), database.group());
            }
        }
    }

    /** Of the newest commands that readers see; what {@code _db_updates} counts in. */
    public EventPosition position() {
        return epoch.position();
    }

    /** The newest event of each database that has one after {@code position}; those of one group in order. */
    public List<DatabaseEvent> eventsSince(EventPosition position) {
        return databases.events().since(position);
    }

    /** Waits for an event after {@code position}; false when there was none in time, or the node is closing. */
    public boolean awaitEvent(EventPosition position, Duration timeout) throws InterruptedException {
        eventWaiters.await(() -> closing || databases.events().newest().isBeyond(position), timeout);
        return !closing && databases.events().newest().isBeyond(position);
    }

    /**
     * Waits until the newest commands are no earlier than {@code position}; false when that did not happen in time, or
     * the node is closing.
     */
    public boolean awaitPosition(EventPosition position, Duration timeout) throws InterruptedException {
        eventWaiters.await(() -> closing || !position.isBeyond(position()), timeout);
        return !position.isBeyond(position());
    }

    /** Settings changed at run time and other small durable facts, by key. */
    public SortedMap<String, String> facts() {
        return databases.facts();
    }

    /** Durably sets a fact, or removes it when the value is null. */
    public void putFact(String key, @Nullable String value) {
        submit(new SystemCommand.PutFact(key, value));
    }

    /** What runs in the background, for {@code _active_tasks}. */
    public List<BackgroundTask> tasks() {
        List<BackgroundTask> tasks = new ArrayList<>(compactions.tasks());
        tasks.addAll(pruner.tasks());
        tasks.addAll(reclaimer.tasks());
        moreTasks.forEach(source -> tasks.addAll(source.get()));
        return tasks;
    }

    /** Lets {@link #tasks} tell of others that work in the background, too. */
    public void addTasks(Supplier<List<BackgroundTask>> source) {
        moreTasks.add(source);
    }

    /**
     * Adds a copy of all that is stored to a directory of backups, while everything goes on; one at a time. The copy
     * has every write that was acknowledged before.
     *
     * @param directory one that holds backups of this node, or nothing
     * @param progress told now and then how many bytes were written
     * @throws NodeOpenException when the directory holds something else, or another process adds to it
     */
    public Backup.Taken backup(Path directory, Backup.Progress progress) {
        return backup(directory, 0, progress);
    }

    /**
     * As {@link #backup(Path, Backup.Progress)}.
     *
     * @param bytesPerSecond how much is written at the most; 0 for as much as can be
     */
    public Backup.Taken backup(Path directory, long bytesPerSecond, Backup.Progress progress) {
        backups.lock();
        try {
            return Backup.take(store, directory, bytesPerSecond, progress);
        } finally {
            backups.unlock();
        }
    }

    /** What is wrong with this node; every part of the process reports there. */
    public Health health() {
        return health;
    }

    /** What can be measured of this node; every part of the process registers there. */
    public Metrics metrics() {
        return metrics;
    }

    private void registerMetrics(DataDirectory directory) {
        metrics.gauge("commands_waiting", "write commands that wait for the writer", log::waiting);
        metrics.gauge("disk_free_bytes", "bytes that the data's disk has left for this process", directory::freeBytes);
        metrics.gauge("disk_size_bytes", "size of the disk that the data is on", directory::diskBytes);
        metrics.gauge("store_files_bytes", "bytes of the store's files, logs apart", store::fileBytes);
        metrics.counter("store_errors", "how often the store failed to read or write", Store::failures);
        metrics.counter(
                "write_faults", "writes that failed by a fault of this node, not of the request", writes::faults);
        metrics.gauge("snapshots", "states of the store that readers hold", store::openSnapshots);
        metrics.gauge(
                "oldest_snapshot_seconds",
                "for how long the oldest state that is still being read has been superseded",
                () -> oldestSnapshotMs() / 1e3);
        metrics.gauge("index_lag_changes", "changes that the index farthest behind has not seen", this::indexLag);
    }

    private double indexLag() {
        long greatest = 0;
        for (Database database : databases.named().values()) {
            long head = database.state().head().lastSeq();
            for (IndexState state : database.indexes().states()) {
                greatest = Math.max(greatest, head - state.seq());
            }
        }
        return greatest;
    }

    /** Whether {@link #close} has begun; feeds end then. */
    public boolean isClosing() {
        return closing;
    }

    /** Says that the node is about to close, so that feeds end; everything else goes on until {@link #close}. */
    public void beginClosing() {
        closing = true;
        eventWaiters.wake();
        databases.named().values().forEach(Database::wake);
    }

    /** Ends feeds and uploads, commits what has been submitted, and lets the directory go. */
    @Override
    public void close() {
        beginClosing();
        // A rewrite can take hours, and the next start goes on with it.
        store.cancelReclaims();
        // First, because a compaction waits for the pruning that it asked for.
        pruner.close();
        compactions.close();
        reclaimer.close();
        log.close();
        awaitReserve();
        wakers.close();
        epoch.store().release();
        store.close();
        directory.close();
    }

    private void awaitReserve() {
        Thread running = reserving;
        if (running != null) {
            try {
                running.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Submits and waits; what refuses or fails the command is thrown here. */
    <A extends @Nullable Object> A submit(SystemCommand<A> command) {
        return submit(CatalogKeys.SYSTEM_GROUP, command);
    }

    <A extends @Nullable Object> A submit(int group, Command<A> command) {
        return await(submitLater(group, command));
    }

    <A extends @Nullable Object> CompletableFuture<A> submitLater(int group, Command<A> command) {
        return log.append(group, command).thenApply(CommandLog.Applied::answer);
    }

    static <R> R await(CompletableFuture<R> result) {
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    CompletableFuture<@Nullable Void> readBarrier(int group) {
        return log.readBarrier(group);
    }

    long nowMs() {
        return environment.clock().millis();
    }

    NodeOptions options() {
        return options;
    }

    Compactions compactions() {
        return compactions;
    }

    Pruner pruner() {
        return pruner;
    }

    Reclaimer reclaimer() {
        return reclaimer;
    }

    /** Of a group's databases, also of those that have no name, in ascending order. */
    SortedSet<Integer> databaseNumbers(int group) {
        return databases.numbers(group);
    }

    /** The groups of this node, in ascending order. */
    List<Integer> groups() {
        return GROUPS;
    }

    /** Free bytes on the disk for this process; 0 where that cannot be told. */
    long usableBytes() {
        return directory.usableBytes();
    }

    /** All of them, in ascending order of their names. */
    Collection<Database> databases() {
        return databases.named().values();
    }

    Store store() {
        return store;
    }

    long newUpload() {
        return environment.random().nextLong();
    }

    String newUuid() {
        byte[] bytes = new byte[16];
        environment.random().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /**
     * For how long the oldest state that a reader still holds has not been the newest, milliseconds; 0 where all read
     * the newest. What was overwritten or deleted since takes space until that reader is done.
     */
    public long oldestSnapshotMs() {
        long now = nowMs();
        return superseded.stream()
                .filter(earlier -> !earlier.store().isReleased())
                .mapToLong(earlier -> Math.max(1, now - earlier.sinceMs()))
                .max()
                .orElse(0);
    }

    /** The current epoch, retained: its store is to be released. */
    Epoch retainEpoch() {
        while (true) {
            Epoch current = epoch;
            if (current.store().retain()) {
                return current;
            }
            // A newer one has been published since it was read.
            Thread.onSpinWait();
        }
    }

    // On one thread of the log at a time, which all writers wait for: nothing here writes, waits or depends on what is
    // on the disk; other threads do the rest. The states were published before, so that a reader that takes the epoch
    // first and a state that is not newer has the state as of that epoch; see Database.Source.
    private void advance(StoreSnapshot snapshot) {
        Epoch old = epoch;
        epoch = new Epoch(databases.position(), snapshot);
        old.store().release();
        superseded.removeIf(earlier -> earlier.store().isReleased());
        if (!old.store().isReleased()) {
            superseded.add(new SupersededEpoch(old.store(), nowMs()));
        }
        databases.wake();
    }

    private void dropped(Database database) {
        pruner.dropped(database);
    }

    private void loadFacts() {
        byte[] lower = CatalogKeys.facts();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                databases.loadFact(
                        CatalogKeys.suffixText(rows.key()), new String(rows.value(), StandardCharsets.UTF_8));
            }
        }
    }

    private String durableUuid() {
        String known = databases.fact(UUID_FACT);
        if (known == null) {
            known = newUuid();
            putFact(UUID_FACT, known);
        }
        return known;
    }

    // Uploads of an earlier run that no write took over.
    private void dropUploads() {
        for (int group : GROUPS) {
            byte[] lower = new CatalogKeys(group).uploads();
            try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
                for (boolean more = rows.first(); more; more = rows.next()) {
                    RowReader key = new RowReader(rows.key(), CatalogKeys.PREFIX);
                    submitLater(group, new DataCommand.DropUpload(key.u32(), key.u64()));
                }
            }
        }
    }

    static KeySpace keys(DatabaseRow row) {
        return new KeySpace(row.group(), row.number());
    }

    /**
     * @param position up to and with the event
     * @param kind {@code created}, {@code updated} or {@code deleted}
     */
    public record DatabaseEvent(EventPosition position, String database, String kind) {}

    /**
     * @param type as {@code _active_tasks} calls it, such as {@code database_compaction}
     * @param designDocument what it works for; null where it works for the whole database
     * @param progress percent
     * @param startedMs since the epoch
     * @param updatedMs since the epoch
     */
    public record BackgroundTask(
            String type,
            String database,
            @Nullable String designDocument,
            int progress,
            long changesDone,
            long totalChanges,
            long startedMs,
            long updatedMs) {}

    private record SupersededEpoch(StoreSnapshot store, long sinceMs) {}

    /**
     * What readers that come now see: the store as of a position in the log. There is one for each group committed,
     * shared by all its readers.
     */
    record Epoch(EventPosition position, StoreSnapshot store) {}
}
