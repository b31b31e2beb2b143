package archipel.linearizability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import archipel.linearizability.PresenceModel.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PresenceModelTest {
    private static final PresenceModel MODEL = new PresenceModel();
    private static final PresenceCall CREATE = new PresenceCall.Create("a");
    private static final PresenceCall DROP = new PresenceCall.Drop("a");
    private static final PresenceCall LOOK = new PresenceCall.Look("a");

    private final List<Operation<PresenceCall, Answer>> operations = new ArrayList<>();

    /** @param answer null where none came */
    private void add(long fromNs, long toNs, PresenceCall call, @Nullable Answer answer) {
        Outcome<Answer> outcome = answer == null ? new Outcome.Unknown<>("lost") : new Outcome.Returned<>(answer);
        operations.add(new Operation<>("c" + operations.size(), fromNs, toNs, call, outcome));
    }

    private Verdict check() {
        return LinearizabilityChecker.check(new History<>(operations), MODEL);
    }

    @Test
    void check_eachSawWhatTheOneBeforeDid_isLinearizable() {
        add(0, 1, LOOK, Answer.ABSENT);
        add(2, 3, CREATE, Answer.DONE);
        add(4, 5, CREATE, Answer.REFUSED);
        add(6, 7, LOOK, Answer.THERE);
        add(8, 9, DROP, Answer.DONE);
        add(10, 11, DROP, Answer.REFUSED);
        add(12, 13, LOOK, Answer.ABSENT);
        assertInstanceOf(Verdict.Linearizable.class, check());
    }

    @Test
    void check_foundAfterItWasDropped_isNot() {
        add(0, 1, CREATE, Answer.DONE);
        add(2, 3, DROP, Answer.DONE);
        add(4, 5, LOOK, Answer.THERE);
        assertInstanceOf(Verdict.NotLinearizable.class, check());
    }

    @Test
    void check_refusedThoughItWasDropped_isNot() {
        add(0, 1, CREATE, Answer.DONE);
        add(2, 3, DROP, Answer.DONE);
        add(4, 5, CREATE, Answer.REFUSED);
        assertInstanceOf(Verdict.NotLinearizable.class, check());
    }

    @Test
    void check_unknownOnesTookEffectLater_isLinearizable() {
        add(0, 1, CREATE, Answer.DONE);
        add(2, 3, DROP, null);
        add(4, 5, LOOK, Answer.THERE);
        add(6, 7, LOOK, Answer.ABSENT);
        add(8, 9, CREATE, null);
        add(10, 11, CREATE, Answer.REFUSED);
        assertInstanceOf(Verdict.Linearizable.class, check());
    }

    /** That putting off unknown calls leaves the verdict as it is. */
    @Test
    void check_anyShortHistory_isAsWhenAllOrdersAreTried() {
        SplittableRandom random = new SplittableRandom(1);
        PresenceCall[] calls = {CREATE, DROP, LOOK};
        for (int round = 0; round < 20_000; round++) {
            operations.clear();
            int count = 2 + random.nextInt(4);
            for (int i = 0; i < count; i++) {
                long fromNs = random.nextInt(12);
                Answer[] answers = Answer.values();
                add(
                        fromNs,
                        fromNs + 1 + random.nextInt(6),
                        calls[random.nextInt(3)],
                        random.nextInt(3) == 0 ? null : answers[random.nextInt(answers.length)]);
            }
            History<PresenceCall, Answer> history = new History<>(operations);
            assertEquals(
                    BruteForce.isLinearizable(MODEL, history.operations()),
                    check() instanceof Verdict.Linearizable,
                    operations::toString);
        }
    }
}
