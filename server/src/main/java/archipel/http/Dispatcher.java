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
import archipel.engine.Database;
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
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every request passes: its path is taken apart, its route found, its sender and the sender's rights established;
 * then the handler answers, or what it throws is answered. Runs on the request's own virtual thread.
 */
final class Dispatcher extends org.eclipse.jetty.server.Handler.Abstract {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final String REQUEST_ID = "X-Couch-Request-ID";
    private static final String METHOD_OVERRIDE = "X-HTTP-Method-Override";
    private static final String CHALLENGE = "X-CouchDB-WWW-Authenticate";

    private final HttpServices services;
    private final Router router;
    private final Feeds feeds;
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
        this.feeds = new Feeds(() -> services.node().isClosing());
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
    public boolean handle(org.eclipse.jetty.server.Request wire, Response response, Callback callback) {
        RequestPath path = RequestPath.ofTarget(
                GuardedConnection.target(wire), services.settings().decodesPlusToSpace());
        handle(router.find(path), path, wire, response, callback);
        return true;
    }

    private <R extends Request> void handle(
            Route<R> route,
            RequestPath path,
            org.eclipse.jetty.server.Request wire,
            Response response,
            Callback callback) {
        Stopwatch stopwatch = new Stopwatch();
        // Silence between the pieces of an answer is the handler's affair: only reads and writes have deadlines.
        wire.addIdleTimeoutListener(_ -> false);
        Verb verb = verb(wire);
        boolean http1 = wire.getConnectionMetaData().getHttpVersion().getVersion() < HttpVersion.HTTP_2.getVersion();
        int status = 0;
        Transfer transfer = transfers.begin(wire);
        Answer answer = answer(wire, response, verb, http1, transfer);
        RequestBody body = new RequestBody(wire, services.settings(), transfer, transfers::bodyPace);
        R request = route.request(wire, verb, path, body, answer, services);
        running.incrementAndGet();
        try {
            answer(route, request, answer, transfer);
            if (!answer.isStarted()) {
                throw new IllegalStateException("no answer to " + verb + " " + path.raw());
            }
            status = answer.status();
            answer.complete();
            if (http1) {
                body.leave();
            }
            callback.succeeded();
        } catch (RequestBody.MalformedBodyException e) {
            status = 400;
            callback.failed(e.getCause());
        } catch (IOException e) {
            LOG.debug("the client has gone during {} {}", verb, GuardedConnection.target(wire), e);
            if (http1) {
                Refusals.dropSilently(wire);
            }
            callback.failed(e);
        } finally {
            running.decrementAndGet();
            transfers.end(transfer);
            answer.release();
            body.release();
            long nanoseconds = stopwatch.nanoseconds();
            services.metrics().answered(verb, status, nanoseconds);
            if (services.settings().accessLog()) {
                AccessLog.log(request, answer, status, nanoseconds);
            }
        }
    }

    private Answer answer(
            org.eclipse.jetty.server.Request wire, Response response, Verb verb, boolean http1, Transfer transfer) {
        HttpFields headers = wire.getHeaders();
        AnswerHeaders common =
                new AnswerHeaders(server, headers.get(REQUEST_ID), headers.get(HttpHeader.ORIGIN), cors());
        if (http1
                && (headers.contains(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString()) || feeds.isStopping())) {
            common.close();
        }
        AnswerOutput output = new AnswerOutput(response, transfer, transfers.answerPace());
        return new Answer(wire, verb == Verb.HEAD, output, common, services.settings(), feeds);
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

    private <R extends Request> void answer(Route<R> route, R request, Answer answer, Transfer transfer)
            throws IOException {
        try {
            request.path().requireWellFormed();
            requireSpoken(request, answer);
            if (request.verb() == Verb.OPTIONS && (preflight(request, answer) || ofNode(request, answer))) {
                return;
            }
            if (feeds.isStopping()) {
                throw new RequestException(ErrorCode.STOPPING);
            }
            try (Admission admission = reserve(request, transfer, route)) {
                serve(route, request, answer, admission);
            }
        } catch (RequestException e) {
            refuse(request, answer, e);
        } catch (MemoryLimitException e) {
            ErrorCode code = switch (e.kind()) {
                case BUSY -> ErrorCode.MEMORY_BUSY;
                case REQUEST_TOO_LARGE -> ErrorCode.REQUEST_TOO_LARGE;
                case CONTENT_TOO_LARGE -> ErrorCode.CONTENT_TOO_LARGE;
            };
            refuse(request, answer, new RequestException(code));
        } catch (IOException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            fail(request, answer, e);
        }
    }

    /**
     * Whether there is memory for another request comes before who sends it: finding that out takes memory as well, and
     * with a wrong password some time. Where there is none, those who are shed last have to show that they are; few at
     * a time by a password that has to be hashed, and few of one client, so that it is not strangers alone.
     */
    private Admission reserve(Request request, Transfer transfer, Route<?> route) {
        MemoryBudget memory = services.memory();
        Reservation ordinary = memory.tryAdmit();
        if (ordinary != null) {
            return new Admission(ordinary, null);
        }
        Authentication known = known(request);
        if (isShedLast(request, known.user())) {
            return new Admission(memory.admit(true), known.user().isAnonymous() ? null : known);
        }
        Admission urgent = isLogin(request) || request.header("Authorization") != null
                ? reserveUrgently(request, transfer, access(request, route))
                : null;
        return urgent == null ? new Admission(memory.admit(false), null) : urgent;
    }

    /** Null where all places for such logins are taken. */
    private @Nullable Admission reserveUrgently(Request request, Transfer transfer, Access access) {
        HttpSettings settings = services.settings();
        int most = settings.urgentLogins();
        String network = ClientNetwork.of(request.peer());
        if (urgentLogins.enter(network, most, (most + 3) / 4) != ClientCounts.Outcome.ENTERED) {
            return null;
        }
        boolean keepsPlace = false;
        try {
            if (!isLogin(request)) {
                Authentication found = authenticate(request, access);
                return new Admission(services.memory().admit(isShedLast(request, found.user())), found);
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

    private Authentication known(Request request) {
        Authentication peer = peer(request);
        if (peer != null) {
            return peer;
        }
        try {
            return services.authenticator().authenticate(credentials(request).known());
        } catch (RequestException e) {
            return Authentication.ANONYMOUS;
        }
    }

    /** Where everybody may ask, wrong credentials are as good as none. */
    private Authentication authenticate(Request request, Access access) {
        Authentication peer = peer(request);
        if (peer != null) {
            return peer;
        }
        try {
            return services.authenticator().authenticate(credentials(request));
        } catch (RequestException e) {
            if (access != Access.OPEN) {
                throw e;
            }
            return Authentication.ANONYMOUS;
        }
    }

    /** Another node is who its key says, whatever credentials come along; null for a client. */
    private @Nullable Authentication peer(Request request) {
        X509Certificate[] shown = request.peerCertificates();
        return shown == null
                ? null
                : new Authentication(services.authenticator().peers().peer(shown), null);
    }

    private static boolean isLogin(Request request) {
        return request.verb() == Verb.POST && request.path().raw().equals("/_session");
    }

    private static boolean isShedLast(Request request, UserContext user) {
        return user.isAdmin() && !user.isPeer() || request.path().raw().equals("/_up");
    }

    private <R extends Request> void serve(Route<R> route, R request, Answer answer, Admission admission)
            throws IOException {
        Access access = access(request, route);
        Authentication sender = admission.sender == null ? authenticate(request, access) : admission.sender;
        identify(request, answer, sender, access);
        if (route == Router.NOWHERE) {
            throw new RequestException(ErrorCode.MISSING);
        }
        requireRights(request, route, access);
        requireOwnSite(request, route);
        if (access != Access.OPEN) {
            request.granted(new Confirmation(() -> confirm(request, route, access)));
        }
        if (isShedLast(request, request.user())) {
            admission.memory.privilege();
        }
        answer.jsonp(Jsonp.of(request, services.settings()));
        Handler<R> handler = route.handler(request.verb());
        if (handler == null) {
            throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, route.allow());
        }
        FenceHeader.scope(request, () -> services.node().locks())
                .where(Allowance.CURRENT, admission.memory)
                .call(() -> {
                    try {
                        handler.handle(request, answer);
                    } catch (RequestException e) {
                        requireReplaced(request, answer, e);
                        requireRights(request, route, access);
                        handler.handle(request, answer);
                    }
                    return answer;
                });
    }

    /**
     * Of a database that was deleted and made again through another member of an ensemble, this one may still have
     * found the former: it learns of that as it reads or writes it. What has changed nothing yet, here or at the
     * client, is then done with the new one.
     *
     * @throws RequestException the failure where it is another; 503 where the client has to send the request again
     */
    private static void requireReplaced(Request request, Answer answer, RequestException failure) {
        if (failure.code() != ErrorCode.NO_DATABASE
                || answer.isStarted()
                || !(request instanceof DatabaseRequest one)
                || !one.isReplaced()) {
            throw failure;
        }
        if (request.verb() != Verb.GET && request.verb() != Verb.HEAD) {
            throw new RequestException(ErrorCode.DATABASE_REPLACED);
        }
        one.resolveAgain();
    }

    /** What can be refused before anybody is asked. */
    private void requireSpoken(Request request, Answer answer) {
        String coding = request.header(HttpHeader.TRANSFER_ENCODING);
        if (coding != null && !coding.equalsIgnoreCase("chunked")) {
            answer.closeConnection();
            throw new RequestException(ErrorCode.MALFORMED_HTTP);
        }
        if (secure && !request.isEncrypted()) {
            throw new RequestException(ErrorCode.TLS_ONLY);
        }
        RequestPath path = request.path();
        if (path.raw().length() + path.query().length() > services.settings().maximumUriBytes()) {
            throw new RequestException(ErrorCode.URI_TOO_LONG);
        }
    }

    private Access access(Request request, Route<?> route) {
        if (route == Router.NOWHERE) {
            return Access.ANYONE;
        }
        RequestPath path = request.path();
        boolean closed = router.isUnknownReserved(path)
                || path.size() > 1 && route.isClosedIn(path.segment(0), services.settings());
        return closed ? Access.ADMIN : route.access(request.verb());
    }

    private void requireRights(Request request, Route<?> route, Access access) {
        UserContext user = request.user();
        if (user.isPeer()) {
            requireForPeers(request, route);
            return;
        }
        switch (access) {
            case OPEN, ANYONE -> {}
            case USER -> DatabaseAccess.requireUser(user);
            case MEMBER -> services.access().requireMember(database(request), user);
            case MAINTAINER -> services.access().requireMaintainer(database(request), user);
            case METRICS -> DatabaseAccess.requireMetrics(user);
            case ADMIN -> DatabaseAccess.requireServerAdmin(user);
        }
        if (route.isOfDesigns()) {
            services.guard().requireDesigns(database(request), user);
        }
    }

    /** For requests that have been under way for a while. */
    private void confirm(Request request, Route<?> route, Access access) {
        request.user(services.identities().present(request.user()));
        requireKnown(request, access);
        requireRights(request, route, access);
    }

    private void requireOwnSite(Request request, Route<?> route) {
        if (request.verb() == Verb.POST) {
            CrossSite.require(
                    request.body().contentType(),
                    request::header,
                    request::host,
                    route.takesForms(),
                    services.settings().cors());
        }
    }

    /** A member of the mesh may read what is replicated to it, and nothing else; other nodes get nothing. */
    private void requireForPeers(Request request, Route<?> route) {
        UserContext peer = request.user();
        boolean shown = !(request instanceof DatabaseRequest)
                || peer.isAdmin()
                        && services.authenticator()
                                .peers()
                                .shows(peer, request.path().segment(0));
        if (!shown || !route.isForPeers(request.verb())) {
            throw new RequestException(ErrorCode.NOT_FOR_PEERS);
        }
    }

    private static Database database(Request request) {
        if (request instanceof DatabaseRequest one) {
            return one.database();
        }
        throw new IllegalStateException("no database in " + request.path().raw());
    }

    private void identify(Request request, Answer answer, Authentication sender, Access access) {
        if (sender.renewedSession() != null) {
            answer.renew(services.settings().sessionCookie(sender.renewedSession(), request.isSecure()));
        }
        request.user(sender.user());
        requireKnown(request, access);
    }

    private void requireKnown(Request request, Access access) {
        if (request.user().isAnonymous()
                && access != Access.OPEN
                && !isLogin(request)
                && services.settings().requireValidUser()) {
            throw new RequestException(ErrorCode.LOGIN_REQUIRED);
        }
    }

    private static Credentials credentials(Request request) {
        return new Credentials(request::header, request.sessionCookie(), request.peer(), request.isProxied());
    }

    private boolean preflight(Request request, Answer answer) throws IOException {
        Cors.Preflight preflight = cors().preflight(
                        request.header("Origin"),
                        request.header("Access-Control-Request-Method"),
                        request.header("Access-Control-Request-Headers"));
        if (preflight == null) {
            return false;
        }
        answer.set("Access-Control-Allow-Origin", preflight.origin())
                .set("Access-Control-Max-Age", Integer.toString(preflight.maxAgeSeconds()))
                .set("Access-Control-Allow-Methods", preflight.methods())
                .set("Access-Control-Allow-Headers", preflight.headers());
        if (preflight.credentials()) {
            answer.set("Access-Control-Allow-Credentials", "true");
        }
        answer.empty(204);
        return true;
    }

    /** {@code OPTIONS *} asks what the node as a whole takes (RFC 9110, 9.3.7), not what some path does. */
    private static boolean ofNode(Request request, Answer answer) throws IOException {
        if (!request.path().raw().equals("*")) {
            return false;
        }
        answer.set("Allow", "COPY, DELETE, GET, HEAD, OPTIONS, POST, PUT");
        answer.empty(204);
        return true;
    }

    private void refuse(Request request, Answer answer, RequestException e) throws IOException {
        if (answer.isStarted()) {
            // The beginning of another answer is with the client already: break off, so that it is not taken for whole.
            throw new IOException("refused in the middle of an answer: " + e.reason());
        }
        answer.resetAnswer();
        if (e.code() == ErrorCode.METHOD_NOT_ALLOWED) {
            answer.set("Allow", e.fields().getFirst());
        }
        if (e.status() == 401) {
            challenge(request, answer);
        }
        JsonBuffer json = e.appendTo(new JsonBuffer(128).ascii('{'));
        switch (e) {
            case BlockException missing -> {
                BlockRefusal.write(json, missing);
                answer.block(missing.head());
            }
            case BlockRefusal refusal -> {
                refusal.write(json);
                answer.block(refusal.head());
            }
            default -> {}
        }
        if (e.status() == 503 || e.status() == 429) {
            answer.set("Retry-After", "1");
        }
        answer.json(e.status(), json.ascii('}'));
    }

    private void challenge(Request request, Answer answer) {
        String wanted = request.header(CHALLENGE);
        String challenge = wanted != null && wanted.length() < 200
                ? wanted
                : services.settings().challenge();
        if (challenge == null && services.settings().requireValidUser()) {
            challenge = "Basic realm=\"server\"";
        }
        if (challenge != null) {
            answer.set("WWW-Authenticate", challenge);
        }
    }

    private static void fail(Request request, Answer answer, Throwable e) throws IOException {
        String reference =
                HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        LOG.error(
                "internal error {} in {} {}",
                reference,
                request.verb(),
                request.path().raw(),
                e);
        if (answer.isStarted()) {
            throw new IOException("failed in the middle of an answer", e);
        }
        answer.resetAnswer();
        RequestException internal = new RequestException(ErrorCode.INTERNAL);
        JsonBuffer json = internal.appendTo(new JsonBuffer(128).ascii('{'));
        answer.json(internal.status(), json.ascii(",\"ref\":").string(reference).ascii('}'));
    }

    private static Verb verb(org.eclipse.jetty.server.Request wire) {
        Verb verb = Verb.of(wire.getMethod());
        if (verb == Verb.POST) {
            String override = wire.getHeaders().get(METHOD_OVERRIDE);
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
