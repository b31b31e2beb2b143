package archipel.changes;

import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.Store;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far dropped databases had come, by name, until the name is taken again: the new database keeps it from then on.
 * Bounded: the names that were dropped longest ago are forgotten first. It depends on the commands alone, so that all
 * who apply them remember the same. For the thread that applies.
 */
public final class FormerHeads {
    /** How many names are remembered. */
    public static final int KEPT = 10_000;

    private final int kept;
    private final CatalogKeys keys;
    private final TreeMap<Long, Entry> byPosition = new TreeMap<>();
    private final Map<String, Long> positions = new HashMap<>();
    // What was at a position before the batch under way, the newest change first.
    private final Deque<Before> undone = new ArrayDeque<>();

    /** @param kept how many names are remembered */
    public FormerHeads(int kept) {
        this(kept, CatalogKeys.SYSTEM);
    }

    private FormerHeads(int kept, CatalogKeys keys) {
        this.kept = kept;
        this.keys = keys;
    }

    /**
     * Reads what is stored; at the most {@link #KEPT} short rows.
     *
     * @param keys of the group that names the databases
     */
    public static FormerHeads load(Store store, CatalogKeys keys) {
        FormerHeads heads = new FormerHeads(KEPT, keys);
        byte[] lower = keys.formerHeads();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                RowReader row = new RowReader(rows.value());
                Entry entry = new Entry(row.text(), FormerHead.read(row));
                heads.set(new RowReader(rows.key(), CatalogKeys.PREFIX).u64(), entry);
            }
        }
        return heads;
    }

    /**
     * A database was dropped.
     *
     * @param head of the database, and of those of its name before it
     * @param position of the command that dropped it
     */
    public void remember(Batch batch, String name, FormerHead head, long position) {
        take(batch, name);
        if (head.block() == 0) {
            return;
        }
        RowWriter row = new RowWriter(name.length() + 64).text(name);
        head.write(row);
        batch.put(Family.CATALOG, keys.formerHead(position), row.toBytes());
        change(position, new Entry(name, head));
        while (byPosition.size() > kept) {
            remove(batch, byPosition.firstKey());
        }
    }

    /** What is remembered of a name. */
    public FormerHead find(String name) {
        Long position = positions.get(name);
        Entry entry = position == null ? null : byPosition.get(position);
        return entry == null ? FormerHead.NONE : entry.head;
    }

    /** A database of that name was made: what was remembered for it is its own from now on. */
    public FormerHead take(Batch batch, String name) {
        Long position = positions.get(name);
        Entry entry = position == null ? null : byPosition.get(position);
        if (position == null || entry == null) {
            return FormerHead.NONE;
        }
        remove(batch, position);
        return entry.head;
    }

    private void remove(Batch batch, long position) {
        batch.delete(Family.CATALOG, keys.formerHead(position));
        change(position, null);
    }

    /** What was changed is stored. */
    public void commit() {
        undone.clear();
    }

    /** What was changed since the last commit came to nothing. */
    public void rollback() {
        undoTo(0);
    }

    /** How many changes there are since the last commit; for {@link #undoTo}. */
    public int changes() {
        return undone.size();
    }

    /** Takes back the newest changes until so many are left. */
    public void undoTo(int changes) {
        while (undone.size() > changes) {
            Before before = undone.pop();
            set(before.position, before.entry);
        }
    }

    private void change(long position, @Nullable Entry entry) {
        undone.push(new Before(position, byPosition.get(position)));
        set(position, entry);
    }

    private void set(long position, @Nullable Entry entry) {
        Entry old = entry == null ? byPosition.remove(position) : byPosition.put(position, entry);
        if (old != null) {
            positions.remove(old.name, position);
        }
        if (entry != null) {
            positions.put(entry.name, position);
        }
    }

    private record Entry(String name, FormerHead head) {}

    private record Before(long position, @Nullable Entry entry) {}
}
