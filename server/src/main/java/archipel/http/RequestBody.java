package archipel.http;

import archipel.connections.GuardedConnection;
import archipel.document.ErrorCode;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.memory.Allowance;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a request brings. A body that ends before its end is an {@link EOFException}, so that nothing of it is applied.
 * At the end of one that took its time the sender's rights are looked at again, before anybody gets what came last.
 */
public final class RequestBody {
    private static final int FIRST_BYTES = 8 << 10;
    private static final long LINGERING_BYTES = 256L << 20;
    private static final long LINGERING_MS = 10_000;
    private static final long LINGERING_SILENCE_MS = 1_000;

    private final Request request;
    private final HttpSettings settings;
    private final Transfer transfer;
    private final Supplier<Pace> paces;
    private @Nullable InputStream source;
    private @Nullable Inflation decoder;
    private @Nullable Confirmation confirmation;

    /** @param paces gives the measure of how fast the body comes */
    RequestBody(Request request, HttpSettings settings, Transfer transfer, Supplier<Pace> paces) {
        this.request = request;
        this.settings = settings;
        this.transfer = transfer;
        this.paces = paces;
    }

    /** Sets what has to agree at the body's end. */
    void granted(Confirmation given) {
        confirmation = given;
    }

    /** Nothing more comes. @throws RequestException 401 or 403 where the sender may not go on */
    private void ended() {
        if (confirmation != null) {
            confirmation.ifLate();
        }
    }

    /** The header's value as it came; null when absent. */
    public @Nullable String contentType() {
        return request.getHeaders().get(HttpHeader.CONTENT_TYPE);
    }

    /** As announced, before any decoding; -1 when not announced. */
    public long announcedLength() {
        HttpFields headers = request.getHeaders();
        long length = headers.getLongField(HttpHeader.CONTENT_LENGTH);
        if (length >= 0) {
            return length;
        }
        boolean http2 = request.getConnectionMetaData().getHttpVersion().getVersion() >= 20;
        return http2 || headers.contains(HttpHeader.TRANSFER_ENCODING) ? -1 : 0;
    }

    /** @throws RequestException 415 {@code Content-Type must be application/json} */
    public RequestBody requireJson() {
        String type = contentType();
        int semicolon = type == null ? -1 : type.indexOf(';');
        String essence = type == null ? "" : (semicolon < 0 ? type : type.substring(0, semicolon)).strip();
        if (!essence.equals("application/json")) {
            throw new RequestException(ErrorCode.NOT_JSON_TYPE);
        }
        return this;
    }

    /**
     * The bytes as they come, in whatever {@code Content-Encoding}; at most once.
     *
     * @throws RequestException 413 where more is announced than is accepted (while reading: where more comes)
     */
    public InputStream raw() {
        if (source == null) {
            if (announcedLength() > settings.maximumRequestBytes()) {
                throw new RequestException(ErrorCode.REQUEST_TOO_LARGE);
            }
            source = announcedLength() == 0
                    ? InputStream.nullInputStream()
                    : new Checked(
                            Content.Source.asInputStream(request),
                            announcedLength(),
                            settings.maximumRequestBytes(),
                            transfer,
                            paces.get(),
                            () -> GuardedConnection.hasMalformedBody(request),
                            this::ended);
        }
        return source;
    }

    /**
     * The bytes with {@code Content-Encoding} undone; at most once.
     *
     * @throws RequestException 415 for another encoding than gzip
     */
    public InputStream stream() throws IOException {
        String encoding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
        if (encoding == null || encoding.equalsIgnoreCase("identity")) {
            return raw();
        }
        if (!encoding.equalsIgnoreCase("gzip")) {
            throw new RequestException(ErrorCode.UNSUPPORTED_BODY_ENCODING, encoding);
        }
        try {
            Inflation inflated = new Inflation(raw());
            decoder = inflated;
            return new Inflated(inflated, this::ended);
        } catch (ZipException | EOFException e) {
            throw badGzip();
        }
    }

    /** The whole body. @throws RequestException 413 when it is more than may be held in memory */
    public byte[] bytes() throws IOException {
        return bytes(settings.maximumBufferedBytes());
    }

    /** The whole body. @throws RequestException 413 when it is more than {@code maximum} bytes */
    public byte[] bytes(int maximum) throws IOException {
        long announced = announcedLength();
        if (announced == 0) {
            return new byte[0];
        }
        if (announced > maximum) {
            throw new RequestException(ErrorCode.REQUEST_TOO_LARGE);
        }
        InputStream in = stream();
        return BodyBuffer.read(in, in == source ? announced : -1, maximum);
    }

    /**
     * The whole body as JSON, of which the tree stays in its place until the request ends.
     *
     * @throws RequestException 400 {@code invalid UTF-8 JSON}
     */
    public JsonNode json() throws IOException {
        return json(bytes());
    }

    /** The same of a body that was read already. */
    public JsonNode json(byte[] bytes) {
        JsonNode body = JsonTree.parseKept(bytes, settings.jsonLimits());
        Allowance.current().release(bytes.length);
        return body;
    }

    /** The whole body as a JSON object. @throws RequestException 400 {@code Request body must be a JSON object} */
    public ObjectNode jsonObject() throws IOException {
        return JsonTree.object(json());
    }

    /**
     * A body's text as the fields of a form.
     *
     * @throws RequestException 400 for what is not percent-encoded UTF-8
     */
    public Parameters form(String text) {
        return Parameters.parse(text, settings.jsonLimits());
    }

    /**
     * Drops what a handler left, once the answer is sent, as long as it keeps coming and for a short while. A
     * connection whose body is not through by then is closed by the library. Without the while the client, still
     * sending, would be told so by a reset that can overtake the answer: a large attachment that is refused would bring
     * no answer at all.
     */
    void leave() {
        boolean awaitsContinue = source == null && request.getHeaders().contains(HttpHeader.EXPECT);
        if (announcedLength() == 0 || awaitsContinue) {
            return;
        }
        Stopwatch waited = new Stopwatch();
        Semaphore arrived = new Semaphore(0);
        long left = LINGERING_BYTES;
        while (left > 0 && waited.milliseconds() < LINGERING_MS) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(arrived::release);
                if (!await(arrived, LINGERING_SILENCE_MS)) {
                    return;
                }
                continue;
            }
            left -= chunk.remaining();
            chunk.release();
            if (chunk.isLast() || Content.Chunk.isFailure(chunk)) {
                return;
            }
        }
    }

    private static boolean await(Semaphore arrived, long ms) {
        try {
            return arrived.tryAcquire(ms, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Gives back what decoding has taken outside the heap; nothing can be read any more. */
    void release() {
        Inflation used = decoder;
        if (used != null) {
            used.release();
        }
    }

    private static final class Inflation extends GZIPInputStream {
        private Inflation(InputStream in) throws IOException {
            super(in, FIRST_BYTES);
        }

        private void release() {
            inf.end();
        }
    }

    /** The client broke a rule of HTTP; the library answers that, since it takes no other answer any more. */
    static final class MalformedBodyException extends IOException {
        private MalformedBodyException(Throwable cause) {
            super("the body is malformed", cause);
        }
    }

    private static RequestException badGzip() {
        return new RequestException(ErrorCode.BODY_NOT_GZIP);
    }

    /** Counts, and turns the library's ways of saying that there is no more into ours. */
    private static final class Checked extends FilterInputStream {
        private final long announced;
        private final long maximum;
        private final Transfer transfer;
        private final Pace pace;
        private final BooleanSupplier isMalformed;
        private final Runnable ended;
        private long count;

        private Checked(
                InputStream in,
                long announced,
                long maximum,
                Transfer transfer,
                Pace pace,
                BooleanSupplier isMalformed,
                Runnable ended) {
            super(in);
            this.isMalformed = isMalformed;
            this.ended = ended;
            this.announced = announced;
            this.maximum = maximum;
            this.transfer = transfer;
            this.pace = pace;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read;
            // The library may take bytes for as long as they come and return none: a chunk's extension, trailers.
            Stopwatch waited = transfer.read();
            try {
                read = in.read(bytes, offset, length);
            } catch (IOException | RuntimeException e) {
                throw failure(e);
            } finally {
                transfer.end();
            }
            if (read < 0) {
                if (count < announced) {
                    throw new EOFException("the body ended early");
                }
                ended.run();
                return -1;
            }
            count += read;
            if (pace.isTooSlow(read, waited)) {
                throw new RequestException(ErrorCode.BODY_TIMEOUT);
            }
            if (count > maximum) {
                throw new RequestException(ErrorCode.REQUEST_TOO_LARGE);
            }
            if (count == announced) {
                // Who knows that nothing follows does not ask for it.
                ended.run();
            }
            return read;
        }

        /** The body cannot be had: the client broke a rule, was too slow, or has gone. */
        private IOException failure(Exception e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                switch (cause) {
                    case EOFException early -> {
                        return isMalformed.getAsBoolean() ? new MalformedBodyException(early) : early;
                    }
                    case TimeoutException _ -> throw new RequestException(ErrorCode.BODY_TIMEOUT);
                    case HttpException _ -> {
                        return new MalformedBodyException(cause);
                    }
                    default -> {}
                }
            }
            EOFException ended = new EOFException("the body ended early");
            ended.initCause(e);
            return ended;
        }

        @Override
        public long skip(long count) throws IOException {
            return count <= 0 ? 0 : Math.max(0, read(new byte[(int) Math.min(count, FIRST_BYTES)]));
        }
    }

    /** Tells a body that is no gzip from one that ended early. */
    private static final class Inflated extends FilterInputStream {
        private final Runnable ended;

        private Inflated(InputStream in, Runnable ended) {
            super(in);
            this.ended = ended;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read;
            try {
                read = in.read(bytes, offset, length);
            } catch (ZipException | EOFException e) {
                throw badGzip();
            }
            if (read < 0) {
                ended.run(); // which what it is made of may not have come to
            }
            return read;
        }
    }
}
