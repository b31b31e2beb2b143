package archipel.divergence;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.consensus.Membership;
import archipel.divergence.Verdict.Kind;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class VerdictTest {
    private static final Membership THREE = new Membership(new TreeSet<>(List.of("a", "b", "c")), new TreeSet<>());
    private static final Membership TWO =
            new Membership(new TreeSet<>(List.of("a", "b")), new TreeSet<>(List.of("o", "p")));
    private static final Value RIGHT = Value.of(new byte[32]);
    private static final Value WRONG = Value.NONE;

    @Test
    void of_oneOfThree_isItAlone() {
        Map<String, Value> values = Map.of("a", RIGHT, "b", RIGHT, "c", WRONG);
        assertEquals(new Verdict(Kind.DIVERGED, new TreeSet<>(List.of("a", "b"))), Verdict.of("c", values, THREE));
        assertEquals(new Verdict(Kind.SOUND, new TreeSet<>(List.of("c"))), Verdict.of("a", values, THREE));
    }

    @Test
    void of_withoutAMajority_isUndecided() {
        Map<String, Value> values = Map.of("a", RIGHT, "b", Value.UNKNOWN, "c", WRONG);
        assertEquals(Kind.UNDECIDED, Verdict.of("a", values, THREE).kind());
        assertEquals(Kind.UNDECIDED, Verdict.of("c", values, THREE).kind());
        assertEquals(Kind.SOUND, Verdict.of("b", values, THREE).kind());
    }

    @Test
    void of_observers_haveNoVoteAndMayDiffer() {
        Map<String, Value> values = Map.of("a", RIGHT, "b", WRONG, "o", RIGHT, "p", RIGHT);
        assertEquals(Kind.UNDECIDED, Verdict.of("a", values, TWO).kind());
        assertEquals(
                Kind.DIVERGED,
                Verdict.of("o", Map.of("a", RIGHT, "b", RIGHT, "o", WRONG), TWO).kind());
    }

    @Test
    void of_nobodyElse_isSound() {
        assertEquals(
                Kind.SOUND,
                Verdict.of("a", Map.of("a", RIGHT, "b", RIGHT), THREE).kind());
        assertEquals(Kind.SOUND, Verdict.of("a", Map.of("a", RIGHT), THREE).kind());
    }
}
