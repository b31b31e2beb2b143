package archipel.engine;

import archipel.command.Command;
import archipel.command.Outcome;
import archipel.document.RequestException;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Databases and their documents as the state machine of a log. */
final class DocumentMachine implements StateMachine {
    private final Store store;
    private final Catalog catalog;
    private final Visible readers;
    private final LongSupplier visible;

    /**
     * @param readers called for each round, on one thread at a time
     * @param visible the index up to which readers see
     */
    DocumentMachine(Store store, Catalog catalog, Visible readers, LongSupplier visible) {
        this.store = store;
        this.catalog = catalog;
        this.readers = readers;
        this.visible = visible;
    }

    @Override
    public long visible() {
        return visible.getAsLong();
    }

    @Override
    public long stored() {
        return catalog.position();
    }

    @Override
    public Round begin(Batch batch) {
        return new CatalogRound(new PendingRows(store, batch));
    }

    private final class CatalogRound implements Round {
        private final PendingRows rows;
        private final Applier applier;

        CatalogRound(PendingRows rows) {
            this.rows = rows;
            this.applier = new Applier(catalog, rows);
        }

        @Override
        public <A extends @Nullable Object> Outcome<A> apply(long index, Command<A> command, boolean last) {
            rows.begin(last && !command.readsBack());
            catalog.begin(index);
            boolean applied = false;
            try {
                A answer = applier.apply(index, command);
                applied = true;
                return new Outcome.Done<>(answer);
            } catch (StorageException e) {
                throw e;
            } catch (RequestException e) {
                return new Outcome.Refused<>(e.code(), e.fields());
            } finally {
                if (applied) {
                    rows.keep();
                } else {
                    catalog.undo();
                    rows.undo();
                }
            }
        }

        @Override
        public void write() {
            catalog.write(rows);
        }

        @Override
        public Publication commit() {
            Catalog.Changes changes = catalog.commit();
            return snapshot -> readers.show(changes, snapshot);
        }

        @Override
        public void rollback() {
            catalog.rollback();
        }
    }

    /** Shows readers what is durable. */
    @FunctionalInterface
    interface Visible {
        /** @param snapshot of the store right after these changes, which is taken over, also when showing fails */
        void show(Catalog.Changes changes, StoreSnapshot snapshot);
    }
}
