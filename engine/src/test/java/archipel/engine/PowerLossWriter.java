package archipel.engine;

import archipel.command.HorizonPolicy;
import archipel.document.Revision;
import archipel.storage.FaultyStore;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A process that writes until it is killed. On its standard output, a line each: after each acknowledgement {@code ID
 * REVISION} and, before the next fsync is waited for, how much of the logs a power cut would leave, as {@code =FILE
 * BYTES}; then {@code horizon N} once the horizon was seen at that block.
 */
final class PowerLossWriter {
    private static final int THREADS = 4;

    private PowerLossWriter() {}

    /** @param arguments data directory, round */
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true);
        AtomicReference<FaultyStore> store = new AtomicReference<>();
        NodeOptions options = NodeOptions.DEFAULT.withHistory(new HorizonPolicy.Newest(5, Duration.ZERO));
        Node node = Node.open(
                Path.of(arguments[0]),
                options,
                Environment.of(InstantSource.system()).withStore((path, cache, buffer) -> {
                    FaultyStore opened = FaultyStore.open(path, cache, buffer);
                    store.set(opened);
                    return opened;
                }));
        Database database = node.find("a") == null ? node.create("a") : node.database("a");
        for (int thread = 0; thread < THREADS; thread++) {
            String name = arguments[1] + "-" + thread + "-";
            Thread.ofPlatform().start(() -> {
                for (int i = 0; ; i++) {
                    Revision revision = Edits.put(database, name + i, null, "{\"i\":" + i + "}");
                    // The logs are as durable as this or more by now.
                    say(
                            out,
                            store.get(),
                            name + i + " " + revision + " " + database.horizon().block());
                }
            });
        }
    }

    private static void say(PrintStream out, FaultyStore store, String line) {
        StringBuilder text = new StringBuilder(line);
        store.durable()
                .forEach((file, bytes) ->
                        text.append(" =").append(file).append(' ').append(bytes));
        byte[] bytes = text.append('\n').toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        synchronized (out) {
            out.write(bytes, 0, bytes.length);
            out.flush();
        }
    }
}
