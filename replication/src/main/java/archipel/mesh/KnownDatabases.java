package archipel.mesh;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.settings.OwnerFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/**
 * The names of databases that this node has replicated with any peer. One that is known and not there was deleted here:
 * it does not come back from a peer until somebody makes it again. A line of a file for each, which is only appended
 * to: a thousand databases cost a thousand lines. Safe for use by many threads.
 */
final class KnownDatabases {
    private final Path file;
    private final Set<String> names = new HashSet<>();
    /** Ends a line that a crash cut off. */
    private String before = "";
    /** Whether the file's name lasts as well; not known of one that is found, which may be of before a power cut. */
    private boolean named;

    private KnownDatabases(Path file) {
        this.file = file;
    }

    static KnownDatabases open(Path file) throws IOException {
        KnownDatabases known = new KnownDatabases(file);
        if (Files.exists(file)) {
            // A line that a crash cut off may name another database; its own is noted again.
            String text = Files.readString(file, UTF_8);
            int whole = text.lastIndexOf('\n') + 1;
            text.substring(0, whole).lines().forEach(known.names::add);
            known.before = whole == text.length() ? "" : "\n";
        }
        return known;
    }

    synchronized boolean contains(String name) {
        return names.contains(name);
    }

    synchronized void add(String name) throws IOException {
        if (names.contains(name)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            ByteBuffer line = ByteBuffer.wrap((before + name + "\n").getBytes(UTF_8));
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.force(true);
        }
        if (!named) {
            OwnerFile.syncEntries(file);
            named = true;
        }
        before = "";
        names.add(name);
    }
}
