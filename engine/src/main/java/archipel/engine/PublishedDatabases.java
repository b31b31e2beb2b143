package archipel.engine;

import archipel.changes.Waiters;
import archipel.changes.Wakers;
import archipel.engine.SystemCatalog.Change;
import archipel.engine.SystemCatalog.Nameless;
import archipel.engine.SystemCatalog.Placement;
import archipel.storage.CatalogKeys;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The databases and facts as readers find them. Changed on one thread at a time, which all writers wait for: nothing
 * here writes, waits or depends on what is on the disk. Read by any.
 *
 * <p>A database is found by its name once its group has made it and the system group has named it, in whichever order
 * these two are published. Where an ensemble has a database of the name of one that is this node's alone, the name
 * means the ensemble's, which all members have to have alike.
 */
final class PublishedDatabases implements GroupMachine.Audience {
    private final Host host;
    private final Wakers wakers;
    private final Waiters forEvents = new Waiters();
    private final Waiters forPositions = new Waiters();
    private final SortedMap<Integer, Group> groups = new TreeMap<>();
    private volatile Events events = new Events();
    private final ConcurrentSkipListMap<String, Database> byName = new ConcurrentSkipListMap<>();
    // Of this node alone, also those whose name means another one.
    private final ConcurrentSkipListMap<String, Database> localByName = new ConcurrentSkipListMap<>();
    private final ConcurrentHashMap<Integer, Nameless> building = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Integer, Nameless> toErase = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, String> facts = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Integer, Placement> placements = new ConcurrentHashMap<>();
    // What the next database gets, by the group that names it.
    private final ConcurrentHashMap<Integer, Integer> upcomingNumbers = new ConcurrentHashMap<>();
    // For the publishing thread.
    private final List<Database> advanced = new ArrayList<>();
    private final List<Waiters> news = new ArrayList<>();

    PublishedDatabases(Host host, Wakers wakers) {
        this.host = host;
        this.wakers = wakers;
    }

    /** What there is as the node opens. */
    void load(Collection<Group> all) {
        all.forEach(group -> groups.put(group.id(), group));
        facts.putAll(SystemCatalog.facts(host.store()));
        for (Group naming : naming()) {
            SystemCatalog system = system(naming);
            upcomingNumbers.put(naming.id(), system.upcomingNumber());
            events.load(host.store(), naming.id());
            for (Placement placement : system.databases()) {
                placements.put(placement.number(), placement);
                events.named(placement);
            }
            for (Nameless database : system.namelessDatabases()) {
                (database.building() ? building : toErase).put(database.number(), database);
            }
        }
        for (Group group : all) {
            group.machine().catalog().databases().forEach(this::changed);
        }
    }

    // Those that know which databases there are.
    private List<Group> naming() {
        return groups.values().stream()
                .filter(group -> CatalogKeys.names(group.id()))
                .toList();
    }

    /**
     * Makes sure that each database which has a name is there.
     *
     * @param apart whether each group has an order of its own, so that one may know of a database that the other does
     *     not have yet: nothing is to be made sure of then
     * @throws StorageException of kind corrupt otherwise
     */
    void requireStates(boolean apart) {
        if (apart) {
            return;
        }
        for (Placement placement : placements.values()) {
            if (find(placement) == null) {
                throw new StorageException(
                        StorageException.Kind.CORRUPT, "database " + placement.name() + " has no state");
            }
        }
    }

    private static SystemCatalog system(Group group) {
        SystemCatalog system = group.machine().system();
        if (system == null) {
            throw new IllegalArgumentException("group " + group.id() + " is not the system group");
        }
        return system;
    }

    private Group group(int id) {
        Group group = groups.get(id);
        if (group == null) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT, "databases are in group " + id + ", which is none");
        }
        return group;
    }

    /** Null when there is none of that name. */
    @Nullable
    Database find(String name) {
        return byName.get(name);
    }

    /** As {@link #find(String)}; of those that are this node's alone where {@code local} says so. */
    @Nullable
    Database find(String name, boolean local) {
        Database found = local ? localByName.get(name) : byName.get(name);
        return found == null || found.isLocal() == local ? found : null;
    }

    /** Where the database of a name is, also while its group has not come as far here; null where there is none. */
    @Nullable
    Placement placement(String name) {
        // The ensemble's has a smaller number.
        return placements.values().stream()
                .filter(placement -> placement.name().equals(name))
                .min(Comparator.comparingInt(Placement::number))
                .orElse(null);
    }

    /** In ascending order of their names. */
    SortedMap<String, Database> named() {
        return byName;
    }

    /** All that have a name, also where that means another one. */
    Collection<Database> all() {
        List<Database> all = new ArrayList<>(byName.values());
        for (Map.Entry<String, Database> local : localByName.entrySet()) {
            if (byName.get(local.getKey()) != local.getValue()) {
                all.add(local.getValue());
            }
        }
        return all;
    }

    /** Those that are to get a name. */
    Collection<Nameless> building() {
        return building.values();
    }

    /** Those whose rows are to be deleted. */
    Collection<Nameless> toErase() {
        return toErase.values();
    }

    /** What the next database gets that is not this node's alone. */
    int upcomingNumber() {
        return upcomingNumbers.getOrDefault(CatalogKeys.SYSTEM_GROUP, 0);
    }

    /** Whether the group that names databases of its kind knows nothing of that one any more. */
    boolean isForgotten(int number) {
        // In this order: what a database turns into is put before what it was is taken away.
        return number < upcomingNumbers.getOrDefault(CatalogKeys.namingOf(number), 0)
                && !building.containsKey(number)
                && !placements.containsKey(number)
                && !toErase.containsKey(number);
    }

    SortedMap<String, String> facts() {
        return new TreeMap<>(facts);
    }

    @Nullable
    String fact(String key) {
        return facts.get(key);
    }

    Events events() {
        return events;
    }

    @Override
    public void publish(SystemCatalog.Changes round) {
        for (Change change : round.changes()) {
            switch (change) {
                case Change.Named(Placement placement) -> {
                    placements.put(placement.number(), placement);
                    Database database = find(placement);
                    events.named(placement);
                    if (database != null) {
                        show(database, placement);
                    }
                }
                case Change.Renewed(Placement placement) -> {
                    placements.put(placement.number(), placement);
                    Database database = find(placement);
                    if (database != null) {
                        database.named(placement);
                    }
                }
                case Change.Building(Nameless database) -> {
                    building.put(database.number(), database);
                    upcomingNumbers.merge(CatalogKeys.namingOf(database.number()), database.number() + 1, Math::max);
                }
                case Change.Built(int number) -> building.remove(number);
                case Change.Dropped(Placement placement, long position) -> {
                    placements.remove(placement.number());
                    Database database = find(placement);
                    if (database != null) {
                        hide(placement.name(), database);
                        end(database);
                    }
                    events.dropped(placement, position);
                }
                case Change.ToErase(Nameless database) -> toErase.put(database.number(), database);
                case Change.Forgotten(int number) -> toErase.remove(number);
                case Change.FactPut(String key, String value) -> {
                    if (value == null) {
                        facts.remove(key);
                    } else {
                        facts.put(key, value);
                    }
                    host.factChanged(key);
                }
            }
        }
    }

    @Override
    public void freeze(int group) {
        group(group).freeze();
    }

    @Override
    public void replace(Catalog catalog, @Nullable SystemCatalog named) {
        Group group = group(catalog.group());
        if (named != null) {
            replace(named);
        }
        Set<Integer> numbers = catalog.numbers();
        for (Database database : List.copyOf(group.databases())) {
            if (!numbers.contains(database.number())) {
                group.remove(database.number());
                hide(database.name(), database);
                end(database);
            }
        }
        catalog.databases().forEach(this::changed);
        host.freed();
        group.publish(catalog.position(), catalog.format());
        group.thaw();
    }

    // Which databases there are, and the facts. As with a round, what a database turns into comes first.
    private void replace(SystemCatalog named) {
        Map<Integer, Placement> before = new HashMap<>(placements);
        before.keySet().removeIf(CatalogKeys::isLocal);
        Map<Integer, Placement> now = new HashMap<>();
        named.databases().forEach(placement -> now.put(placement.number(), placement));
        Map<Integer, Nameless> built = new HashMap<>();
        Map<Integer, Nameless> erased = new HashMap<>();
        for (Nameless database : named.namelessDatabases()) {
            (database.building() ? built : erased).put(database.number(), database);
        }
        toErase.putAll(erased);
        placements.putAll(now);
        building.putAll(built);
        upcomingNumbers.put(CatalogKeys.SYSTEM_GROUP, named.upcomingNumber());
        building.keySet().removeIf(number -> !CatalogKeys.isLocal(number) && !built.containsKey(number));
        placements.keySet().removeIf(number -> !CatalogKeys.isLocal(number) && !now.containsKey(number));
        toErase.keySet().removeIf(number -> !CatalogKeys.isLocal(number) && !erased.containsKey(number));
        before.values().forEach(old -> {
            Placement placement = now.get(old.number());
            Database database = find(old);
            if (database != null && (placement == null || !placement.name().equals(old.name()))) {
                hide(old.name(), database);
                end(database);
            }
        });
        for (Placement placement : now.values()) {
            Database database = find(placement);
            if (database != null) {
                show(database, placement);
            }
        }
        replaceFacts();
        events = eventsAnew();
    }

    private void replaceFacts() {
        Map<String, String> stored = SystemCatalog.facts(host.store());
        Set<String> changed = new TreeSet<>(facts.keySet());
        changed.addAll(stored.keySet());
        changed.removeIf(key -> Objects.equals(stored.get(key), facts.get(key)));
        facts.keySet().retainAll(stored.keySet());
        facts.putAll(stored);
        changed.forEach(host::factChanged);
    }

    private Events eventsAnew() {
        Events fresh = new Events();
        naming().forEach(group -> fresh.load(host.store(), group.id()));
        for (Placement placement : placements.values()) {
            fresh.named(placement);
            Database database = find(placement);
            if (database != null) {
                tell(fresh, placement, database.published());
            }
        }
        return fresh;
    }

    private @Nullable Database find(Placement placement) {
        return group(placement.group()).find(placement.number());
    }

    @Override
    public void publish(Catalog.Changes round) {
        Group group = group(round.group());
        for (int number : round.erased()) {
            Database database = group.remove(number);
            if (database != null) {
                // The system group may tell later that it was dropped.
                hide(database.name(), database);
                end(database);
            }
        }
        if (!round.erased().isEmpty()) {
            host.freed();
        }
        round.changed().forEach(this::changed);
        group.publish(round.position(), round.format());
    }

    private void changed(DatabaseRow row) {
        Placement placement = placements.get(row.number());
        Group group = group(row.group());
        Database known = group.find(row.number());
        if (known == null) {
            Database made = host.open(group, row);
            group.add(made);
            if (placement != null) {
                show(made, placement);
            }
        } else {
            known.publish(row);
            advanced.add(known);
        }
        if (placement != null) {
            tell(events, placement, row);
        }
    }

    private static void tell(Events events, Placement placement, DatabaseRow row) {
        if (row.state().head().number() > 0) {
            events.updated(row.group(), row.eventPosition(), placement.name());
        } else if (placement.position() == 0) {
            events.created(row.group(), row.eventPosition(), placement.name());
        }
    }

    private void show(Database database, Placement placement) {
        database.named(placement);
        if (!database.isLocal()) {
            Database before = byName.put(placement.name(), database);
            if (before != null && before.isLocal()) {
                host.covered(before);
            }
            return;
        }
        localByName.put(placement.name(), database);
        Database before = byName.get(placement.name());
        if (before == null || before.isLocal()) {
            byName.put(placement.name(), database);
        } else {
            host.covered(database);
        }
    }

    // What one of this node's had the same name can be found by it again.
    private void hide(String name, Database database) {
        localByName.remove(name, database);
        Database local = localByName.get(name);
        if (local == null) {
            byName.remove(name, database);
        } else {
            byName.replace(name, database, local);
        }
    }

    private void end(Database database) {
        if (!database.isDeleted()) {
            database.markDeleted();
            host.dropped(database);
            wakers.wake(database.waiters());
        }
    }

    @Override
    public void news(Waiters waiting) {
        if (!waiting.isEmpty()) {
            news.add(waiting);
        }
    }

    /** Readers see what was published; wakes those who wait for it. */
    void wake() {
        news.forEach(wakers::wake);
        news.clear();
        for (Database database : advanced) {
            if (database.hasNewHead()) {
                wakers.wake(database.waiters());
            }
        }
        advanced.clear();
        // Most rounds of the system group tell of no database, and each thread that is woken costs as much as a write.
        if (events.seen(number -> group(number).index())) {
            wakers.wake(forEvents);
        }
        wakers.wake(forPositions);
    }

    /** Whoever waits looks again, since the node is about to close. */
    void wakeAll() {
        forEvents.wake();
        forPositions.wake();
        all().forEach(Database::wake);
    }

    /** @param ready asked again whenever readers see an event that they did not see */
    void awaitEvent(BooleanSupplier ready, Duration timeout) throws InterruptedException {
        forEvents.await(ready, timeout);
    }

    /** @param ready asked again whenever readers see newer commands */
    void awaitPosition(BooleanSupplier ready, Duration timeout) throws InterruptedException {
        forPositions.await(ready, timeout);
    }

    /** The node that the databases are of. What is called by a publication neither writes nor waits. */
    interface Host {
        Store store();

        /** A database for readers, as its row has it. */
        Database open(Group group, DatabaseRow row);

        /** A database is gone. */
        void dropped(Database database);

        /** A database that is this node's alone is not found by its name any more, which means another one. */
        void covered(Database database);

        /** Something was deleted whose space is in files still. */
        void freed();

        void factChanged(String key);
    }
}
