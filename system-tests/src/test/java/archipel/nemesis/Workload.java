package archipel.nemesis;

import java.io.IOException;
import java.util.SplittableRandom;

/** Clients of one kind, each with a thread of its own, and the proof from what they saw. */
interface Workload extends AutoCloseable {
    /** Before any fault. */
    void begin(SplittableRandom random) throws IOException;

    /** From now on clients use other locks and nodes, so that each history stays short enough to check. */
    void nextRound();

    /** Has each client finish its step and end. To be called when all faults are over. */
    @Override
    void close() throws IOException;

    /** Fails on any violation. To be called after {@link #close}. */
    void check() throws IOException;
}
