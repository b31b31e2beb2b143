package archipel.ends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class SourceSequenceTest {
    @Test
    void number_ofAllWaysToWriteThem_isHowFarItIs() {
        assertEquals(OptionalLong.of(12), new SourceSequence("12").number());
        assertEquals(OptionalLong.of(12), new SourceSequence("\"12-g1AAAACbe\"").number());
        assertEquals(OptionalLong.of(12), new SourceSequence("[12,\"g1AAAACbe\"]").number());
        assertEquals(OptionalLong.of(0), new SourceSequence("\"0\"").number());
        assertEquals(OptionalLong.empty(), new SourceSequence("\"now\"").number());
        assertEquals(OptionalLong.empty(), new SourceSequence("\"12x\"").number());
        assertEquals(OptionalLong.empty(), new SourceSequence("{\"seq\":12}").number());
    }

    @Test
    void earlier_whatCannotBeCompared_isTheBeginning() {
        SourceSequence five = SourceSequence.ofText("5-a");
        SourceSequence seven = SourceSequence.ofText("7-a");
        assertEquals(five, SourceSequence.earlier(five, seven));
        assertEquals(five, SourceSequence.earlier(seven, five));
        assertEquals(seven, SourceSequence.earlier(seven, seven));
        // The same number in two histories.
        assertEquals(SourceSequence.ZERO, SourceSequence.earlier(seven, SourceSequence.ofText("7-b")));
        assertEquals(SourceSequence.ZERO, SourceSequence.earlier(seven, SourceSequence.ofText("x")));
    }

    @Test
    void isOurs_aNumberAndEightDigits_only() {
        assertTrue(SourceSequence.ofText("4-4438eaac").isOurs());
        assertFalse(SourceSequence.ofText("4-g1AAAACbe").isOurs());
        assertFalse(new SourceSequence("4").isOurs());
    }

    @Test
    void parameter_strings_loseTheirQuotes() {
        assertEquals("4-4438eaac", SourceSequence.ofText("4-4438eaac").parameter());
        assertEquals("[4,\"x\"]", new SourceSequence("[4,\"x\"]").parameter());
        assertTrue(new SourceSequence("0").isZero());
        assertTrue(new SourceSequence("\"0\"").isZero());
    }
}
