package archipel.trios;

import archipel.load.WorkDirectory;
import archipel.report.KnownFailures;
import archipel.report.Machine;
import archipel.trios.SideBySide.Lengths;
import archipel.trios.SideBySide.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line: which parts are measured, for how long, and where the tables go. */
@Command(
        name = "benchmarks/ensemble.sh",
        mixinStandardHelpOptions = true,
        abbreviateSynopsis = true,
        usageHelpWidth = 120,
        sortOptions = false,
        description = "Measures ensembles of three processes on this machine, with fsync.")
public final class EnsembleDriver implements Callable<Integer> {
    private static final int EXTRA_OUTSTANDING = 16;

    private final Path root =
            Path.of(System.getProperty("archipel.root", ".")).toAbsolutePath().normalize();
    private final StringBuilder report = new StringBuilder();

    @Option(
            names = "--parts",
            split = ",",
            defaultValue = "side",
            description = {
                "what is measured: ${DEFAULT-VALUE}",
                "side: beside etcd and ZooKeeper",
                "idle: 1,000 databases in which nothing happens",
                "member: an empty member that is added",
                "restart: a member that was just restarted"
            })
    private List<Part> parts = List.of();

    @Option(names = "--etcd", paramLabel = "FILE", description = "etcd's server; without it only the others run")
    private @Nullable Path etcd;

    @Option(
            names = "--systems",
            split = ",",
            defaultValue = "archipel,etcd,zookeeper",
            description = "side: in this order in each round: ${DEFAULT-VALUE}")
    private List<String> systems = List.of();

    @Option(
            names = "--operations",
            split = ",",
            defaultValue = "write,linearizable_read,stale_read,bulk,overwrite",
            description = "side: ${DEFAULT-VALUE}")
    private List<String> operations = List.of();

    @Option(names = "--outstanding", split = ",", defaultValue = "16,256,1", description = "side: ${DEFAULT-VALUE}")
    private List<Integer> outstanding = List.of();

    @Option(names = "--rounds", defaultValue = "2", description = "side: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(names = "--cold", defaultValue = "3", description = "side: seconds right after the start: ${DEFAULT-VALUE}")
    private int coldSeconds;

    @Option(names = "--warmup", defaultValue = "2", description = "side: seconds before each row: ${DEFAULT-VALUE}")
    private int warmUpSeconds;

    @Option(names = "--seconds", defaultValue = "4", description = "side: seconds of each row: ${DEFAULT-VALUE}")
    private int seconds;

    @Option(names = "--databases", defaultValue = "1000", description = "idle: how many: ${DEFAULT-VALUE}")
    private int databases;

    @Option(names = "--load-minutes", defaultValue = "5", description = "member: of loading before: ${DEFAULT-VALUE}")
    private int loadMinutes;

    @Option(names = "--out", paramLabel = "FILE", description = "write the tables to a file as well")
    private @Nullable Path out;

    private enum Part {
        side,
        idle,
        member,
        restart
    }

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new EnsembleDriver())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(new KnownFailures("ensemble", List.of(IOException.class)))
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        say("Archipel " + Machine.commit(root) + ", " + Machine.today() + ", " + Machine.describe() + ", "
                + Machine.load() + " at the start\n");
        for (Part part : parts) {
            switch (part) {
                case side -> sideBySide();
                case idle -> say(new IdleCost(databases).measure(root, this::inDirectory));
                case member -> say(new NewMember(Duration.ofMinutes(loadMinutes)).measure(root, this::inDirectory));
                case restart -> say(new RestartedMember().measure(root, this::inDirectory));
            }
        }
        say(Machine.load() + " at the end\n");
        return 0;
    }

    private void say(String text) throws IOException {
        System.out.println(text);
        report.append(text).append('\n');
        if (out != null) {
            Files.writeString(out, report.toString());
        }
    }

    /** Does something with a directory for data, on the work tree's own disk. */
    String inDirectory(Work work) throws IOException {
        try (WorkDirectory directory = WorkDirectory.make(root.resolve("benchmarks/target"))) {
            return work.in(directory.path());
        }
    }

    /** What is measured, with the data in a directory. */
    interface Work {
        String in(Path directory) throws IOException;
    }

    /** Gives it such a directory. */
    interface Place {
        String inDirectory(Work work) throws IOException;
    }

    private void sideBySide() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String name : operations) {
            Operation operation = Operation.valueOf(name.toUpperCase(Locale.ROOT));
            boolean extra = operation == Operation.BULK || operation == Operation.OVERWRITE;
            for (int count : extra ? List.of(EXTRA_OUTSTANDING) : outstanding) {
                rows.add(new Row(operation, count));
            }
        }
        Lengths lengths = new Lengths(
                Duration.ofSeconds(coldSeconds), Duration.ofSeconds(warmUpSeconds), Duration.ofSeconds(seconds));
        SideBySide measured = new SideBySide(lengths, rows);
        StringBuilder conditions = new StringBuilder();
        for (int round = 0; round < rounds; round++) {
            for (String system : systems) {
                boolean first = round == 0;
                System.err.println("… " + system + ", round " + (round + 1) + ", " + Machine.load());
                inDirectory(directory -> {
                    Contender.Starter starter = starter(system, directory);
                    if (first) {
                        conditions.append("- ").append(starter.conditions()).append('\n');
                    }
                    measured.round(starter, directory);
                    return "";
                });
            }
        }
        say("## Side by side\nThree processes of each on this machine, with fsync, one system after the other, in "
                + rounds
                + " rounds with empty directories. Values of 1 KB; clients spread over all three members. Cold: "
                + coldSeconds + " s each from right after the start, in the order of the rows; warm: after that, "
                + seconds + " s after " + warmUpSeconds
                + " s of the same. `servers µs` and `client µs` are processor time "
                + "for each operation, without what JVMs of the servers compile.\n\n" + conditions + "\n"
                + measured.figures() + "\n### Ours beside the others: how many times as many a second\n"
                + measured.ratios());
    }

    private Contender.Starter starter(String system, Path directory) throws IOException {
        return switch (system) {
            case "archipel" -> new OwnTrio.Starter(root, directory);
            case "etcd" -> {
                if (etcd == null) {
                    throw new IOException("--etcd is needed");
                }
                yield new EtcdTrio.Starter(etcd, directory);
            }
            case "tree" -> new TreeTrio.Starter(root, directory);
            case "zookeeper" -> new ZooKeeperTrio.Starter(directory);
            default -> throw new IOException("no system " + system);
        };
    }
}
