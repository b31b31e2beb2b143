package archipel.engine;

import archipel.changes.FormerHead;
import archipel.changes.FormerHeads;
import archipel.command.Lease;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.PendingMap;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.nio.charset.StandardCharsets;
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
    private final CatalogKeys keys;
    private final FormerHeads formerHeads;
    // What the round did, in order, for those who are told.
    private final List<Change> changes = new ArrayList<>();
    private int nextNumber;
    private int pendingNumber;
    private int beforeNumber;
    private int beforeFormerHeads;
    private int beforeChanges;

    private SystemCatalog(CatalogKeys keys, FormerHeads formerHeads) {
        this.keys = keys;
        this.formerHeads = formerHeads;
    }

    /** Reads the catalog; costs what there are of databases, whatever is in them. */
    static SystemCatalog load(Store store) {
        return load(store, CatalogKeys.SYSTEM_GROUP);
    }

    /** @param group {@link CatalogKeys#SYSTEM_GROUP} or {@link CatalogKeys#LOCAL_GROUP} */
    static SystemCatalog load(Store store, int group) {
        CatalogKeys keys = new CatalogKeys(group);
        SystemCatalog catalog = new SystemCatalog(keys, FormerHeads.load(store, keys));
        catalog.nextNumber = (int) Catalog.number(store, keys.nextDatabase(), keys.firstDatabase());
        catalog.pendingNumber = catalog.nextNumber;
        byte[] lower = keys.databases();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                Placement placement = Placement.decode(CatalogKeys.suffixText(rows.key()), rows.value());
                if (placement.name().startsWith(BUILT)) {
                    // Its row stays under a name that nobody can ask for until it is forgotten.
                    catalog.nameless.load(
                            placement.number(),
                            new Nameless(placement.number(), placement.group(), false, Lease.NONE, ""));
                    catalog.built.put(placement.number(), placement.name());
                } else {
                    catalog.named.load(placement.name(), placement);
                }
            }
        }
        lower = keys.namelessDatabases();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                Nameless database = Nameless.decode(new RowReader(rows.key(), CatalogKeys.PREFIX).u32(), rows.value());
                catalog.nameless.load(database.number(), database);
            }
        }
        return catalog;
    }

    /** The facts that are stored, by key. */
    static Map<String, String> facts(Store store) {
        Map<String, String> facts = new HashMap<>();
        byte[] lower = CatalogKeys.facts();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                facts.put(CatalogKeys.suffixText(rows.key()), new String(rows.value(), StandardCharsets.UTF_8));
            }
        }
        return facts;
    }

    /** As of the last commit. */
    Collection<Placement> databases() {
        return named.stored();
    }

    /** Those that are being built, or dropped and not erased yet, as of the last commit. */
    Collection<Nameless> namelessDatabases() {
        return nameless.stored();
    }

    /** The last of the groups in which there are databases, as of the last commit. */
    int lastGroup() {
        int last = CatalogKeys.SYSTEM_GROUP;
        for (Placement placement : named.stored()) {
            last = Math.max(last, placement.group());
        }
        for (Nameless database : nameless.stored()) {
            last = Math.max(last, database.group());
        }
        return last;
    }

    /** What the next database gets, as of the last commit. */
    int upcomingNumber() {
        return nextNumber;
    }

    CatalogKeys keys() {
        return keys;
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

    void name(Placement placement, FormatVersion format) {
        nameless.remove(placement.number(), format);
        named.put(placement.name(), placement, format);
        changes.add(new Change.Named(placement));
        changes.add(new Change.Built(placement.number()));
    }

    /** What the system group knows of a database beside has changed. */
    void renew(Placement placement, FormatVersion format) {
        named.put(placement.name(), placement, format);
        changes.add(new Change.Renewed(placement));
    }

    void drop(Placement placement, long position, FormatVersion format) {
        named.remove(placement.name(), format);
        erase(new Nameless(placement.number(), placement.group(), false, Lease.NONE, placement.name()), format);
        changes.add(new Change.Dropped(placement, position));
    }

    /** Also of one that is known already, whose lease is another from now on. */
    void reserve(Nameless database, FormatVersion format) {
        Nameless kept = database.in(format);
        nameless.put(kept.number(), kept, format);
        changes.add(new Change.Building(kept));
    }

    void abandon(Nameless database, FormatVersion format) {
        erase(new Nameless(database.number(), database.group(), false, Lease.NONE, database.name()), format);
        changes.add(new Change.Built(database.number()));
    }

    private void erase(Nameless database, FormatVersion format) {
        Nameless kept = database.in(format);
        nameless.put(kept.number(), kept, format);
        changes.add(new Change.ToErase(kept));
    }

    void forget(Nameless database, FormatVersion format) {
        nameless.remove(database.number(), format);
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
            rows.batch().put(Family.CATALOG, keys.nextDatabase(), Catalog.u64(pendingNumber));
        }
        named.changes().forEach((name, change) -> {
            Placement placement = change.value();
            byte[] key = keys.database(name);
            if (placement == null) {
                rows.batch().delete(Family.CATALOG, key);
            } else {
                rows.batch().put(Family.CATALOG, key, placement.encode());
            }
        });
        nameless.changes().forEach((number, change) -> {
            Nameless database = change.value();
            byte[] key = keys.nameless(number);
            if (database == null) {
                rows.batch().delete(Family.CATALOG, key);
                String name = built.get(number);
                if (name != null) {
                    rows.batch().delete(Family.CATALOG, keys.database(name));
                }
            } else {
                rows.batch().put(Family.CATALOG, key, database.encode(change.format()));
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
     * @param lease of the node that builds it
     * @param name that it had; empty where it never had one
     */
    record Nameless(int number, int group, boolean building, Lease lease, String name) {
        byte[] encode(FormatVersion format) {
            RowWriter row = new RowWriter(64).u16(group).u8(building ? 1 : 0);
            if (!format.isAtLeast(FormatVersion.V4)) {
                return row.text(lease.owner()).toBytes();
            }
            lease.write(row);
            return row.text(name).toBytes();
        }

        /** What of it a group keeps that has that format, which is what all nodes of the group know then. */
        Nameless in(FormatVersion format) {
            return format.isAtLeast(FormatVersion.V4)
                    ? this
                    : new Nameless(number, group, building, new Lease(lease.owner(), 0), "");
        }

        static Nameless decode(int number, byte[] value) {
            RowReader row = new RowReader(value);
            int group = row.u16();
            int phase = row.u8();
            if (phase > 1) {
                throw new StorageException(
                        StorageException.Kind.CORRUPT, "database " + number + " is in phase " + phase);
            }
            String owner = row.text();
            // Rows that were written before V4 end here.
            boolean more = row.remaining() > 0;
            Lease lease = new Lease(owner, more ? row.varint() : 0);
            return new Nameless(number, group, phase == 1, lease, more ? row.text() : "");
        }
    }

    /** Something that readers are told of. */
    sealed interface Change {
        record Named(Placement placement) implements Change {}

        /** More is known of the databases that had its name before. */
        record Renewed(Placement placement) implements Change {}

        /** It is being built, under that lease. */
        record Building(Nameless database) implements Change {}

        /** It is being built no more. */
        record Built(int number) implements Change {}

        /** @param position of the command that dropped it */
        record Dropped(Placement placement, long position) implements Change {}

        /** Its rows are to be deleted. */
        record ToErase(Nameless database) implements Change {}

        /** Its rows are gone. */
        record Forgotten(int number) implements Change {}

        record FactPut(String key, @Nullable String value) implements Change {}
    }

    /** What a round did, in order: what a database turns into comes before what it is no more. */
    record Changes(List<Change> changes) {}
}
