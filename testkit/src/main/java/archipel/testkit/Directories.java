package archipel.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Whole directories. */
public final class Directories {
    private static final int ATTEMPTS = 1_000;

    private Directories() {}

    /**
     * What a kill leaves: all files as the system has them at one moment, but {@code LOCK}. Also of a directory that a
     * store has open, which deletes and writes files in the background: copies again where the list of files or their
     * lengths have changed meanwhile.
     *
     * @param to which must not be there
     * @throws IOException where the directory does not come to rest
     */
    public static void copy(Path from, Path to) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                Map<Path, Long> before = lengths(from);
                copy(from, to, before);
                if (before.equals(lengths(from))) {
                    return;
                }
            } catch (NoSuchFileException gone) {
                // Again.
            }
            delete(to);
        }
        throw new IOException(from + " does not come to rest");
    }

    private static void copy(Path from, Path to, Map<Path, Long> lengths) throws IOException {
        Files.createDirectory(to);
        for (Map.Entry<Path, Long> file : lengths.entrySet()) {
            Path copy = to.resolve(file.getKey());
            if (file.getValue() < 0) {
                Files.createDirectories(copy);
            } else {
                Files.copy(from.resolve(file.getKey()), copy);
            }
        }
    }

    /** By relative path, directories (-1) before what is in them. */
    private static Map<Path, Long> lengths(Path directory) throws IOException {
        Map<Path, Long> lengths = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (Files.isDirectory(file)) {
                    lengths.put(directory.relativize(file), -1L);
                } else if (!file.endsWith("LOCK")) {
                    lengths.put(directory.relativize(file), Files.size(file));
                }
            }
            return lengths;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** With all that is in it; nothing where it is not there. */
    public static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : (Iterable<Path>) paths.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(path);
            }
        }
    }
}
