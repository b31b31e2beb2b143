package archipel.clock;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** The wall clock of a process that is started with {@link #flag}, also of those that come after it. */
public final class WallClock {
    private final Path jar;
    private final Path file;
    private final MappedByteBuffer offset;

    private WallClock(Path jar, Path file, MappedByteBuffer offset) {
        this.jar = jar;
        this.file = file;
        this.offset = offset;
    }

    /** One that is right so far. @param directory its own, for what the process reads */
    public static WallClock in(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path file = directory.resolve("clock");
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new WallClock(
                    jar(directory.resolve("clock.jar")), file, channel.map(MapMode.READ_WRITE, 0, Long.BYTES));
        }
    }

    private static Path jar(Path jar) throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Premain-Class", ClockAgent.class.getName());
        main.putValue("Can-Retransform-Classes", "true");
        // Classes of the JDK call it, too.
        main.putValue("Boot-Class-Path", jar.getFileName().toString());
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            for (String name : List.of("ClockAgent", "ClockAgent$Redirection", "ClockCalls", "ShiftedClock")) {
                String path = "archipel/clock/" + name + ".class";
                out.putNextEntry(new JarEntry(path));
                try (var in = WallClock.class.getClassLoader().getResourceAsStream(path)) {
                    if (in == null) {
                        throw new IllegalStateException("there is no " + path);
                    }
                    in.transferTo(out);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return jar;
    }

    /** Of the process's JVM. */
    public String flag() {
        return "-javaagent:" + jar + "=" + file;
    }

    /** From now on the clock is so far ahead of the machine's; behind it where negative. */
    public void set(long aheadMs) {
        offset.putLong(0, aheadMs);
    }

    public long aheadMs() {
        return offset.getLong(0);
    }
}
