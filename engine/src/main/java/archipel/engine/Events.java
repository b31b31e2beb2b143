package archipel.engine;

import archipel.engine.Node.DatabaseEvent;
import archipel.engine.SystemCatalog.Placement;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.RowReader;
import archipel.storage.Store;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.IntToLongFunction;

/**
 * The newest event of each database in each group: that it was made or dropped in the system group, that it was changed
 * in its own. Written by one thread, read by any.
 */
final class Events {
    private final Map<Integer, GroupEvents> groups = new ConcurrentHashMap<>();
    // Groups with events that readers may not see yet. For the thread that writes.
    private final Set<Integer> unseen = new HashSet<>();

    /**
     * Reads which databases were dropped; those that exist are told by {@link #named} and {@link #updated}.
     *
     * @param naming the group that knew them
     */
    void load(Store store, int naming) {
        byte[] lower = new CatalogKeys(naming).droppedDatabases();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                long position = new RowReader(rows.key(), CatalogKeys.PREFIX).u64();
                dropped(naming, new String(rows.value(), StandardCharsets.UTF_8), position);
            }
        }
    }

    void named(Placement placement) {
        put(CatalogKeys.naming(placement.group()), placement.position(), placement.name(), "created");
    }

    /** For a database of before there were groups, whose placement does not say when it was made. */
    void created(int group, long position, String name) {
        put(group, position, name, "created");
    }

    void updated(int group, long position, String name) {
        put(group, position, name, "updated");
    }

    void dropped(Placement placement, long position) {
        dropped(CatalogKeys.naming(placement.group()), placement.name(), position);
    }

    void dropped(int naming, String name, long position) {
        groups.forEach((number, group) -> {
            if (CatalogKeys.naming(number) == naming) {
                group.remove(name);
            }
        });
        put(naming, position, name, "deleted");
        // As the store does: names of dropped databases would pile up otherwise.
        GroupEvents system = groups.get(naming);
        if (system != null) {
            system.forgetDropped(position - SystemApplier.DROPPED_REMEMBERED);
        }
    }

    /**
     * Whether readers see events that they did not see when this was last asked.
     *
     * @param visible up to where they see what a group has
     */
    boolean seen(IntToLongFunction visible) {
        return !unseen.isEmpty()
                && unseen.removeIf(group -> groups.get(group) instanceof GroupEvents events
                        && events.areAllUpTo(visible.applyAsLong(group)));
    }

    private void put(int group, long position, String name, String kind) {
        unseen.add(group);
        groups.computeIfAbsent(group, made -> new GroupEvents()).put(position, name, kind);
    }

    /**
     * Whether there is an event after the position that readers see.
     *
     * @param visible up to where they see what the groups have
     */
    boolean isAfter(EventPosition since, EventPosition visible) {
        return groups.entrySet().stream()
                .anyMatch(group -> group.getValue().isBetween(since.of(group.getKey()), visible.of(group.getKey())));
    }

    /**
     * The newest event of each database that has one after the position; those of one group in order. Without those
     * that readers do not see yet: who is told of a change must find it.
     *
     * @param visible up to where they see what the groups have
     */
    List<DatabaseEvent> since(EventPosition since, EventPosition visible) {
        Map<String, DatabaseEvent> events = new LinkedHashMap<>();
        EventPosition at = since;
        for (Map.Entry<Integer, GroupEvents> group : new TreeMap<>(groups).entrySet()) {
            int number = group.getKey();
            for (Event event : group.getValue().between(since.of(number), visible.of(number))) {
                at = at.with(number, event.position());
                events.remove(event.database());
                events.put(event.database(), new DatabaseEvent(at, event.database(), event.kind()));
            }
        }
        return new ArrayList<>(events.values());
    }

    private static final class GroupEvents {
        private final ConcurrentSkipListMap<Long, Event> byPosition = new ConcurrentSkipListMap<>();
        private final Map<String, Long> positions = new HashMap<>();
        private final Queue<Event> dropped = new ArrayDeque<>();

        private void put(long position, String name, String kind) {
            Long old = positions.put(name, position);
            if (old != null && old > position) {
                positions.put(name, old);
                return;
            }
            Event event = new Event(position, name, kind);
            byPosition.put(position, event);
            if (kind.equals("deleted")) {
                dropped.add(event);
            }
            if (old != null && old != position) {
                byPosition.remove(old);
            }
        }

        private void remove(String name) {
            Long position = positions.remove(name);
            if (position != null) {
                byPosition.remove(position);
            }
        }

        private void forgetDropped(long before) {
            Event oldest = dropped.peek();
            while (oldest != null && oldest.position() < before) {
                dropped.remove();
                byPosition.remove(oldest.position(), oldest);
                positions.remove(oldest.database(), oldest.position());
                oldest = dropped.peek();
            }
        }

        private boolean areAllUpTo(long visible) {
            return byPosition.higherKey(visible) == null;
        }

        private boolean isBetween(long since, long visible) {
            Long next = byPosition.higherKey(since);
            return next != null && next <= visible;
        }

        private List<Event> between(long since, long visible) {
            return since >= visible
                    ? List.of()
                    : List.copyOf(byPosition.subMap(since, false, visible, true).values());
        }
    }

    private record Event(long position, String database, String kind) {}
}
