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

    /** The classes that are run, by their full names. */
    List<String> classes() {
        return lines(word() + ".txt");
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
