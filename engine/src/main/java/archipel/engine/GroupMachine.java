package archipel.engine;

import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.Outcome;
import archipel.command.SystemCommand;
import archipel.document.RequestException;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.StorageException;
import archipel.storage.Store;
import org.jspecify.annotations.Nullable;

/** The databases of one group as the state machine of a log; in the system group also which databases there are. */
final class GroupMachine implements StateMachine {
    private final Store store;
    private final Catalog catalog;
    private final @Nullable SystemCatalog system;
    private final CatalogListener readers;

    /**
     * @param system of the system group; null for any other
     * @param readers told of each round, on one thread at a time
     */
    GroupMachine(Store store, Catalog catalog, @Nullable SystemCatalog system, CatalogListener readers) {
        this.store = store;
        this.catalog = catalog;
        this.system = system;
        this.readers = readers;
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
        private final @Nullable SystemApplier systemApplier;

        CatalogRound(PendingRows rows) {
            this.rows = rows;
            this.applier = new Applier(catalog, rows);
            this.systemApplier = system == null ? null : new SystemApplier(system, rows);
        }

        @Override
        public <A extends @Nullable Object> Outcome<A> apply(long index, Command<A> command, boolean last) {
            rows.begin(last && !command.readsBack());
            catalog.begin(index);
            if (system != null) {
                system.begin();
            }
            boolean applied = false;
            try {
                A answer = apply(index, command);
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
                    undo();
                }
            }
        }

        private <A extends @Nullable Object> A apply(long index, Command<A> command) {
            if (command instanceof DataCommand<A> data) {
                return applier.apply(index, data);
            }
            if (command instanceof SystemCommand<A> change && systemApplier != null) {
                return systemApplier.apply(index, change);
            }
            throw new IllegalArgumentException("a command for another group: " + command);
        }

        private void undo() {
            catalog.undo();
            if (system != null) {
                system.undo();
            }
            rows.undo();
        }

        @Override
        public void write() {
            catalog.write(rows);
            if (system != null) {
                system.write(rows);
            }
        }

        @Override
        public Publication commit() {
            Catalog.Changes changes = catalog.commit();
            if (system == null) {
                return () -> readers.publish(changes);
            }
            SystemCatalog.Changes named = system.commit();
            return () -> {
                readers.publish(named);
                readers.publish(changes);
            };
        }

        @Override
        public void rollback() {
            catalog.rollback();
            if (system != null) {
                system.rollback();
            }
        }
    }
}
