package archipel.identity;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;

/**
 * The certificate that a node makes of its key, since TLS wants one: X.509 version 3 (RFC 5280) with a key and a
 * signature of Ed25519 (RFC 8410), issued by the node to itself, without an end. Nobody reads more of it than the key.
 */
final class NodeCertificate {
    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int UTF8_TEXT = 0x0C;
    private static final int UTC_TIME = 0x17;
    private static final int LONG_TIME = 0x18;
    private static final int VERSION = 0xA0;
    private static final byte[] COMMON_NAME = {0x06, 3, 0x55, 4, 3};
    private static final byte[] ED25519 = {SEQUENCE, 5, 0x06, 3, 0x2B, 0x65, 0x70};
    private static final byte[] VERSION_3 = {INTEGER, 1, 2};
    private static final byte[] SERIAL = {INTEGER, 1, 1};

    private NodeCertificate() {}

    static X509Certificate of(NodeIdentity identity) {
        byte[] name = element(
                SEQUENCE,
                element(
                        SET,
                        element(
                                SEQUENCE,
                                COMMON_NAME,
                                element(UTF8_TEXT, identity.fingerprint().getBytes(UTF_8)))));
        byte[] validity = element(
                SEQUENCE,
                element(UTC_TIME, "700101000000Z".getBytes(UTF_8)),
                element(LONG_TIME, "99991231235959Z".getBytes(UTF_8)));
        byte[] content = element(
                SEQUENCE, element(VERSION, VERSION_3), SERIAL, ED25519, name, validity, name, identity.encodedKey());
        byte[] noUnusedBits = {0};
        byte[] whole = element(SEQUENCE, content, ED25519, element(BIT_STRING, noUnusedBits, identity.sign(content)));
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One element of DER: a tag, the length, what it holds. */
    private static byte[] element(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 4);
        out.write(tag);
        if (length >= 0x100) {
            out.write(0x82);
            out.write(length >> 8);
        } else if (length >= 0x80) {
            out.write(0x81);
        }
        out.write(length);
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
