package archipel.engine;

import archipel.engine.Node.DatabaseEvent;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.RowReader;
import archipel.storage.Store;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** The newest event of each database, in order. Written by one thread, read by any. */
final class Events {
    private final ConcurrentSkipListMap<Long, DatabaseEvent> byPosition = new ConcurrentSkipListMap<>();
    private final Map<String, Long> positions = new HashMap<>();

    /** Reads which databases were dropped; those that exist are told by {@link #changed}. */
    void load(Store store) {
        byte[] lower = CatalogKeys.droppedDatabases();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                long position = new RowReader(rows.key(), CatalogKeys.PREFIX).u64();
                dropped(new String(rows.value(), StandardCharsets.UTF_8), position);
            }
        }
    }

    void changed(DatabaseRow row) {
        boolean made = row.state().head().number() == 0;
        put(new DatabaseEvent(row.eventPosition(), row.name(), made ? "created" : "updated"));
    }

    /** A database that comes with documents in it. */
    void created(DatabaseRow row) {
        put(new DatabaseEvent(row.eventPosition(), row.name(), "created"));
    }

    void dropped(String name, long position) {
        put(new DatabaseEvent(position, name, "deleted"));
    }

    /** The newest event's position, 0 when there is none. */
    long newest() {
        Map.Entry<Long, DatabaseEvent> last = byPosition.lastEntry();
        return last == null ? 0 : last.getKey();
    }

    List<DatabaseEvent> since(long position) {
        return List.copyOf(byPosition.tailMap(position, false).values());
    }

    private void put(DatabaseEvent event) {
        Long old = positions.put(event.database(), event.position());
        if (old != null && old >= event.position()) {
            positions.put(event.database(), old);
            return;
        }
        byPosition.put(event.position(), event);
        if (old != null) {
            byPosition.remove(old);
        }
    }
}
