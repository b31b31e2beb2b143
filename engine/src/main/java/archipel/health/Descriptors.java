package archipel.health;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How the process's file descriptors are shared out. The store's files come first: a client that opens connections must
 * never keep the store from opening a file, which would cost it every write.
 */
public final class Descriptors {
    /** With fewer a node would start, perhaps, and then fail at the first file too many. */
    public static final int NEEDED = 256;

    /** Jars, logs, sockets that listen, backups, the index store's own files. */
    private static final int OTHERS = 256;

    private static final int STORE_AT_MOST = 1_000;
    private static final int STORES = 2;

    /** Of a table's file a compaction opens another besides the ones that are kept open. */
    private static final int WHILE_COMPACTING = 128;

    private static final int ASSUMED = 1_024;
    private static final int LIMIT = readLimit();

    private Descriptors() {}

    /** How many files and sockets this process may have open. */
    public static int limit() {
        return LIMIT;
    }

    /** How many table files one store may keep open. */
    public static int forOneStore() {
        return Math.max(64, Math.min(STORE_AT_MOST, LIMIT / 8));
    }

    /** How many connections there may be at the most. */
    public static int forConnections() {
        return Math.max(16, LIMIT - STORES * (forOneStore() + WHILE_COMPACTING) - OTHERS);
    }

    /** The process's limit; on Linux read from {@code /proc}, since the management classes take a while to load. */
    private static int readLimit() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
                if (line.startsWith("Max open files")) {
                    String soft =
                            line.substring("Max open files".length()).strip().split("\\s+")[0];
                    return soft.equals("unlimited") ? Integer.MAX_VALUE : bounded(Long.parseLong(soft));
                }
            }
        } catch (IOException | NumberFormatException e) {
            // Not Linux; the other way is slower and works there.
        }
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.UnixOperatingSystemMXBean unix
                ? bounded(unix.getMaxFileDescriptorCount())
                : ASSUMED;
    }

    private static int bounded(long count) {
        return (int) Math.min(Integer.MAX_VALUE, count);
    }
}
