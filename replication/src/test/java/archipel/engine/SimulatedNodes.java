package archipel.engine;

import archipel.testkit.SeededScheduler;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.SplittableRandom;

/** Nodes whose threads run one at a time, in an order that follows from a seed. */
public final class SimulatedNodes {
    private SimulatedNodes() {}

    /**
     * Opens a data directory, on a thread of the scheduler; nothing is pruned by itself.
     *
     * @param clock of the node's machine
     */
    public static Node open(Path directory, SeededScheduler scheduler, InstantSource clock, SplittableRandom random) {
        Environment environment = Environment.of(clock).withRandom(random).withThreads(scheduler::unstarted);
        NodeOptions options = NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS);
        return Node.openStill(directory, options, environment);
    }
}
