package archipel.mesh;

import archipel.remote.RemoteAddress;
import java.util.Map;

/** Where a node answers: its host and port. Other nodes always speak TLS there, whatever it speaks with clients. */
final class PeerAddress {
    private PeerAddress() {}

    /** Whether a text is a URL of a node, without credentials. */
    static boolean isOne(String url) {
        try {
            return isNode(RemoteAddress.parse(url, null, Map.of())) && url.indexOf('@') < 0;
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }

    /** Whether that is a node's own URL rather than one of something that it has. */
    static boolean isNode(RemoteAddress address) {
        return address.url().getRawPath().equals("/") && address.url().getRawQuery() == null;
    }

    /** The same place, as other nodes speak with it: no credentials go there. */
    static RemoteAddress dialled(RemoteAddress address) {
        String text = "https://" + address.url().getHost() + ":" + address.port() + "/";
        return RemoteAddress.parse(text, null, Map.of());
    }

    static RemoteAddress dialled(String url) {
        return dialled(RemoteAddress.parse(url, null, Map.of()));
    }
}
