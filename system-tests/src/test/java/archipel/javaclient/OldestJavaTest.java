package archipel.javaclient;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client on the oldest Java that it is for, with nothing but the libraries that it says it needs. */
final class OldestJavaTest {
    private static final int JAVA_17_CLASS = 61;
    private static final List<String> LIBRARIES =
            List.of("jackson-core-", "jackson-databind-", "jackson-annotations-", "slf4j-api-");

    @TempDir
    private Path directory;

    @Test
    void classes_ofTheClient_areForJava17() throws IOException {
        try (InputStream stream =
                        Objects.requireNonNull(archipel.client.Archipel.class.getResourceAsStream("Archipel.class"));
                DataInputStream bytes = new DataInputStream(stream)) {
            bytes.skipNBytes(6);
            assertEquals(JAVA_17_CLASS, bytes.readUnsignedShort());
        }
    }

    @Test
    void main_onJava17_runs() throws Exception {
        Optional<Path> java = java17();
        assumeTrue(java.isPresent(), "there is no Java 17 on this machine");
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory))) {
            for (String program : List.of("Islands", "Follower", "SharedCart", "VoyagePlan")) {
                Process process = new ProcessBuilder(
                                java.get().toString(),
                                "-cp",
                                classPath(),
                                "archipel.examples." + program,
                                server.adminUrl())
                        .redirectErrorStream(true)
                        .start();
                List<String> lines = new ArrayList<>();
                try (Stream<String> output = process.inputReader(UTF_8).lines()) {
                    output.forEach(lines::add);
                }
                assertTrue(process.waitFor(60, TimeUnit.SECONDS));
                assertEquals(0, process.exitValue(), lines::toString);
                System.out.println("javaclient: " + program + " on Java 17: " + lines);
            }
        }
    }

    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.endsWith("client/target/classes")
                        || entry.endsWith("examples/target/classes")
                        || LIBRARIES.stream()
                                .anyMatch(name ->
                                        Path.of(entry).getFileName().toString().startsWith(name)))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Optional<Path> java17() throws IOException {
        Path machines = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(machines)) {
            return Optional.empty();
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(machines, "*17*")) {
            for (Path one : found) {
                Path java = one.resolve("bin/java");
                if (Files.isExecutable(java)) {
                    return Optional.of(java);
                }
            }
        }
        return Optional.empty();
    }
}
