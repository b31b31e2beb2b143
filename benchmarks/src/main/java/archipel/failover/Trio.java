package archipel.failover;

import archipel.load.OwnServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Three nodes of one ensemble, with the settings that a node has by itself. */
final class Trio implements AutoCloseable {
    static final int NODES = 3;

    private static final Pattern GROUP = Pattern.compile("\\{\"group\":(\\d+),\"role\":\"[a-z_ ]+\",\"leader\":"
            + "(?:null|\"n(\\d)\"),\"term\":\\d+,\"committed\":\\d+,\"applied\":(\\d+)");

    private final Path root;
    private final Path work;
    private final String members;
    private final List<OwnServer> nodes = new ArrayList<>();

    private Trio(Path root, Path work, String members) {
        this.root = root;
        this.work = work;
        this.members = members;
    }

    static Trio start(Path root, Path work) throws IOException {
        List<String> members = new ArrayList<>();
        for (int node = 0; node < NODES; node++) {
            members.add("n" + node + "=127.0.0.1:" + OwnServer.freePort());
        }
        Trio trio = new Trio(root, work, String.join(",", members));
        // Each waits for the others.
        try (ExecutorService threads = Executors.newFixedThreadPool(NODES)) {
            List<Future<OwnServer>> starting = new ArrayList<>();
            for (int node = 0; node < NODES; node++) {
                int number = node;
                starting.add(threads.submit(() -> trio.launch(number)));
            }
            for (Future<OwnServer> one : starting) {
                trio.nodes.add(one.get());
            }
        } catch (ExecutionException e) {
            trio.close();
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            trio.close();
            throw new IOException(e);
        }
        return trio;
    }

    private OwnServer launch(int node) throws IOException {
        return OwnServer.start(
                root,
                work.resolve("n" + node),
                work.resolve("n" + node + ".log"),
                List.of("--ensemble", members, "--ensemble-name", "n" + node),
                "-Xmx256m");
    }

    OwnServer node(int number) {
        return nodes.get(number);
    }

    /** Starts one again that was killed. */
    void restart(int number) throws IOException {
        nodes.set(number, launch(number));
    }

    /** A group as a node sees it. @param leader -1 for nobody */
    record Group(int leader, long applied) {}

    /** All groups as a node sees them, in their order. */
    List<Group> groups(int node) throws IOException {
        Matcher found = GROUP.matcher(nodes.get(node).target().call(200, "GET", "/_ensemble"));
        List<Group> groups = new ArrayList<>();
        while (found.find()) {
            groups.add(new Group(
                    found.group(2) == null ? -1 : Integer.parseInt(found.group(2)), Long.parseLong(found.group(3))));
        }
        return groups;
    }

    @Override
    public void close() {
        nodes.forEach(OwnServer::close);
    }
}
