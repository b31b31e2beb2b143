package archipel.log;

import archipel.storage.Batch;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The commands of one or several groups that will be stored together, applied as they come. For the thread that applies
 * the commands of these groups.
 */
public final class OpenBatch implements AutoCloseable {
    private final List<LogEntry<?>> entries = new ArrayList<>();
    private final Map<StateMachine, StateMachine.Round> rounds = new LinkedHashMap<>();
    private final Batch batch;
    private final long full;
    private final FaultPolicy faults;
    private long bytes;
    private boolean ended;
    private boolean changed;
    private boolean durable;

    /** @param full roughly how many bytes fill it */
    OpenBatch(Store store, long full, FaultPolicy faults) {
        this.full = full;
        this.faults = faults;
        batch = store.batch();
    }

    /**
     * Applies a command. What is thrown is a fault of this node, by {@link FaultPolicy#HALT}: nothing of the command is
     * in the batch, which goes on, or is closed. After a {@link BrokenRoundError}, by whatever policy, it must be
     * closed.
     *
     * @param position after all that the machine was given before, or it is passed over: the machine has it
     * @return false where it was passed over
     */
    public boolean apply(StateMachine machine, LogPosition position, LogEntry<?> entry) {
        if (position.index() <= machine.stored().index()) {
            return false;
        }
        StateMachine.Round round = rounds.get(machine);
        if (round == null) {
            round = machine.begin(batch);
            rounds.put(machine, round);
        }
        long filled = bytes + entry.command().bytes();
        boolean last = ended || filled >= full || entry.command().endsBatch();
        if (entry.apply(round, position, last, faults)) {
            changed = true;
            durable |= entry.command().durable();
        } else if (!changed) {
            entry.keepRefusal();
        }
        bytes = filled;
        ended = last;
        entries.add(entry);
        return true;
    }

    /** Instead of commands: rows that stand in the store as they are, one for each group at least. */
    Batch touch(Collection<StateMachine> machines) {
        machines.forEach(machine -> rounds.put(machine, machine.begin(batch)));
        return finish();
    }

    List<LogEntry<?>> entries() {
        return entries;
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

    /** Ends the entries that have not ended, of which nothing is known to be stored. */
    public void fail(RuntimeException e) {
        entries.forEach(entry -> entry.fail(e));
    }

    /** Whether nothing was applied. */
    public boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Whether nothing more should be added. */
    public boolean isFull() {
        return ended || batch.bytes() >= full;
    }

    /** Whether a command was applied that is to be answered only once it is on the disk. */
    boolean durable() {
        return durable;
    }

    /** Rolls back what was not stored. Its entries end by nobody else then. */
    @Override
    public void close() {
        rounds.values().forEach(StateMachine.Round::rollback);
        rounds.clear();
        batch.close();
    }
}
