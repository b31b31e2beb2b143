package archipel.nemesis;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system in memory that becomes full at once, and has room again. */
final class SmallDisk implements Closeable {
    private static final int TRIES = 20;
    private static final int PAGE_BYTES = 4096;

    private final Path path;
    private final int mib;
    private boolean full;

    private SmallDisk(Path path, int mib) {
        this.path = path;
        this.mib = mib;
    }

    /** Skips the test where this process may not mount one. @param path an empty directory */
    static SmallDisk make(Path path, int mib) throws IOException, InterruptedException {
        assumeTrue(mayMount(), "only root may mount a file system");
        if (!run("mount", "-t", "tmpfs", "-o", "size=" + mib + "m", "tmpfs", path.toString())) {
            throw new IOException("no file system can be mounted at " + path);
        }
        return new SmallDisk(path, mib);
    }

    /** Whether this process may mount file systems, as root may outside of most containers. */
    static boolean mayMount() throws IOException, InterruptedException {
        Path place = Files.createTempDirectory("archipel-mount");
        try {
            return run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place.toString())
                    && run("umount", place.toString());
        } finally {
            Files.deleteIfExists(place);
        }
    }

    Path path() {
        return path;
    }

    boolean isFull() {
        return full;
    }

    /** Leaves no room for anything more: it is made as small as what is on it, which takes no memory. */
    void fill() throws IOException, InterruptedException {
        for (int i = 0; i < TRIES; i++) {
            FileStore store = Files.getFileStore(path);
            // Somebody may write meanwhile.
            if (resize((store.getTotalSpace() - store.getUnallocatedSpace()) / PAGE_BYTES * PAGE_BYTES + "")) {
                full = true;
                return;
            }
        }
        throw new IOException(path + " does not become full");
    }

    void empty() throws IOException, InterruptedException {
        if (!resize(mib + "m")) {
            throw new IOException(path + " cannot be given room");
        }
        full = false;
    }

    private boolean resize(String size) throws IOException, InterruptedException {
        return run("mount", "-o", "remount,size=" + size, path.toString());
    }

    @Override
    public void close() throws IOException {
        try {
            // What has a file open there still is about to end.
            run("umount", "-l", path.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }
}
