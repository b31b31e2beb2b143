package archipel.mesh;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CallersTest {
    private long nowMs = 1_000;
    private final Callers callers = new Callers(() -> nowMs);

    @Test
    void called_byOneThatIsRestartedAgainAndAgain_isNoTwin() {
        for (int i = 0; i < 20; i++) {
            assertFalse(callers.called("run-" + i));
            assertFalse(callers.called("run-" + i));
        }
    }

    @Test
    void called_againAfterAnother_tellsBoth() {
        assertFalse(callers.called("one"));
        assertFalse(callers.called("two"));
        assertTrue(callers.called("one"));
        assertTrue(callers.called("two"));
    }

    @Test
    void called_byTwoOfWhichOneIsRestarted_tellsBoth() {
        assertFalse(callers.called("one"));
        assertFalse(callers.called("two"));
        assertFalse(callers.called("one again"));
        assertTrue(callers.called("two"));
        assertTrue(callers.called("one again"));
    }

    @Test
    void called_byOneAloneFromThenOn_isNoTwinAfterAWhile() {
        callers.called("one");
        callers.called("two");
        assertTrue(callers.called("one"));
        nowMs += Callers.PROOF_MS;
        assertTrue(callers.called("one"));
        nowMs++;
        assertFalse(callers.called("one"));
        assertTrue(callers.called("two"));
    }

    @Test
    void called_byNobodyWhoSaysWho_isNoTwin() {
        callers.called("one");
        assertFalse(callers.called(""));
        assertFalse(callers.called("one"));
        assertFalse(callers.mustCallAgain(""));
    }

    @Test
    void mustCallAgain_oneThatRanBefore_untilItIsTold() {
        callers.called("one");
        assertFalse(callers.mustCallAgain("one"));
        callers.called("two");
        assertTrue(callers.mustCallAgain("one"));
        assertFalse(callers.mustCallAgain("two"));
        callers.called("one");
        assertFalse(callers.mustCallAgain("one"));
        assertTrue(callers.mustCallAgain("two"));
        callers.called("two");
        assertFalse(callers.mustCallAgain("one"));
        assertFalse(callers.mustCallAgain("two"));
    }
}
