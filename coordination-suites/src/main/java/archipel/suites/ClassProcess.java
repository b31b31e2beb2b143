package archipel.suites;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A class of tests in a process of its own, with what it prints in a file. */
final class ClassProcess {
    private static final Duration MOST = Duration.ofMinutes(15);
    /** What tests of the time before modules look into. */
    private static final List<String> OPENED = List.of(
            "java.base/java.lang",
            "java.base/java.math",
            "java.base/java.util",
            "java.base/java.util.concurrent",
            "java.base/java.net",
            "java.base/java.text");

    private final Path directory;
    private final List<Integer> ports;

    /** @param directory for what the tests print and leave */
    ClassProcess(Path directory, List<Integer> ports) {
        this.directory = directory;
        this.ports = ports;
    }

    /** Runs it to its end, or for as long as any class may take. */
    List<Outcome> run(String name) throws IOException, InterruptedException {
        Path events = directory.resolve(name + ".events");
        Path log = directory.resolve(name + ".log");
        Files.deleteIfExists(events);
        Process process = new ProcessBuilder(command(name, events))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        boolean ended = process.waitFor(MOST.toSeconds(), TimeUnit.SECONDS);
        process.destroyForcibly().waitFor();
        return outcomes(
                name, events, ended ? "its process ended" : "it did not end in " + MOST.toMinutes() + " minutes");
    }

    private List<String> command(String name, Path events) {
        List<String> command = new ArrayList<>();
        command.add(Servers.java());
        command.addAll(
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx768m", "-XX:+EnableDynamicAgentLoading"));
        OPENED.forEach(opened -> command.add("--add-opens=" + opened + "=ALL-UNNAMED"));
        StringBuilder list = new StringBuilder();
        ports.forEach(port -> list.append(list.isEmpty() ? "" : ",").append(port));
        command.add("-D" + Link.PORTS + "=" + list);
        command.add("-Dbuild.test.dir=" + directory);
        command.add("-Dzookeeper.admin.enableServer=false");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ClassRunner.class.getName()));
        command.addAll(List.of(name, events.toString()));
        return command;
    }

    // A test that was started and came to no end is one that failed.
    private static List<Outcome> outcomes(String name, Path events, String end) throws IOException {
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        if (Files.exists(events)) {
            for (String line : Files.readAllLines(events)) {
                String[] parts = line.split("\t", 3);
                Outcome outcome = parts[0].equals(ClassRunner.STARTED)
                        ? new Outcome(parts[1], Outcome.Result.FAILED, end)
                        : new Outcome(parts[1], Outcome.Result.valueOf(parts[0]), parts[2]);
                outcomes.put(parts[1], outcome);
            }
        }
        if (outcomes.isEmpty()) {
            String type = name.substring(name.lastIndexOf('.') + 1);
            outcomes.put(type, new Outcome(type, Outcome.Result.FAILED, end));
        }
        return List.copyOf(outcomes.values());
    }
}
