package archipel.http;

import archipel.auth.UserContext;
import archipel.changes.Block;
import archipel.connections.GuardedConnection;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.memory.Reservation;
import archipel.origins.TrustedProxies;
import archipel.read.BlockSelector;
import archipel.read.Consistency;
import archipel.read.ReadDoor;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer. A handler looks at the request, then calls exactly one of the methods that answer: {@link
 * #json}, {@link #stream}, {@link #feed}, {@link #open}, {@link #empty} or {@link #notModified}. A HEAD request gets
 * the same headers and no body, without the handler doing anything for it. For one thread.
 */
public final class Exchange {
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

    /** How often one looks whether the client is still there. */
    private static final long LOOK_MS = 1_000;

    private static final String JAVASCRIPT = "application/javascript";
    private static final Pattern CALLBACK = Pattern.compile("[A-Za-z0-9_.\\[\\]]*");

    private final Request request;
    private final Response response;
    private final AnswerOutput output;
    private final HttpServices services;
    private final Feeds feeds;
    private final Verb verb;
    private final RequestPath path;
    private final RequestBody body;
    private final AnswerHeaders answerHeaders;
    private @Nullable Reservation memory;
    private AcceptEncoding.@Nullable Compression compression;
    private @Nullable Stopwatch reading;
    private @Nullable Stopwatch age;
    private long nextLookMs = LOOK_MS;
    private @Nullable Parameters parameters;
    private @Nullable String callback;
    private TrustedProxies.@Nullable Sender sender;
    private UserContext user = UserContext.ANONYMOUS;
    private @Nullable Database database;
    private @Nullable BlockParameters wantedBlock;
    private @Nullable CompletableFuture<@Nullable Void> acknowledged;
    private @Nullable Block block;
    private boolean started;
    private int status;

    Exchange(
            Request request,
            AnswerOutput output,
            RequestBody body,
            HttpServices services,
            Feeds feeds,
            Verb verb,
            RequestPath path,
            AnswerHeaders answerHeaders) {
        this.request = request;
        this.output = output;
        this.response = output.response();
        this.services = services;
        this.feeds = feeds;
        this.verb = verb;
        this.path = path;
        this.body = body;
        this.answerHeaders = answerHeaders;
    }

    // The request.

    public Verb verb() {
        return verb;
    }

    public RequestPath path() {
        return path;
    }

    /** The query's parameters. @throws RequestException 400 where the query is malformed */
    public Parameters parameters() {
        if (parameters == null) {
            parameters = Parameters.parse(path.query(), services.settings().jsonLimits());
        }
        return parameters;
    }

    /** A request header's first value; null when absent. Any case of the name does. */
    public @Nullable String header(String name) {
        return request.getHeaders().get(name);
    }

    /** All of the request's headers, their names as they came; several lines of the same name joined by commas. */
    public Map<String, String> headers() {
        Map<String, String> all = new LinkedHashMap<>();
        for (HttpField field : request.getHeaders()) {
            all.merge(field.getName(), value(field), (former, next) -> former + ',' + next);
        }
        return all;
    }

    /** The request's method as it came. */
    public String method() {
        return request.getMethod();
    }

    /** Path and query as they came. */
    public String target() {
        return path.query().isEmpty() ? path.raw() : path.raw() + '?' + path.query();
    }

    /** As {@link #header}, with several lines of the same header joined by commas. */
    public @Nullable String joinedHeader(String name) {
        HttpFields fields = request.getHeaders();
        String joined = null;
        for (HttpField field : fields) {
            if (field.is(name)) {
                joined = joined == null ? value(field) : joined + ',' + value(field);
            }
        }
        return joined;
    }

    private static String value(HttpField field) {
        String value = field.getValue();
        return value == null ? "" : value;
    }

    public RequestBody body() {
        return body;
    }

    public UserContext user() {
        return user;
    }

    /** The client's address, without a port; as a trusted proxy gives it where one passed the request on. */
    public String peer() {
        return sender().client();
    }

    /** Whether the client speaks https: to this server, or to a trusted proxy. */
    public boolean isSecure() {
        return sender().secure();
    }

    /** Whether a trusted proxy passed the request on. */
    public boolean isProxied() {
        return sender().proxied();
    }

    /** The host that the client asked for, with a port where it gave one. */
    public String host() {
        String host = sender().host();
        return host == null ? "localhost" : host;
    }

    /** {@code http://host}, as the client names this server; the beginning of a {@code Location}. */
    public String origin() {
        return (isSecure() ? "https://" : "http://") + host();
    }

    private TrustedProxies.Sender sender() {
        TrustedProxies.Sender known = sender;
        if (known == null) {
            ConnectionMetaData connection = request.getConnectionMetaData();
            String named = header("Host");
            known = services.settings()
                    .proxies()
                    .sender(
                            address(connection),
                            connection.isSecure(),
                            named == null ? request.getHttpURI().getAuthority() : named,
                            this::joinedHeader);
            sender = known;
        }
        return known;
    }

    private static @Nullable InetAddress address(ConnectionMetaData connection) {
        return connection.getRemoteSocketAddress() instanceof InetSocketAddress internet ? internet.getAddress() : null;
    }

    /** The database that the path's first segment names. @throws RequestException 404 when there is none */
    public Database database() {
        if (database == null) {
            database = services.node().database(path.segment(0));
        }
        return database;
    }

    /**
     * That database as of the block that the request wants, the newest where it does not say, as far as the user may
     * see it; the answer names the block that is read.
     *
     * @throws RequestException 404 when there is no such database or block; 400, 410, 503 where it cannot be read
     */
    public Reader reader() {
        Wanted wanted = wantedBlock().wanted();
        Reader reader = open(database(), wanted);
        reading = new Stopwatch();
        block(reader.block());
        if (wanted.pinsByHash()) {
            response.getHeaders().put(IMMUTABLE);
            response.getHeaders().put(VARY_USER);
        }
        return reader;
    }

    /** The newest state, whichever block is wanted, as fresh as the request wants it; the answer does not name it. */
    public Reader head() {
        return newestOf(database());
    }

    /** The newest state of any database, as fresh as the request wants it and as far as the user may see it. */
    public Reader newestOf(Database other) {
        return open(other, newestWanted());
    }

    /**
     * The newest block of the request's database, as fresh as the request wants it; that of the answer or not.
     *
     * @throws RequestException as {@link #reader}
     */
    public Block newestBlock() {
        return blockAt(new BlockParameters(newestWanted(), ""));
    }

    private Wanted newestWanted() {
        return new Wanted(BlockSelector.LATEST, List.of(), Duration.ZERO, BlockParameters.consistency(parameters()));
    }

    /** Whether every document shows every user all it has, so that nobody need be asked. */
    public boolean showsAll() {
        return services.guard().showsAll(database());
    }

    /**
     * A document's body as the user may see it.
     *
     * @throws RequestException as {@link archipel.auth.DocumentGuard#beforeShow}
     */
    public DocumentBody shown(String id, DocumentBody body) {
        return services.guard().beforeShow(database(), user, id, body);
    }

    /** As {@link #reader}, of a block that is none of the answer's own. */
    public Reader readerAt(BlockParameters wanted) {
        return open(database(), wanted.wanted());
    }

    /**
     * A block that is none of the answer's own, whether or not its documents can still be read. Waits for one that is
     * not there yet.
     *
     * @throws RequestException 404 for an unknown one, 503 for one that is not there in time
     */
    public Block blockAt(BlockParameters wanted) {
        ReadDoor door = database().door();
        CompletableFuture<@Nullable Void> fresh = fresh(database(), wanted.wanted());
        return opened(wanted.wanted(), fresh, () -> door.block(wanted.wanted(), fresh));
    }

    private Reader open(Database read, Wanted wanted) {
        ReadDoor door = read.door();
        Visibility visibility = services.guard().visibility(read, user);
        CompletableFuture<@Nullable Void> fresh = fresh(read, wanted);
        return opened(wanted, fresh, () -> door.open(wanted, visibility, fresh));
    }

    /**
     * Asked for once in a request: what the node shows does not get older, and a feed that was woken by this node's own
     * news has nothing to ask others for.
     */
    private CompletableFuture<@Nullable Void> fresh(Database read, Wanted wanted) {
        boolean shared = wanted.consistency() == Consistency.LINEARIZABLE && read == database;
        CompletableFuture<@Nullable Void> known = acknowledged;
        if (shared && known != null) {
            return known;
        }
        CompletableFuture<@Nullable Void> fresh = read.door().fresh(wanted.consistency(), blockWait());
        if (shared) {
            acknowledged = fresh;
        }
        return fresh;
    }

    private <T> T opened(Wanted wanted, CompletableFuture<@Nullable Void> fresh, Opening<T> opening) {
        if (wanted.selector() != BlockSelector.LATEST || !fresh.isDone()) {
            return awaitOpening(opening);
        }
        try {
            return opening.open();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(ErrorCode.STOPPING);
        }
    }

    private <T> T awaitOpening(Opening<T> opening) {
        AtomicReference<T> opened = new AtomicReference<>();
        feeds.await(() -> {
            opened.set(opening.open());
            return true;
        });
        T found = opened.get();
        if (found == null) {
            throw new RequestException(ErrorCode.STOPPING);
        }
        return found;
    }

    /** What may have to wait for a block. */
    @FunctionalInterface
    private interface Opening<T> {
        T open() throws InterruptedException;
    }

    /** As {@link #reader}, for what has no earlier states, or writes. @throws RequestException 400 also for a pin */
    public Reader newest() {
        requireNewest();
        return reader();
    }

    /** @throws RequestException 400 where the request wants one certain block */
    public void requireNewest() {
        if (wantedBlock().pins()) {
            throw new BlockRefusal(
                    ErrorCode.PINNED_WRITE, database(), wantedBlock().asked());
        }
    }

    /** Which block the request wants. @throws RequestException 400 where it says so in no way that is understood */
    public BlockParameters wantedBlock() {
        if (wantedBlock == null) {
            wantedBlock = BlockParameters.of(
                    parameters(), joinedHeader(BlockParameters.HEADER), database(), services.settings());
        }
        return wantedBlock;
    }

    /** How long the request wants to wait for a block. */
    public Duration blockWait() {
        return BlockParameters.wait(parameters(), services.settings());
    }

    /**
     * For a list that was read at one certain block: sets its tag, which is that block's.
     *
     * @return whether a 304 was sent
     */
    public boolean isPinnedUnchanged() throws IOException {
        if (!wantedBlock().pins() || verb != Verb.GET && verb != Verb.HEAD) {
            return false;
        }
        return notModified(ETags.of(blockShown() + " " + target()));
    }

    /**
     * Whether the client would rather have {@code type} than anything that is not named; a missing header takes all.
     */
    public boolean accepts(String type) {
        String accept = joinedHeader("Accept");
        if (accept == null) {
            return true;
        }
        String wanted = accept.toLowerCase(Locale.ROOT);
        int slash = type.indexOf('/');
        return wanted.contains(type) || wanted.contains("*/*") || wanted.contains(type.substring(0, slash) + "/*");
    }

    public boolean acceptsGzip() {
        String accepted = joinedHeader("Accept-Encoding");
        return accepted != null && AcceptEncoding.allowsGzip(accepted);
    }

    // The answer's headers.

    /** Sets a header of the answer, in place of any other value. */
    public Exchange set(String name, String value) {
        response.getHeaders().put(name, value);
        return this;
    }

    /** Sets a header of the answer, unless it has one of that name. */
    public Exchange setAbsent(String name, String value) {
        if (!response.getHeaders().contains(name)) {
            response.getHeaders().put(name, value);
        }
        return this;
    }

    /** Adds a header that can come more than once, such as {@code Set-Cookie}. */
    public Exchange add(String name, String value) {
        response.getHeaders().add(name, value);
        return this;
    }

    /** Says which block was read or written; a refusal that follows says it too. */
    public Exchange block(Block readOrWritten) {
        block = readOrWritten;
        return this;
    }

    /** Sets the {@code ETag}, quotes included. */
    public Exchange etag(String etag) {
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
        if (!ETags.matches(header("If-None-Match"), etag)) {
            return false;
        }
        empty(304);
        return true;
    }

    // The answer.

    /** A whole JSON answer; the line's end is added here. */
    public void json(int code, JsonBuffer json) throws IOException {
        if (callback != null) {
            JsonBuffer call = new JsonBuffer(json.size() + 64);
            beginCall(call);
            call.raw(json.toByteArray());
            endCall(call);
            text(code, JAVASCRIPT, call.ascii('\n').toByteArray());
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
        return new JsonStream(this, code, callback == null ? "application/json" : JAVASCRIPT, false);
    }

    /** An answer that goes on for as long as there is news; sent piece by piece as it is flushed. */
    public JsonStream feed(int code, String contentType) {
        return new JsonStream(this, code, contentType, true);
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
        return verb == Verb.HEAD ? out : new ReadOutput(out, this);
    }

    // Waiting, for feeds.

    /** As {@link Database#awaitChange}, and false as soon as the server stops. */
    public boolean awaitChange(long seq, Duration timeout) {
        Database awaited = database();
        return await(() -> awaited.awaitChange(seq, timeout));
    }

    /** As {@link Database#awaitBlock}, and false as soon as the server stops. */
    public boolean awaitBlock(long number, Duration timeout) {
        Database awaited = database();
        return await(() -> awaited.awaitBlock(number, timeout));
    }

    /** Waits for something that may come; false when it did not in time, or as soon as the server stops. */
    public boolean await(News news) {
        // Who waits has closed its reader, and nothing is on its way.
        reading = null;
        if (memory != null) {
            memory.rest();
        }
        return feeds.await(news);
    }

    /**
     * To be called now and then in the midst of long work, also while others are waited for; costs next to nothing. A
     * client that has closed its connection is found out about within a second of it.
     *
     * @return milliseconds after which to call it again
     * @throws EofException where the client has gone
     */
    public long checkClient() throws IOException {
        if (age == null) {
            age = new Stopwatch();
        }
        long leftMs = nextLookMs - age.milliseconds();
        if (leftMs > 0) {
            return leftMs;
        }
        if (GuardedConnection.isGone(request)) {
            throw new EofException("the client has gone");
        }
        nextLookMs += LOOK_MS - leftMs;
        return LOOK_MS;
    }

    /** Whether feeds are to end, since the server or the node stops. */
    public boolean isStopping() {
        return feeds.isStopping() || services.node().isClosing();
    }

    // What the package's own classes use.

    /**
     * Lets JSON answers be calls of the function that a GET names as {@code callback}, where the settings allow that.
     *
     * @throws RequestException 400 for what could be more than a function's name
     */
    void readCallback() {
        if (verb == Verb.GET && services.settings().jsonp()) {
            String name = parameters().get("callback");
            if (name != null && !CALLBACK.matcher(name).matches()) {
                throw new RequestException(ErrorCode.INVALID_CALLBACK);
            }
            callback = name == null || name.isEmpty() ? null : name;
        }
    }

    void beginCall(JsonBuffer json) {
        if (callback != null) {
            // A comment in front keeps the answer from being taken for another kind of file.
            json.ascii("/* CouchDB */").ascii(callback).ascii('(');
        }
    }

    void endCall(JsonBuffer json) {
        if (callback != null) {
            boolean lineEnds = json.size() > 0 && json.array()[json.size() - 1] == '\n';
            (lineEnds ? json.truncate(json.size() - 1) : json).ascii(");").ascii(lineEnds ? "\n" : "");
        }
    }

    void user(UserContext authenticated) {
        user = authenticated;
    }

    /**
     * Before each piece of an answer that is read while it is sent.
     *
     * @throws RequestException 503 where the state that it is read from has been held for too long, since it keeps the
     *     space of all that was overwritten and deleted since
     */
    void continueReading() {
        if (reading != null && reading.milliseconds() > services.settings().maximumReadMs()) {
            throw new RequestException(ErrorCode.READ_TOO_LONG);
        }
    }

    void memory(Reservation reserved) {
        memory = reserved;
    }

    void compressedBy(AcceptEncoding.Compression used) {
        compression = used;
    }

    /** Gives back what it has taken beside memory of the heap: for its body and its compression. */
    void release() {
        if (compression != null) {
            compression.release();
        }
        body.release();
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
        return services.settings().gzip() && acceptsGzip();
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
            throw new IllegalStateException("a second answer to " + verb + " " + path.raw());
        }
        started = true;
        status = code;
        response.setStatus(code);
        if (block != null) {
            response.getHeaders().put(BLOCK, block.toString());
        }
        answerHeaders.addTo(this, response.getHeaders());
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
        output.send(bytes, verb == Verb.HEAD ? 0 : length);
    }

    private OutputStream output(long length) throws IOException {
        if (length < 0 && request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1) {
            // Also where the connection ends with the answer, so that the client can tell a whole one from half of one.
            response.getHeaders().put(CHUNKED);
        }
        if (verb == Verb.HEAD) {
            output.send(new byte[0], 0);
            return OutputStream.nullOutputStream();
        }
        return output;
    }
}
