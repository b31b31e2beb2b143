package archipel.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import javax.crypto.Mac;

/**
 * That somebody knows the ensemble's secret, for one connection alone: an HMAC-SHA-256 of all that the connection is.
 * With both certificates and a key that TLS gives to both ends (RFC 9266), somebody in the middle has nothing to pass
 * on.
 */
final class Proof {
    static final int NONCE_BYTES = 32;

    /** Who proves it: what one side has sent is of no use for the other. */
    enum Role {
        CALLER,
        ANSWERER
    }

    /**
     * What a connection is.
     *
     * @param caller the name of the member that connects
     * @param answerer the name of the member that it wants
     * @param channel what only the two ends of this TLS connection have in common
     */
    record Subject(
            Lane lane,
            String ensemble,
            String caller,
            String answerer,
            String callerFingerprint,
            String answererFingerprint,
            byte[] callerNonce,
            byte[] answererNonce,
            byte[] channel) {}

    private final byte[] key;

    Proof(MemberSecret secret) {
        this.key = secret.key("archipel transport proof 1");
    }

    byte[] of(Role role, Subject subject) {
        Mac mac = MemberSecret.mac(key);
        add(mac, role.name().getBytes(UTF_8));
        add(mac, subject.lane.name().getBytes(UTF_8));
        add(mac, subject.ensemble.getBytes(UTF_8));
        add(mac, subject.caller.getBytes(UTF_8));
        add(mac, subject.answerer.getBytes(UTF_8));
        add(mac, subject.callerFingerprint.getBytes(UTF_8));
        add(mac, subject.answererFingerprint.getBytes(UTF_8));
        add(mac, subject.callerNonce);
        add(mac, subject.answererNonce);
        add(mac, subject.channel);
        return mac.doFinal();
    }

    boolean isRight(Role role, Subject subject, byte[] shown) {
        return MessageDigest.isEqual(of(role, subject), shown);
    }

    /** With its length, so that the parts cannot be divided otherwise. */
    private static void add(Mac mac, byte[] part) {
        mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).flip());
        mac.update(part);
    }
}
