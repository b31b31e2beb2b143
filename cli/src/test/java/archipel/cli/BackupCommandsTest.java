package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.engine.Node;
import archipel.engine.NodeOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code verify}, {@code backup} and {@code restore}. */
final class BackupCommandsTest {
    @TempDir
    private Path directory;

    private String made() {
        Path data = directory.resolve("data");
        try (Node node = Node.open(data, NodeOptions.DEFAULT)) {
            node.create("islands");
        }
        return data.toString();
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    @Test
    void verify_soundDirectory_namesTheBlockThatItHoldsUpTo() {
        Run run = Run.of("verify", made());

        assertEquals(ExitStatus.DONE.code(), run.status(), run.err());
        assertTrue(run.out().contains("islands: holds up to block 0-0x"), run.out());
        assertEquals(ExitStatus.DATA.code(), Run.of("verify", path("none")).status());
    }

    @Test
    void backupThenRestore_isTheSameData() {
        String data = made();
        Run backup = Run.of("backup", data, path("copies"));
        assertEquals(ExitStatus.DONE.code(), backup.status(), backup.err());
        assertTrue(backup.out().contains("Backup 1 in "), backup.out());
        assertTrue(backup.err().contains("bytes written"), backup.err());

        Run restore = Run.of("restore", path("copies"), path("restored"));

        assertEquals(ExitStatus.DONE.code(), restore.status(), restore.err());
        assertEquals(
                Run.of("verify", data).out(), Run.of("verify", path("restored")).out());
    }

    @Test
    void restore_wrongAt_isAUsageErrorAndMakesNothing() {
        Run.of("backup", made(), path("copies"));
        for (String[] flags : new String[][] {{"--at", "yesterday"}, {"--at", "7"}, {"--database", "islands"}}) {
            String[] line = {"restore", path("copies"), path("restored"), flags[0], flags[1]};
            assertEquals(ExitStatus.USAGE.code(), Run.of(line).status(), flags[1]);
        }
        Run late = Run.of("restore", path("copies"), path("restored"), "--at", "7", "--database", "islands");
        assertTrue(late.err().contains("Block 7 is not there yet"), late.err());
        assertFalse(Files.exists(directory.resolve("restored")));
    }
}
