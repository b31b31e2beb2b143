package archipel.engine;

import archipel.changes.BackgroundTask;
import archipel.changes.Loops;
import archipel.changes.SteadyClock;
import archipel.changes.Wakers;
import archipel.command.Command;
import archipel.command.Lease;
import archipel.command.SystemCommand;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.Upkeep.Leases;
import archipel.engine.Upkeep.SharedUuid;
import archipel.health.Health;
import archipel.health.Metrics;
import archipel.health.Problem;
import archipel.health.Recurring;
import archipel.image.Installation;
import archipel.index.IndexStore;
import archipel.lock.Locks;
import archipel.log.BatchRunner;
import archipel.log.CommandLog;
import archipel.log.Duties;
import archipel.log.Extension;
import archipel.log.JointLog;
import archipel.log.LogContext;
import archipel.log.LogFactory;
import archipel.log.LogOptions;
import archipel.log.ReaderSnapshots;
import archipel.log.ReserveRefill;
import archipel.log.StateMachine;
import archipel.log.WriteState;
import archipel.storage.CatalogKeys;
import archipel.storage.DiskReserve;
import archipel.storage.FormatVersion;
import archipel.storage.KeySpace;
import archipel.storage.Opening;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import archipel.topic.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One process's data: the databases of one data directory. Safe for use by many threads. */
public final class Node implements AutoCloseable {
    /** Where the uuid was before nodes could share facts. */
    private static final String FORMER_UUID_FACT = "node/uuid";

    private static final System.Logger LOG = System.getLogger(Node.class.getName());

    private final DataDirectory directory;
    private final Store store;
    private final IndexStore indexes;
    private final DiskReserve reserve;
    private final ReserveRefill refill;
    private final NodeOptions options;
    private final Environment environment;
    private final CommandLog log;
    private final Loops loops;
    private final Wakers wakers;
    private final List<Supplier<List<BackgroundTask>>> moreTasks = new CopyOnWriteArrayList<>();
    private final Compactions compactions;
    private final Pruner pruner;
    private final Reclaimer reclaimer;
    private final PublishedDatabases databases;
    private final SortedMap<Integer, Group> groups = new TreeMap<>();
    private final int dataGroups;
    private final Duties duties = new Duties();
    private final DatabaseSteps steps;
    private final Leases leases;
    private final Upkeep upkeep;
    private final Locks locks;
    private final Topics topics;
    private final List<Consumer<String>> factListeners = new CopyOnWriteArrayList<>();
    private final String uuid;
    private final SharedUuid shared;
    private final Formats formats;
    private final ReentrantLock backups = new ReentrantLock();
    private final Health health = new Health();
    private final Metrics metrics = new Metrics();
    private final Recurring faults = new Recurring(health, Problem.WRITE_FAULTS);
    private final WriteState writes;
    private final ReaderSnapshots snapshots;
    private volatile boolean closing;

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
        this.loops = new Loops(environment.threads(), clock, health);
        this.refill = new ReserveRefill(reserve, health, loops);
        this.indexes = new IndexStore(
                directory.indexes(),
                store,
                this::ownUuid,
                health,
                work -> loops.task("index-space", work).start());
        this.compactions = new Compactions(clock, loops);
        this.reclaimer = new Reclaimer(this, options.reclaiming(), clock, loops);
        this.writes = new WriteState(store, health, reserve::isLeft);
        try (Opening opening = new Opening()) {
            this.wakers = opening.add(new Wakers(loops));
            this.databases = new PublishedDatabases(new Host(), wakers);
            Installation.resume(store);
            this.dataGroups = environment.dataGroups();
            List<GroupMachine> loaded =
                    GroupMachine.loadAll(store, environment, FormatVersion.NEWEST, directory::raiseFormat, databases);
            this.snapshots = new ReaderSnapshots(store, clock);
            opening.add(this::releaseSnapshots);
            Map<Integer, StateMachine> machines = new TreeMap<>();
            for (GroupMachine machine : loaded) {
                groups.put(machine.group(), new Group(machine, this::log, snapshots.newest()));
                machines.put(machine.group(), environment.machineOf().apply(machine.group(), machine));
            }
            databases.load(groups.values());
            databases.requireStates(environment.logs().isReplicated());
            NodeRows.place(store, environment.logs().isReplicated());
            // Before anything can be published.
            this.pruner = new Pruner(this, options.history(), clock, loops);
            if (options.durability() != NodeOptions.Durability.OS) {
                writes.begin(full);
            }
            this.log = opening.add(openLog(machines));
            this.formats = new Formats(groups.values(), directory, log.isReplicated());
            formats.begin();
            this.uuid = NodeRows.uuid(store, databases.fact(FORMER_UUID_FACT), this::newUuid);
            this.leases = new Leases(this, Lease.ownerOf(uuid, newUuid()));
            this.shared = new SharedUuid(this, uuid);
            this.steps = new DatabaseSteps(this, databases, leases);
            this.upkeep = new Upkeep(this, steps, leases, shared, loops);
            Group system = group(CatalogKeys.SYSTEM_GROUP);
            this.locks = new Locks(
                    log, duties, system.machine().publishedLocks(), system::format, clock, SteadyClock.system(), loops);
            this.topics = new Topics(log, duties, new Group.OfTopics(groups, dataGroups), clock);
            NodeMetrics.register(this, directory, log, writes);
            opening.keep();
        }
    }

    private CommandLog openLog(Map<Integer, StateMachine> machines) {
        LogOptions bounds = options.log();
        LogFactory logs = environment.logs();
        LogContext context = new LogContext(
                machines,
                new BatchRunner(store, this::advance, bounds.batchBytes()),
                duties,
                bounds,
                environment.threads(),
                environment.clock(),
                health,
                directory.log(),
                new LogContext.Disk(store, writes, reserve));
        return logs.isReplicated()
                ? JointLog.open(logs, context, CatalogKeys.LOCAL_GROUP, this::advanceLocal)
                : logs.open(context);
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
     * As {@link #open(Path, NodeOptions)}, with a log that is elsewhere.
     *
     * @param logs what puts the node's commands in order; the same each time that the directory is opened, unless all
     *     that the log has was applied
     */
    public static Node open(Path directory, NodeOptions options, LogFactory logs) {
        return open(directory, options, Environment.real(options.limits()).withLogs(logs));
    }

    /** As {@link #open(Path, NodeOptions)}; where there is no other log with that of this node alone. */
    public static Node open(Path directory, NodeOptions options, @Nullable LogFactory logs, Extension extension) {
        Environment environment = Environment.real(options.limits()).withExtension(extension);
        return open(directory, options, logs == null ? environment : environment.withLogs(logs));
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
        node.refill.start();
        node.pruner.start();
        node.upkeep.start();
        node.locks.start();
        node.reclaimer.start();
        return node;
    }

    /** Opens a directory to copy it or to go back in it: nothing is pruned by itself, whatever the policies say. */
    static Node openStill(Path path, NodeOptions options, Environment environment) {
        try (Opening opening = new Opening()) {
            DataDirectory directory = opening.add(DataDirectory.open(path, options.mustExist()));
            try {
                DiskReserve reserve = directory.reserve(options);
                DataDirectory.OpenedStore opened = directory.openStore(environment.store(), options, reserve);
                Store store = opening.add(opened.store());
                Node node = new Node(directory, store, reserve, opened.full(), options, environment);
                opening.keep();
                return node;
            } catch (RuntimeException e) {
                throw directory.explain(e);
            }
        }
    }

    /** 32 hex digits by which replicators know the node; the members of an ensemble have the same. */
    public String uuid() {
        return shared.get();
    }

    /**
     * As {@link #uuid}, once it will not be another one.
     *
     * @throws RequestException 503 before that
     */
    public String settledUuid() {
        return shared.settled();
    }

    /** The same for the life of the data directory, and no other node's. */
    String ownUuid() {
        return uuid;
    }

    /** Whether other nodes have the same databases, but for those that are this node's alone. */
    public boolean isReplicated() {
        return log.isReplicated();
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
        if (database == null && log.isReplicated()) {
            awaitNames();
            database = findNamed(name);
        }
        if (database == null) {
            throw new RequestException(ErrorCode.NO_DATABASE);
        }
        return database;
    }

    // Of a name that this node knows, the database may be behind: each group has an order of its own.
    private @Nullable Database findNamed(String name) {
        Database database = find(name);
        if (database != null) {
            return database;
        }
        SystemCatalog.Placement placement = databases.placement(name);
        if (placement == null) {
            return null;
        }
        CommandLog.await(log.readBarrier(placement.group()));
        return find(name);
    }

    /**
     * A database that is this node's alone, also where its name means one of the ensemble's; any on a node that is in
     * none.
     *
     * @throws RequestException 404 when there is none
     */
    public Database localDatabase(String name) {
        Database local = databases.find(name, true);
        if (local != null) {
            return local;
        }
        if (log.isReplicated()) {
            throw new RequestException(ErrorCode.NO_DATABASE);
        }
        return database(name);
    }

    /**
     * Waits until this node knows of every database that was made or dropped before, by whichever node, and no other
     * node can show one that was dropped. Returns at once where no other node has its log.
     *
     * @throws RequestException 503 where it cannot make sure of that
     */
    public void awaitNames() {
        if (log.isReplicated()) {
            CommandLog.await(systemBarrier());
            steps.finishDrops();
        }
    }

    /** @throws RequestException 412 when there is one of that name; the name is not validated here */
    public Database create(String name) {
        return create(name, DatabaseRow.DEFAULT_LIMIT);
    }

    /**
     * As {@link #create(String)}.
     *
     * @param revisionsLimit how many revisions of each branch it keeps until that is changed, one at least
     */
    public Database create(String name, int revisionsLimit) {
        return create(name, revisionsLimit, false);
    }

    /**
     * As {@link #create(String)}.
     *
     * @param local whether it is to be this node's alone, where others are an ensemble's. Nobody else is asked, so that
     *     the ensemble can get a database of that name: then the name means that one
     */
    public Database create(String name, int revisionsLimit, boolean local) {
        return steps.create(name, revisionsLimit, local && log.isReplicated());
    }

    /** @throws RequestException 404 when there is none */
    public void delete(String name) {
        steps.delete(name, false);
    }

    /** As {@link #delete}, of what {@link #localDatabase} finds. */
    public void deleteLocal(String name) {
        steps.delete(name, true);
    }

    /**
     * Does the work each time that this node begins to lead the system group; now, on this thread, where it does
     * already. What a node does to shared state without being asked belongs here, within {@link #inTerm}.
     *
     * @param work given the term in which this node leads
     */
    public void whenLeading(LongConsumer work) {
        duties.whenLeading(CatalogKeys.SYSTEM_GROUP, work);
    }

    /** In which this node leads the system group; none while it does not. */
    public OptionalLong term() {
        return duties.term(CatalogKeys.SYSTEM_GROUP);
    }

    /** Does the work; what it makes is refused with {@link ErrorCode#STALE_TERM} where another node leads by then. */
    public void inTerm(long term, Runnable work) {
        Duties.inTerm(CatalogKeys.SYSTEM_GROUP, term, () -> {
            work.run();
            return true;
        });
    }

    /**
     * Runs the listener whenever this node has begun or ceased to lead a group; see {@link Database#term}. It must not
     * wait.
     */
    public void onLeadership(Runnable listener) {
        duties.onChange(listener);
    }

    /** Reports writes that failed here and would not have elsewhere. */
    void reportFaults() {
        faults.update(
                writes.faults(),
                "Writes failed that a sound node would have applied; the log says why. Run 'archipel check'.");
    }

    /** The format in which all groups write, which is the oldest of theirs. */
    public FormatVersion format() {
        return formats.oldest();
    }

    /**
     * Lets all groups write in a format from here on. Programs that do not know it cannot open the data any more, and
     * stop where they share a log. A node that is on its own does this by itself as it opens.
     *
     * @throws RequestException 400 for a format that this program does not know
     */
    public void raiseFormat(int version) {
        formats.raise(version);
    }

    Formats formats() {
        return formats;
    }

    /** Of the newest commands that readers see; what {@code _db_updates} counts in. */
    public EventPosition position() {
        return EventPosition.of(groups.values(), eventNode());
    }

    // By which this node's own part of a position is told from another's.
    private String eventNode() {
        return uuid.substring(0, EventPosition.NODE_DIGITS);
    }

    /** The newest event of each database that has one after {@code position}; those of one group in order. */
    public List<DatabaseEvent> eventsSince(EventPosition position) {
        return databases.events().since(position.at(eventNode()), position());
    }

    /** Waits for an event after {@code position}; false when there was none in time, or the node is closing. */
    public boolean awaitEvent(EventPosition position, Duration timeout) throws InterruptedException {
        EventPosition since = position.at(eventNode());
        databases.awaitEvent(() -> closing || databases.events().isAfter(since, position()), timeout);
        return !closing && databases.events().isAfter(since, position());
    }

    /** Waits until the newest commands are no earlier; false when they were not in time, or the node is closing. */
    public boolean awaitPosition(EventPosition position, Duration timeout) throws InterruptedException {
        EventPosition here = position.at(eventNode());
        databases.awaitPosition(() -> closing || !here.isBeyond(position()), timeout);
        return !here.isBeyond(position());
    }

    /** Settings changed at run time and other small durable facts, by key. */
    public SortedMap<String, String> facts() {
        return databases.facts();
    }

    /** Durably sets a fact, or removes it when the value is null. */
    public void putFact(String key, @Nullable String value) {
        submit(new SystemCommand.PutFact(key, value));
    }

    /** Appends a command of the {@link Extension} without a wait; ends once this node shows what it came to. */
    public CompletableFuture<Boolean> extend(byte[] command, long stream) {
        return submitLater(
                CatalogKeys.SYSTEM_GROUP,
                Duties.bound(CatalogKeys.SYSTEM_GROUP, new SystemCommand.Extend(command, nowMs(), stream)));
    }

    /** Ends once this node shows all that the system group has now. */
    public CompletableFuture<@Nullable Void> systemBarrier() {
        return readBarrier(CatalogKeys.SYSTEM_GROUP);
    }

    /** Null where there is none. */
    public @Nullable String fact(String key) {
        return databases.fact(key);
    }

    /** Told the key of each fact that any node has changed, once readers see it; on a thread of its own. */
    public void onFact(Consumer<String> listener) {
        factListeners.add(listener);
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

    /** Whether {@link #close} has begun; feeds end then. */
    public boolean isClosing() {
        return closing;
    }

    /** Says that the node is about to close, so that feeds end; everything else goes on until {@link #close}. */
    public void beginClosing() {
        closing = true;
        databases.wakeAll();
    }

    /** Ends feeds and uploads, commits what has been submitted, and lets the directory go. */
    @Override
    public void close() {
        beginClosing();
        // A rewrite can take hours, and the next start goes on with it.
        store.cancelReclaims();
        indexes.cancelReclaims();
        // First, because a compaction waits for the pruning that it asked for.
        pruner.close();
        upkeep.close();
        locks.close();
        compactions.close();
        reclaimer.close();
        log.close();
        refill.close();
        wakers.close();
        releaseSnapshots();
        indexes.close();
        store.close();
        directory.close();
    }

    private void releaseSnapshots() {
        groups.values().forEach(Group::close);
        snapshots.newest().release();
    }

    /** Submits and waits; what refuses or fails the command is thrown here. */
    <A extends @Nullable Object> A submit(SystemCommand<A> command) {
        return submit(CatalogKeys.SYSTEM_GROUP, Duties.bound(CatalogKeys.SYSTEM_GROUP, command));
    }

    <A extends @Nullable Object> A submit(int group, Command<A> command) {
        return CommandLog.await(submitLater(group, command));
    }

    <A extends @Nullable Object> CompletableFuture<A> submitLater(int group, Command<A> command) {
        return group(group).append(command);
    }

    @Nullable
    String leader(int group) {
        return log.leader(group);
    }

    private CommandLog log() {
        return log;
    }

    Group group(int id) {
        Group group = groups.get(id);
        if (group == null) {
            throw new IllegalArgumentException("there is no group " + id);
        }
        return group;
    }

    /** As {@link #topics}. */
    public Locks locks() {
        return locks;
    }

    /** Those of the ensemble where the node is in one. */
    public Topics topics() {
        return topics;
    }

    Duties duties() {
        return duties;
    }

    Leases leases() {
        return leases;
    }

    DatabaseSteps steps() {
        return steps;
    }

    Upkeep upkeep() {
        return upkeep;
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
        return group(group).numbers();
    }

    /** The groups of this node, in ascending order. */
    List<Integer> groups() {
        return List.copyOf(groups.keySet());
    }

    /** Over how many groups, from the first data group on, new databases are spread. */
    int dataGroups() {
        return dataGroups;
    }

    /** Free bytes on the disk for this process; 0 where that cannot be told. */
    long usableBytes() {
        return directory.usableBytes();
    }

    /** All that have a name, also those whose name means another one. */
    Collection<Database> databases() {
        return databases.all();
    }

    Store store() {
        return store;
    }

    IndexStore indexes() {
        return indexes;
    }

    /** Deletes what earlier runs have left of indexes that nobody has any more. */
    void sweepIndexes() {
        indexes.sweep((id, number) -> groups.get(id) instanceof Group group && group.find(number) != null);
    }

    long newUpload() {
        return environment.random().nextLong();
    }

    String newUuid() {
        return environment.newUuid();
    }

    /**
     * For how long the oldest state that a reader still holds has not been the newest, milliseconds; 0 where all read
     * the newest. What was overwritten or deleted since takes space until that reader is done.
     */
    public long oldestSnapshotMs() {
        return snapshots.oldestMs();
    }

    // On one thread of the log at a time, which all writers wait for: nothing here writes, waits or depends on what is
    // on the disk; other threads do the rest. What the groups have was published before, so that a reader that takes
    // the epoch first and a state that is not newer has the state as of that epoch; see Database.Source.
    private void advance(StoreSnapshot snapshot) {
        try {
            boolean apart = environment.logs().isReplicated();
            groups.forEach((id, group) -> {
                if (!apart || id != CatalogKeys.LOCAL_GROUP) {
                    group.advance(snapshot);
                }
            });
        } finally {
            // Taken over in any case.
            snapshots.advance(snapshot);
        }
        databases.wake();
    }

    // As advance, for the group that is this node's alone where others have another log.
    private void advanceLocal(StoreSnapshot snapshot) {
        try {
            group(CatalogKeys.LOCAL_GROUP).advance(snapshot);
        } finally {
            snapshot.release();
        }
        databases.wake();
    }

    private final class Host implements PublishedDatabases.Host {
        @Override
        public Store store() {
            return store;
        }

        @Override
        public Database open(Group group, DatabaseRow row) {
            return new Database(Node.this, group, row);
        }

        @Override
        public void dropped(Database database) {
            pruner.dropped(database);
        }

        @Override
        public void freed() {
            reclaimer.freed();
        }

        @Override
        public void covered(Database database) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The name {0} means the ensemble''s database from now on. The one of this node alone is kept, and"
                            + " found with ensemble=false.",
                    database.name());
        }

        // Those who are told may take their time.
        @Override
        public void factChanged(String key) {
            if (!factListeners.isEmpty()) {
                Thread.ofVirtual()
                        .name("archipel-facts")
                        .start(() -> factListeners.forEach(listener -> listener.accept(key)));
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
}
