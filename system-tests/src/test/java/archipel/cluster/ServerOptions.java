package archipel.cluster;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How a server process is to be run.
 *
 * @param data the data directory
 * @param log the file that gets what it says
 * @param jvm flags of the JVM
 * @param settings by name, as in the settings file
 * @param openFiles how many files and sockets it may have open; 0 for as many as this process may
 * @param variables of its environment, beside settings
 * @param place where its sockets are
 * @param classes directories with classes that come before this build's
 */
public record ServerOptions(
        Path data,
        Path log,
        List<String> jvm,
        Map<String, String> settings,
        int openFiles,
        Map<String, String> variables,
        Place place,
        List<Path> classes) {
    /**
     * Where the sockets of a process are.
     *
     * @param host that it listens at
     * @param address that others reach it at
     * @param namespace of the network, by its name; empty for the machine's own
     */
    public record Place(String host, String address, String namespace) {
        public static final Place LOOPBACK = new Place("127.0.0.1", "127.0.0.1", "");
    }

    /**
     * As the launcher runs it, on fresh data, with password hashes that cost little to make.
     *
     * @param directory its own; need not exist
     */
    public static ServerOptions in(Path directory) {
        return new ServerOptions(
                directory.resolve("data"),
                directory.resolve("server.log"),
                List.of(
                        "-XX:+UseSerialGC",
                        "-XX:+UseCompactObjectHeaders",
                        "-XX:MaxHeapFreeRatio=50",
                        "-XX:-ShrinkHeapInSteps",
                        "-XX:TrimNativeHeapInterval=30000"),
                Map.of("pbkdf2_iterations", "1000", "log_level", "info"),
                0,
                Map.of(),
                Place.LOOPBACK,
                List.of());
    }

    public ServerOptions withLog(Path file) {
        return new ServerOptions(data, file, jvm, settings, openFiles, variables, place, classes);
    }

    public ServerOptions withData(Path other) {
        return new ServerOptions(other, log, jvm, settings, openFiles, variables, place, classes);
    }

    /** @param more of the process's environment */
    public ServerOptions withVariables(Map<String, String> more) {
        return new ServerOptions(data, log, jvm, settings, openFiles, more, place, classes);
    }

    public ServerOptions withJvm(String flag) {
        List<String> more = new ArrayList<>(jvm);
        more.add(flag);
        return new ServerOptions(data, log, more, settings, openFiles, variables, place, classes);
    }

    public ServerOptions with(String setting, String value) {
        Map<String, String> more = new LinkedHashMap<>(settings);
        more.put(setting, value);
        return new ServerOptions(data, log, jvm, more, openFiles, variables, place, classes);
    }

    public ServerOptions withPlace(Place other) {
        return new ServerOptions(data, log, jvm, settings, openFiles, variables, other, classes);
    }

    /** @param directory whose classes come before this build's, as they are when a process starts */
    public ServerOptions withClasses(Path directory) {
        List<Path> more = new ArrayList<>(classes);
        more.add(directory);
        return new ServerOptions(data, log, jvm, settings, openFiles, variables, place, more);
    }

    ServerOptions withOpenFiles(int count) {
        return new ServerOptions(data, log, jvm, settings, count, variables, place, classes);
    }

    boolean speaksTls() {
        return settings.containsKey("tls_cert");
    }

    /** The command that serves these data on a port of its host. */
    List<String> command(int port) {
        List<String> command = archipel("serve", "--host", place.host(), "--port", Integer.toString(port));
        command.addAll(List.of("--data", data.toString(), "--admin", ServerProcess.ADMIN));
        return command;
    }

    /** The command {@code archipel} of this build with these words. */
    List<String> archipel(String... words) {
        List<String> command = new ArrayList<>();
        if (!place.namespace().isEmpty()) {
            command.addAll(List.of("nsenter", "--net=/run/netns/" + place.namespace()));
        }
        if (openFiles > 0) {
            // The shell's process becomes the node's.
            command.addAll(List.of("sh", "-c", "ulimit -n " + openFiles + " && exec \"$@\"", "sh"));
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-Djava.library.path=" + System.getProperty("java.library.path"));
        command.addAll(List.of("-cp", classPath(), "archipel.cli.Main"));
        command.addAll(List.of(words));
        return command;
    }

    /** Fails unless the data are whole, as {@code archipel check} sees it. No node may have them open. */
    public void check() throws IOException, InterruptedException {
        Command.run(
                data + " is not whole",
                data,
                Duration.ofMinutes(5),
                Map.of(),
                archipel("check", data.toString()).toArray(String[]::new));
    }

    /**
     * Has a node that is to be started on these data join an ensemble.
     *
     * @param url of one of its members
     * @param member its name and where members reach it
     */
    public void join(String url, String member) throws IOException, InterruptedException {
        Command.run(
                member + " cannot join",
                data.getParent(),
                Duration.ofMinutes(1),
                Map.of("ARCHIPEL_ADMIN_PASSWORD", ServerProcess.PASSWORD),
                archipel("ensemble", "join", url, member, "--data", data.toString())
                        .toArray(String[]::new));
    }

    /**
     * Without what belongs to the tests, such as how they log. Directories first: each jar that is looked into before
     * takes a descriptor, which some tests count.
     */
    private String classPath() {
        Stream<String> own = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.endsWith("test-classes"))
                .sorted(Comparator.comparing(entry -> entry.endsWith(".jar")));
        return Stream.concat(classes.stream().map(Path::toString), own).collect(Collectors.joining(File.pathSeparator));
    }

    Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("ARCHIPEL_ADMIN_PASSWORD", ServerProcess.PASSWORD);
        environment.put("MALLOC_ARENA_MAX", "2");
        settings.forEach((name, value) -> environment.put("ARCHIPEL_" + name.toUpperCase(Locale.ROOT), value));
        environment.putAll(variables);
        return environment;
    }
}
