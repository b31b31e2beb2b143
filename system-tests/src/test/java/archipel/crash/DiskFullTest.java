package archipel.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.Checker;
import archipel.engine.Database;
import archipel.engine.DocumentEdit;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.engine.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that fills up, on a small file system in memory; needs the right to mount one. */
class DiskFullTest {
    private static final int DISK_MEBIBYTES = 48;
    private static final int BALLAST_BYTES = 16 << 20;
    /** Small write buffers: writes go on once there is room for one, half of what is given here. */
    private static final NodeOptions OPTIONS =
            new NodeOptions(NodeOptions.Durability.FSYNC, 8 << 20, 8 << 20, 8 << 20, 256 << 10);

    @TempDir
    private Path disk;

    private boolean mounted;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        mounted = run("mount", "-t", "tmpfs", "-o", "size=" + DISK_MEBIBYTES + "m", "tmpfs", disk.toString());
        assumeTrue(mounted, "this process may not mount a file system");
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        if (mounted) {
            assertTrue(run("umount", disk.toString()));
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    }

    @Test
    void write_fullDisk_isRefusedWholeAndGoesOnOnceThereIsRoom() throws IOException {
        Path ballast = Files.write(disk.resolve("ballast"), new byte[BALLAST_BYTES]);
        Path data = disk.resolve("data");
        int stored = 0;
        try (Node node = Node.open(data, OPTIONS)) {
            Database database = node.create("db");
            RequestException full = null;
            while (full == null) {
                try {
                    write(database, "d" + stored);
                    stored++;
                } catch (RequestException e) {
                    full = e;
                }
            }
            assertEquals(ErrorCode.STORAGE, full.code());
            assertTrue(full.reason().contains("disk is full"), full.reason());
            assertThrows(RequestException.class, () -> write(database, "again"));
            try (Snapshot snapshot = database.snapshot()) {
                assertEquals(stored, snapshot.state().documents());
                assertNotNull(snapshot.document("d" + (stored - 1)));
            }
            Files.delete(ballast);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> writable(database));
            assertEquals(stored + 1, database.state().documents());
        }
        assertEquals(List.of(), Checker.check(data));
        try (Node node = Node.open(data, OPTIONS)) {
            assertEquals(stored + 1, node.database("db").state().documents());
        }
    }

    private static boolean writable(Database database) {
        try {
            write(database, "later");
            return true;
        } catch (RequestException e) {
            return false;
        }
    }

    private static void write(Database database, String id) {
        // Noise: what compresses well would take long to fill the disk.
        byte[] noise = new byte[75_000];
        new SplittableRandom(id.hashCode()).nextBytes(noise);
        byte[] json =
                ("{\"pad\":\"" + Base64.getEncoder().encodeToString(noise) + "\"}").getBytes(StandardCharsets.US_ASCII);
        DocumentBody body = new DocumentBody(json, List.of());
        database.write(
                List.of(new DocumentEdit.Update(id, null, false, body, CanonicalJson.digest(json, 0, json.length))),
                false);
    }
}
