package archipel.crash;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import archipel.cluster.DebianPackage;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An ext4 file system in a file, whose power can be cut: what was not fsynced is gone then. Needs root, a loop device
 * and {@code xfs_io}, which is installed; without root or a loop device the test is skipped.
 */
public final class LoopDisk implements Closeable {
    private static final long BYTES = 1L << 30;

    private final Path image;
    private final Path mount;

    private LoopDisk(Path image, Path mount) {
        this.image = image;
        this.mount = mount;
    }

    /** @param directory an empty one */
    public static LoopDisk make(Path directory) throws IOException, InterruptedException {
        assumeTrue(run("sh", "-c", "test $(id -u) = 0"), "only root may mount a file system");
        DebianPackage.program("xfsprogs", "/usr/sbin/xfs_io", "/usr/bin/xfs_io");
        Path image = directory.resolve("disk");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(BYTES);
        }
        Path mount = Files.createDirectory(directory.resolve("mount"));
        assumeTrue(run("mkfs.ext4", "-q", "-F", image.toString()), "there is no mkfs.ext4");
        LoopDisk disk = new LoopDisk(image, mount);
        assumeTrue(disk.mount(), "there is no loop device");
        return disk;
    }

    /** Where it is mounted. */
    public Path path() {
        return mount;
    }

    /** From now on nothing gets to the disk, nor what has not got there yet. */
    public void cutPower() throws IOException, InterruptedException {
        require(run("xfs_io", "-x", "-c", "shutdown", mount.toString()), "the power cannot be cut");
    }

    /** After {@link #cutPower}, once nobody has a file open: what the disk has now. */
    public void restart() throws IOException, InterruptedException {
        require(run("umount", mount.toString()), "the disk is in use");
        require(mount(), "the disk cannot be mounted again");
    }

    /** From now on whoever writes waits. */
    public void freeze() throws IOException, InterruptedException {
        require(run("fsfreeze", "-f", mount.toString()), "the disk cannot be frozen");
    }

    /** After {@link #freeze}: all that waits goes on. */
    public void thaw() throws IOException, InterruptedException {
        require(run("fsfreeze", "-u", mount.toString()), "the disk cannot be thawed");
    }

    private boolean mount() throws IOException, InterruptedException {
        return run("mount", "-o", "loop", image.toString(), mount.toString());
    }

    private static void require(boolean done, String otherwise) {
        if (!done) {
            throw new IllegalStateException(otherwise);
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
        } catch (IOException e) {
            // There is no such program.
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            run("umount", mount.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
