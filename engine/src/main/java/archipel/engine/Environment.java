package archipel.engine;

import archipel.changes.HybridClock;
import archipel.changes.Threads;
import archipel.log.Extension;
import archipel.log.LogFactory;
import archipel.log.StateMachine;
import archipel.storage.CatalogKeys;
import archipel.storage.Store;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a node takes from outside itself: nothing that it does depends on anything else of the machine but its disk.
 * Tests put what they decide in place of each.
 *
 * @param clock what commands get their time from
 * @param random what ids come from; on a real node nobody can foresee it. Used by many threads at once
 * @param threads all but those of requests
 * @param store how the store is opened
 * @param machineOf what a group's log is given for the group's state machine
 * @param logs what its commands are put in order by
 * @param extension what another module keeps in the system group; null for nothing
 */
record Environment(
        InstantSource clock,
        RandomGenerator random,
        Threads threads,
        DataDirectory.StoreOpener store,
        BiFunction<Integer, StateMachine, StateMachine> machineOf,
        LogFactory logs,
        @Nullable Extension extension) {

    /** The machine's. */
    static Environment real(NodeOptions.Limits limits) {
        return of(HybridClock.system(limits.clockDrift(), limits.clockPatience()));
    }

    /** The machine's, but for the clock. */
    static Environment of(InstantSource clock) {
        return new Environment(
                clock,
                new SecureRandom(),
                Threads.PLATFORM,
                Store::open,
                (group, machine) -> machine,
                LogFactory.LOCAL,
                null);
    }

    /** 32 hexadecimal digits. */
    String newUuid() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    Environment withRandom(RandomGenerator other) {
        return new Environment(clock, other, threads, store, machineOf, logs, extension);
    }

    Environment withThreads(Threads other) {
        return new Environment(clock, random, other, store, machineOf, logs, extension);
    }

    Environment withStore(DataDirectory.StoreOpener other) {
        return new Environment(clock, random, threads, other, machineOf, logs, extension);
    }

    /**
     * Over how many groups the log wants databases to be spread.
     *
     * @throws IllegalArgumentException where there cannot be as many
     */
    int dataGroups() {
        int groups = logs.dataGroups();
        if (groups < 1 || groups >= CatalogKeys.LOCAL_GROUP) {
            throw new IllegalArgumentException("a log of " + groups + " data groups");
        }
        return groups;
    }

    /** Whose store has no journal where the log has the commands itself. */
    Environment withLogs(LogFactory other) {
        DataDirectory.StoreOpener opener = other.isReplicated()
                ? (directory, cache, buffer) -> Store.open(directory, cache, buffer, Store.Journal.NONE)
                : store;
        return new Environment(clock, random, threads, opener, machineOf, other, extension);
    }

    Environment withMachines(BiFunction<Integer, StateMachine, StateMachine> other) {
        return new Environment(clock, random, threads, store, other, logs, extension);
    }

    Environment withExtension(Extension other) {
        return new Environment(clock, random, threads, store, machineOf, logs, other);
    }
}
