package archipel.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Bounds on what others can make a node do, and what proves a secret. */
class JoinAttemptsTest {
    private long nowMs = 1_000;

    @Test
    void pace_timeThatPasses_givesBack() {
        TokenBucket pace = new TokenBucket(() -> nowMs, 3, 2);
        for (int i = 0; i < 3; i++) {
            assertTrue(pace.take());
        }
        assertFalse(pace.take());
        nowMs += 500;
        assertTrue(pace.take());
        assertFalse(pace.take());
        pace.giveBack();
        assertTrue(pace.take());
        nowMs += 3_600_000;
        for (int i = 0; i < 3; i++) {
            assertTrue(pace.take());
        }
        assertFalse(pace.take(), "however long nothing came");
    }

    @Test
    void attempts_oneNetwork_doesNotCountForAnother() {
        JoinAttempts attempts = new JoinAttempts(() -> nowMs, () -> 2);
        assertTrue(attempts.of("10.0.0.1").take());
        assertTrue(attempts.of("10.0.0.1").take());
        assertFalse(attempts.of("10.0.0.1").take());
        assertTrue(attempts.of("10.0.0.2").take());
        assertTrue(attempts.of("2001:db8::1").take());
        assertTrue(attempts.of("2001:db8::2").take());
        assertFalse(attempts.of("2001:db8::3").take(), "all of a /64 are one client");
        nowMs += 30_000;
        assertTrue(attempts.of("10.0.0.1").take());
    }

    @Test
    void secret_proof_isOfBothKeysAndTheRole() {
        PeerSecret secret = new PeerSecret("a-secret-of-twenty-characters");
        String proof = secret.proof("join", "a", "b");
        assertTrue(new PeerSecret("a-secret-of-twenty-characters").isProof(proof, "join", "a", "b"));
        assertFalse(secret.isProof(proof, "welcome", "a", "b"));
        assertFalse(secret.isProof(proof, "join", "b", "a"));
        assertFalse(secret.isProof("", "join", "a", "b"));
        assertFalse(new PeerSecret("").isProof(proof, "join", "a", "b"));
        assertNotEquals(proof, new PeerSecret("another-of-twenty-characters").proof("join", "a", "b"));
        assertEquals(44, proof.length());
    }

    @Test
    void ownAddresses_othersAndNames_areNone() {
        assertTrue(OwnAddresses.contain("127.0.0.1"));
        for (String other : new String[] {"203.0.113.9", "localhost", "", "127.0.0.1:5984", "x".repeat(1_000)}) {
            assertFalse(OwnAddresses.contain(other), other);
        }
    }
}
