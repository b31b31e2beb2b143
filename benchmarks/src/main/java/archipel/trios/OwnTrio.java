package archipel.trios;

import archipel.load.OwnServer;
import archipel.rawhttp.HttpTarget;
import archipel.report.ProcessTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Three nodes of ours. */
final class OwnTrio implements Contender {
    static final String TITLE = "Archipel";
    private static final String DATABASE = "load";

    private final Trio trio;

    private OwnTrio(Trio trio) {
        this.trio = trio;
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
            return "Archipel as it comes, TLS between members, one database, so one group; HTTP/1.1 with a password, "
                    + "a connection for each outstanding operation, on one thread";
        }

        @Override
        public Contender start() throws IOException {
            return new OwnTrio(Trio.start(root, work, ""));
        }
    }

    @Override
    public String title() {
        return TITLE;
    }

    @Override
    public Clients connect() throws IOException {
        trio.makeDatabase(DATABASE);
        List<HttpTarget> targets = new ArrayList<>();
        for (int node = 0; node < MEMBERS; node++) {
            targets.add(trio.node(node).target());
        }
        return Readiness.ready(new HttpClients(targets, DATABASE), () -> {});
    }

    Trio trio() {
        return trio;
    }

    @Override
    public Set<Operation> operations() {
        return EnumSet.of(Operation.WRITE, Operation.BULK, Operation.LINEARIZABLE_READ, Operation.STALE_READ);
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
