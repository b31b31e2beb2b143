package archipel.engine;

import archipel.storage.Batch;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.List;

/** The commands that will be written together, applied as they come. For the writer's thread. */
final class OpenGroup implements AutoCloseable {
    private final List<PendingCommand<?>> commands = new ArrayList<>();
    private final Batch batch;
    private final PendingRows rows;
    private final Applier applier;
    private long bytes;
    private boolean durable;

    OpenGroup(Store store, Catalog catalog) {
        batch = store.batch();
        rows = new PendingRows(store, batch);
        applier = new Applier(catalog, rows);
    }

    void apply(PendingCommand<?> command) {
        commands.add(command);
        bytes += command.command().bytes();
        durable |= command.apply(applier, rows) && command.command().durable();
    }

    List<PendingCommand<?>> commands() {
        return commands;
    }

    Batch batch() {
        return batch;
    }

    PendingRows rows() {
        return rows;
    }

    /** Roughly how much it will write. */
    long bytes() {
        return bytes;
    }

    /** Whether a command was applied that is to be answered only once it is on the disk. */
    boolean durable() {
        return durable;
    }

    @Override
    public void close() {
        batch.close();
    }
}
