package archipel.nemesis;

import archipel.clock.WallClock;
import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import tools.jackson.databind.JsonNode;

/** The nodes of one ensemble, each a process, and what can happen to them. For one thread. */
final class EnsembleFleet implements AutoCloseable {
    /** How many groups databases are spread over: each has elections of its own. */
    static final int GROUPS = 2;

    private static final int DISK_MIB = 512;
    private static final int LOG_BUFFER_MIB = 1;
    private static final Duration MOST = Duration.ofSeconds(Integer.getInteger("nemesis.patience", 120));

    private final Network network;
    private final NodeClient client;
    private final List<ServerOptions> options = new ArrayList<>();
    private final List<ServerProcess> nodes = new ArrayList<>();
    private final Set<Integer> dead = new TreeSet<>();
    private final Set<Integer> frozen = new TreeSet<>();
    private final Set<Integer> demoted = new TreeSet<>();
    // Of each node its own, or none at all.
    private final List<SmallDisk> disks = new ArrayList<>();
    private final List<WallClock> clocks = new ArrayList<>();
    private int fills;

    EnsembleFleet(Network network, NodeClient client) {
        this.network = network;
        this.client = client;
    }

    /** @param directory its own, of the node of that number */
    static ServerOptions options(Path directory) {
        return ServerOptions.in(directory)
                .withJvm("-Xmx256m")
                .withJvm("-XX:TieredStopAtLevel=1")
                // Shorter than some faults, so that writes are refused, and some have an unknown outcome.
                .with("ensemble_leader_timeout_ms", "2500")
                .with("ensemble_write_timeout_ms", "3500")
                .with("ensemble_groups", Integer.toString(GROUPS));
    }

    /**
     * As {@link #start(Path, int, UnaryOperator)}, each node with a wall clock of its own, and on a disk of its own
     * that can become full, where this process may mount such.
     */
    void startOnDisks(Path directory, int count, UnaryOperator<ServerOptions> more) throws Exception {
        UnaryOperator<ServerOptions> with = options -> more.apply(withClock(options, directory));
        if (!SmallDisk.mayMount()) {
            start(directory, count, with);
            return;
        }
        List<ServerOptions> all = new ArrayList<>();
        for (int node = 0; node < count; node++) {
            Path own = Files.createDirectories(directory.resolve(Network.name(node)));
            SmallDisk disk = SmallDisk.make(own, DISK_MIB);
            disks.add(disk);
            // What it says does not fill its disk.
            all.add(with.apply(options(disk.path().resolve("data"))
                    .with("reserve_size", "0")
                    .with("ensemble_log_buffer_size", LOG_BUFFER_MIB + "MiB")
                    .withLog(directory.resolve(Network.name(node) + ".log"))));
        }
        start(all);
    }

    private ServerOptions withClock(ServerOptions one, Path directory) {
        try {
            WallClock clock = WallClock.in(directory.resolve("clock" + clocks.size()));
            clocks.add(clock);
            return one.withJvm(clock.flag());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether nodes have wall clocks of their own. */
    boolean hasClocks() {
        return !clocks.isEmpty();
    }

    /** Sets a node's wall clock that far ahead of the machine's, or behind it, and leaves it there. */
    void setClock(int number, long aheadMs) {
        clocks.get(number).set(aheadMs);
    }

    /** Whether nodes are on disks that can become full. */
    boolean hasDisks() {
        return !disks.isEmpty();
    }

    /** Leaves a node no room on its disk, until {@link #mend}. */
    void fillDisk(int number) throws IOException, InterruptedException {
        disks.get(number).fill();
        // Its log has taken some room in advance.
        byte[] noise = new byte[LOG_BUFFER_MIB << 20];
        new SplittableRandom(number).nextBytes(noise);
        String json = "{\"noise\":\"" + Base64.getEncoder().encodeToString(noise) + "\"}";
        try {
            client.send(
                    (number + 1) % nodes.size(),
                    "PUT",
                    "/" + Clients.DATABASE + "/_local/filler" + fills++,
                    json,
                    Duration.ofSeconds(5));
        } catch (HttpTimeoutException undecided) {
            // It may have filled the disk all the same.
            return;
        }
    }

    /** Starts so many nodes in that directory and waits until they serve. */
    void start(Path directory, int count, UnaryOperator<ServerOptions> with) throws Exception {
        List<ServerOptions> all = new ArrayList<>();
        for (int node = 0; node < count; node++) {
            all.add(with.apply(options(directory.resolve(Network.name(node)))));
        }
        start(all);
    }

    /** Starts a node of each and waits until they serve. */
    void start(List<ServerOptions> all) throws Exception {
        for (int node = 0; node < all.size(); node++) {
            options.add(all.get(node)
                    .with("ensemble", network.members(node))
                    .with("ensemble_name", Network.name(node))
                    .withPlace(network.place(node)));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<ServerProcess>> starting = new ArrayList<>();
            options.forEach(each -> starting.add(threads.submit(() -> ServerProcess.start(each))));
            for (Future<ServerProcess> one : starting) {
                nodes.add(one.get());
            }
        }
        client.serve(nodes.stream().map(ServerProcess::url).toList());
        awaitLeaders();
    }

    int size() {
        return nodes.size();
    }

    ServerProcess node(int number) {
        return nodes.get(number);
    }

    /** How many may be gone so that the others still decide. */
    int spare() {
        return (nodes.size() - 1) / 2;
    }

    /** Those that run. */
    List<Integer> alive() {
        return IntStream.range(0, nodes.size())
                .filter(each -> !dead.contains(each) && !frozen.contains(each))
                .boxed()
                .toList();
    }

    /** Who leads a group, as most of those see it that run; -1 for nobody. */
    int leader(int group) {
        int[] votes = new int[nodes.size()];
        for (int node : alive()) {
            String name = leader(node, group);
            for (int each = 0; each < votes.length; each++) {
                votes[each] += Network.name(each).equals(name) ? 1 : 0;
            }
        }
        for (int each = 0; each < votes.length; each++) {
            if (votes[each] * 2 > alive().size()) {
                return each;
            }
        }
        return -1;
    }

    private String leader(int node, int group) {
        try {
            NodeClient.Answer answer = client.send(node, "GET", "/_ensemble", "", Duration.ofSeconds(2));
            for (JsonNode one : answer.json().path("groups")) {
                if (one.path("group").asInt() == group) {
                    return one.path("leader").asString("");
                }
            }
        } catch (IOException away) {
            return "";
        }
        return "";
    }

    /** Who leads a group, once somebody does. */
    int awaitLeader(int group) {
        int[] leader = new int[1];
        Awaitility.await()
                .atMost(MOST)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> (leader[0] = leader(group)) >= 0);
        return leader[0];
    }

    /** Until each group has a leader that most know. */
    void awaitLeaders() {
        for (int group = 0; group <= GROUPS; group++) {
            awaitLeader(group);
        }
    }

    /** As {@code kill -9}. */
    void kill(int number) {
        nodes.get(number).kill();
        dead.add(number);
    }

    /** As {@code kill -9}, where it may have ended already since its disk is gone. */
    void crash(int number) {
        nodes.get(number).crash();
        dead.add(number);
    }

    /** As {@code kill -TERM}, until it has ended. */
    void stop(int number) {
        nodes.get(number).stop();
        dead.add(number);
    }

    /** Starts a dead one; returns at once, since one that has no majority may not serve for now. */
    void restart(int number) throws IOException {
        nodes.get(number).launchAgain();
        dead.remove(number);
    }

    /** Has it run no more, while its connections stay open. */
    void freeze(int number) throws IOException, InterruptedException {
        nodes.get(number).signal("STOP");
        frozen.add(number);
    }

    void thaw(int number) throws IOException, InterruptedException {
        nodes.get(number).signal("CONT");
        frozen.remove(number);
    }

    /** Has somebody else lead every group, if nodes can be asked to: one of them from there on. */
    void transfer(int to) throws IOException {
        for (int node : alive()) {
            client.send(
                    node,
                    "POST",
                    "/_ensemble/transfer",
                    "{\"to\":\"" + Network.name(to) + "\"}",
                    Duration.ofSeconds(5));
        }
    }

    /** Takes a node's vote for a while, if a majority agrees; {@link #mend} gives it back. */
    void demote(int number) throws IOException {
        if (change(number, "PUT", "{\"observer\":true}")) {
            demoted.add(number);
        }
    }

    // Whether some node has had that done to a member.
    private boolean change(int number, String method, String body) throws IOException {
        for (int node : alive()) {
            try {
                NodeClient.Answer answer = client.send(
                        node, method, "/_ensemble/members/" + Network.name(number), body, Duration.ofSeconds(20));
                if (answer.isSuccess()) {
                    return true;
                }
            } catch (HttpTimeoutException undecided) {
                // Another one knows.
            }
        }
        return false;
    }

    /** Has another node join in a member's place, with an empty disk. */
    void replace(int number) throws IOException, InterruptedException {
        if (!change(number, "DELETE", "")) {
            return;
        }
        int through = (number + 1) % nodes.size();
        awaitMembers(
                through,
                members -> members.stream()
                        .noneMatch(member -> member.path("name").asString("").equals(Network.name(number))));
        crash(number);
        try (Stream<Path> files = Files.walk(options.get(number).data())) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        options.get(number).join(nodes.get(through).url(), network.member(number));
        restart(number);
        nodes.get(number).awaitServing();
        awaitSettled(through);
    }

    private void awaitSettled(int through) {
        awaitMembers(
                through,
                members -> members.stream()
                        .allMatch(member -> member.path("state").asString("").equals("member")));
    }

    private void awaitMembers(int through, Predicate<List<JsonNode>> wanted) {
        AtomicReference<JsonNode> last = new AtomicReference<>();
        try {
            Awaitility.await().atMost(MOST).pollInterval(Duration.ofMillis(200)).until(() -> {
                JsonNode status = client.send(through, "GET", "/_ensemble", "", Duration.ofSeconds(5))
                        .json();
                last.set(status);
                List<JsonNode> members = new ArrayList<>();
                status.path("members").forEach(members::add);
                return status.path("settled").asBoolean(false) && wanted.test(members);
            });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(
                    "the members are not what they should be, as " + Network.name(through) + " tells: " + last.get(),
                    e);
        }
    }

    Network network() {
        return network;
    }

    Set<Integer> dead() {
        return dead;
    }

    Set<Integer> frozen() {
        return frozen;
    }

    /** Lets everything run and pass again, and waits until all serve. */
    void mend() throws IOException, InterruptedException {
        network.heal();
        for (SmallDisk disk : disks) {
            if (disk.isFull()) {
                disk.empty();
            }
        }
        for (int number : List.copyOf(frozen)) {
            thaw(number);
        }
        for (int number : List.copyOf(dead)) {
            restart(number);
        }
        nodes.forEach(ServerProcess::awaitServing);
        awaitLeaders();
        for (int number = 0; number < nodes.size(); number++) {
            awaitTakingPart(number);
        }
        for (int number : List.copyOf(demoted)) {
            Awaitility.await()
                    .atMost(MOST)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> change(number, "PUT", "{\"observer\":false}"));
            demoted.remove(number);
            awaitSettled(0);
        }
    }

    // By itself: one whose log could not be written takes part again once it can.
    private void awaitTakingPart(int number) {
        Awaitility.await()
                .atMost(MOST)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> {
                    JsonNode status = client.send(number, "GET", "/_ensemble", "", Duration.ofSeconds(5))
                            .json();
                    for (JsonNode group : status.path("groups")) {
                        if (group.path("role").asString("").equals("stopped")) {
                            return false;
                        }
                    }
                    return true;
                });
    }

    /** Ends all in order, and fails unless each data directory is whole. */
    void stopAndCheck() throws IOException, InterruptedException {
        for (int number : alive()) {
            nodes.get(number).terminate();
        }
        for (int number : alive()) {
            nodes.get(number).awaitEnd();
            dead.add(number);
        }
        for (ServerOptions one : options) {
            one.check();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            for (int number : List.copyOf(frozen)) {
                thaw(number);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        nodes.forEach(ServerProcess::terminate);
        nodes.forEach(ServerProcess::close);
        for (SmallDisk disk : disks) {
            disk.close();
        }
    }
}
