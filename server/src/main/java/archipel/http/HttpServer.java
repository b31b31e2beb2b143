package archipel.http;

import archipel.document.JsonBuffer;
import io.helidon.http.DirectHandler;
import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http2.Http2Config;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The listening socket and its connections. One virtual thread a connection and buffers that are small until something
 * comes, so that ten thousand idle feeds stay cheap.
 */
public final class HttpServer implements AutoCloseable {
    private static final int HEADERS_BYTES = 64 << 10;
    private static final Duration IDLE = Duration.ofMinutes(5);

    private final WebServer web;
    private final Dispatcher dispatcher;
    private boolean stopped;

    private HttpServer(WebServer web, Dispatcher dispatcher) {
        this.web = web;
        this.dispatcher = dispatcher;
    }

    /**
     * Listens.
     *
     * @param port 0 for any that is free
     * @throws RuntimeException where the port cannot be bound; its cause is a {@link java.net.BindException}
     */
    public static HttpServer start(String host, int port, HttpServices services, Router router) {
        Dispatcher dispatcher = new Dispatcher(services, router);
        Http1Config http1 = Http1Config.builder()
                .maxPrologueLength(services.settings().maximumUriBytes())
                .maxHeadersSize(HEADERS_BYTES)
                .validatePrologue(false)
                .validatePath(false)
                .validateRequestHeaders(false)
                .validateResponseHeaders(true)
                .sendKeepAliveHeader(false)
                .log(log -> log.receiveLog(false).sendLog(false))
                .build();
        Http2Config http2 = Http2Config.builder()
                .validatePath(false)
                .maxConcurrentStreams(1024)
                .build();
        WebServer web = WebServer.builder()
                .host(host)
                .port(port)
                .addConnectionSelector(ConnectionSelectors.http2(http2, dispatcher))
                .addConnectionSelector(ConnectionSelectors.http1(http1, http2, dispatcher))
                .protocolsDiscoverServices(false)
                .featuresDiscoverServices(false)
                .contentEncoding(encoding -> encoding.contentEncodingsDiscoverServices(false))
                .mediaContext(media -> media.mediaSupportsDiscoverServices(false))
                .directHandlers(directHandlers())
                .shutdownHook(false)
                .shutdownGracePeriod(Duration.ofSeconds(5))
                .writeQueueLength(0)
                .writeBufferSize(0)
                .useNio(false)
                .backlog(1024)
                .idleConnectionTimeout(IDLE)
                .connectionOptions(options ->
                        options.tcpNoDelay(true).socketKeepAlive(true).readTimeout(IDLE))
                .build();
        return new HttpServer(web.start(), dispatcher);
    }

    public int port() {
        return web.port();
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
        dispatcher.stop();
        Stopwatch waited = new Stopwatch();
        while (dispatcher.running() > 0 && waited.milliseconds() < grace.toMillis()) {
            LockSupport.parkNanos(5_000_000);
        }
        web.stop();
    }

    private static DirectHandlers directHandlers() {
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
