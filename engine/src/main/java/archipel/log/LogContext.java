package archipel.log;

import archipel.changes.Threads;
import archipel.health.Health;
import archipel.storage.DiskReserve;
import archipel.storage.Store;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/**
 * What a node gives its log.
 *
 * @param machines of each group, by its number; more than {@link LogFactory#dataGroups} where the data knows more
 * @param runner by which the log's commands get to these, to the store and to readers
 * @param leadership told when this node begins and ceases to lead a group
 * @param options what bounds the log
 * @param threads which the log's own come from
 * @param clock what a leader stamps commands with as it gives them their positions ({@link
 *     archipel.command.Command#stamped})
 * @param health where the log says that it, or one of its groups, has stopped
 * @param directory for files of the log; not made yet. It is on the disk of the data, and part of no backup
 * @param disk what a log needs that has the store as its journal
 */
public record LogContext(
        Map<Integer, StateMachine> machines,
        BatchRunner runner,
        Leadership leadership,
        LogOptions options,
        Threads threads,
        InstantSource clock,
        Health health,
        Path directory,
        Disk disk) {

    /** The same for some of the groups. */
    LogContext with(Map<Integer, StateMachine> some, BatchRunner itsRunner) {
        return new LogContext(some, itsRunner, leadership, options, threads, clock, health, directory, disk);
    }

    /**
     * The store, and how it is with its disk.
     *
     * @param state what the log has found of it
     * @param reserve what gives space back on a full disk
     */
    public record Disk(Store store, WriteState state, DiskReserve reserve) {}
}
