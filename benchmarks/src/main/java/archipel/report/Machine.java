package archipel.report;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The conditions of a run: machine kind, commit, day. Figures without them are worth nothing. */
public final class Machine {
    private Machine() {}

    /** Processor, cores, memory, kernel and Java, on one line. */
    public static String describe() {
        return String.format(
                Locale.ROOT,
                "%s, %d cores, %s, %s %s, Java %s",
                field(Path.of("/proc/cpuinfo"), "model name", "unknown processor"),
                Runtime.getRuntime().availableProcessors(),
                memory(),
                System.getProperty("os.name"),
                System.getProperty("os.version").replaceAll("^(\\d+\\.\\d+).*", "$1"),
                System.getProperty("java.version"));
    }

    /** How many threads wanted to run lately, as {@code load 0.42}: what else the machine had to do. */
    public static String load() {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        return load < 0 ? "load unknown" : String.format(Locale.ROOT, "load %.2f", load);
    }

    /** The work tree's commit, with a plus where files differ from it; {@code unknown} outside of one. */
    public static String commit(Path root) {
        String commit = output(root, "git", "rev-parse", "--short=10", "HEAD");
        if (commit.isEmpty()) {
            return "unknown";
        }
        return output(root, "git", "status", "--porcelain", "-uno").isEmpty() ? commit : commit + "+";
    }

    public static LocalDate today() {
        return LocalDate.now();
    }

    private static String memory() {
        String total = field(Path.of("/proc/meminfo"), "MemTotal", "0 kB");
        long kib = Long.parseLong(total.replaceAll("\\D", ""));
        return kib == 0 ? "unknown memory" : Math.round(kib / 1024.0 / 1024.0) + " GiB";
    }

    private static String field(Path file, String name, String otherwise) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(otherwise);
        } catch (IOException notLinux) {
            return otherwise;
        }
    }

    private static String output(Path directory, String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String text = new String(process.getInputStream().readAllBytes()).strip();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0 ? text : "";
        } catch (IOException withoutGit) {
            return "";
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
