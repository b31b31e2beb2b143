package archipel.load;

import archipel.rawhttp.HttpTarget;
import archipel.report.KnownFailures;
import archipel.report.Machine;
import archipel.report.Measurement;
import archipel.report.ProcessTree;
import archipel.report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The load driver's command line: {@code ./dev bench}. */
@Command(
        name = "./dev bench",
        mixinStandardHelpOptions = true,
        abbreviateSynopsis = true,
        usageHelpWidth = 120,
        sortOptions = false,
        description = {
            "Loads a server that speaks CouchDB's HTTP API and prints throughput and latencies.",
            "Without --url it starts our own on a free port with an empty data directory, and stops it at the end."
        })
public final class LoadDriver implements Callable<Integer> {
    @Option(names = "--url", paramLabel = "URL", description = "the server, such as http://admin:secret@127.0.0.1:5984")
    private @Nullable String url;

    @Option(
            names = "--url2",
            paramLabel = "URL",
            description = "a second server, measured in turn with the first (A B A B)")
    private @Nullable String url2;

    @Option(
            names = "--pid",
            paramLabel = "PID",
            description = "the server's process, to see its memory and processor time")
    private long pid;

    @Option(names = "--pid2", paramLabel = "PID", description = "the second server's process")
    private long pid2;

    @Option(names = "--only", split = ",", paramLabel = "NAME", description = "these workloads alone (see --list)")
    private List<String> only = List.of();

    @Option(
            names = "--starts",
            description = "instead: only start our own server, to see how fast it is ready and how large")
    private boolean starts;

    @Option(names = "--list", description = "say what workloads there are")
    private boolean list;

    @Option(
            names = "--seconds",
            defaultValue = "6",
            description = "measured, for each workload and server: ${DEFAULT-VALUE}")
    private double seconds;

    @Option(names = "--warmup", defaultValue = "3", description = "seconds of warm-up before that: ${DEFAULT-VALUE}")
    private double warmup;

    @Option(
            names = "--rounds",
            defaultValue = "3",
            description = "parts that the seconds are cut into: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(
            names = "--docs",
            defaultValue = "50000",
            description = "documents in the database for reads: ${DEFAULT-VALUE}")
    private int docs;

    @Option(names = "--feeds", defaultValue = "1000", description = "open feeds: ${DEFAULT-VALUE}")
    private int feeds;

    @Option(
            names = "--growth",
            split = ",",
            paramLabel = "DOCS",
            description = "instead: our own server at each of these sizes, such as 10000,1000000")
    private List<Integer> growth = List.of();

    @Option(
            names = "--history",
            paramLabel = "VERSIONS",
            description = "instead: our own server with so many superseded versions and with none, such as 1000000; and"
                    + " a pinned listing beside the newest")
    private int history;

    @Option(
            names = "--reference",
            description = "instead: this machine's fsync, RocksDB alone and a bare Jetty handler")
    private boolean reference;

    @Option(names = "--jfr", paramLabel = "FILE", description = "record each workload's rounds to FILE-NAME.jfr")
    private @Nullable Path jfr;

    @Option(names = "--out", paramLabel = "FILE", description = "write the tables, with machine and commit, to a file")
    private @Nullable Path out;

    @Option(names = "--server-arg", paramLabel = "ARG", description = "pass on to ./archipel serve; may be repeated")
    private List<String> serverArguments = List.of();

    private final Path root =
            Path.of(System.getProperty("archipel.root", ".")).toAbsolutePath().normalize();

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new LoadDriver())
                .setExecutionExceptionHandler(
                        new KnownFailures("bench", List.of(IOException.class, IllegalArgumentException.class)))
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        Catalogue catalogue = new Catalogue(feeds);
        if (list) {
            Table table = new Table(2, "workload", "what");
            catalogue.all().forEach(workload -> table.row(workload.name(), workload.description()));
            System.out.print(table);
            return 0;
        }
        if (docs < BulkRequest.DOCUMENTS || docs % BulkRequest.DOCUMENTS != 0) {
            throw new IllegalArgumentException("--docs takes thousands, not " + docs);
        }
        List<Workload> workloads = only.isEmpty() ? catalogue.all() : catalogue.only(only);
        try (WorkDirectory work = WorkDirectory.make(root.resolve("benchmarks/target"))) {
            Report report = new Report(root);
            if (reference) {
                report.add(reference(work.path()));
            } else if (!growth.isEmpty()) {
                report.add(new GrowthRun(root, work.path(), serverArguments, schedule()).run(growth));
            } else if (history > 0) {
                history(work.path(), report);
            } else if (url != null) {
                load(HttpTarget.parse(url), pid == 0 ? null : ProcessTree.of(pid), workloads, report);
            } else {
                loadOwn(work.path(), workloads, report);
            }
            report.line(Machine.load() + " at the end");
            if (out != null) {
                Files.writeString(out, report.toString());
            }
        }
        return 0;
    }

    private Schedule schedule() {
        return new Schedule(
                Duration.ofMillis(Math.round(warmup * 1000)), Duration.ofMillis(Math.round(seconds * 1000)), rounds);
    }

    private Table reference(Path work) throws IOException {
        Schedule schedule = schedule();
        Schedule.Recorder recorder = recorder(ProcessTree.of(ProcessHandle.current()));
        return new ReferenceRun(work, schedule.warmup(), schedule.measured(), recorder).run();
    }

    private Schedule.Recorder recorder(@Nullable ProcessTree processes) {
        Path base = jfr;
        return base == null || processes == null
                ? Schedule.Recorder.NONE
                : workload -> FlightRecording.start(processes, FlightRecording.file(base, workload));
    }

    private void loadOwn(Path work, List<Workload> workloads, Report report) throws IOException {
        Table facts = new Table(2, "server", "unit", "n", "lowest", "median", "highest");
        if (only.isEmpty() || starts) {
            StartUp.measure(root, work, serverArguments).addTo(facts);
        }
        if (starts) {
            report.add(facts);
            return;
        }
        try (OwnServer server =
                OwnServer.start(root, work.resolve("data"), work.resolve("server.log"), serverArguments)) {
            ProcessTree processes = server.processes();
            load(server.target(), processes, workloads, report);
            String resident = Measurement.number(processes.residentBytes() / 1048576.0);
            facts.row("resident after all of it", "MiB", "1", resident, resident, resident);
        }
        report.add(facts);
    }

    private void history(Path work, Report report) throws IOException {
        try (OwnServer server =
                OwnServer.start(root, work.resolve("data"), work.resolve("server.log"), serverArguments)) {
            HistoryRun run = new HistoryRun(schedule(), server.target(), server.processes(), docs);
            report.line("A lists the newest state, B a block since which a tenth of the documents changed");
            report.add(run.pinned());
            report.line("A's documents were written once, B's so often that " + history + " versions are superseded");
            report.add(run.latest(history));
            report.line("Both were written as often; A's superseded versions are pruned, B's are kept");
            report.add(run.kept(history));
        }
    }

    private void load(HttpTarget target, @Nullable ProcessTree processes, List<Workload> workloads, Report report)
            throws IOException {
        String prefix = "bench-" + Long.toString(ProcessHandle.current().pid(), 36) + "-";
        List<Subject> subjects = new ArrayList<>();
        subjects.add(new Subject("A", target, processes, prefix + "a-", docs));
        if (url2 != null) {
            ProcessTree second = pid2 == 0 ? null : ProcessTree.of(pid2);
            subjects.add(new Subject("B", HttpTarget.parse(url2), second, prefix + "b-", docs));
        }
        for (Subject subject : subjects) {
            report.line(subject.name() + " is " + subject.describe());
        }
        List<List<Measurement>> rows = new ArrayList<>();
        try {
            for (Workload workload : workloads) {
                System.err.println("… " + workload.name() + ": " + workload.description());
                rows.add(schedule().run(workload, subjects, recorder(processes)));
            }
        } finally {
            for (Subject subject : subjects) {
                subject.close();
            }
        }
        report.add(subjects.size() == 1 ? Results.single(rows) : Results.pair(rows));
    }

    /** Printed as it grows, and kept for a file. */
    static final class Report {
        private final StringBuilder text = new StringBuilder();

        Report(Path root) {
            line("Archipel " + Machine.commit(root) + ", " + Machine.today() + ", " + Machine.describe() + ", "
                    + Machine.load() + " at the start");
        }

        void line(String line) {
            System.out.println(line);
            text.append(line).append("\n\n");
        }

        void add(Table table) {
            System.out.println("\n" + table);
            text.append(table).append('\n');
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
