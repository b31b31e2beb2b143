package archipel.linearizability;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import archipel.linearizability.Verdict.Linearizable;
import archipel.linearizability.Verdict.NotLinearizable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Histories of documents whose verdict is known. */
final class DocumentModelTest {
    private static final String CREATED = "w 0 10 create d A -> stored 1-a";

    private static void assertLinearizable(String... lines) {
        Verdict verdict = check(lines);
        assertInstanceOf(Linearizable.class, verdict, verdict::toString);
    }

    private static void assertViolated(String... lines) {
        assertInstanceOf(NotLinearizable.class, check(lines));
    }

    private static Verdict check(String... lines) {
        History<DocumentCall, DocumentResult> history = Histories.ofDocuments(lines);
        return LinearizabilityChecker.check(history, DocumentModel.of(history));
    }

    private static String[] afterCreation(String... lines) {
        return Stream.concat(Stream.of(CREATED), Stream.of(lines)).toArray(String[]::new);
    }

    @Test
    void check_lifeOfADocument_isLinearizable() {
        assertLinearizable(afterCreation(
                "r 11 12 read d -> found 1-a A",
                "w 20 30 update d 1-a B -> stored 2-b",
                "r 31 32 read d -> found 2-b B",
                "w 40 50 delete d 2-b -> stored 3-x",
                "r 51 52 read d -> absent",
                "w 60 70 create d C -> stored 4-c",
                "r 71 72 read d -> found 4-c C"));
    }

    @Test
    void check_staleRead_isNot() {
        assertViolated(afterCreation("w 20 30 update d 1-a B -> stored 2-b", "r 40 50 read d -> found 1-a A"));
        assertViolated(afterCreation("r 40 50 read d -> absent"));
        assertViolated(afterCreation("w 20 30 delete d 1-a -> stored 2-x", "r 40 50 read d -> found 1-a A"));
    }

    @Test
    void check_lostUpdate_isNot() {
        assertViolated(afterCreation("a 20 90 update d 1-a B -> stored 2-b", "b 20 90 update d 1-a C -> stored 2-c"));
        assertLinearizable(afterCreation("a 20 90 update d 1-a B -> stored 2-b", "b 20 90 update d 1-a C -> refused"));
    }

    @Test
    void check_twoCreators_isNotUnlessSomebodyDeletes() {
        assertViolated("a 0 90 create d A -> stored 1-a", "b 0 90 create d B -> stored 1-b");
        assertLinearizable(
                "a 0 90 create d A -> stored 1-a",
                "b 0 90 create d B -> stored 3-b",
                "c 0 9 delete d 1-a -> stored 2-x");
    }

    /** Two leaders, each with a chain of its own. */
    @Test
    void check_splitBrain_isNot() {
        assertViolated(afterCreation(
                "a 20 30 update d 1-a B -> stored 2-b",
                "a 40 50 update d 2-b C -> stored 3-c",
                "b 20 30 read d -> found 1-a A",
                "b 40 50 update d 1-a D -> stored 2-d",
                "b 60 70 read d -> found 2-d D"));
    }

    @Test
    void check_newRevisionAndThenTheOldByAnotherClient_isNot() {
        assertViolated(afterCreation(
                "w 20 100 update d 1-a B -> stored 2-b",
                "a 30 40 read d -> found 2-b B",
                "b 50 60 read d -> found 1-a A"));
    }

    @Test
    void check_readFromTheFuture_isNot() {
        assertViolated(afterCreation("r 11 12 read d -> found 2-b B", "w 20 30 update d 1-a B -> stored 2-b"));
    }

    @Test
    void check_failedUpdateThatShows_isNot() {
        assertViolated(afterCreation("w 20 30 update d 1-a B -> !", "r 40 50 read d -> found 2-b B"));
        assertViolated(afterCreation("w 20 30 update d 1-a B -> refused", "r 40 50 read d -> found 2-b B"));
    }

    @Test
    void check_refusalWithoutReason_isNot() {
        assertViolated(afterCreation("w 20 30 update d 1-a B -> refused", "r 40 50 read d -> found 1-a A"));
        assertViolated("w 0 10 create d A -> refused");
        assertViolated(afterCreation("w 20 30 delete d 1-a -> refused"));
        assertLinearizable(afterCreation("w 20 30 update d 9-z B -> refused", "w 40 50 create d C -> refused"));
    }

    /** Nobody ever sees the write, and yet it is the only reason that there can be. */
    @Test
    void check_refusalAfterAnUnknownWriteThatNobodySaw_isLinearizable() {
        assertLinearizable(afterCreation("a 20 30 update d 1-a B -> ?", "w 40 50 update d 1-a C -> refused"));
        assertLinearizable("a 0 10 create d A -> ?", "w 40 50 create d B -> refused");
        assertLinearizable(afterCreation("a 20 30 delete d 1-a -> ?", "w 40 50 delete d 1-a -> refused"));
        assertViolated(afterCreation(
                "a 20 30 update d 1-a B -> ?", "w 40 50 update d 1-a C -> refused", "r 60 70 read d -> found 1-a A"));
    }

    @Test
    void check_unknownUpdate_mayTakeEffectLate() {
        assertLinearizable(afterCreation(
                "a 20 30 update d 1-a B -> ?",
                "r 40 50 read d -> found 1-a A",
                "r 60 70 read d -> found 2-b B",
                "w 80 90 update d 2-b C -> stored 3-c"));
    }

    @Test
    void check_unknownUpdateSeenAndThenUnseen_isNot() {
        assertViolated(afterCreation(
                "a 20 30 update d 1-a B -> ?", "r 40 50 read d -> found 2-b B", "r 60 70 read d -> found 1-a A"));
    }

    /** Its revision is gone, so that the write can take effect no more. */
    @Test
    void check_unknownUpdateSeenAfterItsRevisionWasReplaced_isNot() {
        assertViolated(afterCreation(
                "a 20 30 update d 1-a B -> ?",
                "w 20 30 update d 1-a C -> stored 2-c",
                "r 40 50 read d -> found 2-b B"));
    }

    @Test
    void check_unknownDeletion_showsInReadsAndCreations() {
        assertLinearizable(afterCreation("a 20 30 delete d 1-a -> ?", "r 40 50 read d -> absent"));
        assertLinearizable(afterCreation("a 20 30 delete d 1-a -> ?", "w 40 50 create d B -> stored 3-b"));
        assertViolated(afterCreation(
                "a 20 30 delete d 1-a -> ?", "r 40 50 read d -> absent", "r 60 70 read d -> found 1-a A"));
    }

    /** A deletion and a creation of which nobody knows, together. */
    @Test
    void check_twoUnknownWritesInARow_areLinearizable() {
        assertLinearizable(
                afterCreation("a 20 30 delete d 1-a -> ?", "b 20 30 create d B -> ?", "r 40 50 read d -> found 3-b B"));
        assertViolated(afterCreation("b 20 30 create d B -> ?", "r 40 50 read d -> found 3-b B"));
    }

    /** The revision of a write whose answer was lost can be the one that somebody else names, if nobody saw it. */
    @Test
    void check_updateOfARevisionThatNobodySaw_isPossible() {
        assertLinearizable(afterCreation("a 20 30 update d 1-a B -> ?", "b 40 50 update d 2-q C -> stored 3-c"));
        assertViolated(afterCreation("b 40 50 update d 2-q C -> stored 3-c"));
    }

    @Test
    void check_revisionOfTwoValues_isNot() {
        assertViolated(afterCreation("w 20 30 update d 1-a B -> stored 2-b", "r 40 50 read d -> found 1-a B"));
        assertViolated(afterCreation("r 20 30 read d -> found 1-a B", "w 20 30 update d 1-a B -> ?"));
    }

    @Test
    void check_valueWithTwoRevisions_isNot() {
        assertViolated(afterCreation("r 20 30 read d -> found 1-z A"));
    }

    /** An update that names a deletion is refused, since a deleted document is made anew without a revision. */
    @Test
    void check_updateOfADeletion_isRefused() {
        assertLinearizable(afterCreation(
                "w 20 30 delete d 1-a -> stored 2-x", "w 40 50 update d 2-x B -> refused", "r 60 70 read d -> absent"));
        assertViolated(afterCreation("w 20 30 delete d 1-a -> stored 2-x", "w 40 50 update d 2-x B -> stored 3-b"));
    }
}
