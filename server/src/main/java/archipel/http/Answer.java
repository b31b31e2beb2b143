package archipel.http;

import archipel.changes.Block;
import archipel.connections.GuardedConnection;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import java.io.IOException;
import java.io.OutputStream;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one request. A handler sets what headers it has to, then calls exactly one of the methods that answer:
 * {@link #json}, {@link #ok}, {@link #text}, {@link #stream}, {@link #feed}, {@link #open}, {@link #empty} or {@link
 * #notModified}. A HEAD request gets the same headers and no body, without the handler doing anything for it. For one
 * thread.
 */
public final class Answer {
    private static final String BLOCK = "Archipel-Block";
    private static final String JSON = "application/json";
    private static final HttpField JSON_TYPE = new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, JSON);
    private static final HttpField MUST_REVALIDATE =
            new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, "must-revalidate");
    private static final HttpField IMMUTABLE =
            new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, "private, max-age=31536000, immutable");
    private static final HttpField VARY_USER = new PreEncodedHttpField(HttpHeader.VARY, "Authorization, Cookie");
    private static final HttpField VARY_ENCODING = new PreEncodedHttpField(HttpHeader.VARY, "Accept-Encoding");
    private static final HttpField GZIP = new PreEncodedHttpField(HttpHeader.CONTENT_ENCODING, "gzip");
    private static final HttpField CHUNKED = new PreEncodedHttpField(HttpHeader.TRANSFER_ENCODING, "chunked");

    private final Request wire;
    private final boolean headOnly;
    private final AnswerOutput output;
    private final Response response;
    private final AnswerHeaders common;
    private final HttpSettings settings;
    private final Feeds feeds;
    private @Nullable Client client;
    private @Nullable Jsonp jsonp;
    private AcceptEncoding.@Nullable Compression compression;
    private @Nullable Stopwatch reading;
    private @Nullable Block block;
    private boolean started;
    private int status;

    /**
     * @param wire the request that is answered, as the library read it
     * @param head whether it gets the answer's head alone
     * @param common the headers that every answer has
     */
    Answer(Request wire, boolean head, AnswerOutput output, AnswerHeaders common, HttpSettings settings, Feeds feeds) {
        this.wire = wire;
        this.headOnly = head;
        this.output = output;
        this.response = output.response();
        this.common = common;
        this.settings = settings;
        this.feeds = feeds;
    }

    /** Whom it goes to. */
    public Client client() {
        if (client == null) {
            client = new Client(wire, feeds, this);
        }
        return client;
    }

    /** Sets a header of the answer, in place of any other value. */
    public Answer set(String name, String value) {
        response.getHeaders().put(name, value);
        return this;
    }

    /** Sets a header of the answer, unless it has one of that name. */
    public Answer setAbsent(String name, String value) {
        if (!response.getHeaders().contains(name)) {
            response.getHeaders().put(name, value);
        }
        return this;
    }

    /** Adds a header that can come more than once, such as {@code Set-Cookie}. */
    public Answer add(String name, String value) {
        response.getHeaders().add(name, value);
        return this;
    }

    /** Says which block was read or written; a refusal that follows says it too. */
    public Answer block(Block readOrWritten) {
        block = readOrWritten;
        return this;
    }

    /** Sets the {@code ETag}, quotes included. */
    public Answer etag(String etag) {
        response.getHeaders().put(HttpHeader.ETAG, etag);
        return this;
    }

    /**
     * Sets the {@code ETag}, and answers 304 when the client has that already.
     *
     * @param etag with its quotes
     * @return whether the answer was sent
     */
    public boolean notModified(String etag) throws IOException {
        etag(etag);
        if (!ETags.matches(wire.getHeaders().get(HttpHeader.IF_NONE_MATCH), etag)) {
            return false;
        }
        empty(304);
        return true;
    }

    /** A whole JSON answer; the line's end is added here. */
    public void json(int code, JsonBuffer json) throws IOException {
        if (jsonp != null) {
            JsonBuffer call = new JsonBuffer(json.size() + 64);
            jsonp.begin(call);
            call.raw(json.toByteArray());
            jsonp.end(call);
            text(code, Jsonp.CONTENT_TYPE, call.ascii('\n').toByteArray());
            return;
        }
        json.ascii('\n');
        send(code, JSON, json.array(), json.size());
    }

    /** {@code {"ok":true}}. */
    public void ok(int code) throws IOException {
        json(code, new JsonBuffer(16).ascii("{\"ok\":true}"));
    }

    /** A whole answer of another type. */
    public void text(int code, String contentType, byte[] bytes) throws IOException {
        send(code, contentType, bytes, bytes.length);
    }

    /** An answer without a body. */
    public void empty(int code) throws IOException {
        begin(code);
        sendBytes(new byte[0], 0);
    }

    /** A JSON answer that is made while it is sent; compressed where the client wants it. */
    public JsonStream stream(int code) {
        return new JsonStream(this, code, jsonp == null ? JSON : Jsonp.CONTENT_TYPE, jsonp, false);
    }

    /** An answer that goes on for as long as there is news; sent piece by piece as it is flushed. */
    public JsonStream feed(int code, String contentType) {
        return new JsonStream(this, code, contentType, null, true);
    }

    /**
     * An answer of bytes that are passed on as they come; {@code Content-Type} is the caller's to set.
     *
     * @param length how many, or -1 when not known
     */
    public OutputStream open(int code, long length) throws IOException {
        begin(code);
        if (length >= 0) {
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, length);
        }
        OutputStream out = output(length);
        return headOnly ? out : new ReadOutput(out, this);
    }

    // What the package's own classes use.

    /** Says which block is read from now on. @param pinned whether the client named it by its hash */
    void readFrom(Block read, boolean pinned) {
        block = read;
        reading = new Stopwatch();
        if (pinned) {
            response.getHeaders().put(IMMUTABLE);
            response.getHeaders().put(VARY_USER);
        }
    }

    /** No reader is open until the next {@link #readFrom}. */
    void restReading() {
        reading = null;
    }

    /**
     * Before each piece of an answer that is read while it is sent.
     *
     * @throws RequestException 503 where the state that it is read from has been held for too long, since it keeps the
     *     space of all that was overwritten and deleted since
     */
    void continueReading() {
        if (reading != null && reading.milliseconds() > settings.maximumReadMs()) {
            throw new RequestException(ErrorCode.READ_TOO_LONG);
        }
    }

    /** Lets JSON be a call of a function; null for JSON itself. */
    void jsonp(@Nullable Jsonp call) {
        jsonp = call;
    }

    /** Renews a session. @param value the whole of {@code Set-Cookie} */
    void renew(String value) {
        common.cookie(value);
    }

    /** Ends the connection with this answer. */
    void closeConnection() {
        common.close();
    }

    void compressedBy(AcceptEncoding.Compression used) {
        compression = used;
    }

    /** Gives back what it has taken beside memory of the heap, for its compression. */
    void release() {
        if (compression != null) {
            compression.release();
        }
    }

    boolean isStarted() {
        return started;
    }

    /** Of the answer that was begun; 0 before. */
    int status() {
        return status;
    }

    /** Of the answer's body, as it went to the client. */
    long sentBytes() {
        return output.sentBytes();
    }

    /** The block that the answer names; null where it names none. */
    @Nullable
    String blockShown() {
        return block == null ? null : block.toString();
    }

    /** Takes back the headers of an answer that will not be. */
    void resetAnswer() {
        response.reset();
    }

    boolean wantsGzip(int length) {
        if (length < AcceptEncoding.WORTH_BYTES || response.getHeaders().contains(HttpHeader.CONTENT_ENCODING)) {
            return false;
        }
        return settings.gzip() && AcceptEncoding.allowsGzip(wire.getHeaders());
    }

    /** Says that the answer is complete, where the handler did not. */
    void complete() throws IOException {
        output.close();
    }

    /** An answer whose length is known and whose body is ready. */
    void send(int code, String contentType, byte[] bytes, int length) throws IOException {
        begin(code);
        if (isBodiless(code)) {
            sendBytes(new byte[0], 0);
            return;
        }
        type(contentType);
        if (wantsGzip(length)) {
            byte[] compressed = AcceptEncoding.gzip(bytes, length);
            response.getHeaders().put(GZIP);
            response.getHeaders().add(VARY_ENCODING);
            sendBytes(compressed, compressed.length);
        } else {
            sendBytes(bytes, length);
        }
    }

    /** An answer of unknown length. */
    OutputStream openJson(int code, String contentType, boolean compress) throws IOException {
        begin(code);
        type(contentType);
        if (compress) {
            response.getHeaders().put(GZIP);
            response.getHeaders().add(VARY_ENCODING);
        }
        return output(-1);
    }

    private void begin(int code) {
        if (started) {
            throw new IllegalStateException(
                    "a second answer to " + wire.getMethod() + " " + GuardedConnection.target(wire));
        }
        started = true;
        status = code;
        response.setStatus(code);
        if (block != null) {
            response.getHeaders().put(BLOCK, block.toString());
        }
        common.addTo(response.getHeaders());
    }

    private void type(String contentType) {
        HttpFields.Mutable headers = response.getHeaders();
        if (!headers.contains(HttpHeader.CONTENT_TYPE)) {
            if (contentType.equals(JSON)) {
                headers.put(JSON_TYPE);
            } else {
                headers.put(HttpHeader.CONTENT_TYPE, contentType);
            }
        }
        if (!headers.contains(HttpHeader.CACHE_CONTROL)) {
            headers.put(MUST_REVALIDATE);
        }
    }

    /** Whether an answer of that status ends with its head: what follows would be taken for the next answer. */
    private static boolean isBodiless(int code) {
        return code < 200 || code == 204 || code == 205 || code == 304;
    }

    private void sendBytes(byte[] bytes, int length) throws IOException {
        if (!isBodiless(status)) {
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, length);
        }
        output.send(bytes, headOnly ? 0 : length);
    }

    private OutputStream output(long length) throws IOException {
        if (length < 0 && wire.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1) {
            // Also where the connection ends with the answer, so that the client can tell a whole one from half of one.
            response.getHeaders().put(CHUNKED);
        }
        if (headOnly) {
            output.send(new byte[0], 0);
            return OutputStream.nullOutputStream();
        }
        return output;
    }
}
