package archipel.failover;

import archipel.load.WorkDirectory;
import archipel.rawhttp.HttpTarget;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.KnownFailures;
import archipel.report.Machine;
import archipel.report.Table;
import archipel.report.Ticks;
import archipel.trios.Trio;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The command line: three nodes of one ensemble are written to, one after the other on each, while whoever leads the
 * database's group is killed or stopped.
 */
@Command(
        name = "benchmarks/failover.sh",
        mixinStandardHelpOptions = true,
        abbreviateSynopsis = true,
        usageHelpWidth = 120,
        sortOptions = false,
        description = "Measures for how long no write is acknowledged after the leader of an ensemble has failed.")
public final class FailoverDriver implements Callable<Integer> {
    private static final Duration WATCHED = Duration.ofSeconds(6);
    private static final Duration CALM = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String HEAP = "-Xmx256m";
    private static final String DATABASE = "/failover";
    private static final byte[] DOCUMENT = "{\"x\":1}".getBytes(StandardCharsets.US_ASCII);

    @Option(names = "--runs", defaultValue = "20", description = "of each kind of failure: ${DEFAULT-VALUE}")
    private int runs;

    @Option(names = "--out", paramLabel = "FILE", description = "write the table, with machine and commit, to a file")
    private @Nullable Path out;

    private final Path root =
            Path.of(System.getProperty("archipel.root", ".")).toAbsolutePath().normalize();

    /** What the leader suffers. */
    private enum Failure {
        KILLED("kill -9"),
        STOPPED("SIGSTOP");

        private final String title;

        Failure(String title) {
            this.title = title;
        }
    }

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new FailoverDriver())
                .setExecutionExceptionHandler(new KnownFailures("failover", List.of(IOException.class)))
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        StringBuilder report = new StringBuilder("Archipel " + Machine.commit(root) + ", " + Machine.today() + ", "
                + Machine.describe() + ", " + Machine.load() + " at the start\n\n");
        Table table = new Table(1, "the leader gets", "runs", "p50 ms", "p90 ms", "max ms");
        try (WorkDirectory directory = WorkDirectory.make(root.resolve("benchmarks/target"));
                Trio trio = Trio.start(root, directory.path(), HEAP)) {
            trio.makeDatabase(DATABASE.substring(1));
            int group = groupWritten(trio);
            for (Failure failure : Failure.values()) {
                List<Double> gapsMs = new ArrayList<>();
                for (int run = 0; run < runs; run++) {
                    gapsMs.add(measure(trio, group, failure, run));
                    System.err.printf(Locale.ROOT, "… %s %d: %.0f ms%n", failure.title, run, gapsMs.getLast());
                }
                Collections.sort(gapsMs);
                table.row(failure.title, Integer.toString(runs), at(gapsMs, 0.5), at(gapsMs, 0.9), at(gapsMs, 1));
            }
        }
        report.append(table).append('\n').append(Machine.load()).append(" at the end\n");
        System.out.println(report);
        if (out != null) {
            Files.writeString(out, report.toString());
        }
        return 0;
    }

    private static String at(List<Double> sorted, double part) {
        int index = (int) Math.ceil(part * sorted.size()) - 1;
        return String.format(Locale.ROOT, "%,.0f", sorted.get(Math.clamp(index, 0, sorted.size() - 1)));
    }

    /** The group that grows with writes to the database. */
    private static int groupWritten(Trio trio) throws IOException {
        List<Trio.Group> before = trio.groups(0);
        for (int i = 0; i < 50; i++) {
            trio.node(0).target().call(201, "PUT", DATABASE + "/probe" + i, DOCUMENT);
        }
        List<Trio.Group> after = trio.groups(0);
        int most = 0;
        for (int group = 0; group < after.size(); group++) {
            most = grown(before, after, group) > grown(before, after, most) ? group : most;
        }
        return most;
    }

    private static long grown(List<Trio.Group> before, List<Trio.Group> after, int group) {
        return after.get(group).applied() - before.get(group).applied();
    }

    private static int awaitLeader(Trio trio, int group) throws IOException {
        long begun = Ticks.now();
        while (Ticks.now() - begun < PATIENCE.toNanos()) {
            int leader = agreedLeader(trio, group);
            if (leader >= 0) {
                return leader;
            }
            Ticks.pause(Duration.ofMillis(100));
        }
        throw new IOException("nobody leads group " + group);
    }

    /** Whom all nodes take for the leader of a group; -1 where they differ, or one of them does not know yet. */
    private static int agreedLeader(Trio trio, int group) throws IOException {
        try {
            int leader = leader(trio, 0, group);
            for (int node = 1; node < Trio.NODES; node++) {
                if (leader(trio, node, group) != leader) {
                    return -1;
                }
            }
            return leader;
        } catch (UnexpectedAnswerException notYet) {
            return -1;
        }
    }

    /** A node that has just started does not know its groups yet. */
    private static int leader(Trio trio, int node, int group) throws IOException {
        List<Trio.Group> groups = trio.groups(node);
        return group < groups.size() ? groups.get(group).leader() : -1;
    }

    /** The longest time without an acknowledged write from the failure on, milliseconds. */
    private static double measure(Trio trio, int group, Failure failure, int run) throws IOException {
        int leader = awaitLeader(trio, group);
        ConcurrentLinkedQueue<Long> acknowledged = new ConcurrentLinkedQueue<>();
        List<Writer> writers = new ArrayList<>();
        for (int node = 0; node < Trio.NODES; node++) {
            if (node != leader) {
                String prefix = DATABASE + "/" + failure + "-" + run + "-" + node + "-";
                writers.add(new Writer(trio.node(node).target(), prefix, acknowledged));
            }
        }
        Ticks.pause(CALM);
        long failed = Ticks.now();
        switch (failure) {
            case KILLED -> trio.node(leader).kill();
            case STOPPED -> trio.node(leader).signal("STOP");
        }
        Ticks.pause(WATCHED);
        writers.forEach(Writer::close);
        long end = Ticks.now();
        switch (failure) {
            case KILLED -> trio.restart(leader);
            case STOPPED -> trio.node(leader).signal("CONT");
        }
        long longest = 0;
        long last = failed;
        for (long at : acknowledged.stream().filter(at -> at > failed).sorted().toList()) {
            longest = Math.max(longest, at - last);
            last = at;
        }
        return Math.max(longest, end - last) / 1e6;
    }

    /** Writes one document after the other at one node, and notes when each was acknowledged. */
    private static final class Writer implements AutoCloseable {
        private final HttpTarget target;
        private final String prefix;
        private final ConcurrentLinkedQueue<Long> acknowledged;
        private final Thread thread;
        private volatile boolean over;

        Writer(HttpTarget target, String prefix, ConcurrentLinkedQueue<Long> acknowledged) {
            this.target = target;
            this.prefix = prefix;
            this.acknowledged = acknowledged;
            this.thread = Thread.ofPlatform().daemon().start(this::write);
        }

        private void write() {
            for (int i = 0; !over; i++) {
                try {
                    target.call(201, "PUT", prefix + i, DOCUMENT);
                    acknowledged.add(Ticks.now());
                } catch (IOException refused) {
                    // It counts as what it is: no acknowledgement.
                    continue;
                } finally {
                    Ticks.pause(Duration.ofMillis(5));
                }
            }
        }

        @Override
        public void close() {
            over = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
