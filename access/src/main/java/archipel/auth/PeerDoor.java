package archipel.auth;

import java.security.cert.X509Certificate;

/**
 * Which other nodes are let in, and to what. They are known by the key of the certificate that they show, never by a
 * name or a password, and may read what is replicated to them and nothing else. Safe for use by many threads.
 */
public interface PeerDoor {
    /** Lets nobody in. */
    PeerDoor CLOSED = new PeerDoor() {
        @Override
        public UserContext peer(X509Certificate[] shown) {
            return UserContext.peer("", false, this);
        }

        @Override
        public boolean isMember(String fingerprint) {
            return false;
        }

        @Override
        public boolean shows(UserContext peer, String database) {
            return false;
        }
    };

    /** Who a node is that has shown a certificate, whose key it has proved to have. */
    UserContext peer(X509Certificate[] shown);

    /** Whether that is the key of a member, whether this node is connected with it or not. */
    boolean isMember(String fingerprint);

    /** Whether a member may read a database. */
    boolean shows(UserContext peer, String database);
}
