package archipel.http;

import archipel.document.JsonBuffer;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells a client how far something long has come: a JSON object a line, once a second at the most. */
public final class ProgressLines {
    private static final long EVERY_MS = 1000;

    private final JsonStream out;
    private final Stopwatch stopwatch = new Stopwatch();
    private long lastMs;
    private @Nullable IOException failure;

    public ProgressLines(JsonStream out) {
        this.out = out;
    }

    /** Has a line written if one is due; false once the client has gone. */
    public boolean tell(Consumer<JsonBuffer> line) {
        if (failure == null && stopwatch.milliseconds() - lastMs >= EVERY_MS) {
            lastMs = stopwatch.milliseconds();
            line.accept(out.buffer());
            try {
                out.flush();
            } catch (IOException e) {
                failure = e;
            }
        }
        return failure == null;
    }

    /** Throws what {@link #tell} failed with. */
    public void check() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }
}
