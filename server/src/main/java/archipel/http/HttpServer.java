package archipel.http;

import archipel.document.JsonBuffer;
import io.helidon.http.DirectHandler;
import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.service.registry.GlobalServiceRegistry;
import io.helidon.service.registry.ServiceRegistryConfig;
import io.helidon.service.registry.ServiceRegistryManager;
import io.helidon.webserver.http.DirectHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The node's front door while it is open: listens, answers, and closes in good order. */
public final class HttpServer implements AutoCloseable {
    private final Listener listener;
    private final Dispatcher dispatcher;
    private boolean stopped;

    private HttpServer(Listener listener, Dispatcher dispatcher) {
        this.listener = listener;
        this.dispatcher = dispatcher;
    }

    /**
     * Listens.
     *
     * @param port 0 for any that is free
     * @throws java.io.UncheckedIOException where the address cannot be bound; its cause says why
     */
    public static HttpServer start(String host, int port, HttpServices services, Router router) {
        useNoServices();
        Dispatcher dispatcher = new Dispatcher(services, router);
        return new HttpServer(Listener.start(host, port, services.settings(), dispatcher, refusals()), dispatcher);
    }

    /**
     * The first request would have the library look through all jars for services of its own, which takes it 150 ms and
     * finds none that is used here: what it would look for is said to be there already.
     */
    private static void useNoServices() {
        GlobalServiceRegistry.registry(ServiceRegistryManager.create(ServiceRegistryConfig.builder()
                        .discoverServices(false)
                        .discoverServicesFromServiceLoader(false)
                        .build())
                .registry());
    }

    public int port() {
        return listener.port();
    }

    /** Requests that are being answered. */
    public int running() {
        return dispatcher.running();
    }

    /** As {@link #stop} with ten seconds. */
    @Override
    public void close() {
        stop(Duration.ofSeconds(10));
    }

    /**
     * Ends feeds with their closing line, lets other answers complete, refuses new requests, and closes all
     * connections.
     *
     * @param grace how long answers under way may take
     */
    public synchronized void stop(Duration grace) {
        if (stopped) {
            return;
        }
        stopped = true;
        listener.close();
        dispatcher.stop();
        Stopwatch waited = new Stopwatch();
        while (dispatcher.running() > 0 && waited.milliseconds() < grace.toMillis()) {
            LockSupport.parkNanos(5_000_000);
        }
        listener.closeConnections();
    }

    private static DirectHandlers refusals() {
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (EventType type : EventType.values()) {
            handlers.addHandler(type, HttpServer::refuse);
        }
        return handlers.build();
    }

    /** What the library refuses by itself (no HTTP, too long a line) is answered as all else. */
    private static DirectHandler.TransportResponse refuse(
            DirectHandler.TransportRequest request,
            EventType type,
            Status status,
            ServerResponseHeaders headers,
            @Nullable String message) {
        String error = switch (status.code()) {
            case 413 -> "too_large";
            case 414 -> "too_long";
            case 500 -> "internal_server_error";
            case 503 -> "service_unavailable";
            default -> "bad_request";
        };
        String reason = switch (status.code()) {
            case 413 -> "the request entity is too large";
            case 414 -> "the request uri is too long";
            case 500 -> "See the node's log.";
            default -> status.code() < 500 ? "Malformed HTTP request." : status.reasonPhrase();
        };
        byte[] body = new JsonBuffer(128)
                .ascii("{\"error\":")
                .string(error)
                .ascii(",\"reason\":")
                .string(reason)
                .ascii("}\n")
                .toByteArray();
        return DirectHandler.TransportResponse.builder()
                .status(status)
                .headers(headers)
                .header(HeaderValues.CONTENT_TYPE_JSON)
                .header(HeaderValues.create(HeaderNames.SERVER, "Archipel"))
                .keepAlive(false)
                .entity(new String(body, StandardCharsets.UTF_8))
                .build();
    }
}
