package archipel.pairs;

import archipel.load.OwnServer;
import archipel.load.WorkDirectory;
import archipel.pairs.Pair.Way;
import archipel.report.KnownFailures;
import archipel.report.Machine;
import archipel.report.Measurement;
import archipel.report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line for two servers that replicate: {@code benchmarks/peers.sh}. */
@Command(
        name = "benchmarks/peers.sh",
        mixinStandardHelpOptions = true,
        abbreviateSynopsis = true,
        usageHelpWidth = 120,
        sortOptions = false,
        description = {
            "Measures two nodes that replicate with each other, and two of PouchDB Server beside them.",
            "All are started on free ports of this machine with empty data directories, and stopped at the end."
        })
public final class PairsDriver implements Callable<Integer> {
    private static final String OURS = "Archipel";
    private static final String POUCH = "PouchDB Server";
    private static final String SMALL_HEAP = "-Xmx256m";

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "PART",
            description = "of sync, live, idle, small, large: ${DEFAULT-VALUE}",
            defaultValue = "sync,live,idle,small,large")
    private List<String> only = List.of();

    @Option(names = "--docs", defaultValue = "100000", description = "documents of 1 KB to copy: ${DEFAULT-VALUE}")
    private int docs;

    @Option(names = "--rounds", defaultValue = "3", description = "warm rounds of that: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(
            names = "--rates",
            split = ",",
            defaultValue = "20,500",
            description = "PUTs a second for live changes: ${DEFAULT-VALUE}")
    private List<Integer> rates = List.of();

    @Option(names = "--live-seconds", defaultValue = "20", description = "for each rate: ${DEFAULT-VALUE}")
    private int liveSeconds;

    @Option(names = "--databases", defaultValue = "1000", description = "that do not change: ${DEFAULT-VALUE}")
    private int databases;

    @Option(names = "--idle-seconds", defaultValue = "60", description = "that nothing happens: ${DEFAULT-VALUE}")
    private int idleSeconds;

    @Option(names = "--attachments", defaultValue = "10000", description = "of 4 KiB: ${DEFAULT-VALUE}")
    private int attachments;

    @Option(names = "--large-mib", defaultValue = "1024", description = "of the large attachment: ${DEFAULT-VALUE}")
    private int largeMib;

    @Option(
            names = "--pouch",
            paramLabel = "DIR",
            description = "measure PouchDB Server as well, which is in this directory's node_modules")
    private @Nullable Path pouch;

    @Option(names = "--pouch-only", description = "measure PouchDB Server alone")
    private boolean pouchOnly;

    @Option(names = "--pouch-databases", defaultValue = "100", description = "that do not change: ${DEFAULT-VALUE}")
    private int pouchDatabases;

    @Option(names = "--out", paramLabel = "FILE", description = "write the tables, with machine and commit, to a file")
    private @Nullable Path out;

    private final Path root =
            Path.of(System.getProperty("archipel.root", ".")).toAbsolutePath().normalize();
    private final StringBuilder report = new StringBuilder();
    private Path work = root;
    private int servers;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new PairsDriver())
                .setExecutionExceptionHandler(
                        new KnownFailures("peers", List.of(IOException.class, IllegalArgumentException.class)))
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        if (docs < 1000 || docs % 1000 != 0 || attachments % 100 != 0) {
            throw new IllegalArgumentException("--docs takes thousands, --attachments hundreds");
        }
        try (WorkDirectory directory = WorkDirectory.make(root.resolve("benchmarks/target"))) {
            work = directory.path();
            line("Archipel " + Machine.commit(root) + ", " + Machine.today() + ", " + Machine.describe() + ", "
                    + Machine.load() + " at the start");
            for (String part : only) {
                System.err.println("… " + part);
                switch (part) {
                    case "sync" -> sync();
                    case "live" -> live();
                    case "idle" -> idle();
                    case "small" -> small();
                    case "large" -> large();
                    default -> throw new IllegalArgumentException("no part " + part);
                }
            }
            line(Machine.load() + " at the end");
            if (out != null) {
                Files.writeString(out, report.toString());
            }
        }
        return 0;
    }

    private void line(String line) {
        System.out.println(line);
        report.append(line).append("\n\n");
    }

    private void add(String title, Table table) {
        System.out.println("\n" + table);
        report.append("## ").append(title).append('\n').append(table).append('\n');
    }

    private Path directory(String name) {
        return work.resolve(name + "-" + servers++);
    }

    private Member own(Path data, String javaOptions) throws IOException {
        return new OwnMember(OwnServer.start(root, data, work.resolve("server.log"), List.of(), javaOptions));
    }

    private Pair ownPair(String javaOptions) throws IOException {
        Member source = own(directory("own"), javaOptions);
        try {
            return new Pair(source, own(directory("own"), javaOptions));
        } catch (IOException failed) {
            source.close();
            throw failed;
        }
    }

    private boolean isPouchMeasured() {
        return pouch != null;
    }

    private Pair pouchPair() throws IOException {
        Member source = pouchServer();
        try {
            return new Pair(source, pouchServer());
        } catch (IOException failed) {
            source.close();
            throw failed;
        }
    }

    private Member pouchServer() throws IOException {
        return PouchServer.start(Objects.requireNonNull(pouch), directory("pouch"), work.resolve("pouch.log"));
    }

    private void sync() throws IOException {
        Table table = InitialSync.table();
        InitialSync sync = new InitialSync(docs, rounds, table);
        double ours = 0;
        if (!pouchOnly) {
            for (Way way : Way.values()) {
                Path data = directory("own");
                try (Pair pair = new Pair(own(data, ""), own(directory("own"), ""))) {
                    sync.prepare(pair);
                }
                // Both have just been started then, and the documents are in files.
                try (Pair pair = new Pair(own(data, ""), own(directory("own"), ""))) {
                    double best = sync.run(OURS, pair, way);
                    ours = way == Way.MESH ? best : ours;
                }
            }
        }
        double theirs = 0;
        if (isPouchMeasured()) {
            InitialSync once = new InitialSync(docs, Math.min(1, rounds), table);
            try (Pair pair = pouchPair()) {
                once.prepare(pair);
                theirs = once.run(POUCH, pair, Way.PULL);
            }
        }
        add("Initial sync of " + docs + " documents of 1 KB", table);
        if (ours > 0 && theirs > 0) {
            line("Best of each: Archipel's mesh is " + Measurement.number(ours / theirs) + " times as fast.");
        }
    }

    private void live() throws IOException {
        LiveLatency live = new LiveLatency();
        Duration duration = Duration.ofSeconds(liveSeconds);
        if (!pouchOnly) {
            try (Pair pair = ownPair("")) {
                pair.join();
                for (int rate : rates) {
                    live.run(OURS, pair, rate, duration);
                }
            }
        }
        if (isPouchMeasured()) {
            for (int rate : rates) {
                try (Pair pair = pouchPair()) {
                    live.run(POUCH, pair, rate, duration);
                }
            }
        }
        add("From a PUT to a feed of the other server", live.table());
    }

    private void idle() throws IOException {
        Duration length = Duration.ofSeconds(idleSeconds);
        Table table = IdleDatabases.table();
        if (!pouchOnly) {
            try (Pair pair = ownPair("")) {
                pair.join();
                new IdleDatabases(databases, length).run(OURS, pair, table);
            }
        }
        if (isPouchMeasured()) {
            try (Pair pair = pouchPair()) {
                new IdleDatabases(pouchDatabases, length).run(POUCH, pair, table);
            }
        }
        add("Databases that do not change, for " + idleSeconds + " s", table);
    }

    private void small() throws IOException {
        Attachments small = new Attachments();
        if (!pouchOnly) {
            try (Pair pair = ownPair(SMALL_HEAP)) {
                pair.join();
                small.small(OURS, pair, Way.MESH, attachments);
            }
            try (Pair pair = ownPair(SMALL_HEAP)) {
                small.small(OURS, pair, Way.PULL, attachments);
            }
        }
        if (isPouchMeasured()) {
            try (Pair pair = pouchPair()) {
                small.small(POUCH, pair, Way.PULL, attachments);
            }
        }
        add("Small attachments (our nodes with " + SMALL_HEAP + ")", small.table());
    }

    private void large() throws IOException {
        Attachments large = new Attachments();
        if (!pouchOnly) {
            try (Pair pair = ownPair(SMALL_HEAP)) {
                pair.join();
                large.large(OURS, pair, Way.MESH, largeMib);
            }
            try (Pair pair = ownPair(SMALL_HEAP)) {
                large.large(OURS, pair, Way.PUSH, largeMib);
            }
        }
        if (isPouchMeasured()) {
            try (Pair pair = pouchPair()) {
                large.large(POUCH, pair, Way.PULL, largeMib);
            } catch (IOException failed) {
                large.failed(POUCH, "1 of " + largeMib + " MiB", Way.PULL, String.valueOf(failed.getMessage()));
            }
        }
        add("A large attachment (our nodes with " + SMALL_HEAP + ")", large.table());
    }
}
