package archipel.storage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that keeps space on the disk, so that a full disk can be relieved from inside: it is made shorter so that the
 * node can start and deletions can be written, and whole again once there is space for it and for what the store needs.
 * It gives up its space in parts, since another program can take what is free: then some is left for the next time.
 *
 * <p>Invariant: the file has all its blocks on the disk, or is not there. Safe for use by many threads.
 */
public final class DiskReserve {
    private static final System.Logger LOG = System.getLogger(DiskReserve.class.getName());
    private static final int STEP = 1 << 20;
    private static final int PARTS = 4;

    private final Path file;
    private final Path draft;
    private final long bytes;
    private final long headroom;

    /**
     * @param bytes how large it is; 0 for none
     * @param headroom how much more there must be for it to be made
     */
    public DiskReserve(Path directory, long bytes, long headroom) {
        this.file = directory.resolve("RESERVE");
        this.draft = directory.resolve("RESERVE.new");
        this.bytes = bytes;
        this.headroom = headroom;
    }

    /**
     * Gives a part of the space to whoever writes next: what the store needs beyond what is free, and a quarter of the
     * whole at least.
     *
     * @return false when there was none to give
     */
    public synchronized boolean releasePart() {
        try {
            if (!isLeft()) {
                return false;
            }
            long held = Files.size(file);
            // A bit more than the store asks for, since others write meanwhile.
            long lacking = headroom + headroom / PARTS - usable();
            long part = Math.max(lacking, Math.max(1, bytes / PARTS));
            if (part >= held) {
                Files.delete(file);
            } else {
                truncate(held - part);
            }
            LOG.log(
                    System.Logger.Level.INFO,
                    "The disk is full: {0} MiB of the reserve are given up, {1} MiB are left.",
                    Math.min(part, held) >> 20,
                    Math.max(0, held - part) >> 20);
            return true;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the reserve of space cannot be given up", e);
            return false;
        }
    }

    /** Whether there is space to give. */
    public boolean isLeft() {
        return Files.exists(file);
    }

    private long usable() throws IOException {
        return Files.getFileStore(file.getParent()).getUsableSpace();
    }

    private void delete() {
        try {
            Files.deleteIfExists(draft);
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the reserve of space cannot be given up", e);
        }
    }

    /** Makes the file whole; false when there is no space for it, where what there is of it stays. */
    public synchronized boolean restore() {
        try {
            if (bytes == 0) {
                delete();
                return true;
            }
            Files.deleteIfExists(draft);
            long held = isLeft() ? Files.size(file) : 0;
            if (held == bytes) {
                return true;
            }
            if (held < bytes && usable() + held < bytes + headroom) {
                return false;
            }
            if (held > bytes) {
                truncate(bytes);
                return true;
            }
            return grow(held);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the reserve of space cannot be made", e);
            return false;
        }
    }

    // What is held is not let go meanwhile: another program could take it.
    private boolean grow(long held) throws IOException {
        Path growing = held == 0 ? draft : file;
        try {
            if (!Allocation.of(growing, bytes)) {
                writeZeros(growing, held);
            }
            if (held == 0) {
                Files.move(draft, file);
            }
            return true;
        } catch (IOException e) {
            if (held == 0) {
                Files.deleteIfExists(draft);
            } else {
                truncate(held);
            }
            throw e;
        }
    }

    // A file system that compresses keeps no space for them, which is no worse than no reserve.
    private void writeZeros(Path growing, long from) throws IOException {
        try (FileChannel out = FileChannel.open(growing, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocate(STEP);
            for (long at = from; at < bytes; at += out.write(zeros, at)) {
                zeros.clear().limit((int) Math.min(STEP, bytes - at));
            }
            out.force(true);
        }
    }

    private void truncate(long size) throws IOException {
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
            out.truncate(size);
        }
    }

    /** The C library's {@code posix_fallocate}, which gives a file its blocks without writing them. */
    @SuppressWarnings("restricted")
    private static final class Allocation {
        private static final int O_RDWR_CREAT = 0x2 | 0x40;
        private static final int OWNER_ONLY = 0600;

        private Allocation() {}

        /** False where it cannot be done that way. */
        static boolean of(Path file, long bytes) {
            if (!System.getProperty("os.name").equals("Linux")) {
                return false;
            }
            Linker linker = Linker.nativeLinker();
            try (Arena arena = Arena.ofConfined()) {
                MethodHandle open = handle(
                        linker,
                        "open",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                        Linker.Option.firstVariadicArg(2));
                MethodHandle allocate = handle(
                        linker,
                        "posix_fallocate",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG));
                MethodHandle close =
                        handle(linker, "close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
                MemorySegment name = arena.allocateFrom(file.toString());
                int descriptor = (int) open.invokeExact(name, O_RDWR_CREAT, OWNER_ONLY);
                if (descriptor < 0) {
                    return false;
                }
                try {
                    return (int) allocate.invokeExact(descriptor, 0L, bytes) == 0;
                } finally {
                    int _ = (int) close.invokeExact(descriptor);
                }
            } catch (Throwable e) {
                LOG.log(System.Logger.Level.DEBUG, "posix_fallocate cannot be called", e);
                return false;
            }
        }

        private static MethodHandle handle(
                Linker linker, String name, FunctionDescriptor type, Linker.Option... options) {
            return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type, options);
        }
    }
}
