package archipel.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A server's process with those it started, as the kernel accounts for them; nothing can be seen outside of Linux. */
public final class ProcessTree {
    /** Linux has accounted in hundredths of a second towards programs since 2.6, on every architecture. */
    private static final long TICK_NS = 10_000_000L;

    private static final int USER_TICKS = 11;
    private final ProcessHandle root;

    private ProcessTree(ProcessHandle root) {
        this.root = root;
    }

    public static ProcessTree of(ProcessHandle root) {
        return new ProcessTree(root);
    }

    /** @throws IllegalArgumentException when there is no such process */
    public static ProcessTree of(long pid) {
        return new ProcessTree(
                ProcessHandle.of(pid).orElseThrow(() -> new IllegalArgumentException("no process " + pid)));
    }

    private Stream<ProcessHandle> all() {
        return Stream.concat(Stream.of(root), root.descendants());
    }

    /** User and system time of all of them; negative where it cannot be seen. */
    public long cpuNs() {
        if (!Files.exists(stat(root))) {
            return -1;
        }
        return all().mapToLong(process -> ticks(read(stat(process)))).sum();
    }

    /** What a JVM among them has spent on compiling; zero where it cannot be seen, or there is none. */
    public long compilerCpuNs() {
        return all().flatMap(process -> threads(process).stream())
                .map(thread -> read(thread.resolve("stat")))
                .filter(line -> line.contains("(C1 Compiler") || line.contains("(C2 Compiler"))
                .mapToLong(ProcessTree::ticks)
                .sum();
    }

    private static List<Path> threads(ProcessHandle process) {
        try (Stream<Path> tasks = Files.list(proc(process).resolve("task"))) {
            return tasks.toList();
        } catch (IOException ended) {
            return List.of();
        }
    }

    /** User and system time in a line of {@code stat}, nanoseconds; zero where there is none. */
    private static long ticks(String line) {
        // The name, in brackets, may hold spaces; fields are counted from behind it.
        String[] fields = line.substring(line.lastIndexOf(')') + 1).strip().split(" ");
        return fields.length <= USER_TICKS + 1
                ? 0
                : (Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[USER_TICKS + 1])) * TICK_NS;
    }

    /** Resident bytes of all of them; zero where they cannot be seen. */
    public long residentBytes() {
        return status("VmRSS:");
    }

    /** The most that each of them was resident with since it was started; zero where that cannot be seen. */
    public long peakBytes() {
        return status("VmHWM:");
    }

    private long status(String field) {
        return all().mapToLong(process -> read(proc(process).resolve("status"))
                        .lines()
                        .filter(line -> line.startsWith(field))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                        .sum())
                .sum();
    }

    /** The one that runs Java, if any. */
    public Optional<ProcessHandle> java() {
        return all().filter(process -> process.info()
                        .command()
                        .filter(name -> name.endsWith("java"))
                        .isPresent())
                .findFirst();
    }

    private static Path proc(ProcessHandle process) {
        return Path.of("/proc", Long.toString(process.pid()));
    }

    private static Path stat(ProcessHandle process) {
        return proc(process).resolve("stat");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failed) {
            // A process that has just ended has no file, or one that cannot be read any more.
            if (Files.isReadable(file)) {
                throw new UncheckedIOException(failed);
            }
            return "";
        }
    }
}
