package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.nemesis.LockHistory.Grant;
import archipel.nemesis.LockHistory.Holding;
import archipel.nemesis.LockHistory.Telling;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Each thing that locks must not do is found, and what they may do is not. */
final class LockHistoryTest {
    private static final long MS = 1_000_000;

    private final LockHistory history = new LockHistory();

    private void granted(String lock, String owner, long token, long fromMs, long toMs, String... ahead) {
        history.granted(new Grant(lock, owner, token, fromMs * MS, toMs * MS, false, Set.of(ahead)));
    }

    private void told(long token, long fromMs, long toMs, long ttlMs) {
        history.told(new Telling("a", token, fromMs * MS, toMs * MS, ttlMs));
    }

    private String judged() {
        Violations violations = new Violations();
        history.check(violations);
        return violations.toString();
    }

    private void assertFound(String what) {
        String judged = judged();
        assertTrue(judged.contains(what), judged);
    }

    @Test
    void check_holdersOneAfterTheOther_findsNothing() {
        granted("a", "ann", 1, 0, 10);
        told(1, 20, 30, 1_000);
        granted("a", "cid", 2, 5, 1_100);
        told(2, 1_200, 1_201, 1_000);
        granted("b", "dan", 3, 1_150, 1_160);
        history.releasing(2, 1_300 * MS);
        granted("a", "ben", 4, 12, 1_310, "cid");
        told(4, 1_400, 1_410, 0);
        assertEquals("", judged());
    }

    @Test
    void check_holderComesBack_isFound() {
        told(2, 10, 20, 0);
        told(1, 30, 40, 0);
        assertFound("a holder came back");
    }

    @Test
    void check_anotherBeforeTheTimeIsOver_isFound() {
        told(1, 10, 20, 1_000);
        told(2, 30, 900, 0);
        assertFound("lost its lock early");
    }

    @Test
    void check_whoeverWaitedForItBeforeTheTimeIsOver_isFound() {
        told(1, 10, 20, 1_000);
        granted("a", "ben", 2, 5, 900);
        assertFound("lost its lock early");
    }

    @Test
    void check_freeBeforeTheTimeIsOver_isFound() {
        told(1, 10, 20, 1_000);
        told(0, 30, 900, 0);
        assertFound("lost its lock early");
    }

    @Test
    void check_anotherAfterARelease_findsNothing() {
        told(1, 10, 20, 1_000);
        history.releasing(1, 25 * MS);
        told(2, 30, 40, 0);
        assertEquals("", judged());
    }

    @Test
    void check_lesserTokenOfAnotherLock_isFound() {
        granted("a", "ann", 2, 0, 10);
        granted("b", "ben", 1, 20, 30);
        assertFound("a holder came back");
    }

    @Test
    void check_oneTokenForTwo_isFound() {
        granted("a", "ann", 1, 0, 10);
        granted("b", "ben", 1, 5, 12);
        assertFound("two got one token");
    }

    @Test
    void check_whoeverWaitedComesLater_isFound() {
        granted("a", "ann", 2, 0, 100);
        granted("a", "ben", 1, 10, 90, "ann");
        assertFound("whoever waited longer came later");
    }

    private void held(String lock, String holder, long token, long fromMs, long toMs) {
        history.held(new Holding(lock, holder, token, fromMs * MS, toMs * MS));
    }

    @Test
    void check_holdingsOneAfterTheOther_findsNothing() {
        held("a", "ann", 1, 0, 100);
        held("a", "ann", 1, 50, 120);
        held("b", "ben", 2, 10, 90);
        held("a", "ben", 3, 120, 200);
        assertEquals("", judged());
    }

    @Test
    void check_twoHoldAtOnce_isFound() {
        held("a", "ann", 1, 0, 100);
        held("a", "ben", 2, 99, 200);
        assertFound("two held a lock at once");
    }

    @Test
    void check_twoHoldAtOnceByOneToken_isFound() {
        held("a", "ann", 1, 0, 100);
        held("a", "ann", 1, 10, 20);
        held("a", "ben", 1, 50, 60);
        assertFound("two held a lock at once");
    }

    @Test
    void check_refusedBehindAGreaterToken_findsNothing() {
        history.showing("a", 1, 0);
        history.showing("a", 2, 5 * MS);
        history.refused("a", 1, 6 * MS);
        history.showing("a", 1, 7 * MS);
        history.refused("a", 1, 8 * MS);
        assertEquals("", judged());
    }

    @Test
    void check_refusedBeforeAGreaterTokenIsShown_isFound() {
        history.showing("a", 1, 0);
        history.refused("a", 1, 4 * MS);
        history.showing("a", 2, 5 * MS);
        assertFound("refused before a greater one was shown");
    }

    @Test
    void check_refusedBehindAGreaterTokenOfAnotherLock_isFound() {
        history.showing("b", 2, 0);
        history.showing("a", 1, MS);
        history.refused("a", 1, 2 * MS);
        assertFound("refused before a greater one was shown");
    }
}
