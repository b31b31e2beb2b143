package archipel.suites;

import archipel.suites.KnownDifferences.Where;
import archipel.suites.Suite.TestClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Runs the tests of ZooKeeper and Curator, class by class, on three processes, and compares what comes of them with
 * what is known. {@code ./dev suites} runs it.
 */
public final class Suites {
    private static final int USAGE = 64;

    private final Path directory;
    private final Where against;
    private final boolean once;
    private final KnownDifferences known = KnownDifferences.read();

    /**
     * @param directory for data, and for what servers and tests print
     * @param against whose servers
     * @param once whether what fails has no second go
     */
    Suites(Path directory, Where against, boolean once) {
        this.directory = directory;
        this.against = against;
        this.once = once;
    }

    /** @param arguments {@code [--against archipel|zookeeper] [--once] [zookeeper|curator] [CLASS...]} */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Where against = Where.ARCHIPEL;
        boolean once = false;
        List<Suite> suites = new ArrayList<>();
        List<String> classes = new ArrayList<>();
        for (int i = 0; i < arguments.length; i++) {
            String word = arguments[i].toUpperCase(Locale.ROOT);
            if (word.equals("--AGAINST") && i + 1 < arguments.length) {
                i++;
                against = Where.valueOf(arguments[i].toUpperCase(Locale.ROOT));
            } else if (word.equals("--ONCE")) {
                once = true;
            } else if (word.equals(Suite.ZOOKEEPER.name()) || word.equals(Suite.CURATOR.name())) {
                suites.add(Suite.valueOf(word));
            } else if (arguments[i].startsWith("-")) {
                System.err.println(
                        "usage: suites [--against archipel|zookeeper] [--once] [zookeeper|curator] [CLASS...]");
                System.exit(USAGE);
            } else {
                classes.add(arguments[i]);
            }
        }
        Path directory = Files.createTempDirectory("suites");
        Suites run = new Suites(directory, against, once);
        Map<Suite, Tally> tallies = run.run(suites.isEmpty() ? List.of(Suite.values()) : suites, classes);
        run.print(tallies);
        // Threads of ZooKeeper's client would keep the process.
        System.exit(
                tallies.values().stream().allMatch(tally -> tally.unexpected().isEmpty()) ? 0 : 1);
    }

    /** @param classes those to run, by their simple names; all where there are none */
    Map<Suite, Tally> run(List<Suite> suites, List<String> classes) throws IOException, InterruptedException {
        System.out.println("suites: data and output are in " + directory);
        Map<Suite, Tally> tallies = new EnumMap<>(Suite.class);
        suites.forEach(suite -> tallies.put(suite, new Tally(known, against)));
        for (boolean eager : new boolean[] {false, true}) {
            Map<Suite, List<TestClass>> chosen = new EnumMap<>(Suite.class);
            for (Suite suite : suites) {
                chosen.put(
                        suite,
                        suite.classes().stream()
                                .filter(one -> one.eager() == eager)
                                .filter(one -> classes.isEmpty() || classes.contains(one.simpleName()))
                                .toList());
            }
            if (chosen.values().stream().anyMatch(some -> !some.isEmpty())) {
                run(directory.resolve(eager ? "eager" : "calm"), eager, chosen, tallies);
            }
        }
        return tallies;
    }

    private void run(Path work, boolean eager, Map<Suite, List<TestClass>> classes, Map<Suite, Tally> tallies)
            throws IOException, InterruptedException {
        int checkMs = eager ? Servers.SHORT_CHECK_MS : Servers.LONG_CHECK_MS;
        try (Servers servers = Servers.start(work, checkMs, kind())) {
            ClassProcess process = new ClassProcess(work, servers.ports());
            for (Map.Entry<Suite, List<TestClass>> entry : classes.entrySet()) {
                for (TestClass one : entry.getValue()) {
                    run(process, one, Objects.requireNonNull(tallies.get(entry.getKey())));
                }
            }
        }
    }

    private Servers.Kind kind() {
        return against == Where.ZOOKEEPER ? new ZooKeeperServers() : new ArchipelServers(root());
    }

    private static Path root() {
        Path root = Path.of(System.getProperty("suites.root", "")).toAbsolutePath();
        while (!Files.isRegularFile(root.resolve("archipel"))) {
            root = root.getParent();
            if (root == null) {
                throw new IllegalStateException("not inside a checkout of Archipel");
            }
        }
        return root;
    }

    // Tests of others fail now and then by the clock alone, as on their own servers: what fails has a second go.
    private void run(ClassProcess process, TestClass one, Tally tally) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        process.run(one.name()).forEach(outcome -> outcomes.put(outcome.test(), outcome));
        if (!once && outcomes.values().stream().anyMatch(tally::surprises)) {
            for (Outcome second : process.run(one.name())) {
                Outcome first = outcomes.get(second.test());
                if (first != null && tally.surprises(first) && !second.failed()) {
                    System.out.println("  only the second time: " + first.test() + " (" + first.message() + ")");
                    outcomes.put(first.test(), second);
                }
            }
        }
        Tally own = new Tally(known, against);
        outcomes.values().forEach(outcome -> {
            tally.add(outcome);
            own.add(outcome);
        });
        long seconds = (System.nanoTime() - start) / 1_000_000_000;
        System.out.printf("%-42s %s %4d s%n", one.simpleName(), own, seconds);
        own.unexpected().forEach(line -> System.out.println("  " + line));
    }

    private void print(Map<Suite, Tally> tallies) {
        System.out.println();
        tallies.forEach((suite, tally) -> {
            System.out.printf(
                    "%-42s %s%n", suite.word() + " against " + against.name().toLowerCase(Locale.ROOT), tally);
            tally.reasons().forEach((why, count) -> System.out.printf("  %3d differ: %s%n", count, why));
            tally.unexpected().forEach(line -> System.out.println("  " + line));
        });
    }
}
