package archipel.trios;

import archipel.load.OwnServer;
import archipel.report.ProcessTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.zookeeper.Version;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;

/** Three members of ZooKeeper, with the settings of its sample file and the memory that its script gives them. */
final class ZooKeeperTrio implements Contender, TreeServers {
    private static final String TITLE = "ZooKeeper";
    private static final String HEAP = "-Xmx1000m";

    private final Processes processes = new Processes();
    private final List<Integer> ports = new ArrayList<>();

    /** @param work for the data */
    record Starter(Path work) implements Contender.Starter {
        @Override
        public String title() {
            return TITLE;
        }

        @Override
        public String conditions() {
            return "ZooKeeper " + Version.getVersion() + ", Java " + System.getProperty("java.version") + " with "
                    + HEAP + ", as it comes, no TLS; its own asynchronous client, a session with each member";
        }

        @Override
        public ZooKeeperTrio start() throws IOException {
            ZooKeeperTrio trio = new ZooKeeperTrio();
            try {
                trio.launch(work);
            } catch (IOException failed) {
                trio.close();
                throw failed;
            }
            return trio;
        }
    }

    private void launch(Path work) throws IOException {
        StringBuilder servers = new StringBuilder();
        for (int member = 0; member < MEMBERS; member++) {
            ports.add(OwnServer.freePort());
            servers.append(
                    "server.%d=127.0.0.1:%d:%d%n".formatted(member + 1, OwnServer.freePort(), OwnServer.freePort()));
        }
        for (int member = 0; member < MEMBERS; member++) {
            Path data = Files.createDirectories(work.resolve("z" + member));
            Files.writeString(data.resolve("myid"), Integer.toString(member + 1));
            Path configuration = work.resolve("z" + member + ".cfg");
            Files.writeString(
                    configuration,
                    "tickTime=2000\ninitLimit=10\nsyncLimit=5\nmaxClientCnxns=0\nadmin.enableServer=false\ndataDir="
                            + data + "\nclientPortAddress=127.0.0.1\nclientPort=" + ports.get(member) + "\n" + servers);
            processes.start(
                    work.resolve("z" + member + ".log"),
                    List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            HEAP,
                            "-cp",
                            System.getProperty("java.class.path"),
                            QuorumPeerMain.class.getName(),
                            configuration.toString()));
        }
    }

    @Override
    public String title() {
        return TITLE;
    }

    @Override
    public Clients connect() throws IOException {
        return Readiness.ready(new ZooKeeperClients(ports), processes::requireAlive);
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
        processes.kill(member);
    }

    @Override
    public void restart(int member) throws IOException {
        processes.restart(member);
    }

    @Override
    public List<ProcessTree> processes() {
        return processes.trees();
    }

    @Override
    public void close() {
        processes.close();
    }
}
