package archipel.reference;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/**
 * A process with Jetty's server and a handler that does next to nothing, in virtual threads: {@code GET} gives a
 * constant of 1 KB, {@code PUT} reads its body and acknowledges it. Prints its port, and ends with its standard input.
 */
public final class BareHandler {
    private static final byte[] ACKNOWLEDGED =
            "{\"ok\":true,\"id\":\"0\",\"rev\":\"1-0\"}\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DOCUMENT =
            ("{\"text\":\"" + "x".repeat(1012) + "\"}\n").getBytes(StandardCharsets.US_ASCII);
    private static final int UNBOUNDED = -1;

    private BareHandler() {}

    public static void main(String[] arguments) throws Exception {
        Server server = new Server(new VirtualThreadPool(UNBOUNDED));
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws IOException {
                answer(request, response, callback);
                return true;
            }
        });
        server.start();
        System.out.println(connector.getLocalPort());
        while (System.in.read() >= 0) {
            continue;
        }
        server.stop();
    }

    private static void answer(Request request, Response response, Callback callback) throws IOException {
        byte[] answer = DOCUMENT;
        if (HttpMethod.PUT.is(request.getMethod())) {
            try (InputStream body = Content.Source.asInputStream(request)) {
                body.readAllBytes();
            }
            response.setStatus(201);
            answer = ACKNOWLEDGED;
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, ByteBuffer.wrap(answer), callback);
    }
}
