package archipel.connections;

import archipel.document.JsonBuffer;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Stream;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.server.internal.HTTP2ServerConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** What the library refuses by itself (no HTTP, too long a line) is answered as all else. */
public final class Refusals extends ErrorHandler {
    static final String TLS_ON_PLAIN_PORT =
            "This port speaks plain HTTP and got a TLS handshake: use http://, or start the node with --tls-cert.";
    static final String TOO_MANY_HEADS = "The headers of all requests take too much memory, try later.";
    static final String MALFORMED = "Malformed HTTP request.";

    private final ConnectionLimits settings;

    public Refusals(ConnectionLimits settings) {
        this.settings = settings;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        Object cause = request.getAttribute(ERROR_EXCEPTION);
        String said = cause instanceof HttpException refusal ? refusal.getReason() : "";
        JsonBuffer json = json(status, said);
        response.getHeaders().put(HttpHeader.SERVER, settings.serverName());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "must-revalidate");
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, json.size());
        if (status == 503) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, "5");
        }
        response.write(true, ByteBuffer.wrap(json.array(), 0, json.size()), callback);
        return true;
    }

    /** @param said the library's reason, which may quote the client and is shown only where it is one of ours */
    private static JsonBuffer json(int status, String said) {
        String error = switch (status) {
            case 413 -> "too_large";
            case 414 -> "too_long";
            case 431 -> "too_large";
            case 500 -> "internal_server_error";
            case 503 -> "service_unavailable";
            default -> "bad_request";
        };
        String reason = switch (status) {
            case 413 -> "the request entity is too large";
            case 414 -> "the request uri is too long";
            case 431 -> "The request's headers are too large.";
            case 500 -> "See the node's log.";
            case 503 -> TOO_MANY_HEADS;
            case 426, 505 -> "This version of HTTP is not spoken here.";
            default -> TLS_ON_PLAIN_PORT.equals(said) ? said : MALFORMED;
        };
        return new JsonBuffer(128)
                .ascii("{\"error\":")
                .string(error)
                .ascii(",\"reason\":")
                .string(reason)
                .ascii("}\n");
    }

    /**
     * Ends a request whose client keeps it waiting: whoever reads its body or writes its answer gets an error. Other
     * requests on the same connection go on, where there can be others.
     */
    public static void breakOff(Request request, TimeoutException why) {
        Connection connection = request.getConnectionMetaData().getConnection();
        if (connection instanceof HTTP2ServerConnection http2) {
            HTTP2Stream stream = http2.getSession().getStream(Integer.parseInt(request.getId()));
            if (stream != null) {
                http2.onStreamFailure(stream, why, Callback.NOOP);
                stream.reset(new ResetFrame(stream.getId(), ErrorCode.CANCEL_STREAM_ERROR.code), Callback.NOOP);
            }
        } else {
            connection.getEndPoint().close(why);
        }
    }

    /** Drops the connection without an answer, which a client would take for one to its request. */
    public static void dropSilently(Request request) {
        request.getConnectionMetaData().getConnection().getEndPoint().close();
    }
}
