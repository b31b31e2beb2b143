package archipel.calls;

import archipel.calls.NodeRing.Node;
import archipel.failures.ArchipelException;
import archipel.failures.CallInterruptedException;
import archipel.failures.ErrorAnswer;
import archipel.failures.OutcomeUnknownException;
import archipel.failures.TooLargeException;
import archipel.failures.UnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends requests to one node after another until one does what is asked, or says why it never will. Safe for use by
 * many threads; each call blocks its own.
 *
 * <p>A round asks each node once, in the order of {@link NodeRing}; between rounds the caller waits, longer each time
 * and by chance. A node that cannot be reached, does not answer in time, or answers 429, 502, 503 or 504, has failed,
 * and so has one that answers a read with 500, or a write with a 500 after which it may be done. Any other answer is
 * the call's.
 *
 * <p>What may be sent again is for the call to say ({@link Call.Repeat}). Whether an attempt may have been carried out
 * is known for certain in two cases: no connection came up, or a node said 503 with an error of its own, which means
 * that it wrote nothing ({@code write_undecided} apart). A write that ends without an answer after an attempt of which
 * it is not certain has an unknown outcome. A call with a {@link Permit} ends with that.
 */
public final class Transport implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Transport.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final int MOST_DOUBLINGS = 5;
    private static final int SHORTEST_PART = 10;

    private final TransportOptions options;
    private final SteadyClock clock;
    private final NodeRing ring;
    private final Sessions sessions;
    private final CallCounters counters = new CallCounters();
    private final ExecutorService threads;
    private final HttpClient http;
    private final Set<CompletableFuture<?>> underWay = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closed = new CountDownLatch(1);

    public Transport(List<Address> addresses, TransportOptions options, SteadyClock clock) {
        this.options = options;
        this.clock = clock;
        this.ring = new NodeRing(addresses, clock);
        this.sessions = new Sessions(options.sessions());
        this.threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "archipel-client");
            thread.setDaemon(true);
            return thread;
        });
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(options.connecting())
                .executor(threads);
        if (options.trusted() != null) {
            builder.sslContext(options.trusted());
        }
        this.http = builder.build();
    }

    public CallCounters counters() {
        return counters;
    }

    public SteadyClock clock() {
        return clock;
    }

    public TransportOptions options() {
        return options;
    }

    /**
     * Sends a call and reads the whole answer, which may be a refusal.
     *
     * @throws ArchipelException {@link UnavailableException}, {@link OutcomeUnknownException},
     *     {@link CallInterruptedException}, {@link TooLargeException}
     */
    public Reply send(Call call) {
        return run(
                call,
                answer -> new BoundedBody(options.largestAnswer()),
                (response, repeated) ->
                        new Reply(call.what(), response.statusCode(), response.headers(), response.body(), repeated),
                body -> body);
    }

    /**
     * Sends a call and gives the answer as soon as it begins.
     *
     * @throws ArchipelException as {@link #send}, and for each refusal
     */
    public StreamedReply open(Call call) {
        return run(
                call,
                answer -> new TimedStream(call.silence() == null ? options.silence() : call.silence()),
                (response, repeated) -> {
                    if (response.statusCode() >= 300) {
                        throw Refusals.of(call.what(), Refusals.read(response.statusCode(), start(response.body())));
                    }
                    return new StreamedReply(response.headers(), response.body());
                },
                Transport::start);
    }

    /** As much of an error as is worth reading. */
    private static byte[] start(InputStream body) {
        try (body) {
            return body.readNBytes(64 << 10);
        } catch (IOException lost) {
            return new byte[0];
        }
    }

    /** Makes of an answer what the caller wants. */
    @FunctionalInterface
    private interface Reading<B, T> {
        T read(HttpResponse<B> response, boolean repeated);
    }

    private <B, T> T run(Call call, BodyHandler<B> handler, Reading<B, T> reading, Function<B, byte[]> bytes) {
        long patience = (call.patience() == null ? options.patience() : call.patience()).toNanos();
        long end = clock.nanos() + patience;
        long attempt = options.attempt().plus(call.answerWithin()).toNanos();
        // In less time no node can be expected to answer.
        long least = Math.min(attempt, patience) / SHORTEST_PART;
        Doubt doubt = new Doubt(call);
        for (int round = 0; ; round++) {
            for (Node node : ring.order()) {
                if (doubt.hasBegun() && end - clock.nanos() <= least) {
                    throw ended(doubt);
                }
                requireOpen();
                requirePermit(call, doubt);
                long most = Math.max(1, Math.min(attempt, end - clock.nanos()));
                HttpResponse<B> response = attempt(node, call, handler, most, doubt);
                if (response == null) {
                    // A call that was given up says nothing of the node.
                    requirePermit(call, doubt);
                    ring.failed(node);
                } else if (isPassing(call, response, bytes)) {
                    ErrorAnswer answer = Refusals.read(response.statusCode(), bytes.apply(response.body()));
                    doubt.answered(answer);
                    ring.failed(node);
                } else {
                    ring.answered(node);
                    return reading.read(response, doubt.mayBeDone);
                }
                counters.failedAttempts.increment();
                if (call.repeat() == Call.Repeat.ONCE && doubt.mayBeDone) {
                    throw ended(doubt);
                }
            }
            pause(call, round, end);
        }
    }

    /** Nothing is sent without it; what was sent before may have been carried out. */
    private void requirePermit(Call call, Doubt doubt) {
        try {
            call.permit().require();
        } catch (ArchipelException lost) {
            if (!doubt.mayBeDone) {
                throw lost;
            }
            counters.unknownOutcomes.increment();
            throw new OutcomeUnknownException(call.what(), lost.answer(), lost);
        }
    }

    /** Whether another node, or the same one later, may answer better. */
    private static <B> boolean isPassing(Call call, HttpResponse<B> response, Function<B, byte[]> bytes) {
        return switch (response.statusCode()) {
            case 429, 502, 503, 504 -> true;
            // A write that is certainly not done has found a fault; one that may be is looked for by the next attempt.
            case 500 -> !call.isWrite() || Refusals.mayBeDone(Refusals.read(500, bytes.apply(response.body())));
            default -> false;
        };
    }

    /** What is known of the attempts so far. */
    private static final class Doubt {
        private final Call call;
        private boolean mayBeDone;
        private @Nullable ErrorAnswer last;
        /** What a node itself has said tells more than that another one is away. */
        private @Nullable ErrorAnswer said;

        private @Nullable Throwable cause;

        private Doubt(Call call) {
            this.call = call;
        }

        private boolean hasBegun() {
            return last != null;
        }

        private void answered(ErrorAnswer answer) {
            last = answer;
            said = answer;
            mayBeDone |= call.isWrite() && Refusals.mayBeDone(answer);
        }

        private void lost(Node node, Throwable failure, boolean sent) {
            String message = failure.getMessage();
            String text = message == null ? failure.getClass().getSimpleName() : message;
            last = ErrorAnswer.none(sent ? "no_answer" : "unreachable", node.address() + ": " + text);
            cause = failure;
            mayBeDone |= sent && call.isWrite();
        }
    }

    private ArchipelException ended(Doubt doubt) {
        ErrorAnswer last = doubt.said != null
                ? doubt.said
                : doubt.last != null ? doubt.last : ErrorAnswer.none("no_answer", "No node was asked.");
        if (doubt.mayBeDone) {
            counters.unknownOutcomes.increment();
            return new OutcomeUnknownException(doubt.call.what(), last, doubt.cause);
        }
        return last.status() == 0
                ? new UnavailableException(doubt.call.what(), last, doubt.cause)
                : Refusals.of(doubt.call.what(), last);
    }

    /** @return null where no answer came, which {@code doubt} knows then */
    private <B> @Nullable HttpResponse<B> attempt(
            Node node, Call call, BodyHandler<B> handler, long mostNanos, Doubt doubt) {
        try {
            if (sessions.needsLogin(node)) {
                logIn(node, mostNanos, doubt);
            }
            HttpResponse<B> response = exchange(node, call, handler, mostNanos, doubt);
            if (sessions.refused(node, response)) {
                if (response.body() instanceof InputStream body) {
                    body.close();
                }
                logIn(node, mostNanos, doubt);
                response = exchange(node, call, handler, mostNanos, doubt);
            }
            return response;
        } catch (NotSent e) {
            doubt.lost(node, e.getCause() == null ? e : e.getCause(), false);
        } catch (BoundedBody.TooLong e) {
            throw new TooLargeException(call.what(), ErrorAnswer.none("too_large", String.valueOf(e.getMessage())));
        } catch (IOException e) {
            requireContent(call, doubt);
            doubt.lost(node, e, true);
        }
        LOG.debug("{} at {} failed", call.what(), node.address(), doubt.cause);
        return null;
    }

    /** What cannot be read here is no node's fault, and would not be read at another one either. */
    private void requireContent(Call call, Doubt doubt) {
        RuntimeException failure = call.body() == null ? null : call.body().failure();
        if (failure != null) {
            doubt.cause = failure;
            throw doubt.mayBeDone ? ended(doubt) : failure;
        }
    }

    /** Nothing of the request can have reached the node. */
    private static final class NotSent extends IOException {
        private NotSent(Throwable cause) {
            super(cause);
        }
    }

    private void logIn(Node node, long mostNanos, Doubt doubt) throws IOException {
        HttpRequest.Builder request = sessions.login(
                node, HttpRequest.newBuilder(URI.create(node.address().base() + "/_session")));
        HttpResponse<byte[]> response;
        try {
            response = await(
                    request.build(),
                    answer -> new BoundedBody(options.largestAnswer()),
                    mostNanos,
                    Call.read("/_session"));
        } catch (IOException e) {
            // It is the session that failed: the request itself was not sent.
            throw new NotSent(e);
        }
        sessions.took(node, response.headers());
        if (response.statusCode() == 401 || response.statusCode() == 403) {
            ErrorAnswer answer = Refusals.read(response.statusCode(), response.body());
            doubt.said = answer;
            throw doubt.mayBeDone ? ended(doubt) : Refusals.of("log in at " + node.address(), answer);
        }
        if (response.statusCode() != 200) {
            throw new NotSent(new IOException("logging in was answered with " + response.statusCode()));
        }
    }

    private <B> HttpResponse<B> exchange(Node node, Call call, BodyHandler<B> handler, long mostNanos, Doubt doubt)
            throws IOException {
        // Logging in may have taken its time.
        requirePermit(call, doubt);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(node.address().base() + call.path()));
        Content body = call.body();
        request.method(call.method(), body == null ? BodyPublishers.noBody() : body.publisher());
        for (Map.Entry<String, String> header : call.headers()) {
            request.header(header.getKey(), header.getValue());
        }
        sessions.sign(node, request);
        counters.attempts.increment();
        HttpResponse<B> response = await(request.build(), handler, mostNanos, call);
        sessions.took(node, response.headers());
        return response;
    }

    /**
     * Waits for the answer's head, or for all of it.
     *
     * @param mostNanos without an answer and without progress
     */
    private <B> HttpResponse<B> await(HttpRequest request, BodyHandler<B> handler, long mostNanos, Call call)
            throws IOException {
        CompletableFuture<HttpResponse<B>> answer = http.sendAsync(request, handler);
        underWay.add(answer);
        try {
            return await(answer, mostNanos, call);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new CallInterruptedException(
                    request.method() + " " + request.uri().getRawPath());
        } catch (CancellationException e) {
            requireOpen();
            throw new IOException(e);
        } catch (ExecutionException e) {
            requireOpen();
            throw failure(e.getCause() == null ? e : e.getCause());
        } finally {
            underWay.remove(answer);
        }
    }

    /** A request whose permit is lost is given up: it may not have left yet, if its connection is slow to come up. */
    private static <B> HttpResponse<B> await(CompletableFuture<HttpResponse<B>> answer, long mostNanos, Call call)
            throws IOException, InterruptedException, ExecutionException {
        long left = mostNanos;
        long taken = taken(call);
        while (true) {
            long part = Math.max(0, Math.min(left, call.permit().leftNanos()));
            try {
                return answer.get(part, TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                left -= part;
            }
            if (left <= 0 && taken(call) != taken) {
                taken = taken(call);
                left = mostNanos;
            }
            if (left <= 0 || call.permit().leftNanos() <= 0) {
                answer.cancel(true);
                throw new HttpTimeoutException(
                        "no answer within " + Duration.ofNanos(mostNanos - left).toMillis() + " ms");
            }
        }
    }

    private static long taken(Call call) {
        return call.body() == null ? 0 : call.body().taken();
    }

    private static IOException failure(Throwable cause) {
        for (Throwable one = cause; one != null; one = one.getCause()) {
            if (one instanceof BoundedBody.TooLong tooLong) {
                return tooLong;
            }
            // Also where connecting took too long, and where the name of a host is unknown.
            if (one instanceof ConnectException
                    || one instanceof java.net.http.HttpConnectTimeoutException
                    || one instanceof SSLHandshakeException) {
                return new NotSent(one);
            }
        }
        return cause instanceof IOException io ? io : new IOException(cause);
    }

    private void pause(Call call, int round, long end) {
        await(call.what(), Math.min(pauseNanos(round), Math.max(0, end - clock.nanos())));
    }

    private static long pauseNanos(int round) {
        long longest = FIRST_PAUSE.toNanos() << Math.min(round, MOST_DOUBLINGS);
        return longest / 2 + ThreadLocalRandom.current().nextLong(longest / 2);
    }

    /**
     * Waits before what broke off is begun again.
     *
     * @param failures how often it has in a row; the first time is not waited for
     * @throws IllegalStateException where the client is closed meanwhile
     */
    public void pause(String what, int failures) {
        if (failures > 1) {
            await(what, pauseNanos(failures - 2));
        }
    }

    /** Waits, unless the client is closed meanwhile. */
    private void await(String what, long nanos) {
        try {
            if (closed.await(nanos, TimeUnit.NANOSECONDS)) {
                requireOpen();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CallInterruptedException(what);
        }
    }

    private void requireOpen() {
        if (isClosed()) {
            throw new IllegalStateException("the client is closed");
        }
    }

    public boolean isClosed() {
        return closed.getCount() == 0;
    }

    /** Gives up what is under way, and ends the threads. */
    @Override
    public void close() {
        closed.countDown();
        underWay.forEach(answer -> answer.cancel(true));
        shutDown(http);
        threads.shutdownNow();
    }

    /** From Java 21 on an HTTP client can be told to end; before that its thread ends once nobody refers to it. */
    private static void shutDown(HttpClient http) {
        try {
            HttpClient.class.getMethod("shutdownNow").invoke(http);
        } catch (NoSuchMethodException olderJava) {
            LOG.debug("the HTTP client ends by itself");
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
