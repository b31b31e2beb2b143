package archipel.engine;

import archipel.changes.Waiters;
import archipel.changes.Wakers;
import archipel.engine.SystemCatalog.Change;
import archipel.engine.SystemCatalog.Nameless;
import archipel.engine.SystemCatalog.Placement;
import archipel.storage.CatalogKeys;
import archipel.storage.StorageException;
import java.util.ArrayList;
import java.util.Collection;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The databases and facts as readers find them. Changed on one thread at a time, which all writers wait for: nothing
 * here writes, waits or depends on what is on the disk. Read by any.
 *
 * <p>A database is found by its name once its group has made it and the system group has named it, in whichever order
 * these two are published.
 */
final class PublishedDatabases implements GroupMachine.Audience {
    private final Node node;
    private final Wakers wakers;
    private final Waiters eventWaiters;
    private final Consumer<Database> dropped;
    private final SortedMap<Integer, Group> groups = new TreeMap<>();
    private volatile Events events = new Events();
    private final ConcurrentSkipListMap<String, Database> byName = new ConcurrentSkipListMap<>();
    private final ConcurrentHashMap<Integer, Nameless> building = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Integer, Nameless> toErase = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, String> facts = new ConcurrentHashMap<>();
    // The rest is the publishing thread's.
    private final Map<Integer, Placement> placements = new HashMap<>();
    private final List<Database> advanced = new ArrayList<>();

    /** @param dropped told of each database that is gone */
    PublishedDatabases(Node node, Wakers wakers, Waiters eventWaiters, Consumer<Database> dropped) {
        this.node = node;
        this.wakers = wakers;
        this.eventWaiters = eventWaiters;
        this.dropped = dropped;
    }

    /** What there is as the node opens. */
    void load(Collection<Group> all) {
        all.forEach(group -> groups.put(group.id(), group));
        SystemCatalog system = system(group(CatalogKeys.SYSTEM_GROUP));
        events.load(node.store());
        facts.putAll(SystemCatalog.facts(node.store()));
        for (Placement placement : system.databases()) {
            placements.put(placement.number(), placement);
            events.named(placement);
        }
        for (Nameless database : system.namelessDatabases()) {
            (database.building() ? building : toErase).put(database.number(), database);
        }
        for (Group group : all) {
            group.machine().catalog().databases().forEach(this::changed);
        }
        for (Placement placement : system.databases()) {
            if (group(placement.group()).find(placement.number()) == null) {
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

    /** In ascending order of their names. */
    SortedMap<String, Database> named() {
        return byName;
    }

    /** Those that are to get a name. */
    Collection<Nameless> building() {
        return building.values();
    }

    /** Those whose rows are to be deleted. */
    Collection<Nameless> toErase() {
        return toErase.values();
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
                    if (database != null) {
                        show(database, placement);
                    }
                    events.named(placement);
                }
                case Change.Renewed(Placement placement) -> {
                    placements.put(placement.number(), placement);
                    Database database = find(placement);
                    if (database != null) {
                        database.named(placement);
                    }
                }
                case Change.Building(Nameless database) -> building.put(database.number(), database);
                case Change.Built(int number) -> building.remove(number);
                case Change.Dropped(Placement placement, long position) -> {
                    placements.remove(placement.number());
                    Database database = find(placement);
                    if (database != null) {
                        byName.remove(placement.name(), database);
                        end(database);
                    }
                    events.dropped(placement.name(), position);
                }
                case Change.ToErase(Nameless database) -> toErase.put(database.number(), database);
                case Change.Forgotten(int number) -> toErase.remove(number);
                case Change.FactPut(String key, String value) -> {
                    if (value == null) {
                        facts.remove(key);
                    } else {
                        facts.put(key, value);
                    }
                    node.factChanged(key);
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
                byName.remove(database.name(), database);
                end(database);
            }
        }
        catalog.databases().forEach(this::changed);
        node.reclaimer().freed();
        group.publish(catalog.position(), catalog.format());
        group.thaw();
    }

    // Which databases there are, and the facts.
    private void replace(SystemCatalog named) {
        Map<Integer, Placement> before = Map.copyOf(placements);
        placements.clear();
        named.databases().forEach(placement -> placements.put(placement.number(), placement));
        before.values().forEach(old -> {
            Placement now = placements.get(old.number());
            Database database = find(old);
            if (database != null && (now == null || !now.name().equals(old.name()))) {
                byName.remove(old.name(), database);
                end(database);
            }
        });
        for (Placement placement : placements.values()) {
            Database database = find(placement);
            if (database != null) {
                show(database, placement);
            }
        }
        building.clear();
        toErase.clear();
        for (Nameless database : named.namelessDatabases()) {
            (database.building() ? building : toErase).put(database.number(), database);
        }
        Map<String, String> stored = SystemCatalog.facts(node.store());
        Set<String> changed = new TreeSet<>(facts.keySet());
        changed.addAll(stored.keySet());
        changed.removeIf(key -> Objects.equals(stored.get(key), facts.get(key)));
        facts.keySet().retainAll(stored.keySet());
        facts.putAll(stored);
        changed.forEach(node::factChanged);
        events = events(named);
    }

    private Events events(SystemCatalog named) {
        Events fresh = new Events();
        fresh.load(node.store());
        for (Placement placement : named.databases()) {
            fresh.named(placement);
            Database database = find(placement);
            if (database != null) {
                tell(fresh, placement, database.row());
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
                end(database);
            }
        }
        if (!round.erased().isEmpty()) {
            node.reclaimer().freed();
        }
        round.changed().forEach(this::changed);
        group.publish(round.position(), round.format());
    }

    private void changed(DatabaseRow row) {
        Placement placement = placements.get(row.number());
        Group group = group(row.group());
        Database known = group.find(row.number());
        if (known == null) {
            Database made = new Database(node, group, row);
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
        byName.put(placement.name(), database);
    }

    private void end(Database database) {
        if (!database.isDeleted()) {
            database.markDeleted();
            dropped.accept(database);
            wakers.wake(database.waiters());
        }
    }

    /** Readers see what was published; wakes those who wait for it. */
    void wake() {
        for (Database database : advanced) {
            if (database.hasNewHead()) {
                wakers.wake(database.waiters());
            }
        }
        advanced.clear();
        groups.values().forEach(group -> group.wake(wakers));
        wakers.wake(eventWaiters);
    }
}
