package archipel.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import archipel.storage.StorageException.Kind;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a failure of a backup's disk is taken for; needs the right to mount a file system. */
class BackupFailureTest {
    private static final String GERMAN = "Auf dem Ger\u00e4t ist kein Speicherplatz mehr verf\u00fcgbar";

    @Test
    void failure_fullDiskInAnotherLanguage_isFull(@TempDir Path disk) throws IOException, InterruptedException {
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString()),
                "this process may not mount a file system");
        try {
            Path target = disk.resolve("not").resolve("there");
            IOException german = new FileSystemException(target.toString(), null, GERMAN);
            assertEquals(Kind.IO, Backups.failure("cannot copy", target, german).kind(), "there is room");
            Files.write(disk.resolve("all"), new byte[1 << 20]);
            assertEquals(
                    Kind.FULL, Backups.failure("cannot copy", target, german).kind());
            assertEquals(
                    Kind.IO,
                    Backups.failure("cannot copy", target, new NoSuchFileException("x"))
                            .kind());
        } finally {
            assertTrue(run("umount", disk.toString()));
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    }
}
