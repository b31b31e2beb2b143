package archipel.http;

import archipel.auth.Authenticator.Authentication;
import archipel.auth.Credentials;
import archipel.auth.DatabaseAccess;
import archipel.auth.UserContext;
import archipel.clients.ClientCounts;
import archipel.clients.ClientNetwork;
import archipel.connections.GuardedConnection;
import archipel.connections.Refusals;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.health.Metrics;
import archipel.memory.Allowance;
import archipel.memory.MemoryBudget;
import archipel.memory.MemoryLimitException;
import archipel.memory.Reservation;
import archipel.origins.Cors;
import archipel.origins.CorsSettings;
import archipel.origins.CrossSite;
import archipel.read.BlockException;
import java.io.IOException;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every request passes: its path is taken apart, its route found, its sender and the sender's rights established;
 * then the handler answers, or what it throws is answered. Runs on the request's own virtual thread.
 */
final class Dispatcher extends Handler.Abstract {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final String REQUEST_ID = "X-Couch-Request-ID";
    private static final String METHOD_OVERRIDE = "X-HTTP-Method-Override";
    private static final String CHALLENGE = "X-CouchDB-WWW-Authenticate";
    private static final String[] NONE = {};

    private final HttpServices services;
    private final Router router;
    private final Feeds feeds = new Feeds();
    private final HttpField server;
    private final Transfers transfers;
    private final boolean secure;
    private final AtomicInteger running = new AtomicInteger();
    private final ClientCounts urgentLogins = new ClientCounts();
    private volatile @Nullable Cors cors;

    Dispatcher(HttpServices services, Router router, Transfers transfers) {
        this.transfers = transfers;
        this.services = services;
        this.router = router;
        this.server =
                new PreEncodedHttpField(HttpHeader.SERVER, services.settings().serverName());
        this.secure = services.settings().tlsCertificate() != null;
    }

    void register(Metrics metrics) {
        metrics.gauge("requests_running", "requests that are being answered, feeds among them", running::get);
        metrics.gauge("feeds_waiting", "feeds and reads that wait for something to happen", feeds::waiting);
        MemoryBudget memory = services.memory();
        metrics.gauge(
                "request_memory_bytes",
                "memory that requests under way have taken of request_memory_percent",
                memory::usedBytes);
        metrics.gauge("request_memory_total_bytes", "memory that requests may use together", memory::totalBytes);
        metrics.counter(
                "request_memory_refusals", "how often a request did not get the memory it needed", memory::refusals);
    }

    /** Requests that are being answered. */
    int running() {
        return running.get();
    }

    /** Ends feeds; what comes on connections that are open yet is refused. */
    void endFeeds() {
        feeds.stop();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Stopwatch stopwatch = new Stopwatch();
        // Silence between the pieces of an answer is the handler's affair: only reads and writes have deadlines.
        request.addIdleTimeoutListener(_ -> false);
        HttpFields headers = request.getHeaders();
        Verb verb = verb(request);
        Cors cors = cors();
        String origin = headers.get(HttpHeader.ORIGIN);
        AnswerHeaders answerHeaders = new AnswerHeaders(server, headers.get(REQUEST_ID), origin, cors);
        boolean http1 = request.getConnectionMetaData().getHttpVersion().getVersion() < HttpVersion.HTTP_2.getVersion();
        if (http1
                && (headers.contains(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString()) || feeds.isStopping())) {
            answerHeaders.close();
        }
        int status = 0;
        Transfer transfer = transfers.begin(request);
        Exchange exchange = exchange(request, response, verb, answerHeaders, transfer);
        running.incrementAndGet();
        try {
            answer(exchange, request, transfer, cors, origin, answerHeaders);
            if (!exchange.isStarted()) {
                throw new IllegalStateException(
                        "no answer to " + verb + " " + exchange.path().raw());
            }
            status = exchange.status();
            exchange.complete();
            if (http1) {
                exchange.body().leave();
            }
            callback.succeeded();
        } catch (RequestBody.MalformedBodyException e) {
            status = 400;
            callback.failed(e.getCause());
        } catch (IOException e) {
            LOG.debug("the client has gone during {} {}", verb, GuardedConnection.target(request), e);
            if (http1) {
                Refusals.dropSilently(request);
            }
            callback.failed(e);
        } finally {
            running.decrementAndGet();
            transfers.end(transfer);
            exchange.release();
            long nanoseconds = stopwatch.nanoseconds();
            services.metrics().answered(verb, status, nanoseconds);
            if (services.settings().accessLog()) {
                AccessLog.log(exchange, status, nanoseconds);
            }
        }
        return true;
    }

    private Cors cors() {
        CorsSettings current = services.settings().cors();
        Cors known = cors;
        if (known == null || !known.isOf(current)) {
            known = new Cors(current);
            cors = known;
        }
        return known;
    }

    private Exchange exchange(
            Request request, Response response, Verb verb, AnswerHeaders answerHeaders, Transfer transfer) {
        RequestPath path = RequestPath.ofTarget(
                GuardedConnection.target(request), services.settings().decodesPlusToSpace());
        AnswerOutput output = new AnswerOutput(response, transfer, transfers.answerPace());
        RequestBody body = new RequestBody(request, services.settings(), transfer, transfers::bodyPace);
        return new Exchange(request, output, body, services, feeds, verb, path, answerHeaders);
    }

    private void answer(
            Exchange exchange,
            Request request,
            Transfer transfer,
            Cors cors,
            @Nullable String origin,
            AnswerHeaders answerHeaders)
            throws IOException {
        RequestPath path = exchange.path();
        Verb verb = exchange.verb();
        Route route = null;
        try {
            path.requireWellFormed();
            requireSpoken(request, path, answerHeaders);
            if (verb == Verb.OPTIONS && (preflight(exchange, cors, origin) || ofNode(exchange))) {
                return;
            }
            if (feeds.isStopping()) {
                throw new RequestException(ErrorCode.STOPPING);
            }
            route = router.find(path);
            try (Admission admission = reserve(exchange, request, transfer, route)) {
                exchange.memory(admission.memory);
                serve(exchange, request, route, admission, answerHeaders);
            }
        } catch (RequestException e) {
            refuse(exchange, e);
        } catch (MemoryLimitException e) {
            ErrorCode code = switch (e.kind()) {
                case BUSY -> ErrorCode.MEMORY_BUSY;
                case REQUEST_TOO_LARGE -> ErrorCode.REQUEST_TOO_LARGE;
                case CONTENT_TOO_LARGE -> ErrorCode.CONTENT_TOO_LARGE;
            };
            refuse(exchange, new RequestException(code));
        } catch (IOException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            fail(exchange, e);
        }
    }

    /**
     * Whether there is memory for another request comes before who sends it: finding that out takes memory as well, and
     * with a wrong password some time. Where there is none, those who are shed last have to show that they are; few at
     * a time by a password that has to be hashed, and few of one client, so that it is not strangers alone.
     */
    private Admission reserve(Exchange exchange, Request request, Transfer transfer, @Nullable Route route) {
        MemoryBudget memory = services.memory();
        Reservation ordinary = memory.tryAdmit();
        if (ordinary != null) {
            return new Admission(ordinary, null);
        }
        Authentication known = known(exchange, request);
        if (isShedLast(exchange, known.user())) {
            return new Admission(memory.admit(true), known.user().isAnonymous() ? null : known);
        }
        Admission urgent = isLogin(exchange) || exchange.header("Authorization") != null
                ? reserveUrgently(exchange, request, transfer, access(exchange, route))
                : null;
        return urgent == null ? new Admission(memory.admit(false), null) : urgent;
    }

    /** Null where all places for such logins are taken. */
    private @Nullable Admission reserveUrgently(Exchange exchange, Request request, Transfer transfer, Access access) {
        HttpSettings settings = services.settings();
        int most = settings.urgentLogins();
        String network = ClientNetwork.of(exchange.peer());
        if (urgentLogins.enter(network, most, (most + 3) / 4) != ClientCounts.Outcome.ENTERED) {
            return null;
        }
        boolean keepsPlace = false;
        try {
            if (!isLogin(exchange)) {
                Authentication found = authenticate(exchange, request, access);
                return new Admission(services.memory().admit(isShedLast(exchange, found.user())), found);
            }
            // Others wait for the place while the client takes its time.
            transfer.limit(settings.urgentLoginMs());
            Reservation memory = services.memory().admit(true);
            keepsPlace = true;
            return new Admission(memory, null, () -> urgentLogins.leave(network));
        } finally {
            if (!keepsPlace) {
                urgentLogins.leave(network);
            }
        }
    }

    private Authentication known(Exchange exchange, Request request) {
        try {
            return services.authenticator()
                    .authenticate(credentials(exchange, request).known());
        } catch (RequestException e) {
            return Authentication.ANONYMOUS;
        }
    }

    /** Where everybody may ask, wrong credentials are as good as none. */
    private Authentication authenticate(Exchange exchange, Request request, Access access) {
        try {
            return services.authenticator().authenticate(credentials(exchange, request));
        } catch (RequestException e) {
            if (access != Access.OPEN) {
                throw e;
            }
            return Authentication.ANONYMOUS;
        }
    }

    private static boolean isLogin(Exchange exchange) {
        return exchange.verb() == Verb.POST && exchange.path().raw().equals("/_session");
    }

    private static boolean isShedLast(Exchange exchange, UserContext user) {
        return user.isAdmin() || exchange.path().raw().equals("/_up");
    }

    private void serve(
            Exchange exchange, Request request, @Nullable Route route, Admission admission, AnswerHeaders answerHeaders)
            throws IOException {
        Access access = access(exchange, route);
        Authentication sender = admission.sender == null ? authenticate(exchange, request, access) : admission.sender;
        identify(exchange, sender, access, answerHeaders);
        if (route == null) {
            throw new RequestException(ErrorCode.MISSING);
        }
        requireRights(exchange, route, access);
        if (isShedLast(exchange, exchange.user())) {
            admission.memory.privilege();
        }
        exchange.readCallback();
        archipel.http.Handler handler = route.handler(exchange.verb());
        if (handler == null) {
            throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, route.allow());
        }
        ScopedValue.where(Allowance.CURRENT, admission.memory).call(() -> {
            handler.handle(exchange);
            return exchange;
        });
    }

    /** What can be refused before anybody is asked. */
    private void requireSpoken(Request request, RequestPath path, AnswerHeaders answerHeaders) {
        String coding = request.getHeaders().get(HttpHeader.TRANSFER_ENCODING);
        if (coding != null && !coding.equalsIgnoreCase("chunked")) {
            answerHeaders.close();
            throw new RequestException(ErrorCode.MALFORMED_HTTP);
        }
        if (secure && !request.getConnectionMetaData().isSecure()) {
            throw new RequestException(ErrorCode.TLS_ONLY);
        }
        if (path.raw().length() + path.query().length() > services.settings().maximumUriBytes()) {
            throw new RequestException(ErrorCode.URI_TOO_LONG);
        }
    }

    private Access access(Exchange exchange, @Nullable Route route) {
        if (route == null) {
            return Access.ANYONE;
        }
        RequestPath path = exchange.path();
        boolean closed = router.isUnknownReserved(path)
                || path.size() > 1 && route.isClosedIn(path.segment(0), services.settings());
        return closed ? Access.ADMIN : route.access(exchange.verb());
    }

    private void requireRights(Exchange exchange, Route route, Access access) {
        UserContext user = exchange.user();
        switch (access) {
            case OPEN, ANYONE -> {}
            case USER -> DatabaseAccess.requireUser(user);
            case MEMBER -> services.access().requireMember(exchange.database(), user);
            case MAINTAINER -> services.access().requireMaintainer(exchange.database(), user);
            case METRICS -> DatabaseAccess.requireMetrics(user);
            case ADMIN -> DatabaseAccess.requireServerAdmin(user);
        }
        if (route.isOfDesigns()) {
            services.guard().requireDesigns(exchange.database(), user);
        }
        if (exchange.verb() == Verb.POST) {
            CrossSite.require(
                    exchange.body().contentType(),
                    exchange::header,
                    exchange::host,
                    route.takesForms(),
                    services.settings().cors());
        }
    }

    private void identify(Exchange exchange, Authentication sender, Access access, AnswerHeaders answerHeaders) {
        if (sender.renewedSession() != null) {
            answerHeaders.cookie(services.settings().sessionCookie(sender.renewedSession(), exchange.isSecure()));
        }
        exchange.user(sender.user());
        if (sender.user().isAnonymous()
                && access != Access.OPEN
                && !isLogin(exchange)
                && services.settings().requireValidUser()) {
            throw new RequestException(ErrorCode.LOGIN_REQUIRED);
        }
    }

    private static Credentials credentials(Exchange exchange, Request request) {
        return new Credentials(
                exchange::header, sessionCookie(request.getHeaders()), exchange.peer(), exchange.isProxied());
    }

    private static @Nullable String sessionCookie(HttpFields headers) {
        for (HttpField field : headers) {
            String line = field.getHeader() == HttpHeader.COOKIE ? field.getValue() : null;
            for (String cookie : line == null ? NONE : line.split(";")) {
                String text = cookie.strip();
                if (text.startsWith("AuthSession=")) {
                    String value = text.substring("AuthSession=".length());
                    return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
                            ? value.substring(1, value.length() - 1)
                            : value;
                }
            }
        }
        return null;
    }

    private static boolean preflight(Exchange exchange, Cors cors, @Nullable String origin) throws IOException {
        Cors.Preflight preflight = cors.preflight(
                origin,
                exchange.header("Access-Control-Request-Method"),
                exchange.header("Access-Control-Request-Headers"));
        if (preflight == null) {
            return false;
        }
        exchange.set("Access-Control-Allow-Origin", preflight.origin())
                .set("Access-Control-Max-Age", Integer.toString(preflight.maxAgeSeconds()))
                .set("Access-Control-Allow-Methods", preflight.methods())
                .set("Access-Control-Allow-Headers", preflight.headers());
        if (preflight.credentials()) {
            exchange.set("Access-Control-Allow-Credentials", "true");
        }
        exchange.empty(204);
        return true;
    }

    /** {@code OPTIONS *} asks what the node as a whole takes (RFC 9110, 9.3.7), not what some path does. */
    private static boolean ofNode(Exchange exchange) throws IOException {
        if (!exchange.path().raw().equals("*")) {
            return false;
        }
        exchange.set("Allow", "COPY, DELETE, GET, HEAD, OPTIONS, POST, PUT");
        exchange.empty(204);
        return true;
    }

    private void refuse(Exchange exchange, RequestException e) throws IOException {
        if (exchange.isStarted()) {
            // The beginning of another answer is with the client already: break off, so that it is not taken for whole.
            throw new IOException("refused in the middle of an answer: " + e.reason());
        }
        exchange.resetAnswer();
        if (e.code() == ErrorCode.METHOD_NOT_ALLOWED) {
            exchange.set("Allow", e.fields().getFirst());
        }
        if (e.status() == 401) {
            challenge(exchange);
        }
        JsonBuffer json = e.appendTo(new JsonBuffer(128).ascii('{'));
        switch (e) {
            case BlockException missing -> {
                BlockRefusal.write(json, missing);
                exchange.block(missing.head());
            }
            case BlockRefusal refusal -> {
                refusal.write(json);
                exchange.block(refusal.head());
            }
            default -> {}
        }
        if (e.status() == 503 || e.status() == 429) {
            exchange.set("Retry-After", "1");
        }
        exchange.json(e.status(), json.ascii('}'));
    }

    private void challenge(Exchange exchange) {
        String wanted = exchange.header(CHALLENGE);
        String challenge = wanted != null && wanted.length() < 200
                ? wanted
                : services.settings().challenge();
        if (challenge == null && services.settings().requireValidUser()) {
            challenge = "Basic realm=\"server\"";
        }
        if (challenge != null) {
            exchange.set("WWW-Authenticate", challenge);
        }
    }

    private static void fail(Exchange exchange, Throwable e) throws IOException {
        String reference =
                HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        LOG.error(
                "internal error {} in {} {}",
                reference,
                exchange.verb(),
                exchange.path().raw(),
                e);
        if (exchange.isStarted()) {
            throw new IOException("failed in the middle of an answer", e);
        }
        exchange.resetAnswer();
        RequestException internal = new RequestException(ErrorCode.INTERNAL);
        JsonBuffer json = internal.appendTo(new JsonBuffer(128).ascii('{'));
        exchange.json(
                internal.status(), json.ascii(",\"ref\":").string(reference).ascii('}'));
    }

    private static Verb verb(Request request) {
        Verb verb = Verb.of(request.getMethod());
        if (verb == Verb.POST) {
            String override = request.getHeaders().get(METHOD_OVERRIDE);
            if (override != null) {
                return Verb.of(override.strip());
            }
        }
        return verb;
    }

    /**
     * That there is room for a request.
     *
     * @param sender who sends it; null where nobody has looked yet
     * @param leave gives back the place that it has beside memory
     */
    private record Admission(Reservation memory, @Nullable Authentication sender, Runnable leave)
            implements AutoCloseable {
        private Admission(Reservation memory, @Nullable Authentication sender) {
            this(memory, sender, () -> {});
        }

        @Override
        public void close() {
            memory.close();
            leave.run();
        }
    }
}
