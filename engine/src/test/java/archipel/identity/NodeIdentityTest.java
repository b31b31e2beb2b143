package archipel.identity;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeIdentityTest {
    @Test
    void open_again_isTheSameNode(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("identity");
        NodeIdentity first = NodeIdentity.open(file);
        NodeIdentity second = NodeIdentity.open(file);
        assertEquals(first.fingerprint(), second.fingerprint());
        byte[] text = "text".getBytes(UTF_8);
        assertTrue(NodeIdentity.isSigned(first.encodedKey(), text, second.sign(text)));
        assertNotEquals(
                first.fingerprint(),
                NodeIdentity.open(directory.resolve("other")).fingerprint());
    }

    @Test
    void open_file_isItsOwnersAlone(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("identity");
        NodeIdentity _ = NodeIdentity.open(file);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void open_damagedFile_isNoOtherIdentity(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("identity");
        Files.writeString(file, "-----BEGIN PRIVATE KEY-----\nMC4C");
        assertThrows(IOException.class, () -> NodeIdentity.open(file));
        assertEquals("-----BEGIN PRIVATE KEY-----\nMC4C", Files.readString(file));
    }

    @Test
    void isSigned_otherTextOrKey_isFalse() {
        NodeIdentity one = NodeIdentity.make();
        byte[] text = "text".getBytes(UTF_8);
        byte[] signature = one.sign(text);
        assertTrue(NodeIdentity.isSigned(one.encodedKey(), text, signature));
        assertFalse(NodeIdentity.isSigned(one.encodedKey(), "texts".getBytes(UTF_8), signature));
        assertFalse(NodeIdentity.isSigned(NodeIdentity.make().encodedKey(), text, signature));
        assertFalse(NodeIdentity.isSigned(one.encodedKey(), text, new byte[64]));
        assertFalse(NodeIdentity.isSigned(new byte[] {1, 2, 3}, text, signature));
        signature[3] ^= 1;
        assertFalse(NodeIdentity.isSigned(one.encodedKey(), text, signature));
    }

    @Test
    void certificate_isOneThatJavaReads() throws GeneralSecurityException {
        NodeIdentity identity = NodeIdentity.make();
        X509Certificate certificate = NodeCertificate.of(identity);
        certificate.verify(certificate.getPublicKey());
        certificate.checkValidity();
        assertArrayEquals(identity.encodedKey(), certificate.getPublicKey().getEncoded());
        assertEquals(
                "CN=" + identity.fingerprint(),
                certificate.getSubjectX500Principal().getName());
        assertEquals(identity.fingerprint(), NodeTls.fingerprint(new X509Certificate[] {certificate}));
    }
}
