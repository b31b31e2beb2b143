package archipel.mesh;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.identity.Fingerprint;
import archipel.remote.RemoteAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A URL that says which node to join, and may say why that node should let this one in: {@code
 * http://host:port/#fingerprint.secret} is an invitation, and {@code http://name:password@host:port} brings an admin's
 * credentials. Its text is shown nowhere; {@link #shown} is.
 *
 * @param address with the credentials, where there are some
 */
record JoinUrl(RemoteAddress address, @Nullable Invited invited) {
    /** What an invitation says: who invites, and the secret that lets one node in. */
    record Invited(String fingerprint, String secret) {
        String appendTo(String url) {
            return url + (url.endsWith("/") ? "" : "/") + "#" + fingerprint + "." + secret;
        }

        @Override
        public String toString() {
            return "Invited[" + fingerprint + ", ****]";
        }
    }

    /** @throws RequestException 400 for what is no such URL */
    static JoinUrl parse(String text) {
        int hash = text.indexOf('#');
        try {
            RemoteAddress address = RemoteAddress.parse(hash < 0 ? text : text.substring(0, hash), null, Map.of());
            if (!PeerAddress.isNode(address)) {
                throw new RequestException(ErrorCode.PEER_URL);
            }
            return new JoinUrl(address, hash < 0 ? null : invited(text.substring(hash + 1)));
        } catch (IllegalArgumentException e) {
            throw new RequestException(ErrorCode.PEER_URL);
        }
    }

    static Invited invited(String fragment) {
        int dot = fragment.indexOf('.');
        String fingerprint = dot < 0 ? "" : fragment.substring(0, dot);
        if (!Fingerprint.isOne(fingerprint) || dot == fragment.length() - 1) {
            throw new RequestException(ErrorCode.PEER_URL);
        }
        return new Invited(fingerprint, fragment.substring(dot + 1));
    }

    String shown() {
        return address.shown();
    }

    @Override
    public String toString() {
        return shown();
    }
}
