package archipel.linearizability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import archipel.linearizability.Verdict.Linearizable;
import archipel.linearizability.Verdict.NotLinearizable;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Histories of registers whose verdict is known, most of them from the literature. */
final class RegisterModelTest {
    private static void assertLinearizable(String... lines) {
        assertInstanceOf(Linearizable.class, check(lines));
    }

    private static void assertViolated(String... lines) {
        assertInstanceOf(NotLinearizable.class, check(lines));
    }

    private static Verdict check(String... lines) {
        return LinearizabilityChecker.check(Histories.ofRegisters(lines), new RegisterModel());
    }

    @Test
    void check_readOfWhatWasWritten_isLinearizable() {
        assertLinearizable("a 0 10 write x=1 -> written", "b 20 30 read x -> values x=1");
    }

    @Test
    void check_readDuringAWrite_maySeeEither() {
        assertLinearizable("a 0 100 write x=1 -> written", "b 10 20 read x -> nothing", "b 30 40 read x -> values x=1");
        assertLinearizable("a 0 100 write x=1 -> written", "b 10 20 read x -> values x=1");
    }

    @Test
    void check_staleRead_isNot() {
        assertViolated("a 0 10 write x=1 -> written", "a 20 30 write x=2 -> written", "b 40 50 read x -> values x=1");
        assertViolated("a 0 10 write x=1 -> written", "b 20 30 read x -> nothing");
    }

    /** Equal times tell no order, as the clock may be too coarse for it. */
    @Test
    void check_readBegunWhenTheWriteEnds_isConcurrent() {
        assertLinearizable("a 0 10 write x=1 -> written", "b 10 20 read x -> nothing");
        assertViolated("a 0 10 write x=1 -> written", "b 11 20 read x -> nothing");
    }

    /** Lamport's regular register allows it, an atomic one does not. */
    @Test
    void check_newValueAndThenTheOld_isNot() {
        assertViolated(
                "a 0 10 write x=1 -> written",
                "a 20 100 write x=2 -> written",
                "b 30 40 read x -> values x=2",
                "b 50 60 read x -> values x=1");
    }

    @Test
    void check_newValueAndThenTheOldByAnotherClient_isNot() {
        assertViolated(
                "a 0 10 write x=1 -> written",
                "a 20 100 write x=2 -> written",
                "b 30 40 read x -> values x=2",
                "c 50 60 read x -> values x=1");
        assertLinearizable(
                "a 0 10 write x=1 -> written",
                "a 20 100 write x=2 -> written",
                "b 30 55 read x -> values x=2",
                "c 50 60 read x -> values x=1");
    }

    @Test
    void check_readOfAValueFromTheFuture_isNot() {
        assertViolated("b 0 10 read x -> values x=1", "a 20 30 write x=1 -> written");
    }

    @Test
    void check_readOfAValueThatNobodyWrote_isNot() {
        assertViolated("a 0 10 write x=1 -> written", "b 0 10 read x -> values x=7");
    }

    @Test
    void check_failedWrite_hasNoEffect() {
        assertLinearizable("a 0 10 write x=1 -> !", "b 20 30 read x -> nothing");
        assertViolated("a 0 10 write x=1 -> !", "b 20 30 read x -> values x=1");
    }

    @Test
    void check_unknownWrite_mayTakeEffectLongAfterItsClientGaveUp() {
        assertLinearizable("a 0 10 write x=1 -> ?", "b 500 510 read x -> nothing", "b 900 910 read x -> values x=1");
        assertLinearizable("a 0 10 write x=1 -> ?", "b 500 510 read x -> nothing");
        assertViolated("b 0 5 read x -> values x=1", "a 6 10 write x=1 -> ?");
    }

    @Test
    void check_unknownWriteSeenAndThenUnseen_isNot() {
        assertViolated(
                "a 0 10 write x=1 -> ?",
                "b 20 30 read x -> values x=1",
                "b 40 50 read x -> nothing",
                "c 60 70 read x -> nothing");
        assertViolated(
                "c 0 5 write x=0 -> written",
                "a 6 10 write x=1 -> ?",
                "b 20 30 read x -> values x=1",
                "c 40 50 read x -> values x=0",
                "b 60 70 read x -> values x=1");
    }

    /**
     * Herlihy and Wing's locality, seen from its other side: each register for itself is not enough for sequential
     * use.
     */
    @Test
    void check_eachRegisterByItself_isEnough() {
        assertLinearizable(
                "a 0 10 write x=1 -> written",
                "b 0 10 write y=1 -> written",
                "a 20 30 read y -> values y=1",
                "b 20 30 read x -> values x=1");
        assertViolated(
                "a 0 10 write x=1 -> written",
                "b 0 10 write y=1 -> written",
                "a 20 30 read y -> nothing",
                "b 20 30 read x -> values x=1");
    }

    /** Two writers and two readers who see the writes in different orders (Gibbons and Korach). */
    @Test
    void check_readersWhoDisagreeOnTheOrderOfWrites_isNot() {
        assertViolated(
                "a 0 100 write x=1 -> written",
                "b 0 100 write x=2 -> written",
                "c 10 20 read x -> values x=1",
                "c 30 40 read x -> values x=2",
                "d 10 20 read x -> values x=1",
                "d 50 60 read x -> values x=1");
    }

    @Test
    void check_bulkWriteReadInPart_isNot() {
        assertViolated("a 0 10 write x=1 y=1 -> written", "b 20 30 read x y -> values x=1");
        assertLinearizable("a 0 10 write x=1 y=1 -> written", "b 20 30 read x y -> values x=1 y=1");
    }

    /** What is dirty is that y is still the old one after x was the new one. */
    @Test
    void check_bulkWriteReadKeyByKey_showsAllOrNothing() {
        assertViolated("a 0 100 write x=1 y=1 -> written", "b 10 20 read x -> values x=1", "b 30 40 read y -> nothing");
        assertLinearizable(
                "a 0 100 write x=1 y=1 -> written", "b 10 20 read y -> nothing", "b 30 40 read x -> values x=1");
    }

    @Test
    void check_unknownBulkWriteReadInPart_isNot() {
        assertViolated("a 0 10 write x=1 y=1 -> ?", "b 20 30 read x -> values x=1", "c 40 50 read y -> nothing");
    }

    /** The bulk write comes before the other one, which replaces a part of it. */
    @Test
    void check_unknownBulkWriteThatWasReplacedInPart_isLinearizable() {
        assertLinearizable(
                "a 0 10 write x=1 y=1 -> ?",
                "b 20 30 write x=2 -> written",
                "c 40 50 read x -> values x=2",
                "c 60 70 read y -> values y=1",
                "c 80 90 read x -> values x=2");
    }

    /** As in Papadimitriou's snapshots that do not fit: each read is possible, and not both. */
    @Test
    void check_twoReadersOfSeveralKeysInDifferentOrders_isNot() {
        assertViolated(
                "a 0 100 write x=1 -> written",
                "b 0 100 write y=1 -> written",
                "c 10 90 read x y -> values x=1",
                "d 10 90 read x y -> values y=1");
        assertLinearizable(
                "a 0 100 write x=1 -> written",
                "b 0 100 write y=1 -> written",
                "c 10 90 read x y -> values x=1",
                "d 10 90 read x y -> values x=1 y=1");
    }

    @Test
    void keys_ofBulkWrites_joinParts() {
        Verdict verdict =
                check("a 0 1 write a=1 b=1 -> written", "a 2 3 write b=2 c=2 -> written", "a 4 5 write d=1 -> written");
        assertEquals(new Linearizable(3, 2), verdict);
        assertEquals(List.of("a", "b"), List.copyOf(new RegisterModel().keys(new RegisterCall.Read("a", "b"))));
    }
}
