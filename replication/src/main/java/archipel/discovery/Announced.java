package archipel.discovery;

import java.net.InetAddress;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * What a node says of itself on the local network, whoever says it.
 *
 * @param id the fingerprint of the node's key
 * @param url where it answers, such as {@code http://10.0.0.7:5984/}: an address, not a name
 */
public record Announced(String id, String url) {
    private static final int LONGEST_URL = 80;

    /**
     * As it was received.
     *
     * @param source who has sent it: a node speaks for itself, and sends nobody elsewhere
     * @return null where no node says that
     */
    static @Nullable Announced of(@Nullable String id, @Nullable String url, @Nullable InetAddress source) {
        if (id == null || url == null || source == null || !id.matches("[0-9a-f]{32}") || url.length() > LONGEST_URL) {
            return null;
        }
        try {
            URI parsed = URI.create(url);
            InetAddress named =
                    InetAddress.ofLiteral(String.valueOf(parsed.getHost()).replaceAll("[\\[\\]]", ""));
            boolean own = named.equals(source) || named.isLoopbackAddress() && source.isLoopbackAddress();
            return own && url.equals(url(named, parsed.getPort())) ? new Announced(id, url) : null;
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    static String url(InetAddress address, int port) {
        String host = address.getHostAddress();
        return "http://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port + "/";
    }
}
