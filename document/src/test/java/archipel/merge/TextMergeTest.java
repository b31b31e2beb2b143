package archipel.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

final class TextMergeTest {
    private static final String PLAY =
            "First paragraph.\n\nThe quick brown fox\njumps over\nthe lazy dog.\n\nLast one.\n";

    private static void assertMerges(String merged, String base, String left, String right) {
        assertEquals(merged, TextMerge.merge(base, left, right));
        assertEquals(merged, TextMerge.merge(base, right, left));
    }

    private static void assertConflicts(String base, String left, String right) {
        assertNull(TextMerge.merge(base, left, right));
        assertNull(TextMerge.merge(base, right, left));
    }

    @Test
    void merge_paragraphsOfEachSide_hasBoth() {
        assertMerges(
                "First, new.\n\nThe quick brown fox\njumps over\nthe lazy dog.\n\nLast one, longer.\n",
                PLAY,
                PLAY.replace("First paragraph.", "First, new."),
                PLAY.replace("Last one.", "Last one, longer."));
    }

    @Test
    void merge_linesOfOneParagraph_hasBoth() {
        assertMerges(
                PLAY.replace("quick", "slow").replace("lazy", "old"),
                PLAY,
                PLAY.replace("quick", "slow"),
                PLAY.replace("lazy", "old"));
    }

    @Test
    void merge_wordsOfOneLine_hasBoth() {
        assertMerges("the slow brown cat", "the quick brown fox", "the slow brown fox", "the quick brown cat");
    }

    @Test
    void merge_paragraphAddedAndParagraphChanged_hasBoth() {
        assertMerges("one!\n\ntwo\n\nthree\n", "one\n\ntwo\n", "one!\n\ntwo\n", "one\n\ntwo\n\nthree\n");
    }

    @Test
    void merge_sameChange_isTakenOnce() {
        assertMerges("a c\n", "a b\n", "a c\n", "a c\n");
        assertMerges("x y z", "a b c", "x y z", "x y z");
    }

    @Test
    void merge_sameWordChangedDifferently_isNone() {
        assertConflicts("the quick fox", "the slow fox", "the fast fox");
    }

    @Test
    void merge_insertionsInOnePlace_isNone() {
        assertConflicts("ab cd", "ab x cd", "ab y cd");
        assertConflicts("", "one", "two");
    }

    @Test
    void merge_deletedAndChanged_isNone() {
        assertConflicts("keep drop keep", "keep keep", "keep drip keep");
    }

    @Test
    void merge_textsBeyondTheBoundOnEdits_stillMerges() {
        StringBuilder base = new StringBuilder();
        StringBuilder rewritten = new StringBuilder();
        for (int i = 0; i < 3 * TokenDiff.MOST_EDITS; i++) {
            base.append("line ").append(i).append('\n');
            rewritten.append("other ").append(i).append('\n');
        }
        assertMerges(rewritten + "end\nmore\n", base + "mid\nend\n", rewritten + "end\n", base + "mid\nend\nmore\n");
        assertConflicts(base.toString(), rewritten.toString(), base.toString().replace("line 7\n", "7\n"));
    }
}
