package archipel.nemesis;

import java.io.IOException;
import java.util.SplittableRandom;

/** Clients of one kind, each with a thread of its own, and the proof from what they saw. */
interface Workload extends AutoCloseable {
    /** Before any fault. */
    void begin(SplittableRandom random) throws IOException;

    /** From here on other locks and nodes are used: what is judged together stays short. */
    void nextRound();

    /** Lets each client end what it is doing. Nothing is broken any more. */
    @Override
    void close() throws IOException;

    /** Fails on anything that must not be. After {@link #close}. */
    void check() throws IOException;
}
