package archipel.log;

import archipel.changes.ChangesLog;
import archipel.command.SystemCommand;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.Store;
import java.util.Arrays;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The rows of an {@link Extension}, and its part in a round of the system group. */
public final class ExtensionRows {
    private final Store store;
    private final Extension extension;

    public ExtensionRows(Store store, Extension extension) {
        this.store = store;
        this.extension = extension;
    }

    public void load() {
        extension.load(new Stored());
    }

    /** @param rows as the commands of the round see them */
    public Pending begin(ChangesLog.Rows rows) {
        return new Pending(rows);
    }

    private void forEachStored(BiConsumer<byte[], byte[]> visitor) {
        byte[] lower = CatalogKeys.SYSTEM.extensions();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                byte[] key = rows.key();
                visitor.accept(Arrays.copyOfRange(key, CatalogKeys.PREFIX, key.length), rows.value());
            }
        }
    }

    /** Before there is a round. */
    private final class Stored implements Extension.Rows {
        @Override
        public byte @Nullable [] get(byte[] key) {
            return store.get(Family.CATALOG, CatalogKeys.SYSTEM.extension(key));
        }

        @Override
        public void put(byte[] key, byte[] value) {
            throw new IllegalStateException("rows are written in rounds");
        }

        @Override
        public void delete(byte[] key) {
            throw new IllegalStateException("rows are written in rounds");
        }

        @Override
        public void forEach(BiConsumer<byte[], byte[]> visitor) {
            forEachStored(visitor);
        }
    }

    /** Begun with the first command that is the extension's: others pay nothing for it. */
    public final class Pending implements Extension.Rows {
        private final ChangesLog.Rows rows;
        private Extension.@Nullable Round round;
        // Whether the command under way is one of the extension's.
        private boolean mine;

        private Pending(ChangesLog.Rows rows) {
            this.rows = rows;
        }

        /** Before each command of the group. */
        public void mark() {
            mine = false;
        }

        public boolean apply(LogPosition position, SystemCommand.Extend command) {
            if (round == null) {
                round = extension.begin(this);
            }
            mine = true;
            return round.apply(position, command.command(), command.timeMs());
        }

        public void undo() {
            if (round != null && mine) {
                round.undo();
            }
        }

        public void write() {
            if (round != null) {
                round.write();
            }
        }

        public Runnable commit() {
            return round == null ? () -> {} : round.commit();
        }

        public void rollback() {
            if (round != null) {
                round.rollback();
            }
        }

        @Override
        public byte @Nullable [] get(byte[] key) {
            return rows.get(Family.CATALOG, CatalogKeys.SYSTEM.extension(key));
        }

        @Override
        public void put(byte[] key, byte[] value) {
            rows.put(Family.CATALOG, CatalogKeys.SYSTEM.extension(key), value);
        }

        @Override
        public void delete(byte[] key) {
            rows.delete(Family.CATALOG, CatalogKeys.SYSTEM.extension(key));
        }

        @Override
        public void forEach(BiConsumer<byte[], byte[]> visitor) {
            forEachStored(visitor);
        }
    }
}
