package archipel.log;

import archipel.storage.Batch;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The commands that will be written together, applied as they come. For the writer's thread. */
final class OpenBatch implements AutoCloseable {
    private final List<PendingCommand<?>> commands = new ArrayList<>();
    private final Map<Lane, StateMachine.Round> rounds = new LinkedHashMap<>();
    private final Batch batch;
    private final long full;
    private long bytes;
    private boolean ended;
    private boolean changed;
    private boolean durable;

    /** @param full roughly how many bytes fill it */
    OpenBatch(Store store, long full) {
        this.full = full;
        batch = store.batch();
    }

    void apply(PendingCommand<?> command) {
        commands.add(command);
        bytes += command.command().bytes();
        Lane lane = command.lane();
        StateMachine.Round round =
                rounds.computeIfAbsent(lane, begun -> begun.machine().begin(batch));
        ended |= bytes >= full || command.command().endsBatch();
        if (command.apply(round, lane.next(), ended)) {
            changed = true;
            durable |= command.command().durable();
        } else if (!changed) {
            command.keepRefusal();
        }
    }

    /** Instead of commands: rows that stand in the store as they are, one for each group at least. */
    Batch touch(Collection<Lane> lanes) {
        lanes.forEach(lane -> rounds.put(lane, lane.machine().begin(batch)));
        return finish();
    }

    List<PendingCommand<?>> commands() {
        return commands;
    }

    /** The batch with all that belongs to it. */
    Batch finish() {
        rounds.values().forEach(StateMachine.Round::write);
        return batch;
    }

    /** The batch is stored. */
    List<StateMachine.Publication> commit() {
        List<StateMachine.Publication> publications = new ArrayList<>(rounds.size());
        rounds.values().forEach(round -> publications.add(round.commit()));
        rounds.clear();
        return publications;
    }

    /** Whether nothing more should be added. */
    boolean isFull() {
        return ended || batch.bytes() >= full;
    }

    /** Whether a command was applied that is to be answered only once it is on the disk. */
    boolean durable() {
        return durable;
    }

    /** Rolls back what was not committed. */
    @Override
    public void close() {
        rounds.values().forEach(StateMachine.Round::rollback);
        rounds.clear();
        batch.close();
    }
}
