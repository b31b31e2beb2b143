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
import archipel.engine.BlockException;
import archipel.health.Metrics;
import archipel.memory.Allowance;
import archipel.memory.MemoryBudget;
import archipel.memory.MemoryLimitException;
import archipel.memory.Reservation;
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
            answer(exchange, request, cors, origin, answerHeaders);
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
            Exchange exchange, Request request, Cors cors, @Nullable String origin, AnswerHeaders answerHeaders)
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
            try (Reservation memory = reserve(exchange, request)) {
                exchange.memory(memory);
                serve(exchange, request, route, memory, answerHeaders);
            }
        } catch (RequestException e) {
            refuse(exchange, e, route);
        } catch (MemoryLimitException e) {
            ErrorCode code = switch (e.kind()) {
                case BUSY -> ErrorCode.MEMORY_BUSY;
                case REQUEST_TOO_LARGE -> ErrorCode.REQUEST_TOO_LARGE;
                case CONTENT_TOO_LARGE -> ErrorCode.CONTENT_TOO_LARGE;
            };
            refuse(exchange, new RequestException(code), route);
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
    private Reservation reserve(Exchange exchange, Request request) {
        MemoryBudget memory = services.memory();
        Reservation ordinary = memory.tryAdmit();
        if (ordinary != null) {
            return ordinary;
        }
        if (isShedLast(exchange, known(exchange, request))) {
            return memory.admit(true);
        }
        boolean login = isLogin(exchange);
        if (login || exchange.header("Authorization") != null) {
            int most = services.settings().urgentLogins();
            String network = ClientNetwork.of(exchange.peer());
            if (urgentLogins.enter(network, most, (most + 3) / 4) == ClientCounts.Outcome.ENTERED) {
                if (login) {
                    exchange.whenReleased(() -> urgentLogins.leave(network));
                    return memory.admit(true);
                }
                try {
                    UserContext user = services.authenticator()
                            .authenticate(credentials(exchange, request))
                            .user();
                    return memory.admit(isShedLast(exchange, user));
                } finally {
                    urgentLogins.leave(network);
                }
            }
        }
        return memory.admit(false);
    }

    private UserContext known(Exchange exchange, Request request) {
        try {
            return services.authenticator()
                    .authenticate(credentials(exchange, request).known())
                    .user();
        } catch (RequestException e) {
            return UserContext.ANONYMOUS;
        }
    }

    private static boolean isLogin(Exchange exchange) {
        return exchange.verb() == Verb.POST && exchange.path().raw().equals("/_session");
    }

    private static boolean isShedLast(Exchange exchange, UserContext user) {
        return user.isAdmin() || exchange.path().raw().equals("/_up");
    }

    private void serve(
            Exchange exchange, Request request, @Nullable Route route, Reservation memory, AnswerHeaders answerHeaders)
            throws IOException {
        if (route == null) {
            authenticate(exchange, request, Access.ANYONE, answerHeaders);
            throw new RequestException(ErrorCode.MISSING);
        }
        admit(exchange, request, route, answerHeaders);
        if (isShedLast(exchange, exchange.user())) {
            memory.privilege();
        }
        exchange.readCallback();
        archipel.http.Handler handler = route.handler(exchange.verb());
        if (handler == null) {
            throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, route.allow());
        }
        ScopedValue.where(Allowance.CURRENT, memory).call(() -> {
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

    private void admit(Exchange exchange, Request request, Route route, AnswerHeaders answerHeaders) {
        Access access = route.access(exchange.verb());
        RequestPath path = exchange.path();
        if (router.isUnknownReserved(path)
                || path.size() > 1 && route.isClosedIn(path.segment(0), services.settings())) {
            access = Access.ADMIN;
        }
        UserContext user = authenticate(exchange, request, access, answerHeaders);
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
        CrossSite.require(exchange, route.takesForms(), services.settings().cors());
    }

    private UserContext authenticate(Exchange exchange, Request request, Access access, AnswerHeaders answerHeaders) {
        UserContext user = UserContext.ANONYMOUS;
        try {
            Authentication found = services.authenticator().authenticate(credentials(exchange, request));
            user = found.user();
            if (found.renewedSession() != null) {
                answerHeaders.cookie(services.settings().sessionCookie(found.renewedSession(), exchange.isSecure()));
            }
        } catch (RequestException e) {
            if (access != Access.OPEN) {
                throw e;
            }
        }
        exchange.user(user);
        if (user.isAnonymous()
                && access != Access.OPEN
                && !isLogin(exchange)
                && services.settings().requireValidUser()) {
            throw new RequestException(ErrorCode.LOGIN_REQUIRED);
        }
        return user;
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
        preflight.addTo(exchange);
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

    private void refuse(Exchange exchange, RequestException e, @Nullable Route route) throws IOException {
        if (exchange.isStarted()) {
            // The beginning of another answer is with the client already: break off, so that it is not taken for whole.
            throw new IOException("refused in the middle of an answer: " + e.reason());
        }
        exchange.resetAnswer();
        if (e.code() == ErrorCode.METHOD_NOT_ALLOWED && route != null) {
            exchange.set("Allow", route.allow());
        }
        if (e.status() == 401) {
            challenge(exchange);
        }
        JsonBuffer json = new JsonBuffer(128)
                .ascii("{\"error\":")
                .string(e.error())
                .ascii(",\"reason\":")
                .raw(e.reasonJson());
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
        JsonBuffer json = new JsonBuffer(128)
                .ascii("{\"error\":\"internal_server_error\",\"reason\":\"See the node's log.\",\"ref\":\"")
                .ascii(reference)
                .ascii("\"}");
        exchange.json(500, json);
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
}
