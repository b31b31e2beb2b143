package archipel.engine;

import archipel.changes.FormerHead;
import archipel.changes.FormerHeads;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which databases there are and where, as the commands of a round see it. Changes stay apart until the round is
 * committed; {@link #rollback} forgets them. For the thread that applies.
 */
final class SystemCatalog {
    /** What names of databases that were being built began with, when these had names. */
    private static final String BUILT = "\0";

    private final PendingMap<String, Placement> named = new PendingMap<>();
    private final PendingMap<Integer, Nameless> nameless = new PendingMap<>();
    // Of databases that were being built when these had names.
    private final Map<Integer, String> built = new HashMap<>();
    private final FormerHeads formerHeads;
    // What the round did, in order, for those who are told.
    private final List<Change> changes = new ArrayList<>();
    private int nextNumber;
    private int pendingNumber;
    private int beforeNumber;
    private int beforeFormerHeads;
    private int beforeChanges;

    private SystemCatalog(FormerHeads formerHeads) {
        this.formerHeads = formerHeads;
    }

    /** Reads the catalog; costs what there are of databases, whatever is in them. */
    static SystemCatalog load(Store store) {
        SystemCatalog catalog = new SystemCatalog(FormerHeads.load(store));
        catalog.nextNumber = (int) Catalog.number(store, CatalogKeys.nextDatabase(), 1);
        catalog.pendingNumber = catalog.nextNumber;
        byte[] lower = CatalogKeys.databases();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                Placement placement = Placement.decode(CatalogKeys.suffixText(rows.key()), rows.value());
                if (placement.name().startsWith(BUILT)) {
                    // Its row stays under a name that nobody can ask for until it is forgotten.
                    catalog.nameless.load(
                            placement.number(), new Nameless(placement.number(), placement.group(), false, ""));
                    catalog.built.put(placement.number(), placement.name());
                } else {
                    catalog.named.load(placement.name(), placement);
                }
            }
        }
        lower = CatalogKeys.namelessDatabases();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                Nameless database = Nameless.decode(new RowReader(rows.key(), CatalogKeys.PREFIX).u32(), rows.value());
                catalog.nameless.load(database.number(), database);
            }
        }
        return catalog;
    }

    /** As of the last commit. */
    Collection<Placement> databases() {
        return named.stored();
    }

    /** Those that are being built, or dropped and not erased yet, as of the last commit. */
    Collection<Nameless> namelessDatabases() {
        return nameless.stored();
    }

    /** What the next database gets, as of the last commit. */
    int upcomingNumber() {
        return nextNumber;
    }

    FormerHeads formerHeads() {
        return formerHeads;
    }

    int nextNumber() {
        return pendingNumber++;
    }

    @Nullable
    Placement find(String name) {
        return named.get(name);
    }

    @Nullable
    Nameless findNameless(int number) {
        return nameless.get(number);
    }

    void name(Placement placement) {
        nameless.remove(placement.number());
        named.put(placement.name(), placement);
        changes.add(new Change.Named(placement));
    }

    void drop(Placement placement, long position) {
        named.remove(placement.name());
        abandon(new Nameless(placement.number(), placement.group(), false, ""));
        changes.add(new Change.Dropped(placement, position));
    }

    void reserve(Nameless database) {
        nameless.put(database.number(), database);
    }

    void abandon(Nameless database) {
        Nameless dropped = new Nameless(database.number(), database.group(), false, "");
        nameless.put(database.number(), dropped);
        changes.add(new Change.ToErase(dropped));
    }

    void forget(Nameless database) {
        nameless.remove(database.number());
        changes.add(new Change.Forgotten(database.number()));
    }

    void fact(String key, @Nullable String value) {
        changes.add(new Change.FactPut(key, value));
    }

    /** Begins a command, which {@link #undo} takes back alone. */
    void begin() {
        named.begin();
        nameless.begin();
        beforeNumber = pendingNumber;
        beforeFormerHeads = formerHeads.changes();
        beforeChanges = changes.size();
    }

    /** The command changed nothing. */
    void undo() {
        named.undo();
        nameless.undo();
        pendingNumber = beforeNumber;
        formerHeads.undoTo(beforeFormerHeads);
        changes.subList(beforeChanges, changes.size()).clear();
    }

    /** Adds to the round's batch what the round changed here. */
    void write(PendingRows rows) {
        if (pendingNumber != nextNumber) {
            rows.batch().put(Family.CATALOG, CatalogKeys.nextDatabase(), Catalog.u64(pendingNumber));
        }
        named.changes().forEach((name, placement) -> {
            byte[] key = CatalogKeys.database(name);
            if (placement == null) {
                rows.batch().delete(Family.CATALOG, key);
            } else {
                rows.batch().put(Family.CATALOG, key, placement.encode());
            }
        });
        nameless.changes().forEach((number, database) -> {
            byte[] key = CatalogKeys.nameless(number);
            if (database == null) {
                rows.batch().delete(Family.CATALOG, key);
                String name = built.get(number);
                if (name != null) {
                    rows.batch().delete(Family.CATALOG, CatalogKeys.database(name));
                }
            } else {
                rows.batch().put(Family.CATALOG, key, database.encode());
            }
        });
    }

    /** The round is durable: its changes are the catalog now. */
    Changes commit() {
        Changes done = new Changes(List.copyOf(changes));
        named.commit();
        nameless.commit();
        formerHeads.commit();
        nextNumber = pendingNumber;
        rollback();
        return done;
    }

    /** The round came to nothing. */
    void rollback() {
        named.rollback();
        nameless.rollback();
        formerHeads.rollback();
        changes.clear();
        pendingNumber = nextNumber;
    }

    /**
     * Where a database is, and what the system group knows of it beside.
     *
     * @param number in keys, never used again
     * @param group that holds it
     * @param position of the command that gave it its name
     * @param former how far the databases had come that had this name before
     */
    record Placement(String name, int number, int group, long position, FormerHead former) {
        byte[] encode() {
            RowWriter row = new RowWriter(64).u32(number).u16(group).varint(position);
            former.write(row);
            return row.toBytes();
        }

        // Rows that were written before there were groups end after the number.
        static Placement decode(String name, byte[] value) {
            RowReader row = new RowReader(value);
            int number = row.u32();
            return row.remaining() == 0
                    ? new Placement(name, number, CatalogKeys.SYSTEM_GROUP, 0, FormerHead.NONE)
                    : new Placement(name, number, row.u16(), row.varint(), FormerHead.read(row));
        }
    }

    /**
     * A database that nobody can ask for.
     *
     * @param building whether it is to get a name; otherwise its rows are to be deleted
     * @param owner the node that builds it
     */
    record Nameless(int number, int group, boolean building, String owner) {
        byte[] encode() {
            return new RowWriter(64).u16(group).u8(building ? 1 : 0).text(owner).toBytes();
        }

        static Nameless decode(int number, byte[] value) {
            RowReader row = new RowReader(value);
            int group = row.u16();
            int phase = row.u8();
            if (phase > 1) {
                throw new StorageException(
                        StorageException.Kind.CORRUPT, "database " + number + " is in phase " + phase);
            }
            return new Nameless(number, group, phase == 1, row.text());
        }
    }

    /** Something that readers are told of. */
    sealed interface Change {
        record Named(Placement placement) implements Change {}

        /** @param position of the command that dropped it */
        record Dropped(Placement placement, long position) implements Change {}

        /** Its rows are to be deleted. */
        record ToErase(Nameless database) implements Change {}

        /** Its rows are gone. */
        record Forgotten(int number) implements Change {}

        record FactPut(String key, @Nullable String value) implements Change {}
    }

    /** What a round did, in order. */
    record Changes(List<Change> changes) {}
}
