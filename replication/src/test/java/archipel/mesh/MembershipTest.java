package archipel.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.RequestException;
import archipel.identity.NodeIdentity;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MembershipTest {
    private static final String SELF = id(-1);

    private final Map<String, Member> members = new TreeMap<>();
    private final Membership membership = new Membership(members, SELF, () -> 64);

    private static String id(int number) {
        return String.format("%032x", number);
    }

    private static Member live(int number) {
        return new Member(id(number), 1, false, null);
    }

    private static Member removed(int number) {
        return new Member(id(number), 1, true, null);
    }

    private static NodeRecord record() {
        return NodeRecord.sign(NodeIdentity.make(), List.of("http://10.0.0.1:5984/"), 1);
    }

    /** Whatever a member makes up, this node tells others no more than they take. */
    @Test
    void merge_membersThatAreMadeUp_staysWithinWhatAMessageMayName() {
        int next = 0;
        while (next < 12_000) {
            membership.merge(removed(next++));
        }
        membership.admit(record());
        for (int round = 0; round < 60; round++) {
            int first = next;
            for (; next < first + 63; next++) {
                membership.merge(live(next));
            }
            for (int number = first; number < next; number++) {
                boolean known = membership.isMember(id(number));
                Member gone = membership.merge(removed(number));
                assertEquals(known, gone != null, "a removal never fails");
            }
        }
        assertTrue(members.size() <= Membership.MOST, members.size() + " ids");
        assertThrows(RequestException.class, () -> membership.admit(record()));
    }

    @Test
    void merge_moreMembersThanAMeshHas_arePassedOver() {
        for (int number = 0; number < 100; number++) {
            membership.merge(live(number));
        }
        assertEquals(64, members.size());
        assertThrows(RequestException.class, () -> membership.admit(record()));
        membership.remove(id(0));
        assertNotNull(membership.merge(live(100)));
        assertNull(membership.merge(live(101)));
        // A removed one that comes back is one more as well.
        assertNull(membership.merge(new Member(id(0), 2, false, null)));
        assertFalse(membership.isMember(id(0)));
    }

    @Test
    void admit_theNodeItself_isRefused() {
        NodeRecord record = record();
        Membership own = new Membership(members, record.id(), () -> 64);
        assertThrows(RequestException.class, () -> own.admit(record));
    }

    @Test
    void admit_aRemovedNode_outbidsItsRemoval() {
        NodeRecord record = record();
        membership.admit(record);
        membership.admit(record);
        membership.remove(record.id());
        assertTrue(membership.isRemoved(record.id()));
        assertThrows(RequestException.class, () -> membership.remove(record.id()));
        membership.admit(record);
        assertTrue(membership.isMember(record.id()));
        assertNull(membership.merge(new Member(record.id(), 1, true, null)));
        assertTrue(membership.isMember(record.id()));
    }
}
