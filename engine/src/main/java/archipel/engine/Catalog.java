package archipel.engine;

import archipel.changes.BlockRow;
import archipel.changes.Digests;
import archipel.log.Chains;
import archipel.log.LogPosition;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.KeySpace;
import archipel.storage.PendingMap;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the databases of one group stand, as the commands of a round see it. Changes stay apart until the round is
 * committed; {@link #rollback} forgets them. For the thread that applies.
 */
final class Catalog {
    private final CatalogKeys keys;
    private final PendingMap<Integer, DatabaseRow> rows = new PendingMap<>();
    private LogPosition position = LogPosition.START;
    private LogPosition pendingPosition = LogPosition.START;
    private LogPosition beforePosition = LogPosition.START;
    private FormatVersion format = FormatVersion.BEFORE_RAISING;
    private FormatVersion pendingFormat = FormatVersion.BEFORE_RAISING;
    private FormatVersion beforeFormat = FormatVersion.BEFORE_RAISING;

    private Catalog(int group) {
        this.keys = new CatalogKeys(group);
    }

    /**
     * Reads the catalog; costs what there are of databases, whatever is in them.
     *
     * @throws NodeOpenException where the group was raised to a format that this program does not know
     */
    static Catalog load(Store store, int group) {
        Catalog catalog = new Catalog(group);
        catalog.format = format(group, store.get(Family.CATALOG, catalog.keys.format()));
        catalog.pendingFormat = catalog.format;
        catalog.position = position(store, catalog.keys);
        catalog.pendingPosition = catalog.position;
        byte[] lower = catalog.keys.states();
        try (Cursor states = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = states.first(); more; more = states.next()) {
                int number = new RowReader(states.key(), CatalogKeys.PREFIX).u32();
                catalog.rows.load(number, DatabaseRow.decode(group, number, states.value()));
            }
        }
        return catalog;
    }

    /** A group's format as its row has it. */
    static FormatVersion format(int group, byte @Nullable [] row) {
        if (row == null) {
            return FormatVersion.BEFORE_RAISING;
        }
        long number = new RowReader(row).varint();
        FormatVersion known = FormatVersion.of((int) number);
        if (known == null) {
            throw new NodeOpenException("the data of group " + group + " was written by a newer Archipel (format "
                    + number + ", this one knows " + FormatVersion.NEWEST.number() + "); use that version or newer");
        }
        return known;
    }

    private static LogPosition position(Store store, CatalogKeys keys) {
        return position(store.get(Family.CATALOG, keys.position()));
    }

    /** A position as its row has it, which has no term where the group was not raised to {@link FormatVersion#V4}. */
    static LogPosition position(byte @Nullable [] value) {
        if (value == null) {
            return LogPosition.START;
        }
        RowReader row = new RowReader(value);
        return new LogPosition(row.u64(), row.remaining() == 0 ? 0 : row.u64());
    }

    static long number(Store store, byte[] key, long fallback) {
        byte[] value = store.get(Family.CATALOG, key);
        return value == null ? fallback : new RowReader(value).u64();
    }

    int group() {
        return keys.group();
    }

    CatalogKeys keys() {
        return keys;
    }

    KeySpace keys(int database) {
        return new KeySpace(keys.group(), database);
    }

    /** As of the last commit. */
    Collection<DatabaseRow> databases() {
        return rows.stored();
    }

    /** As the command under way finds them. */
    Collection<DatabaseRow> pending() {
        return rows.values();
    }

    /** Of the databases as of the last commit. */
    Set<Integer> numbers() {
        return Set.copyOf(rows.storedKeys());
    }

    /** Of the newest command, committed or not. */
    LogPosition position() {
        return pendingPosition;
    }

    /** In which the command under way has rows written. */
    FormatVersion format() {
        return pendingFormat;
    }

    /** From the command under way on. */
    void raise(FormatVersion newer) {
        pendingFormat = newer;
    }

    @Nullable
    DatabaseRow find(int number) {
        return rows.get(number);
    }

    void put(DatabaseRow row) {
        rows.put(row.number(), row, pendingFormat);
    }

    void erase(DatabaseRow row) {
        rows.remove(row.number(), pendingFormat);
    }

    /** Begins a command, which {@link #undo} takes back alone. */
    void begin(LogPosition next) {
        rows.begin();
        beforePosition = pendingPosition;
        pendingPosition = next;
        beforeFormat = pendingFormat;
    }

    /** The command was refused and changed nothing; its position stays taken. */
    void undo() {
        rows.undo();
        pendingFormat = beforeFormat;
    }

    /** This node could not apply the command, which may come again at the same position. */
    void takeBack() {
        undo();
        pendingPosition = beforePosition;
    }

    /** Adds to the round's batch what the round changed here. */
    void write(PendingRows batch) {
        batch.batch().put(Family.CATALOG, keys.position(), encode(pendingPosition, pendingFormat));
        if (pendingFormat != format) {
            byte[] number = new RowWriter(4).varint(pendingFormat.number()).toBytes();
            batch.batch().put(Family.CATALOG, keys.format(), number);
        }
        rows.changes().forEach((number, change) -> {
            DatabaseRow row = change.value();
            if (row != null) {
                batch.batch().put(Family.CATALOG, keys.state(number), row.encode());
            }
        });
    }

    private static byte[] encode(LogPosition position, FormatVersion format) {
        RowWriter row = new RowWriter(16).u64(position.index());
        return format.isAtLeast(FormatVersion.V4) ? row.u64(position.term()).toBytes() : row.toBytes();
    }

    /** The round is durable: its changes are the catalog now. */
    Changes commit() {
        List<Integer> erased = new ArrayList<>();
        List<DatabaseRow> changed = new ArrayList<>();
        rows.changes().forEach((number, change) -> {
            DatabaseRow row = change.value();
            if (row == null) {
                erased.add(number);
            } else {
                changed.add(row);
            }
        });
        rows.commit();
        position = pendingPosition;
        format = pendingFormat;
        return new Changes(keys.group(), position, format, erased, changed);
    }

    /** The round came to nothing. */
    void rollback() {
        rows.rollback();
        pendingPosition = position;
        pendingFormat = format;
    }

    static byte[] u64(long value) {
        return new RowWriter(8).u64(value).toBytes();
    }

    /**
     * What a round did to a group's databases.
     *
     * @param position of the round's last command
     * @param erased numbers of those that are gone
     */
    record Changes(
            int group, LogPosition position, FormatVersion format, List<Integer> erased, List<DatabaseRow> changed) {}

    /** The group's chains as of a snapshot, which this releases. */
    static final class StoredChains implements Chains {
        private final CatalogKeys keys;
        private final StoreSnapshot rows;

        StoredChains(int group, StoreSnapshot rows) {
            this.keys = new CatalogKeys(group);
            this.rows = rows;
        }

        @Override
        public LogPosition position() {
            return Catalog.position(rows.get(Family.CATALOG, keys.position()));
        }

        @Override
        public List<Head> heads(int after, int most) {
            List<Head> heads = new ArrayList<>();
            byte[] upper = CatalogKeys.after(keys.states());
            try (Cursor states = rows.cursor(Family.CATALOG, keys.state(after + 1), upper)) {
                for (boolean more = states.first(); more && heads.size() < most; more = states.next()) {
                    heads.add(head(new RowReader(states.key(), CatalogKeys.PREFIX).u32(), states.value()));
                }
            }
            return heads;
        }

        @Override
        public @Nullable Head head(int database) {
            byte[] row = rows.get(Family.CATALOG, keys.state(database));
            return row == null ? null : head(database, row);
        }

        private Head head(int database, byte[] row) {
            DatabaseState state =
                    DatabaseRow.decode(keys.group(), database, row).state();
            return new Head(database, state.head().number(), state.head().hash(), state.position());
        }

        @Override
        public byte @Nullable [] hash(int database, long block) {
            byte[] row = rows.get(Family.BLOCK, new KeySpace(keys.group(), database).block(block));
            return row == null ? null : BlockRow.decode(block, row).hash();
        }

        @Override
        public byte[] catalogDigest() {
            Digests digest = Digests.sha256();
            byte[] lower = CatalogKeys.group(keys.group());
            // Messages of topics may be a thousand times as much as all others.
            try (Cursor all = rows.cursor(Family.CATALOG, lower, keys.messages())) {
                for (boolean more = all.first(); more; more = all.next()) {
                    if (CatalogKeys.isOfCommands(all.key())) {
                        digest.bytes(all.key()).bytes(all.value());
                    }
                }
            }
            return digest.finish();
        }

        @Override
        public @Nullable String name(int database) {
            byte[] lower = keys.databases();
            try (Cursor names = rows.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
                for (boolean more = names.first(); more; more = names.next()) {
                    if (new RowReader(names.value()).u32() == database) {
                        return CatalogKeys.suffixText(names.key());
                    }
                }
            }
            return null;
        }

        @Override
        public void close() {
            rows.release();
        }
    }
}
