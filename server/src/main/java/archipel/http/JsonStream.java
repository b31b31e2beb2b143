package archipel.http;

import archipel.document.JsonBuffer;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is put together in a buffer and leaves from time to time:
 *
 * <pre>{@code
 * JsonStream out = answer.stream(200);
 * while (cursor.next()) {
 *     out.buffer().ascii(…);
 *     out.drain();
 * }
 * out.finish();
 * }</pre>
 *
 * <p>Nothing is sent before the first {@link #drain} that finds enough, so that what fails early still gets a proper
 * error, and a short answer a {@code Content-Length}. What fails later breaks the connection off: without
 * {@link #finish} a client cannot take the answer for whole.
 */
public final class JsonStream {
    private static final int DRAIN_BYTES = 64 << 10;
    private static final int KEPT_BYTES = 2 << 10;

    private final Answer answer;
    private final int code;
    private final String contentType;
    private final @Nullable Jsonp jsonp;
    private final boolean feed;
    private JsonBuffer buffer;
    private @Nullable OutputStream out;
    private AcceptEncoding.@Nullable Compression gzip;

    /** @param jsonp the call of a function that the JSON is to be; null for none */
    JsonStream(Answer answer, int code, String contentType, @Nullable Jsonp jsonp, boolean feed) {
        this.answer = answer;
        this.code = code;
        this.contentType = contentType;
        this.jsonp = jsonp;
        this.feed = feed;
        this.buffer = new JsonBuffer(feed ? 256 : 1024);
        if (jsonp != null) {
            jsonp.begin(buffer);
        }
    }

    /** What is to be sent next; to be asked for anew after each {@link #drain} or {@link #flush}. */
    public JsonBuffer buffer() {
        return buffer;
    }

    /** Sends what the buffer holds, if it is enough to be worth it. */
    public void drain() throws IOException {
        if (buffer.size() >= DRAIN_BYTES) {
            send();
        }
    }

    /** Sends what the buffer holds now, for a client that waits; a feed that waits as well keeps next to no memory. */
    public void flush() throws IOException {
        send();
        if (gzip != null) {
            gzip.flush();
        }
        if (out != null) {
            out.flush();
        }
        if (feed && buffer.array().length > KEPT_BYTES) {
            buffer = new JsonBuffer(256);
        }
    }

    /** Sends the rest and ends the answer. */
    public void finish() throws IOException {
        if (jsonp != null) {
            jsonp.end(buffer);
        }
        if (out == null && !feed) {
            answer.send(code, contentType, buffer.array(), buffer.size());
            return;
        }
        send();
        if (gzip != null) {
            gzip.finish();
        }
        if (out != null) {
            out.close();
        }
    }

    private void send() throws IOException {
        answer.continueReading();
        OutputStream target = out;
        if (target == null) {
            boolean compress = !feed && answer.wantsGzip(buffer.size());
            target = answer.openJson(code, contentType, compress);
            if (compress) {
                gzip = AcceptEncoding.stream(target);
                answer.compressedBy(gzip);
                target = gzip;
            }
            out = target;
        }
        target.write(buffer.array(), 0, buffer.size());
        buffer.reset();
    }
}
