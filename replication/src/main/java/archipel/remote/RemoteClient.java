package archipel.remote;

import archipel.remote.RemoteException.Kind;
import archipel.settings.Settings;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.client.AbstractConnectionPool;
import org.eclipse.jetty.client.ByteBufferRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.OutputStreamRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.SocketAddressResolver;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to other nodes; one for all that a node does there, so that connections are shared. Blocks the calling
 * thread, which is meant to be a virtual one. Nothing of the HTTP library is loaded before the first request. Safe for
 * use by many threads.
 *
 * <p>Redirects are not followed: they would lead credentials, and this node's reach, to wherever the other side likes.
 */
public final class RemoteClient implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration RESOLVE = Duration.ofSeconds(10);
    /** A connection that waits for the next request is closed before most servers and gateways do. */
    private static final Duration UNUSED = Duration.ofSeconds(20);

    private static final int WAITING_PER_HOST = 10_000;
    private static final int UNBOUNDED = -1;
    private static final int BUFFER_BYTES = 32 << 10;

    private final DeniedAddresses denied;
    private final int connectionsPerHost;
    private final Trust trust;
    private @Nullable Running running;
    private boolean closed;

    /**
     * Which certificates of other nodes are trusted.
     *
     * @param context null for the JVM's own
     * @param names whether a certificate has to be for the name that is asked for; false where it is known by itself
     * @param serverName asked for in place of the host's name (RFC 6066); null for that
     */
    public record Trust(
            @Nullable SSLContext context,
            boolean names,
            @Nullable String serverName) {
        /** The authorities that the JVM trusts. */
        public static final Trust SYSTEM = new Trust(null, true);

        public Trust(@Nullable SSLContext context, boolean names) {
            this(context, names, null);
        }

        private SslContextFactory.Client factory() {
            SslContextFactory.Client tls = new SslContextFactory.Client() {
                @Override
                protected void checkEndPointIdentificationAlgorithm() {
                    if (serverName == null) {
                        // Warns of what should not be; whom a key is known of needs no name.
                        super.checkEndPointIdentificationAlgorithm();
                    }
                }
            };
            if (context != null) {
                tls.setSslContext(context);
            }
            if (!names) {
                tls.setEndpointIdentificationAlgorithm(null);
            }
            if (serverName != null) {
                List<SNIServerName> name = List.of(new SNIHostName(serverName));
                tls.setSNIProvider((_, _) -> name);
                // Each connection shows anew who is at its ends.
                tls.setSessionCachingEnabled(false);
            }
            return tls;
        }
    }

    /** @param connectionsPerHost at the most; further requests wait */
    public RemoteClient(DeniedAddresses denied, int connectionsPerHost, Trust trust) {
        this.denied = denied;
        this.connectionsPerHost = connectionsPerHost;
        this.trust = trust;
    }

    /**
     * As the settings say.
     *
     * @throws archipel.settings.SettingException where the certificates cannot be read
     */
    public static RemoteClient of(Settings settings) {
        return new RemoteClient(
                new DeniedAddresses(() -> settings.get(RemoteSettings.DENIED_NETWORKS)),
                settings.get(RemoteSettings.CONNECTIONS_PER_HOST),
                TrustedCertificates.of(settings));
    }

    /**
     * Sends a request and waits for the head of its answer, whatever its status.
     *
     * @throws RemoteException where there is none
     * @throws IOException of the body's writer
     */
    public RemoteAnswer send(RemoteAddress address, RemoteRequest request) throws IOException, InterruptedException {
        URI uri = uri(address, request);
        HttpClient client = client();
        Request sent = client.newRequest(uri)
                .method(request.method())
                .idleTimeout(request.idle().toMillis(), TimeUnit.MILLISECONDS);
        sent.headers(fields -> {
            address.headers().forEach(fields::put);
            request.headers().forEach(fields::put);
            if (address.login() != null) {
                fields.put(HttpHeader.AUTHORIZATION, address.login().header());
            }
        });
        StreamedAnswer answer = new StreamedAnswer(sent, request.method() + " " + shown(uri), request.idle());
        try {
            switch (request.body()) {
                case null -> sent.send(answer);
                case RemoteRequest.Bytes bytes -> {
                    ByteBuffer content = ByteBuffer.wrap(bytes.array(), 0, bytes.length());
                    sent.body(new ByteBufferRequestContent(bytes.contentType(), content));
                    sent.send(answer);
                }
                case RemoteRequest.Streamed streamed -> stream(sent, streamed, answer);
            }
            answer.awaitHead();
            return answer;
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            answer.close();
            throw e;
        }
    }

    private static void stream(Request sent, RemoteRequest.Streamed body, StreamedAnswer answer) throws IOException {
        OutputStreamRequestContent content = new OutputStreamRequestContent(body.contentType());
        if (body.length() >= 0) {
            sent.headers(fields -> fields.put(HttpHeader.CONTENT_LENGTH, body.length()));
        }
        sent.body(content);
        sent.send(answer);
        try {
            OutputStream out = content.getOutputStream();
            body.writer().write(out);
            out.close();
        } catch (IOException e) {
            // An answer that came early says more than the connection that closed behind it.
            if (!answer.hasHead()) {
                throw answer.failure(e);
            }
        } catch (RuntimeException | Error e) {
            // What was not written to its end must not look as if it were.
            sent.abort(e);
            throw e;
        }
    }

    private static URI uri(RemoteAddress address, RemoteRequest request) {
        String base = address.url().toString();
        String ofAddress = address.url().getRawQuery();
        String query = request.query();
        if (ofAddress != null) {
            base = base.substring(0, base.indexOf('?'));
            query = query.isEmpty() ? ofAddress : ofAddress + "&" + query;
        }
        return URI.create(base + request.path() + (query.isEmpty() ? "" : "?" + query));
    }

    private static String shown(URI uri) {
        String text = uri.toString();
        int question = text.indexOf('?');
        return question < 0 ? text : text.substring(0, question);
    }

    /** How many connections there are, to all hosts. */
    public synchronized int connections() {
        return running == null
                ? 0
                : running.client.getDestinations().stream()
                        .mapToInt(destination -> destination.getConnectionPool() instanceof AbstractConnectionPool pool
                                ? pool.getConnectionCount()
                                : 0)
                        .sum();
    }

    private synchronized HttpClient client() throws RemoteException {
        if (closed) {
            throw new RemoteException(Kind.STOPPED, "the node is stopping", null);
        }
        if (running == null) {
            running = Running.start(this);
        }
        return running.client;
    }

    /** Breaks off what is under way. */
    @Override
    public void close() {
        Running last;
        synchronized (this) {
            closed = true;
            last = running;
            running = null;
        }
        if (last != null) {
            last.stop();
        }
    }

    /** What is there once a request was sent. */
    private record Running(HttpClient client, VirtualThreadPool threads) {
        static Running start(RemoteClient of) {
            VirtualThreadPool threads = new VirtualThreadPool(UNBOUNDED);
            threads.setName("remote");
            ScheduledExecutorScheduler timer = new ScheduledExecutorScheduler("remote-timer", true);
            ClientConnector connector = new ClientConnector();
            connector.setSelectors(1);
            connector.setExecutor(threads);
            connector.setScheduler(timer);
            connector.setConnectTimeout(CONNECT);
            connector.setSslContextFactory(of.trust.factory());
            HttpClient client = new HttpClient(new HttpClientTransportOverHTTP(connector));
            client.setExecutor(threads);
            client.setScheduler(timer);
            client.setFollowRedirects(false);
            client.setHttpCookieStore(new HttpCookieStore.Empty());
            client.setUserAgentField(new HttpField(HttpHeader.USER_AGENT, "Archipel"));
            client.setMaxConnectionsPerDestination(of.connectionsPerHost);
            client.setMaxRequestsQueuedPerDestination(WAITING_PER_HOST);
            client.setConnectTimeout(CONNECT.toMillis());
            client.setIdleTimeout(UNUSED.toMillis());
            client.setDestinationIdleTimeout(Duration.ofMinutes(5).toMillis());
            client.setRequestBufferSize(BUFFER_BYTES);
            client.setResponseBufferSize(BUFFER_BYTES);
            client.setSocketAddressResolver(new AllowedResolver(
                    of.denied, new SocketAddressResolver.Async(threads, timer, RESOLVE.toMillis())));
            try {
                threads.start();
                timer.start();
                client.start();
                // Whoever asks gets the bytes as they are, and says itself who it is.
                client.getContentDecoderFactories().clear();
                client.getProtocolHandlers().clear();
            } catch (Exception e) {
                throw new IllegalStateException("the HTTP client cannot be started", e);
            }
            return new Running(client, threads);
        }

        void stop() {
            try {
                client.stop();
                threads.stop();
            } catch (Exception e) {
                throw new IllegalStateException("the HTTP client cannot be stopped", e);
            }
        }
    }

    /** Leaves only those addresses of a name that may be connected to. */
    private record AllowedResolver(DeniedAddresses denied, SocketAddressResolver all) implements SocketAddressResolver {
        @Override
        public void resolve(
                String host, int port, Map<String, Object> context, Promise<List<InetSocketAddress>> promise) {
            all.resolve(host, port, context, Promise.from(found -> allow(host, found, promise), promise::failed));
        }

        private void allow(String host, List<InetSocketAddress> found, Promise<List<InetSocketAddress>> promise) {
            List<InetSocketAddress> allowed = found.stream()
                    .filter(each -> !denied.contains(each.getAddress()))
                    .toList();
            if (allowed.isEmpty() && !found.isEmpty()) {
                promise.failed(new RemoteException(
                        Kind.DENIED,
                        "this node must not connect to " + host + ", by its setting denied_networks",
                        null));
            } else {
                promise.succeeded(allowed);
            }
        }
    }
}
