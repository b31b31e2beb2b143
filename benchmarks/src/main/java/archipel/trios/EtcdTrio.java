package archipel.trios;

import archipel.load.OwnServer;
import archipel.report.ProcessTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Three members of etcd, with the settings that it has by itself. */
final class EtcdTrio implements Contender {
    private static final String TITLE = "etcd";

    private final Processes processes = new Processes();
    private final List<Integer> ports = new ArrayList<>();

    /** @param binary of the server */
    record Starter(Path binary, Path work) implements Contender.Starter {
        @Override
        public String title() {
            return TITLE;
        }

        @Override
        public String conditions() throws IOException {
            Process process = new ProcessBuilder(binary.toString(), "--version").start();
            String version = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return version.lines().findFirst().orElse("etcd, unknown version")
                    + ", as it comes, no TLS; client grpc-java, a channel for each member on one thread";
        }

        @Override
        public Contender start() throws IOException {
            EtcdTrio trio = new EtcdTrio();
            try {
                trio.launch(binary, work);
            } catch (IOException failed) {
                trio.close();
                throw failed;
            }
            return trio;
        }
    }

    private void launch(Path binary, Path work) throws IOException {
        List<String> peers = new ArrayList<>();
        List<Integer> peerPorts = new ArrayList<>();
        for (int member = 0; member < MEMBERS; member++) {
            ports.add(OwnServer.freePort());
            peerPorts.add(OwnServer.freePort());
            peers.add("e" + member + "=" + url(peerPorts.get(member)));
        }
        for (int member = 0; member < MEMBERS; member++) {
            String name = "e" + member;
            List<String> command = new ArrayList<>(List.of(binary.toString(), "--name", name));
            command.addAll(List.of("--data-dir", work.resolve(name).toString()));
            command.addAll(List.of("--listen-client-urls", url(ports.get(member))));
            command.addAll(List.of("--advertise-client-urls", url(ports.get(member))));
            command.addAll(List.of("--listen-peer-urls", url(peerPorts.get(member))));
            command.addAll(List.of("--initial-advertise-peer-urls", url(peerPorts.get(member))));
            command.addAll(List.of("--initial-cluster", String.join(",", peers), "--initial-cluster-state", "new"));
            command.addAll(List.of("--logger", "zap", "--log-level", "warn"));
            processes.start(work.resolve(name + ".log"), command);
        }
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public String title() {
        return TITLE;
    }

    @Override
    public Clients connect() throws IOException {
        return Readiness.ready(new EtcdClients(ports), processes::requireAlive);
    }

    @Override
    public Set<Operation> operations() {
        return EnumSet.of(Operation.WRITE, Operation.LINEARIZABLE_READ, Operation.STALE_READ);
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
