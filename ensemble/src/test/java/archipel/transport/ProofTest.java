package archipel.transport;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.transport.Proof.Role;
import archipel.transport.Proof.Subject;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProofTest {
    private static final byte[] ONE = {1};
    private static final byte[] OTHER = {2};
    private static final Subject SUBJECT = new Subject(Lane.LOG, "e", "a", "b", "fa", "fb", ONE, ONE, ONE);

    private final Proof proof = new Proof(Members.SECRET);

    @Test
    void isRight_sameSubject_isTrue() {
        assertTrue(proof.isRight(Role.CALLER, SUBJECT, proof.of(Role.CALLER, SUBJECT)));
    }

    @Test
    void isRight_anythingElse_isFalse() {
        byte[] shown = proof.of(Role.CALLER, SUBJECT);
        assertFalse(proof.isRight(Role.ANSWERER, SUBJECT, shown));
        for (Subject other : List.of(
                new Subject(Lane.BULK, "e", "a", "b", "fa", "fb", ONE, ONE, ONE),
                new Subject(Lane.LOG, "f", "a", "b", "fa", "fb", ONE, ONE, ONE),
                new Subject(Lane.LOG, "e", "c", "b", "fa", "fb", ONE, ONE, ONE),
                new Subject(Lane.LOG, "e", "a", "c", "fa", "fb", ONE, ONE, ONE),
                new Subject(Lane.LOG, "e", "a", "b", "fc", "fb", ONE, ONE, ONE),
                new Subject(Lane.LOG, "e", "a", "b", "fa", "fc", ONE, ONE, ONE),
                new Subject(Lane.LOG, "e", "a", "b", "fa", "fb", OTHER, ONE, ONE),
                new Subject(Lane.LOG, "e", "a", "b", "fa", "fb", ONE, OTHER, ONE),
                new Subject(Lane.LOG, "e", "a", "b", "fa", "fb", ONE, ONE, OTHER),
                new Subject(Lane.LOG, "ea", "", "b", "fa", "fb", ONE, ONE, ONE))) {
            assertFalse(proof.isRight(Role.CALLER, other, shown), other.toString());
        }
        byte[] otherSecret = new byte[MemberSecret.BYTES];
        otherSecret[0] = 1;
        assertFalse(new Proof(MemberSecret.ofBytes(otherSecret)).isRight(Role.CALLER, SUBJECT, shown));
        assertFalse(proof.isRight(Role.CALLER, SUBJECT, new byte[0]));
    }
}
