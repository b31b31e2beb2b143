package archipel.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.identity.NodeIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node keeps of its mesh, and the texts by which one joins. */
class MeshStateTest {
    @TempDir
    private Path directory;

    @Test
    void open_afterSave_isTheSame() throws IOException {
        MeshState state = MeshState.open(directory.resolve("peers"));
        NodeRecord record = NodeRecord.sign(NodeIdentity.make(), List.of("http://10.0.0.1:5984/"), 4);
        Member gone = Member.joined(NodeRecord.sign(NodeIdentity.make(), List.of(), 1), 2)
                .gone();
        state.members().put(record.id(), Member.joined(record, 1));
        state.members().put(gone.id(), gone);
        state.options().put(record.id(), new PeerOptions(true, List.of("is*", "_users")));
        assertEquals(1, state.nextVersion());
        Instant soon = Instant.ofEpochSecond(1_000);
        String secret = state.invitations().add(new SecureRandom(), soon);
        state.save();
        assertFalse(Files.readString(directory.resolve("peers")).contains(secret), "the secret itself is not kept");

        MeshState again = MeshState.open(directory.resolve("peers"));
        assertEquals(2, again.nextVersion());
        assertEquals(gone, again.members().get(gone.id()));
        assertEquals(
                new PeerOptions(true, List.of("is*", "_users")), again.options().get(record.id()));
        assertFalse(again.invitations().use("x" + secret, Instant.EPOCH));
        assertTrue(again.invitations().use(secret, Instant.EPOCH));
        assertFalse(again.invitations().use(secret, Instant.EPOCH), "one node alone comes in by it");
    }

    @Test
    void invitation_expired_letsNobodyIn() {
        Invitations invitations = new Invitations();
        String secret = invitations.add(new SecureRandom(), Instant.ofEpochSecond(1_000));
        assertFalse(invitations.use(secret, Instant.ofEpochSecond(1_000)));
    }

    @Test
    void knownDatabases_lineThatWasCutOff_isPassedOver() throws IOException {
        Path file = directory.resolve("peer-databases");
        KnownDatabases known = KnownDatabases.open(file);
        known.add("one");
        known.add("two");
        Files.writeString(file, "one\nislan");
        KnownDatabases again = KnownDatabases.open(file);
        assertTrue(again.contains("one"));
        assertFalse(again.contains("islan"));
        again.add("three");
        again.add("three");
        KnownDatabases last = KnownDatabases.open(file);
        assertTrue(last.contains("one") && last.contains("three"));
    }

    @Test
    void joinUrl_secrets_areNotShown() {
        String fingerprint = NodeIdentity.make().fingerprint();
        JoinUrl invitation = JoinUrl.parse("http://10.0.0.1:5984/#" + fingerprint + ".s3cret");
        assertEquals(new JoinUrl.Invited(fingerprint, "s3cret"), invitation.invited());
        assertFalse(invitation.toString().contains("s3cret"));
        JoinUrl password = JoinUrl.parse("http://root:relax@10.0.0.1:5984");
        assertEquals("http://10.0.0.1:5984/", password.toString());
    }

    @Test
    void joinUrl_malformed_isRefused() {
        for (String url :
                List.of("", "islands", "http://h/islands", "http://h/#x", "http://h/#" + "a".repeat(32) + ".")) {
            RequestException e = assertThrows(RequestException.class, () -> JoinUrl.parse(url), url);
            assertEquals(ErrorCode.PEER_URL, e.code());
        }
    }
}
