package archipel.trios;

import archipel.report.ProcessTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Three processes that serve ZooKeeper's clients with one tree. Closing it stops them. */
public interface TreeServers extends AutoCloseable {
    /**
     * Starts them.
     *
     * @param system {@code tree} for ours, or {@code zookeeper}
     * @param root of the work tree
     * @param work for the data
     */
    static TreeServers start(String system, Path root, Path work) throws IOException {
        return switch (system) {
            case "tree" -> new TreeTrio.Starter(root, work).start();
            case "zookeeper" -> new ZooKeeperTrio.Starter(work).start();
            default -> throw new IOException("no system " + system);
        };
    }

    String title();

    /** Where each member serves clients. */
    List<String> addresses();

    List<ProcessTree> processes();

    /** Kills one at once, as a power cut would. */
    void kill(int member);

    /** Starts one again that was killed. */
    void restart(int member) throws IOException;

    @Override
    void close();
}
