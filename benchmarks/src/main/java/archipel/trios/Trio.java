package archipel.trios;

import archipel.load.OwnServer;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.Ticks;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Three nodes of one ensemble of ours, with the settings that a node has by itself. */
public final class Trio implements AutoCloseable {
    public static final int NODES = 3;

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Pattern GROUP = Pattern.compile("\\{\"group\":(\\d+),\"role\":\"[a-z_ ]+\",\"leader\":"
            + "(?:null|\"n(\\d)\"),\"format\":\\d+,\"term\":\\d+,\"committed\":\\d+,\"applied\":(\\d+)");

    private final Path root;
    private final Path work;
    private final String members;
    private final String javaOptions;
    private final IntFunction<List<String>> flags;
    private final List<OwnServer> nodes = new ArrayList<>();

    private Trio(Path root, Path work, String members, String javaOptions, IntFunction<List<String>> flags) {
        this.root = root;
        this.work = work;
        this.members = members;
        this.javaOptions = javaOptions;
        this.flags = flags;
    }

    /**
     * @param root of the work tree
     * @param javaOptions empty for what the environment says
     */
    public static Trio start(Path root, Path work, String javaOptions) throws IOException {
        return start(root, work, javaOptions, node -> List.of());
    }

    /** @param flags more of them, of a node */
    static Trio start(Path root, Path work, String javaOptions, IntFunction<List<String>> flags) throws IOException {
        List<String> members = new ArrayList<>();
        for (int node = 0; node < NODES; node++) {
            members.add("n" + node + "=127.0.0.1:" + OwnServer.freePort());
        }
        Trio trio = new Trio(root, work, String.join(",", members), javaOptions, flags);
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
        List<String> all = new ArrayList<>(List.of("--ensemble", members, "--ensemble-name", "n" + node));
        all.addAll(flags.apply(node));
        return OwnServer.start(root, work.resolve("n" + node), work.resolve("n" + node + ".log"), all, javaOptions);
    }

    public OwnServer node(int number) {
        return nodes.get(number);
    }

    List<OwnServer> nodes() {
        return List.copyOf(nodes);
    }

    /** Starts one again that was killed. */
    public void restart(int number) throws IOException {
        nodes.set(number, launch(number));
    }

    /** Once the ensemble has begun: nodes answer before that. */
    public void makeDatabase(String database) throws IOException {
        long begun = Ticks.now();
        while (true) {
            try {
                node(0).target().call(201, "PUT", "/" + database);
                return;
            } catch (UnexpectedAnswerException notYet) {
                if (Ticks.now() - begun > PATIENCE.toNanos()) {
                    throw notYet;
                }
                Ticks.pause(Duration.ofMillis(100));
            }
        }
    }

    Path work() {
        return work;
    }

    String members() {
        return members;
    }

    /** A group as a node sees it. @param leader -1 for nobody */
    public record Group(int leader, long applied) {}

    /** All groups as a node sees them, in their order. */
    public List<Group> groups(int node) throws IOException {
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
