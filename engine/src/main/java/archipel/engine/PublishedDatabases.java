package archipel.engine;

import archipel.changes.Waiters;
import archipel.changes.Wakers;
import archipel.engine.SystemCatalog.Change;
import archipel.engine.SystemCatalog.Nameless;
import archipel.engine.SystemCatalog.Placement;
import archipel.storage.StorageException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
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
final class PublishedDatabases implements CatalogListener {
    private final Node node;
    private final Wakers wakers;
    private final Waiters eventWaiters;
    private final Consumer<Database> dropped;
    private final Events events = new Events();
    private final ConcurrentSkipListMap<String, Database> byName = new ConcurrentSkipListMap<>();
    private final ConcurrentHashMap<Integer, Database> byNumber = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Integer, Nameless> toErase = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, String> facts = new ConcurrentHashMap<>();
    // The rest is the publishing thread's.
    private final Map<Integer, Placement> placements = new HashMap<>();
    private final List<Database> advanced = new ArrayList<>();
    private EventPosition position = EventPosition.START;

    /** @param dropped told of each database that is gone */
    PublishedDatabases(Node node, Wakers wakers, Waiters eventWaiters, Consumer<Database> dropped) {
        this.node = node;
        this.wakers = wakers;
        this.eventWaiters = eventWaiters;
        this.dropped = dropped;
    }

    /** What there is as the node opens. */
    void load(SystemCatalog system, Collection<Catalog> groups) {
        events.load(node.store());
        for (Placement placement : system.databases()) {
            placements.put(placement.number(), placement);
            events.named(placement);
        }
        for (Nameless database : system.namelessDatabases()) {
            if (!database.building()) {
                toErase.put(database.number(), database);
            }
        }
        for (Catalog group : groups) {
            position = position.with(group.group(), group.position());
            group.databases().forEach(this::changed);
        }
        for (Placement placement : system.databases()) {
            if (!byNumber.containsKey(placement.number())) {
                throw new StorageException(
                        StorageException.Kind.CORRUPT, "database " + placement.name() + " has no state");
            }
        }
    }

    void loadFact(String key, String value) {
        facts.put(key, value);
    }

    /** Null when there is none of that name. */
    @Nullable
    Database find(String name) {
        return byName.get(name);
    }

    /** Null when there is none, whether or not it has a name. */
    @Nullable
    Database find(int number) {
        return byNumber.get(number);
    }

    /** In ascending order of their names. */
    SortedMap<String, Database> named() {
        return byName;
    }

    /** Of all databases, also of those without a name. */
    Set<Integer> numbers() {
        return Set.copyOf(byNumber.keySet());
    }

    /** Of a group's, in ascending order. */
    SortedSet<Integer> numbers(int group) {
        SortedSet<Integer> numbers = new TreeSet<>();
        byNumber.forEach((number, database) -> {
            if (database.group() == group) {
                numbers.add(number);
            }
        });
        return numbers;
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
                    Database database = byNumber.get(placement.number());
                    if (database != null) {
                        show(database, placement);
                    }
                    events.named(placement);
                }
                case Change.Dropped(Placement placement, long position) -> {
                    placements.remove(placement.number());
                    Database database = byNumber.get(placement.number());
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
                }
            }
        }
    }

    @Override
    public void publish(Catalog.Changes round) {
        for (int number : round.erased()) {
            Database database = byNumber.remove(number);
            if (database != null) {
                end(database);
            }
        }
        if (!round.erased().isEmpty()) {
            node.reclaimer().freed();
        }
        round.changed().forEach(this::changed);
        position = position.with(round.group(), round.position());
    }

    /** Of the newest commands that were published. For the publishing thread. */
    EventPosition position() {
        return position;
    }

    private void changed(DatabaseRow row) {
        Placement placement = placements.get(row.number());
        Database known = byNumber.get(row.number());
        if (known == null) {
            Database made = new Database(node, row);
            byNumber.put(row.number(), made);
            if (placement != null) {
                show(made, placement);
            }
        } else {
            known.publish(row);
            advanced.add(known);
        }
        if (placement == null) {
            return;
        }
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
        wakers.wake(eventWaiters);
    }
}
