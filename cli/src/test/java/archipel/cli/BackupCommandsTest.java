package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.shell.ExitStatus;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
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
        assertTrue(late.err().contains("Block 7 does not exist yet"), late.err());
        Run unknown = Run.of("restore", path("copies"), path("restored"), "--at", "0", "--database", "islets");
        assertTrue(unknown.err().contains("no database islets; it has islands"), unknown.err());
        assertFalse(Files.exists(directory.resolve("restored")));
        assertFalse(Files.exists(directory.resolve("restored.restoring")));
    }

    @Test
    void anyCommand_withoutItsDirectory_isAUsageErrorThatNamesIt() {
        for (String command : new String[] {"check", "verify", "backup", "backups", "restore"}) {
            for (String[] line : new String[][] {{command}, {command, ""}}) {
                Run run = Run.of(line);
                assertEquals(ExitStatus.USAGE.code(), run.status(), command + run.err());
                String fault = line.length == 1 ? " is missing" : " is empty";
                assertTrue(run.err().contains(fault), command + run.err());
            }
        }
        Run data = Run.of("serve", "--data", "");
        assertTrue(data.err().contains("data is empty: name the directory"), data.err());
    }

    @Test
    void backups_listAndPolicy_showWhatIsThereAndDeleteTheRest() {
        String data = made();
        for (int i = 0; i < 3; i++) {
            Run.of("backup", data, path("copies"));
        }
        Run all = Run.of("backups", path("copies"));
        assertEquals(3, all.out().lines().count(), all.out());
        assertTrue(all.out().lines().toList().getFirst().matches(" +1  20.*Z  \\d+ bytes"), all.out());

        Run young = Run.of("backups", path("copies"), "--keep", "1", "--keep-days", "1");
        assertEquals(3, young.out().lines().count(), young.out());
        assertEquals(
                ExitStatus.USAGE.code(),
                Run.of("backups", path("copies"), "--keep", "0").status());
        assertEquals(ExitStatus.DATA.code(), Run.of("backups", path("none")).status());
        Run chosen = Run.of("restore", path("copies"), path("restored"), "--backup", "2");
        assertTrue(chosen.out().startsWith("Backup 2 of "), chosen.out() + chosen.err());
    }

    @Test
    void restore_unknownDatabase_namesIt() {
        Run.of("backup", made(), path("copies"));
        Run run = Run.of("restore", path("copies"), path("restored"), "--at", "0", "--database", "ilands");
        assertEquals(ExitStatus.DATA.code(), run.status());
        assertEquals("archipel: backup 1 has no database ilands; it has islands\n", run.err());
    }

    @Test
    void anyCommand_whatCannotBeRead_isTold() throws Exception {
        // Also root cannot read a directory as a file.
        Files.createDirectories(directory.resolve("odd/FORMAT"));
        for (String[] line : new String[][] {
            {"check", path("odd")}, {"backup", path("odd"), path("copies")}, {"serve", "--data", path("odd")}
        }) {
            Run run = Run.of(line);
            assertEquals(ExitStatus.DATA.code(), run.status(), run.err());
            assertEquals(1, run.err().lines().count(), run.err());
            assertTrue(run.err().startsWith("archipel: "), run.err());
            assertFalse(run.err().contains("java."), run.err());
        }
        Files.writeString(directory.resolve("file"), "");
        Run beneath = Run.of("backup", made(), path("file/copies"));
        assertEquals(ExitStatus.DATA.code(), beneath.status(), beneath.err());
        assertFalse(beneath.err().contains("java."), beneath.err());
        StringWriter told = new StringWriter();
        Failures.tell(
                new UncheckedIOException("cannot write to copies", new AccessDeniedException("copies/BACKUPS")),
                new PrintWriter(told, true));
        assertTrue(
                told.toString()
                        .matches("archipel: cannot write to copies: user \\S+ may not use copies/BACKUPS; run .*\n"),
                told.toString());
    }
}
