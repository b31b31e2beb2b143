package archipel.node;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;

/** A running node that cannot be reached, refused, or failed; the message says which, why and what to do. */
public final class NodeFailure extends RuntimeException {
    private final int status;
    private final String reason;

    /**
     * @param status of the node's answer; 0 where there was none
     * @param reason in the node's words; empty where there is none
     */
    public NodeFailure(int status, String reason, String message) {
        super(message, null, false, false);
        this.status = status;
        this.reason = reason;
    }

    public NodeFailure(String message) {
        this(0, "", message);
    }

    /** Of several nodes, none of which answered. */
    static NodeFailure all(List<NodeFailure> failures) {
        return failures.size() == 1
                ? failures.getFirst()
                : new NodeFailure(failures.stream()
                        .map(failure -> String.valueOf(failure.getMessage()))
                        .collect(Collectors.joining(" ")));
    }

    /** For a connection that was refused, or whose host has no address. */
    public static NodeFailure unreachable(NodeUrl url, ConnectException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
                return unknownHost(url);
            }
        }
        String port = url.resolve("").getPort() < 0 ? " (port " + url.port() + ")" : "";
        return new NodeFailure("Nothing is listening at " + url + port + ": start the node, or correct the URL.");
    }

    public static NodeFailure unknownHost(NodeUrl url) {
        return new NodeFailure("The host of " + url + " is unknown: correct the URL.");
    }

    public static NodeFailure unconnected(NodeUrl url, Duration waited) {
        return new NodeFailure(url + " did not answer within " + waited.toSeconds() + " s: check that the machine is "
                + "up and reachable, or correct the URL.");
    }

    public static NodeFailure silent(NodeUrl url, Duration waited) {
        return new NodeFailure(url + " has sent nothing for " + waited.toSeconds() + " s: see the node's log.");
    }

    public static NodeFailure insecure(NodeUrl url, SSLException failure) {
        return new NodeFailure(url + " cannot be reached over TLS (" + failure.getMessage()
                + "): give the certificate to trust with --tls-cert, use the host name that the certificate is for, or "
                + "use http:// if the node does not use TLS.");
    }

    public static NodeFailure notArchipel(NodeUrl url) {
        return new NodeFailure(url + " is not an Archipel node: give the URL of one, without a database, such as "
                + "http://127.0.0.1:5984.");
    }

    /** @param location where the answer sends the reader; empty where it does not say */
    public static NodeFailure redirected(NodeUrl url, int status, String location) {
        String target = location.isEmpty() ? "elsewhere" : NodeUrl.withoutUserInfo(location);
        return new NodeFailure(status, "", url + " redirects to " + target + ": use that URL.");
    }

    /** Of the node's answer; 0 where there was none. */
    public int status() {
        return status;
    }

    /** In the node's words; empty where there is none. */
    public String reason() {
        return reason;
    }
}
