package archipel.calls;

import archipel.calls.NodeRing.Node;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * As whom nodes are asked: with name and password in each request, or with a cookie that each node gives once. Members
 * of one ensemble would take each other's cookies; asking each for its own also works where they are none.
 */
final class Sessions {
    private static final String COOKIE = "AuthSession=";

    private final boolean cookies;
    private final Map<Integer, String> byNode = new ConcurrentHashMap<>();

    Sessions(boolean cookies) {
        this.cookies = cookies;
    }

    /** Whether a cookie has to be got before this node is asked. */
    boolean needsLogin(Node node) {
        return cookies && node.address().login() != null && !byNode.containsKey(node.index());
    }

    /** The request that gets one. */
    HttpRequest.Builder login(Node node, HttpRequest.Builder request) {
        Login login = node.address().login();
        if (login == null) {
            throw new IllegalStateException("nobody to log in as");
        }
        byte[] body = new JsonMapper().writeValueAsBytes(Map.of("name", login.name(), "password", login.password()));
        return request.POST(HttpRequest.BodyPublishers.ofByteArray(body)).header("Content-Type", "application/json");
    }

    /** Says in a request who sends it. */
    void sign(Node node, HttpRequest.Builder request) {
        Login login = node.address().login();
        String cookie = byNode.get(node.index());
        if (cookies && cookie != null) {
            request.header("Cookie", cookie);
        } else if (!cookies && login != null) {
            request.header("Authorization", login.basic());
        }
    }

    /** Keeps the cookie of an answer: a node gives a new one before the old one ends. */
    void took(Node node, HttpHeaders headers) {
        if (cookies) {
            for (String cookie : headers.allValues("Set-Cookie")) {
                int end = cookie.indexOf(';');
                String pair = end < 0 ? cookie : cookie.substring(0, end);
                if (pair.startsWith(COOKIE) && pair.length() > COOKIE.length()) {
                    byNode.put(node.index(), pair);
                }
            }
        }
    }

    /**
     * A node does not know who this is.
     *
     * @return whether logging in again may help: the cookie has ended, or the node has other secrets now
     */
    boolean refused(Node node, @Nullable HttpResponse<?> answer) {
        return cookies
                && answer != null
                && answer.statusCode() == 401
                && byNode.remove(node.index()) != null
                && node.address().login() != null;
    }
}
