package archipel.suites;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Whose tests. */
enum Suite {
    ZOOKEEPER,
    CURATOR;

    /** As it is written in commands and file names. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * A class that is run.
     *
     * @param name in full
     * @param eager whether it waits for nodes to go by themselves
     */
    record TestClass(String name, boolean eager) {
        String simpleName() {
            return name.substring(name.lastIndexOf('.') + 1);
        }
    }

    /** The classes that are run; a line is a class's name, and {@code eager} where it is that. */
    List<TestClass> classes() {
        return lines(word() + ".txt").stream()
                .map(line -> line.split(" "))
                .map(parts -> new TestClass(parts[0], parts.length > 1 && parts[1].equals("eager")))
                .toList();
    }

    /** The lines of a file beside these classes, without comments and empty ones. */
    static List<String> lines(String file) {
        try (InputStream in = Suite.class.getResourceAsStream("/suites/" + file)) {
            if (in == null) {
                throw new IllegalStateException("there is no file " + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
