package archipel.trios;

import archipel.load.OwnServer;
import archipel.report.ProcessTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Three nodes of ours, as clients of ZooKeeper see them. */
final class TreeTrio implements Contender, TreeServers {
    static final String TITLE = "Archipel's tree";

    private final Trio trio;
    private final List<Integer> ports;

    private TreeTrio(Trio trio, List<Integer> ports) {
        this.trio = trio;
        this.ports = ports;
    }

    /**
     * @param root of the work tree
     * @param work for the data
     */
    record Starter(Path root, Path work) implements Contender.Starter {
        @Override
        public String title() {
            return TITLE;
        }

        @Override
        public String conditions() {
            return "Archipel's tree as it comes, TLS between members; ZooKeeper's client, a session with each member";
        }

        @Override
        public TreeTrio start() throws IOException {
            List<Integer> ports = new ArrayList<>();
            for (int node = 0; node < MEMBERS; node++) {
                ports.add(OwnServer.freePort());
            }
            return new TreeTrio(
                    Trio.start(
                            root,
                            work,
                            "",
                            node -> List.of(
                                    "--coordination-port",
                                    ports.get(node).toString(),
                                    "--coordination-connections",
                                    "0")),
                    ports);
        }
    }

    @Override
    public String title() {
        return TITLE;
    }

    @Override
    public Clients connect() throws IOException {
        return Readiness.ready(new ZooKeeperClients(ports), () -> {});
    }

    @Override
    public Set<Operation> operations() {
        return EnumSet.of(Operation.WRITE, Operation.OVERWRITE, Operation.LINEARIZABLE_READ, Operation.STALE_READ);
    }

    @Override
    public List<String> addresses() {
        return ports.stream().map(port -> "127.0.0.1:" + port).toList();
    }

    @Override
    public void kill(int member) {
        trio.node(member).kill();
    }

    @Override
    public void restart(int member) throws IOException {
        trio.restart(member);
    }

    @Override
    public List<ProcessTree> processes() {
        return trio.nodes().stream().map(OwnServer::processes).toList();
    }

    @Override
    public void close() {
        trio.close();
    }
}
