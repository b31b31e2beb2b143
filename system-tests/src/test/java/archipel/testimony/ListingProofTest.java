package archipel.testimony;

import static archipel.testimony.Tale.block;
import static archipel.testimony.Tale.change;
import static archipel.testimony.Tale.done;
import static archipel.testimony.Tale.pin;
import static archipel.testimony.Tale.refused;
import static archipel.testimony.Tale.row;
import static archipel.testimony.Tale.unknown;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pages, whole listings and atomic writes. */
final class ListingProofTest {
    private static final Row A = row("a", 1, "w.1");
    private static final Row B = row("b", 1, "w.2");
    private static final Row C = row("c", 1, "w.3");

    private final Tale tale = new Tale();

    @BeforeEach
    void writeThree() {
        tale.write(block(1), "w.1", done("a", 1, "w.1"));
        tale.write(block(2), "w.2", done("b", 1, "w.2"));
        tale.write(block(3), "w.3", done("c", 1, "w.3"));
    }

    private void assertBroken(String... rules) {
        assertEquals(List.of(rules), tale.broken(), () -> tale.report().toString());
    }

    @Test
    void pages_joined_areTheWholeAndTheFeed() {
        tale.pages(pin(3), block(3), 2, A, B, C).pages(pin(3), block(3), 1, A, B, C);
        tale.whole(pin(3), block(3), A, B, C).whole(pin(2), block(2), A, B).whole(pin(0), block(0));
        tale.feed("q", pin(3), block(3), "0", "3-x", change(1, A), change(2, B), change(3, C));
        assertBroken();
        Report report = tale.report();
        assertEquals(2, report.figures().get("listings in several pages, joined"));
        assertEquals(3, report.figures().get("listings that another reading of their block agrees with"));
    }

    @Test
    void pages_ofTwoBlocks_areFound() {
        tale.page("l", 0, false, 1, 2, pin(2), block(2), List.of(A));
        tale.page("l", 1, true, 2, 2, pin(2), block(3), List.of(B));
        assertBroken("other block", "pages of two blocks");
    }

    @Test
    void pages_withAGap_areFound() {
        tale.page("l", 0, false, 1, 3, pin(3), block(3), List.of(A));
        tale.page("l", 1, true, 2, 3, pin(3), block(3), List.of(C));
        assertBroken("pages", "write lost");
    }

    @Test
    void pages_withARowTwice_areFound() {
        tale.page("l", 0, false, 2, 3, pin(3), block(3), List.of(A, B));
        tale.page("l", 1, true, 3, 3, pin(3), block(3), List.of(B, C));
        assertBroken("pages");
    }

    @Test
    void pages_shorterThanTheirLimit_areFound() {
        tale.page("l", 0, false, 2, 3, pin(3), block(3), List.of(A));
        tale.page("l", 1, true, 3, 3, pin(3), block(3), List.of(B, C));
        assertBroken("pages");
    }

    @Test
    void pages_ofALaterStateUnderTheOldName_areFound() {
        // The server says that this is block 2, and shows what was written in block 3.
        tale.pages(pin(2), block(2), 2, A, B, C);
        assertBroken("before its block");
    }

    @Test
    void pages_thatLackAnAcknowledgedWrite_areFound() {
        tale.pages(pin(3), block(3), 2, A, C);
        assertBroken("write lost");
    }

    @Test
    void listings_ofOneBlockThatDiffer_areFound() {
        tale.unanswered("w.4", false, unknown("d", 1, false));
        tale.whole(pin(4), block(4), A, B, C);
        assertBroken();
        tale.whole(pin(4), block(4), A, B, C, row("d", 1, "w.4"));
        assertBroken("listings differ", "write lost");
    }

    @Test
    void atomic_wholeAtEveryBlock_isClean() {
        tale.atomic(block(4), "w.4", done("a", 2, "w.4"), done("b", 2, "w.4"));
        tale.whole(pin(3), block(3), A, B, C);
        tale.whole(pin(4), block(4), row("a", 2, "w.4"), row("b", 2, "w.4"), C);
        tale.atomic(block(5), "w.5", refused("a", 2), refused("b", 3));
        assertBroken();
    }

    @Test
    void atomic_unansweredAndSeenInPart_isFound() {
        tale.unanswered("w.4", true, unknown("a", 2, false), unknown("b", 2, false));
        tale.whole(pin(4), block(4), A, B, C);
        tale.whole(pin(5), block(5), row("a", 2, "w.4"), row("b", 2, "w.4"), C);
        assertBroken();
        tale.whole(pin(6), block(6), row("a", 2, "w.4"), B, C);
        assertBroken("atomic", "write lost");
    }

    @Test
    void atomic_unansweredInTwoSteps_isFound() {
        tale.unanswered("w.4", true, unknown("a", 2, false), unknown("b", 2, false));
        tale.document("p", pin(5), block(5), row("a", 2, "w.4"));
        assertBroken();
        tale.document("p", pin(6), block(6), B);
        assertBroken("atomic");
    }

    @Test
    void atomic_newDocumentsInTwoSteps_areFound() {
        tale.unanswered("w.4", true, unknown("d", 1, false), unknown("e", 1, false));
        tale.document("p", pin(5), block(5), row("d", 1, "w.4")).missing("p", pin(4), block(4), "e");
        assertBroken();
        tale.missing("p", pin(5), block(5), "e");
        assertBroken("atomic");
    }

    @Test
    void atomic_acceptedInPart_isFound() {
        tale.atomic(block(4), "w.4", done("a", 2, "w.4"), refused("b", 2));
        assertBroken("atomic");
    }
}
