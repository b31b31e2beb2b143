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
    private final long full;
    private long bytes;
    private boolean durable;

    /** @param full roughly how many bytes fill it */
    OpenGroup(Store store, Catalog catalog, long full) {
        this.full = full;
        batch = store.batch();
        rows = new PendingRows(store, batch);
        applier = new Applier(catalog, rows);
    }

    void apply(PendingCommand<?> command) {
        commands.add(command);
        bytes += command.command().bytes();
        durable |=
                command.apply(applier, rows, bytes >= full) && command.command().durable();
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

    /** Whether nothing more should be added. */
    boolean isFull() {
        return bytes >= full || batch.bytes() >= full;
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
