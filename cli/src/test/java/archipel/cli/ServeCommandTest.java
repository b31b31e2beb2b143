package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.shell.ExitStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServeCommandTest {
    private static final Map<String, String> ENVIRONMENT = Map.of("ARCHIPEL_ADMIN_PASSWORD", "secret");

    /** The training of the start-up cache is the whole life of a node: it starts, answers and stops. */
    @Test
    void training_aWholeLife_leavesWholeData(@TempDir Path directory) throws Exception {
        TrainingRun.run(directory.toString(), 20);

        assertEquals(
                ExitStatus.DONE.code(), Run.of("check", directory.toString()).status());
    }

    /** What members of an ensemble do is learned, too. */
    @Test
    void training_ofAnEnsemble_leavesTheSameOnAllMembers(@TempDir Path directory) throws Exception {
        TrainingRun.runEnsemble(directory.toString(), 20);

        for (String member : List.of("a", "b", "c")) {
            String data = directory.resolve(member).toString();
            assertEquals(ExitStatus.DONE.code(), Run.of("check", data).status(), member);
        }
    }

    @Test
    void serve_portInUse_saysWhatToDo(@TempDir Path directory) throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Run run = serve(directory, "--port", Integer.toString(taken.getLocalPort()));

            assertEquals(ExitStatus.ADDRESS.code(), run.status(), run.err());
            assertTrue(run.err().contains(Integer.toString(taken.getLocalPort())), run.err());
            assertTrue(run.err().contains("--port"), run.err());
        }
    }

    @Test
    void serve_dataInUse_saysBy(@TempDir Path directory) {
        try (Node _ = Node.open(directory, NodeOptions.DEFAULT)) {
            Run run = serve(directory, "--port", "0");

            assertEquals(ExitStatus.DATA.code(), run.status(), run.err());
            assertTrue(
                    run.err()
                            .contains("in use by process "
                                    + ProcessHandle.current().pid()),
                    run.err());
        }
    }

    @Test
    void serve_foreignDirectory_isRefusedAndLeftAlone(@TempDir Path directory) throws IOException {
        Files.writeString(directory.resolve("thesis.txt"), "mine");

        Run run = serve(directory, "--port", "0");

        assertEquals(ExitStatus.DATA.code(), run.status(), run.err());
        assertTrue(run.err().contains("thesis.txt"), run.err());
        try (var files = Files.list(directory)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void serve_newerFormat_isRefused(@TempDir Path directory) throws IOException {
        Files.writeString(directory.resolve("FORMAT"), "archipel data, format 999\n");

        Run run = serve(directory, "--port", "0");

        assertEquals(ExitStatus.DATA.code(), run.status(), run.err());
        assertTrue(run.err().contains("newer"), run.err());
    }

    @Test
    void serve_unknownFlag_isRefusedWithTheNearest() {
        Run run = Run.of("serve", "--prot", "5984");

        assertEquals(ExitStatus.USAGE.code(), run.status());
        assertTrue(run.err().contains("--port"), run.err());
    }

    @Test
    void serve_unknownWordInTheFile_isRefused(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("a.toml"), "prot = 1\n");

        Run run = serve(directory.resolve("data"), "--config", file.toString());

        assertEquals(ExitStatus.USAGE.code(), run.status());
        assertTrue(run.err().contains("port"), run.err());
    }

    private static Run serve(Path data, String... more) {
        String[] arguments = new String[3 + more.length];
        arguments[0] = "serve";
        arguments[1] = "--data";
        arguments[2] = data.toString();
        System.arraycopy(more, 0, arguments, 3, more.length);
        return Run.of(ENVIRONMENT, arguments);
    }
}
