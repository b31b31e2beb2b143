package archipel.http;

import archipel.auth.Authenticator.Authentication;
import archipel.auth.Credentials;
import archipel.auth.DatabaseAccess;
import archipel.auth.UserContext;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.engine.BlockException;
import archipel.memory.Allowance;
import archipel.memory.MemoryLimitException;
import archipel.memory.Reservation;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.BadRequestException;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpSecurity;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.io.IOException;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every request passes: its path is taken apart, its route found, its sender and the sender's rights established;
 * then the handler answers, or what it throws is answered. Takes the place of the library's own routing.
 */
final class Dispatcher implements HttpRouting {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final HeaderName REQUEST_ID = HeaderNames.create("X-Couch-Request-ID");
    private static final HeaderName METHOD_OVERRIDE = HeaderNames.create("X-HTTP-Method-Override");
    private static final HeaderName REQUESTED_METHOD = HeaderNames.create("Access-Control-Request-Method");
    private static final HeaderName REQUESTED_HEADERS = HeaderNames.create("Access-Control-Request-Headers");
    private static final HeaderName CHALLENGE = HeaderNames.create("X-CouchDB-WWW-Authenticate");

    private final HttpServices services;
    private final Router router;
    private final Feeds feeds = new Feeds();
    private final Header server;
    private final AtomicInteger running = new AtomicInteger();
    private final HttpSecurity security = HttpSecurity.create();

    Dispatcher(HttpServices services, Router router) {
        this.services = services;
        this.router = router;
        this.server = HeaderValues.createCached(
                HeaderNames.SERVER, services.settings().serverName());
    }

    /** Requests that are being answered. */
    int running() {
        return running.get();
    }

    /** Ends feeds; what comes on connections that are open yet is refused. */
    void stop() {
        feeds.stop();
    }

    @Override
    public void route(ConnectionContext context, RoutingRequest request, RoutingResponse response) {
        Stopwatch stopwatch = new Stopwatch();
        Headers headers = request.headers();
        Verb verb = verb(request);
        Cors cors = new Cors(services.settings().cors());
        String origin = Exchange.first(headers, HeaderNames.ORIGIN);
        AnswerHeaders answerHeaders = new AnswerHeaders(server, Exchange.first(headers, REQUEST_ID), origin, cors);
        boolean http1 = "1.1".equals(request.prologue().protocolVersion());
        if (http1 && !areTokens(headers)) {
            throw new BadRequestException("a header's name is no token");
        }
        boolean close = http1 && (headers.containsToken(HeaderValues.CONNECTION_CLOSE) || feeds.isStopping());
        if (close) {
            answerHeaders.close();
        }
        int status = 0;
        running.incrementAndGet();
        try {
            Exchange exchange = handle(request, response, verb, cors, origin, answerHeaders);
            if (!exchange.isStarted()) {
                throw new IllegalStateException(
                        "no answer to " + verb + " " + exchange.path().raw());
            }
            response.commit();
            status = exchange.status();
            if (!exchange.body().drain() && http1) {
                close = true;
            }
        } catch (IOException e) {
            LOG.debug(
                    "the client has gone during {} {}",
                    verb,
                    request.prologue().uriPath().rawPath(),
                    e);
            throw new CloseConnectionException("the client has gone", e);
        } finally {
            running.decrementAndGet();
            services.metrics().answered(verb, status, stopwatch.nanoseconds());
        }
        if (close) {
            throw new CloseConnectionException("the answer was the last one");
        }
    }

    @Override
    public HttpSecurity security() {
        return security;
    }

    private Exchange handle(
            RoutingRequest request,
            RoutingResponse response,
            Verb verb,
            Cors cors,
            @Nullable String origin,
            AnswerHeaders answerHeaders)
            throws IOException {
        Exchange exchange;
        RequestPath path;
        try {
            path = RequestPath.parse(
                    request.prologue().uriPath().rawPath(), services.settings().decodesPlusToSpace());
        } catch (RequestException e) {
            exchange =
                    new Exchange(request, response, services, feeds, verb, RequestPath.parse("/", true), answerHeaders);
            refuse(exchange, e, null);
            return exchange;
        }
        exchange = new Exchange(request, response, services, feeds, verb, path, answerHeaders);
        Route route = null;
        try {
            if (verb == Verb.OPTIONS && preflight(exchange, cors, origin)) {
                return exchange;
            }
            if (feeds.isStopping()) {
                throw new RequestException(ErrorCode.STOPPING);
            }
            route = router.find(path);
            if (route == null) {
                authenticate(exchange, request, Access.ANYONE, answerHeaders);
                throw new RequestException(ErrorCode.MISSING);
            }
            admit(exchange, request, route, answerHeaders);
            exchange.readCallback();
            Handler handler = route.handler(verb);
            if (handler == null) {
                throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, route.allow());
            }
            handle(exchange, handler);
        } catch (RequestException e) {
            refuse(exchange, e, route);
        } catch (MemoryLimitException e) {
            ErrorCode code = switch (e.kind()) {
                case BUSY -> ErrorCode.MEMORY_BUSY;
                case REQUEST_TOO_LARGE -> ErrorCode.REQUEST_TOO_LARGE;
                case CONTENT_TOO_LARGE -> ErrorCode.CONTENT_TOO_LARGE;
            };
            refuse(exchange, new RequestException(code), route);
        } catch (IOException | CloseConnectionException | DataReader.InsufficientDataAvailableException e) {
            throw e instanceof IOException gone ? gone : new IOException("the client has gone", e);
        } catch (RuntimeException | Error e) {
            fail(exchange, e);
        }
        return exchange;
    }

    /** Nothing of the body was read so far: whether there is memory for another request comes first. */
    private void handle(Exchange exchange, Handler handler) throws IOException {
        boolean shedLast = exchange.user().isAdmin() || exchange.path().raw().equals("/_up");
        try (Reservation memory = services.memory().admit(shedLast)) {
            exchange.memory(memory);
            ScopedValue.where(Allowance.CURRENT, memory).call(() -> {
                handler.handle(exchange);
                return exchange;
            });
        }
    }

    private void admit(Exchange exchange, RoutingRequest request, Route route, AnswerHeaders answerHeaders) {
        Access access = route.access(exchange.verb());
        RequestPath path = exchange.path();
        String users = services.settings().usersDatabase();
        if (router.isUnknownReserved(path) || path.size() > 1 && route.isClosedIn(path.segment(0), users)) {
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
        CrossSite.require(exchange, route.takesForms(), services.settings().cors());
    }

    private UserContext authenticate(
            Exchange exchange, RoutingRequest request, Access access, AnswerHeaders answerHeaders) {
        UserContext user = UserContext.ANONYMOUS;
        try {
            Authentication found = services.authenticator()
                    .authenticate(new Credentials(
                            exchange::header, sessionCookie(request.headers()), exchange.peer(), exchange.isProxied()));
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
        boolean login = exchange.verb() == Verb.POST && exchange.path().raw().equals("/_session");
        if (user.isAnonymous()
                && access != Access.OPEN
                && !login
                && services.settings().requireValidUser()) {
            throw new RequestException(ErrorCode.LOGIN_REQUIRED);
        }
        return user;
    }

    private static @Nullable String sessionCookie(Headers headers) {
        if (!headers.contains(HeaderNames.COOKIE)) {
            return null;
        }
        for (String line : headers.get(HeaderNames.COOKIE).allValues()) {
            for (String cookie : line.split(";")) {
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
                exchange.header(REQUESTED_METHOD.defaultCase()),
                exchange.header(REQUESTED_HEADERS.defaultCase()));
        if (preflight == null) {
            return false;
        }
        preflight.addTo(exchange);
        exchange.empty(204);
        return true;
    }

    private void refuse(Exchange exchange, RequestException e, @Nullable Route route) throws IOException {
        if (exchange.isStarted()) {
            // The beginning of another answer is with the client already: break off, so that it is not taken for whole.
            throw new CloseConnectionException("refused in the middle of an answer: " + e.reason());
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
        if (e.code() == ErrorCode.BLOCK_NOT_REACHED
                || e.code() == ErrorCode.MEMORY_BUSY
                || e.code() == ErrorCode.TOO_MANY_LOGINS) {
            exchange.set("Retry-After", "1");
        }
        exchange.json(e.status(), json.ascii('}'));
    }

    private void challenge(Exchange exchange) {
        String wanted = exchange.header(CHALLENGE.defaultCase());
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
            throw new CloseConnectionException("failed in the middle of an answer", e);
        }
        exchange.resetAnswer();
        JsonBuffer json = new JsonBuffer(128)
                .ascii("{\"error\":\"internal_server_error\",\"reason\":\"See the node's log.\",\"ref\":\"")
                .ascii(reference)
                .ascii("\"}");
        exchange.json(500, json);
    }

    /**
     * Whether the names the library did not know are what names have to be. {@code Transfer-Encoding :} would not have
     * told it of a body, where a proxy in front of us may see one.
     */
    private static boolean areTokens(Headers headers) {
        for (Header header : headers) {
            if (header.headerName().index() < 0) {
                String name = header.name();
                for (int i = 0; i < name.length(); i++) {
                    char c = name.charAt(i);
                    if (c <= ' ' || c >= 0x7F || "\"(),/:;<=>?@[\\]{}".indexOf(c) >= 0) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private static Verb verb(RoutingRequest request) {
        String text = request.prologue().method().text();
        Verb verb = Verb.of(text);
        if (verb == Verb.POST) {
            String override = Exchange.first(request.headers(), METHOD_OVERRIDE);
            if (override != null) {
                return Verb.of(override.strip());
            }
        }
        return verb;
    }
}
