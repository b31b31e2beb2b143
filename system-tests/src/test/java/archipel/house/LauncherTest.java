package archipel.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The shell scripts that stand before Java. */
final class LauncherTest {
    private final Path root;
    private final String findJdk;

    LauncherTest() throws IOException {
        root = Checkout.open().root();
        findJdk = ". '" + root.resolve("cli/launcher/jdk.bash") + "'; ";
    }

    @Test
    void archipel_throughALinkFromElsewhere_runs(@TempDir Path directory) throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("a link"), root.resolve("archipel"));

        Ended ended = run(directory, link.toString(), "version");

        assertEquals(0, ended.status(), ended.printed());
        assertTrue(ended.printed().contains("archipel "), ended.printed());
    }

    @ParameterizedTest
    @CsvSource({
        "-Xmx256m,-XX:MaxDirectMemorySize=131072k",
        "-Xss1m -Xmx4g -Xms1m,-XX:MaxDirectMemorySize=2097152k",
        "-Xmx64m,-XX:MaxDirectMemorySize=65536k",
        "-Xmx4g -Xmx512m,-XX:MaxDirectMemorySize=262144k",
        "-Xmx256m -XX:MaxDirectMemorySize=1g,''",
        "-XX:+UseG1GC,''"
    })
    void directMemory_isHalfOfTheHeapThatIsGiven(String options, String flag, @TempDir Path directory)
            throws Exception {
        String source = ". '" + root.resolve("cli/launcher/memory.bash") + "'; ";
        assertEquals(
                flag,
                run(directory, "bash", "-c", source + "direct_memory '" + options + "'")
                        .printed());
    }

    @ParameterizedTest
    @CsvSource({
        // Memory in GiB, limit of the control group, processors, their quota, options; G1 or not.
        "16, max, 0-7, max 100000, '', true",
        "4, max, 0-7, max 100000, '', false",
        "16, max, 0-1, max 100000, '', false",
        "16, max, '0,2-4', max 100000, '', true",
        "64, 1073741824, 0-7, max 100000, '', false",
        "64, max, 0-7, 150000 100000, '', false",
        "64, max, 0-7, 350000 100000, '', true",
        "64, max, 0-7, max 100000, -Xmx256m, false",
        "4, max, 0-7, max 100000, -Xmx3g, true"
    })
    void collector_fitsHeapAndProcessors(
            int gib, String limit, String list, String quota, String options, boolean concurrent, @TempDir Path machine)
            throws Exception {
        Path self = Files.createDirectories(machine.resolve("proc/self"));
        Files.writeString(machine.resolve("proc/meminfo"), "MemTotal:  " + gib * 1024 * 1024 + " kB\nMemFree: 1 kB\n");
        Files.writeString(self.resolve("status"), "Name: x\nCpus_allowed_list:\t" + list + "\nSpeculation: no\n");
        Files.writeString(self.resolve("cgroup"), "0::/system.slice/archipel.service\n");
        Path slice = Files.createDirectories(machine.resolve("sys/fs/cgroup/system.slice"));
        Path service = Files.createDirectories(slice.resolve("archipel.service"));
        Files.writeString(service.resolve("memory.max"), limit + "\n");
        Files.writeString(slice.resolve("cpu.max"), quota + "\n");

        String script = "set -eu; . '" + root.resolve("cli/launcher/memory.bash") + "'; collector '" + options + "' '"
                + machine + "'";

        assertEquals(
                concurrent ? "-XX:-UseSerialGC -XX:+UseG1GC" : "",
                run(machine, "bash", "-c", script).printed());
    }

    @ParameterizedTest
    @CsvSource({
        "-XX:+UseZGC, 0",
        "-Xmx1g -XX:+UseG1GC -Xss1m, 0",
        "-XX:+UseGCOverheadLimit, 1",
        "-XX:-UseG1GC, 1",
        "'', 1"
    })
    void namesCollector_onlyWhereOneIsTurnedOn(String options, int status, @TempDir Path directory) throws Exception {
        String source = ". '" + root.resolve("cli/launcher/memory.bash") + "'; ";

        assertEquals(
                status,
                run(directory, "bash", "-c", source + "names_collector '" + options + "'")
                        .status());
    }

    @Test
    void archipel_badFlag_passesTheExitStatusOn(@TempDir Path directory) throws Exception {
        assertEquals(
                2,
                run(directory, root.resolve("archipel").toString(), "serve", "--prot", "1")
                        .status());
    }

    @Test
    void archipel_inTheCLocale_takesAnyName(@TempDir Path directory) throws Exception {
        String archipel = "'" + root.resolve("archipel") + "' check zoë";

        for (String locale : new String[] {"LC_ALL=C", "-u LC_ALL -u LC_CTYPE LANG=C", "-u LC_ALL LC_CTYPE=POSIX"}) {
            Ended ended = run(directory, "bash", "-c", "env " + locale + " " + archipel);
            assertEquals(3, ended.status(), ended.printed());
            assertTrue(ended.printed().contains("zoë holds no Archipel data"), ended.printed());
        }
    }

    @Test
    void archipel_anyUmask_writesForItsOwnerAlone(@TempDir Path directory) throws Exception {
        Path data = directory.resolve("data");
        Path archipel = root.resolve("archipel");
        Process node = new ProcessBuilder(
                        "bash", "-c", "umask 000; exec '" + archipel + "' serve --port 0 --data '" + data + "'")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        try {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(3))
                    .until(() -> Files.readString(directory.resolve("log")).contains("Archipel serves"));
        } finally {
            node.destroy();
            node.waitFor();
        }
        Ended backup = run(
                directory,
                "bash",
                "-c",
                "umask 000; '" + archipel + "' backup data copies && '" + archipel + "' restore copies again");
        assertEquals(0, backup.status(), backup.printed());

        for (String made : new String[] {"data", "copies", "again"}) {
            try (Stream<Path> files = Files.walk(directory.resolve(made))) {
                for (Path file : files.toList()) {
                    String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
                    assertTrue(mode.endsWith("------"), file + " is " + mode);
                }
            }
        }
    }

    @Test
    void archipel_keys_areKeptForScripts(@TempDir Path directory) throws Exception {
        String archipel = "'" + root.resolve("archipel") + "'";
        ProcessBuilder builder = new ProcessBuilder(
                        "bash", "-c", "exec " + archipel + " serve --port 0 --data '" + directory.resolve("data") + "'")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile());
        builder.environment().put("ARCHIPEL_ADMIN_PASSWORD", "secret");
        Process node = builder.start();
        try {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(3))
                    .until(() -> Files.readString(directory.resolve("log")).contains("Archipel serves"));
            String log = Files.readString(directory.resolve("log"));
            // The line of the log that comes before it has a comma after the URL.
            int url = log.indexOf("http://", log.indexOf("Archipel serves"));
            String script = "export ARCHIPEL_ADMIN_PASSWORD=secret ARCHIPEL_URL='"
                    + log.substring(url, log.indexOf(' ', url))
                    + "'; a=" + archipel + "; echo zoë | $a set 'a b/é' -; $a get 'a b/é'; $a get none; echo $?; "
                    + "$a set 'a b/é' red; echo $?; $a watch --since 0 > watched & "
                    + "until grep -qs zoë watched; do sleep 0.05; done; kill $!; wait $!; echo $?";

            Ended ended = run(directory, "timeout", "120", "bash", "-c", script);

            assertEquals(
                    "\"zoë\"\narchipel: \"none\" has no value.\n7\narchipel: \"a b/é\" is \"zoë\", not \"red\": "
                            + "--replace replaces it.\n8\n143\n",
                    ended.printed());
        } finally {
            node.destroy();
            node.waitFor();
        }
    }

    @Test
    void archipel_whileAnotherOneBuilds_saysThatItWaits(@TempDir Path directory) throws Exception {
        Files.copy(root.resolve("archipel"), directory.resolve("archipel"), StandardCopyOption.COPY_ATTRIBUTES);
        Path launcher = Files.createDirectories(directory.resolve("cli/launcher"));
        for (String sourced : new String[] {"jdk.bash", "memory.bash"}) {
            Files.copy(root.resolve("cli/launcher").resolve(sourced), launcher.resolve(sourced));
        }
        Files.writeString(launcher.resolve("build.bash"), "echo built");
        // The lock is held until the one that waits has said so.
        String script = "mkdir .build; exec 8> .build/lock; flock 8; "
                + "ARCHIPEL_BUILD_ONLY=1 ./archipel > printed 2>&1 8>&- & "
                + "until grep -q waiting printed 2> /dev/null; do sleep 0.05; done; exec 8>&-; wait; cat printed";

        Ended ended = run(directory, "timeout", "60", "bash", "-c", script);

        assertEquals(0, ended.status(), ended.printed());
        assertEquals("archipel: another ./archipel builds the sources; waiting for it\nbuilt\n", ended.printed());
    }

    @Test
    void dev_unknownCommand_showsWhatThereIs(@TempDir Path directory) throws Exception {
        Ended ended = run(directory, root.resolve("dev").toString(), "biuld");

        assertEquals(64, ended.status());
        assertTrue(ended.printed().contains("test [MODULE]"), ended.printed());
    }

    @ParameterizedTest
    @CsvSource({"17.0.15, 1", "24.0.2, 1", "25, 0", "25.0.3, 0", "26-ea, 0", "100.1, 0"})
    void isJdk_version_decides(String version, int status, @TempDir Path directory) throws Exception {
        makeJdk(directory, version);

        assertEquals(
                status,
                run(directory, "bash", "-c", findJdk + "is_jdk '" + directory + "'")
                        .status());
    }

    @Test
    void isJdk_withoutACompiler_isNone(@TempDir Path directory) throws Exception {
        makeJdk(directory, "25.0.1");
        Files.delete(directory.resolve("bin/javac"));

        assertEquals(
                1,
                run(directory, "bash", "-c", findJdk + "is_jdk '" + directory + "'")
                        .status());
    }

    @Test
    void findJdk_javaHome_comesFirst(@TempDir Path directory) throws Exception {
        makeJdk(directory, "25.0.1");
        String script = findJdk + "JAVA_HOME='" + directory + "'; require_jdk && echo \"$java_home\"";

        assertEquals(directory + "\n", run(directory, "bash", "-c", script).printed());
    }

    @Test
    void requireJdk_none_saysWhatToInstall(@TempDir Path directory) throws Exception {
        Ended ended = run(directory, "bash", "-c", findJdk + "is_jdk() { return 1; }; require_jdk");

        assertEquals(1, ended.status());
        assertTrue(ended.printed().contains("apt-get install openjdk-25-jdk"), ended.printed());
    }

    private static void makeJdk(Path directory, String version) throws IOException {
        Path bin = Files.createDirectories(directory.resolve("bin"));
        for (String tool : new String[] {"java", "javac"}) {
            assertTrue(Files.createFile(bin.resolve(tool)).toFile().setExecutable(true));
        }
        String release = "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\nOS_NAME=\"Linux\"\n";
        Files.writeString(directory.resolve("release"), release);
    }

    private static Ended run(Path directory, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), printed);
    }

    private record Ended(int status, String printed) {}
}
