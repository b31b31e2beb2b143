package archipel.divergence;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** How often it is said that a member differs. */
class NamedMembersTest {
    private final NamedMembers named = new NamedMembers();

    private void rounds(int many, boolean reports) {
        for (int i = 0; i < many; i++) {
            named.review((member, group) -> reports);
        }
    }

    @Test
    void add_ofAMemberThatGoesOnToDiffer_isSaidOnce() {
        assertTrue(named.add("a", 1));
        assertTrue(named.add("a", 2));
        assertTrue(named.add("b", 1));
        rounds(NamedMembers.QUIET_ROUNDS - 1, false);
        assertFalse(named.add("a", 1));
        rounds(100, true);
        rounds(NamedMembers.QUIET_ROUNDS - 1, false);
        assertFalse(named.add("a", 1));
    }

    @Test
    void add_ofAMemberThatWasSoundMeanwhile_isSaidAgain() {
        named.add("a", 1);
        rounds(3, true);
        rounds(NamedMembers.QUIET_ROUNDS, false);
        assertTrue(named.add("a", 1));
    }
}
