package archipel.http;

import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells a client how far something long has come: a JSON object a line, once a second at the most. */
public final class ProgressLines {
    private static final long EVERY_MS = 1000;

    private final JsonStream out;
    private final Stopwatch stopwatch = new Stopwatch();
    private long lastMs;
    private boolean begun;
    private @Nullable IOException failure;

    public ProgressLines(JsonStream out) {
        this.out = out;
    }

    /** Has a line written if one is due; false once the client has gone. */
    public boolean tell(Consumer<JsonBuffer> line) {
        return stopwatch.milliseconds() - lastMs < EVERY_MS ? failure == null : tellNow(line);
    }

    /** Has a line written whose time does not matter; false once the client has gone. */
    public boolean tellNow(Consumer<JsonBuffer> line) {
        if (failure == null) {
            lastMs = stopwatch.milliseconds();
            line.accept(out.buffer());
            begun = true;
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

    /**
     * Says as the last line why nothing came of it, as an answer of its own would; the caller finishes the answer.
     *
     * @throws RequestException that very one, where no line was written yet: it becomes such an answer
     */
    public void fail(RequestException e) throws IOException {
        if (!begun) {
            throw e;
        }
        check();
        e.appendTo(out.buffer().ascii('{')).ascii("}\n");
    }
}
