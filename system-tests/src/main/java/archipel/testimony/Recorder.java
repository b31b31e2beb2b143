package archipel.testimony;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Appends what clients saw to a record, a JSON object a line. For any number of threads. */
public final class Recorder implements Closeable {
    private final OutputStream out;
    private final AtomicLong ticks = new AtomicLong();
    private final AtomicLong highest = new AtomicLong();
    private long events;

    public Recorder(OutputStream out) {
        this.out = out;
    }

    /** To be called before a request is sent. */
    public long begin() {
        return ticks.incrementAndGet();
    }

    /** The number of the newest block that any client was told of so far. */
    public long highest() {
        return highest.get();
    }

    /** To be called once the whole answer is there; the parameters are those of {@link Event}. */
    public synchronized Event add(
            long begin,
            String client,
            String request,
            Ask ask,
            int status,
            @Nullable Block block,
            @Nullable String etag,
            @Nullable String digest,
            Seen seen) {
        Event event =
                new Event(begin, ticks.incrementAndGet(), client, request, ask, status, block, etag, digest, seen);
        try {
            out.write((Lines.write(event) + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (block != null) {
            highest.accumulateAndGet(block.number(), Math::max);
        }
        events++;
        return event;
    }

    /** Notes something that is no request. */
    public void mark(String text) {
        add(begin(), "", "", Ask.LATEST, 0, null, null, null, new Seen.Mark(text));
    }

    public synchronized long events() {
        return events;
    }

    @Override
    public synchronized void close() throws IOException {
        out.close();
    }
}
