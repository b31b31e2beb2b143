package archipel.lock;

import archipel.changes.ChangesLog;
import archipel.command.DataCommand;
import archipel.command.Fence;
import archipel.command.Refusal;
import archipel.document.ErrorCode;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.SeekableRows;
import archipel.storage.StoreSnapshot;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which tokens of which locks writes have shown a database. A part of the state that a group's commands change, so that
 * every node refuses the same writes.
 *
 * <p>What is kept. For each of the {@value #REMEMBERED} locks whose tokens were shown last, the greatest token. Of a
 * lock that comes on top of these, the one that was shown least recently is forgotten, and its token raises the floor:
 * no token below the floor is taken of a lock that the database does not remember. So a stale token is never let
 * through. The price is that a holder may be refused that shows its token for the first time after that many others
 * have; it takes the lock anew, and every new token is greater than the floor. Tokens of locks and of nodes of the tree
 * ({@link Fence#FIRST_OF_NODES}) have a floor each, since the former would never reach one that the latter had raised.
 *
 * <p>Invariants: each lock that is remembered has one row that says when it was shown, and the floor's row says how
 * many there are. When it was shown may be up to {@value #REFRESH} commands ago too early, so that a holder which
 * writes all the time does not have two rows written each time.
 */
public final class Fences {
    /** Of how many locks a database remembers the tokens. */
    static final int REMEMBERED = 10_000;

    private static final int REFRESH = 256;

    private final Rows rows;
    private final CatalogKeys keys;
    private final int database;
    private final long position;
    private final int remembered;
    // None of these is forgotten, whether or not the command sees the rows that it has written.
    private final Set<String> shown = new HashSet<>();
    // Those whose former rows this command has deleted, which it may find all the same.
    private final Set<String> moved = new HashSet<>();
    private long count;
    private long floorOfLocks;
    private long floorOfNodes;
    private byte[] oldest;

    private Fences(Rows rows, CatalogKeys keys, int database, long position, int remembered) {
        this.rows = rows;
        this.keys = keys;
        this.database = database;
        this.position = position;
        this.remembered = remembered;
        this.oldest = keys.fenceUses(database);
    }

    /**
     * Makes sure that the database has seen no greater token of the locks that a command shows, and has it see these.
     *
     * @param position of the command in the log
     * @throws Refusal where it has
     */
    public static void require(Rows rows, CatalogKeys keys, DataCommand.Fenced<?> command, long position) {
        require(rows, keys, command, position, REMEMBERED);
    }

    /** As that, for a database that remembers fewer. */
    static void require(Rows rows, CatalogKeys keys, DataCommand.Fenced<?> command, long position, int remembered) {
        new Fences(rows, keys, command.database(), position, remembered).show(command);
    }

    /**
     * Forgets the tokens of a lock, which does not raise the floor: whoever asks for that wants lesser ones taken.
     *
     * @param name empty: of all locks, and the floor
     * @return whether any were seen
     */
    public static boolean forget(Rows rows, CatalogKeys keys, int database, String name) {
        byte[] floor = keys.fenceFloor(database);
        byte[] state = rows.get(Family.CATALOG, floor);
        if (state == null) {
            return false;
        }
        if (name.isEmpty()) {
            deleteAll(rows, keys.fences(database));
            deleteAll(rows, keys.fenceUses(database));
            rows.delete(Family.CATALOG, floor);
            return true;
        }
        byte[] row = rows.get(Family.CATALOG, keys.fence(database, name));
        if (row == null) {
            return false;
        }
        Fences fences = new Fences(rows, keys, database, 0, REMEMBERED);
        fences.read(state);
        fences.count--;
        Seen seen = Seen.decode(row);
        rows.delete(Family.CATALOG, keys.fence(database, name));
        rows.delete(Family.CATALOG, keys.fenceUse(database, seen.position, seen.index));
        fences.write();
        return true;
    }

    private static void deleteAll(Rows rows, byte[] prefix) {
        List<byte[]> found = new ArrayList<>();
        try (SeekableRows all = rows.seekable(Family.CATALOG, prefix, CatalogKeys.after(prefix))) {
            byte[] from = prefix;
            while (all.seek(from)) {
                found.add(all.key());
                from = next(all.key());
            }
        }
        found.forEach(key -> rows.delete(Family.CATALOG, key));
    }

    /** What a database remembers of locks, in the order of their names. */
    public static List<Fence> list(StoreSnapshot rows, CatalogKeys keys, int database) {
        List<Fence> fences = new ArrayList<>();
        byte[] lower = keys.fences(database);
        try (Cursor all = rows.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = all.first(); more; more = all.next()) {
                byte[] key = all.key();
                String name = new String(key, lower.length, key.length - lower.length, StandardCharsets.UTF_8);
                fences.add(new Fence(name, Seen.decode(all.value()).token));
            }
        }
        return fences;
    }

    /** Deletes all rows of a database. */
    public static void erase(Batch batch, CatalogKeys keys, int database) {
        batch.deleteRange(Family.CATALOG, keys.fences(database), CatalogKeys.after(keys.fences(database)));
        batch.deleteRange(Family.CATALOG, keys.fenceUses(database), CatalogKeys.after(keys.fenceUses(database)));
        batch.delete(Family.CATALOG, keys.fenceFloor(database));
    }

    private void show(DataCommand.Fenced<?> command) {
        byte[] row = rows.get(Family.CATALOG, keys.fenceFloor(database));
        if (row != null) {
            read(row);
        }
        command.fences().forEach(fence -> shown.add(fence.name()));
        boolean more = false;
        int index = 0;
        for (Fence fence : command.fences()) {
            more |= show(fence, index++);
        }
        if (more) {
            write();
        }
    }

    private void read(byte[] row) {
        RowReader reader = new RowReader(row);
        count = reader.varint();
        floorOfLocks = reader.varint();
        floorOfNodes = reader.varint();
        oldest = reader.block();
    }

    private void write() {
        RowWriter row = new RowWriter(48).varint(count).varint(floorOfLocks).varint(floorOfNodes);
        rows.put(Family.CATALOG, keys.fenceFloor(database), row.block(oldest).toBytes());
    }

    /** @return whether the database had not remembered it */
    private boolean show(Fence fence, int index) {
        byte[] row = rows.get(Family.CATALOG, keys.fence(database, fence.name()));
        Seen seen = row == null ? null : Seen.decode(row);
        long floor = isOfNode(fence.token()) ? floorOfNodes : floorOfLocks;
        if (seen == null && fence.token() < floor) {
            throw new Refusal(ErrorCode.FENCE_FORGOTTEN, fence.name(), floor);
        }
        if (seen != null && seen.token > fence.token()) {
            throw new Refusal(ErrorCode.FENCED, seen.token, fence.name(), fence.token());
        }
        if (seen != null && seen.token == fence.token() && position - seen.position < REFRESH) {
            return false;
        }
        if (seen != null) {
            rows.delete(Family.CATALOG, keys.fenceUse(database, seen.position, seen.index));
        }
        moved.add(fence.name());
        rows.put(Family.CATALOG, keys.fence(database, fence.name()), new Seen(fence.token(), position, index).encode());
        rows.put(
                Family.CATALOG,
                keys.fenceUse(database, position, index),
                new RowWriter(32).text(fence.name()).toBytes());
        if (seen != null) {
            return false;
        }
        count++;
        if (count > remembered) {
            forgetOldest();
        }
        return true;
    }

    private void forgetOldest() {
        byte[] upper = CatalogKeys.after(keys.fenceUses(database));
        try (SeekableRows uses = rows.seekable(Family.CATALOG, oldest, upper)) {
            byte[] from = oldest;
            byte @Nullable [] kept = null;
            while (uses.seek(from)) {
                byte[] key = uses.key();
                String name = new RowReader(uses.value()).text();
                from = next(key);
                if (moved.contains(name)) {
                    continue;
                }
                if (shown.contains(name)) {
                    kept = kept == null ? key : kept;
                } else {
                    byte[] row = rows.get(Family.CATALOG, keys.fence(database, name));
                    raiseFloor(row == null ? 0 : Seen.decode(row).token);
                    rows.delete(Family.CATALOG, keys.fence(database, name));
                    rows.delete(Family.CATALOG, key);
                    moved.add(name);
                    oldest = kept == null ? from : kept;
                    count--;
                    return;
                }
            }
        }
    }

    private void raiseFloor(long token) {
        if (isOfNode(token)) {
            floorOfNodes = Math.max(floorOfNodes, token);
        } else {
            floorOfLocks = Math.max(floorOfLocks, token);
        }
    }

    private static boolean isOfNode(long token) {
        return token >= Fence.FIRST_OF_NODES;
    }

    private static byte[] next(byte[] key) {
        return new RowWriter(key.length + 1).raw(key).u8(0).toBytes();
    }

    /** The rows as the command under way sees them; it need not see those that it has written itself. */
    public interface Rows extends ChangesLog.Rows {
        /** The rows from {@code lower} on and before {@code upper}. */
        SeekableRows seekable(Family family, byte[] lower, byte[] upper);
    }

    /**
     * What is remembered of a lock.
     *
     * @param position of a command that has shown the token
     * @param index of the token among those of that command
     */
    private record Seen(long token, long position, int index) {
        byte[] encode() {
            return new RowWriter(24)
                    .varint(token)
                    .varint(position)
                    .varint(index)
                    .toBytes();
        }

        static Seen decode(byte[] value) {
            RowReader row = new RowReader(value);
            return new Seen(row.varint(), row.varint(), (int) row.varint());
        }
    }
}
