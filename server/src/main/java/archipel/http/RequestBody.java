package archipel.http;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a request brings. A body that ends before its end is an {@link EOFException}, so that nothing of it is applied.
 */
public final class RequestBody {
    private static final int FIRST_BYTES = 8 << 10;
    private static final int DRAINED_BYTES = 1 << 20;

    private final ServerRequest request;
    private final HttpSettings settings;
    private @Nullable InputStream source;

    RequestBody(ServerRequest request, HttpSettings settings) {
        this.request = request;
        this.settings = settings;
    }

    /** The header's value as it came; null when absent. */
    public @Nullable String contentType() {
        return Exchange.first(request.headers(), HeaderNames.CONTENT_TYPE);
    }

    /** As announced, before any decoding; -1 when not announced. */
    public long announcedLength() {
        Headers headers = request.headers();
        if (headers.contains(HeaderNames.CONTENT_LENGTH)) {
            return headers.contentLength().orElse(-1);
        }
        return headers.contains(HeaderNames.TRANSFER_ENCODING) ? -1 : 0;
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
                    : new Checked(request.content().inputStream(), announcedLength(), settings.maximumRequestBytes());
        }
        return source;
    }

    /**
     * The bytes with {@code Content-Encoding} undone; at most once.
     *
     * @throws RequestException 415 for another encoding than gzip
     */
    public InputStream stream() throws IOException {
        String encoding = Exchange.first(request.headers(), HeaderNames.CONTENT_ENCODING);
        if (encoding == null || encoding.equalsIgnoreCase("identity")) {
            return raw();
        }
        if (!encoding.equalsIgnoreCase("gzip")) {
            throw new RequestException(ErrorCode.UNSUPPORTED_BODY_ENCODING, encoding);
        }
        try {
            return new Inflated(new GZIPInputStream(raw(), FIRST_BYTES));
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

    /** The whole body as JSON. @throws RequestException 400 {@code invalid UTF-8 JSON} */
    public JsonNode json() throws IOException {
        return JsonTree.parseBody(bytes());
    }

    /** The whole body as a JSON object. @throws RequestException 400 {@code Request body must be a JSON object} */
    public ObjectNode jsonObject() throws IOException {
        return JsonTree.object(json());
    }

    /** Reads and drops what a handler left, up to a bound; false when the connection cannot be used any more. */
    boolean drain() {
        if (announcedLength() == 0 || request.content().consumed()) {
            return true;
        }
        boolean waitsForContinue = request.headers().contains(HeaderNames.EXPECT) && source == null;
        if (waitsForContinue || announcedLength() > DRAINED_BYTES) {
            return false;
        }
        try {
            InputStream in = source == null ? request.content().inputStream() : source;
            byte[] scratch = new byte[4096];
            long left = DRAINED_BYTES;
            int read = 0;
            while (left > 0 && (read = in.read(scratch)) >= 0) {
                left -= read;
            }
            return read < 0;
        } catch (IOException | RequestException e) {
            return false;
        }
    }

    private static RequestException badGzip() {
        return new RequestException(ErrorCode.BODY_NOT_GZIP);
    }

    /** Counts, and turns the library's ways of saying that the client has gone into an {@link IOException}. */
    private static final class Checked extends FilterInputStream {
        private final long announced;
        private final long maximum;
        private long count;

        private Checked(InputStream in, long announced, long maximum) {
            super(in);
            this.announced = announced;
            this.maximum = maximum;
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
            } catch (DataReader.InsufficientDataAvailableException | CloseConnectionException e) {
                throw new EOFException("the body ended early");
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
            if (read < 0) {
                if (count < announced) {
                    throw new EOFException("the body ended early");
                }
                return -1;
            }
            count += read;
            if (count > maximum) {
                throw new RequestException(ErrorCode.REQUEST_TOO_LARGE);
            }
            return read;
        }

        @Override
        public long skip(long count) throws IOException {
            return count <= 0 ? 0 : Math.max(0, read(new byte[(int) Math.min(count, FIRST_BYTES)]));
        }
    }

    /** Tells a body that is no gzip from one that ended early. */
    private static final class Inflated extends FilterInputStream {
        private Inflated(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                return in.read(bytes, offset, length);
            } catch (ZipException | EOFException e) {
                throw badGzip();
            }
        }
    }
}
