package archipel.connections;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
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
    static final String TLS_ON_PLAIN_PORT = ErrorCode.TLS_ON_PLAIN_PORT.reasonTemplate();
    static final String TOO_MANY_HEADS = ErrorCode.HEADERS_BUSY.reasonTemplate();
    private static final int CANCELLED = org.eclipse.jetty.http2.ErrorCode.CANCEL_STREAM_ERROR.code;

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
        ErrorCode code = switch (status) {
            case 413 -> ErrorCode.REQUEST_TOO_LARGE;
            case 414 -> ErrorCode.URI_TOO_LONG;
            case 431 -> ErrorCode.HEADERS_TOO_LARGE;
            case 500 -> ErrorCode.INTERNAL;
            case 503 -> ErrorCode.HEADERS_BUSY;
            case 426, 505 -> ErrorCode.HTTP_VERSION;
            default -> TLS_ON_PLAIN_PORT.equals(said) ? ErrorCode.TLS_ON_PLAIN_PORT : ErrorCode.MALFORMED_HTTP;
        };
        return new RequestException(code).json().ascii('\n');
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
                stream.reset(new ResetFrame(stream.getId(), CANCELLED), Callback.NOOP);
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
