package archipel.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.RevisionTree.MergeKind;
import archipel.document.RevisionTree.MergeResult;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RevisionTreeTest {
    private static final String HEX = "0123456789abcdef0123456789abcdef";

    /** {@code "3 c b a"}: generation, then hashes, newest first. */
    private static RevisionPath path(String text) {
        List<String> words = Arrays.asList(text.split(" "));
        return new RevisionPath(Integer.parseInt(words.getFirst()), words.subList(1, words.size()));
    }

    private static RevisionTree tree(int limit, String... paths) {
        RevisionTree tree = RevisionTree.EMPTY;
        for (String path : paths) {
            boolean deleted = path.endsWith("!");
            tree = tree.merge(path(deleted ? path.substring(0, path.length() - 1) : path), deleted, limit)
                    .tree();
        }
        return tree;
    }

    private static RevisionTree tree(String... paths) {
        return tree(1000, paths);
    }

    private static Revision rev(String text) {
        return Revision.parse(text);
    }

    @Test
    void winner_deletedLongerBranch_losesToLiveShorterOne() {
        RevisionTree tree = tree("3 c b a!", "2 x a");
        assertEquals(new Leaf(rev("2-x"), false), tree.winner());
        assertEquals(List.of(new Leaf(rev("2-x"), false), new Leaf(rev("3-c"), true)), tree.leaves());
        assertEquals(List.of(rev("3-c")), tree.deletedConflicts());
        assertEquals(List.of(), tree.conflicts());
    }

    @Test
    void winner_sameGeneration_isTheGreaterHashByUtf8Bytes() {
        // U+1F600 is greater than U+FFFD as a code point, though its first char is smaller.
        assertEquals(
                "1-\uD83D\uDE00",
                tree("1 \uFFFD", "1 \uD83D\uDE00").winner().revision().toString());
        assertEquals("1-b", tree("1 a", "1 b").winner().revision().toString());
        assertEquals(
                "1-" + HEX,
                tree("1 " + HEX, "1 0123456789abcdef0123456789abcde")
                        .winner()
                        .revision()
                        .toString());
    }

    @Test
    void merge_childOfLeaf_isNewLeaf() {
        MergeResult result = tree("1 a").merge(path("2 b a"), false, 1000);
        assertEquals(MergeKind.NEW_LEAF, result.kind());
        assertEquals("1-a* 2-b*<a", result.tree().toString());
        assertEquals(List.of(rev("1-a")), result.tree().writtenAncestors());
    }

    @Test
    void merge_writtenAgain_isKnownAndTheSameTree() {
        RevisionTree tree = tree("2 b a");
        MergeResult result = tree.merge(path("2 b a"), true, 1000);
        assertEquals(MergeKind.KNOWN, result.kind());
        assertSame(tree, result.tree());
    }

    @Test
    void merge_ancestorKnownByName_becomesWritten() {
        MergeResult result = tree("3 c b a").merge(path("2 b a"), true, 1000);
        assertEquals(MergeKind.INTERNAL, result.kind());
        assertEquals("1-a 2-b*!<a 3-c*<b", result.tree().toString());
        assertFalse(result.tree().isLeaf(rev("2-b")));
    }

    @Test
    void merge_pathOverStemmedRoot_makesItLonger() {
        assertEquals("4-d 5-e<d 6-f*<e", tree("6 f e", "6 f e d").toString());
    }

    @Test
    void merge_pathFromOneRootToAnother_joinsThem() {
        assertEquals(
                "2-b* 3-c<b 4-d*<c 5-e*<d 5-x*<d",
                tree("2 b", "5 x d", "4 d", "5 e d c b").toString());
    }

    @Test
    void merge_contradictingParents_keepsBoth() {
        RevisionTree tree = tree("2 b a", "2 b x", "1 a");
        assertEquals("1-a* 1-x 2-b*<x<a", tree.toString());
        assertEquals(1, tree.leafCount());
        assertEquals(List.of("b", "x"), tree.pathTo(rev("2-b")).hashes());
        assertEquals(List.of(new Leaf(rev("2-b"), false)), tree.leavesFrom(rev("1-a")));
    }

    @Test
    void merge_pastTheLimit_cutsTheOldest() {
        MergeResult result = tree(3, "1 a", "2 b a", "3 c b").merge(path("4 d c"), false, 3);
        assertEquals("2-b* 3-c*<b 4-d*<c", result.tree().toString());
    }

    @Test
    void merge_pastTheLimitWithBranches_keepsWhatAnyNeeds() {
        // 5-e needs 3 and 4 alone, 3-x needs 1 and 2: what both know stays connected.
        assertEquals(
                "1-a* 2-b<a 3-c<b 3-x*<b 4-d<c 5-e*<d",
                tree(3, "1 a", "3 x b a", "5 e d c b a").toString());
        assertEquals("2-b 3-x*<b 4-d 5-e*<d", tree(2, "3 x b a", "5 e d c b a").toString());
    }

    @Test
    void merge_limitOfOne_leavesLeavesOnly() {
        assertEquals("2-x* 3-c*", tree(1, "2 x a", "3 c b a").toString());
    }

    @Test
    void merge_generationZero_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> tree("0 a"));
        assertThrows(IllegalArgumentException.class, () -> RevisionTree.EMPTY.merge(path("1 a"), false, 0));
        assertThrows(IllegalArgumentException.class, () -> path("1 a b"));
    }

    @Test
    void without_leaf_takesItsBranchToTheFork() {
        RevisionTree tree = tree("1 a", "3 c b a", "3 y x a");
        assertEquals("1-a* 2-b<a 3-c*<b", tree.without(List.of(rev("3-y"))).toString());
        assertSame(tree, tree.without(List.of(rev("2-x"), rev("9-q"))));
        assertSame(RevisionTree.EMPTY, tree.without(List.of(rev("3-y"), rev("3-c"))));
    }

    @Test
    void possibleAncestors_olderLeavesOnly_areListed() {
        RevisionTree tree = tree("2 b a", "3 y x a!", "4 w v u t");
        assertEquals(List.of(rev("2-b"), rev("3-y")), tree.possibleAncestors(rev("4-z")));
        assertEquals(List.of(), tree.possibleAncestors(rev("2-z")));
    }

    @Test
    void questions_aboutUnknownRevisions_areAnsweredPlainly() {
        RevisionTree tree = tree("2 b a");
        Revision unknown = rev("2-nobody");
        assertFalse(
                tree.contains(unknown) || tree.isLeaf(unknown) || tree.isWritten(unknown) || tree.isDeleted(unknown));
        assertNull(tree.pathTo(unknown));
        assertEquals(List.of(), tree.leavesFrom(unknown));
        assertNull(RevisionTree.EMPTY.winner());
        assertTrue(RevisionTree.EMPTY.isEmpty());
    }

    @Test
    void encode_emptyHash_isReadBackAsItWas() {
        RevisionTree tree = RevisionTree.EMPTY
                .merge(RevisionPath.of(rev("1-")), false, 1000)
                .tree();
        byte[] bytes = tree.encode();
        assertEquals(tree, RevisionTree.decode(bytes, 0, bytes.length));
        assertEquals(rev("1-"), tree.winner().revision());
    }

    @Test
    void encode_documentWithoutBranches_isSmall() {
        assertEquals(20, tree("1 " + HEX).encode().length);
        assertEquals(2, RevisionTree.EMPTY.encode().length);
        assertSame(RevisionTree.EMPTY, RevisionTree.decode(new byte[] {0x10, 0}, 0, 2));
        assertNull(RevisionTree.winner(new byte[] {0x10, 0}, 0, 2));
    }

    @Test
    void decode_otherBytes_saysWhatIsWrong() {
        byte[] good = tree("1 a", "2 " + HEX + " a", "2 c a!").encode();
        assertEquals("revision tree: truncated: 3 nodes in 1 bytes", corrupt(Arrays.copyOf(good, 3)));
        assertEquals("revision tree: truncated", corrupt(Arrays.copyOf(good, 12)));
        assertEquals("revision tree: unknown format version 7", corrupt(new byte[] {0x70}));
        assertEquals("revision tree: 1 bytes too many", corrupt(Arrays.copyOf(good, good.length + 1)));
        good[3] = 9;
        assertEquals("revision tree: the header does not agree with the nodes", corrupt(good));
        byte[] unwritten = tree("1 " + HEX).encode();
        unwritten[19] = 0;
        assertEquals("revision tree: leaf 1-" + HEX + " was never written", corrupt(unwritten));
    }

    private static String corrupt(byte[] bytes) {
        return assertThrows(CorruptTreeException.class, () -> RevisionTree.decode(bytes, 0, bytes.length))
                .getMessage();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "1",
                "0-",
                "-a",
                "x-a",
                "+1-a",
                "2147483648-a",
                "99999999999-a",
                "1.0-a",
                "1-0123456789abcdef0123456789abcdeg",
                "1-٣123456789abcdef0123456789abcdef"
            })
    void parse_noRevision_isRefused(String text) {
        RequestException refused = assertThrows(RequestException.class, () -> Revision.parse(text));
        assertEquals("Invalid rev format", refused.reason());
        assertEquals(400, refused.code().status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1-a", "1-", "0-1", "2147483647-x-y", "1-" + HEX, "3-\uD83D\uDE00"})
    void parse_revision_isWrittenAsItWas(String text) {
        assertEquals(text, Revision.parse(text).toString());
    }

    @Test
    void parse_uppercaseDigits_areTheSameRevisionAsLowercaseOnes() {
        assertEquals(rev("1-" + HEX), rev("1-" + HEX.toUpperCase(java.util.Locale.ROOT)));
        assertEquals("1-ABC", rev("1-ABC").toString());
    }
}
