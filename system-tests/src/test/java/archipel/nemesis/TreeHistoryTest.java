package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.nemesis.TreeHistory.Ephemeral;
import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each thing that a tree must not do is found, and what it may do is not. */
final class TreeHistoryTest {
    private final TreeHistory history = new TreeHistory();
    // Connected to nothing.
    private final TreeSession session = open();

    private static TreeSession open() {
        try {
            return TreeSession.open("127.0.0.1:9", 60_000);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterEach
    void close() {
        session.abandon();
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

    private Ephemeral made() {
        history.begun(session);
        Ephemeral made = history.making(session, "e");
        made.made();
        return made;
    }

    private void listed(String... names) {
        history.listed(System.nanoTime(), Set.of(names));
    }

    @Test
    void check_nodeDeletedByItsOwner_findsNothing() {
        Ephemeral made = made();
        listed("e");
        made.deleting();
        listed();
        session.answered(System.nanoTime());
        assertEquals("", judged());
    }

    @Test
    void check_nodeIsGoneWhileItsSessionLives_isFound() {
        made();
        listed();
        session.answered(System.nanoTime());
        assertFound("was gone, and its session had an answer");
    }

    @Test
    void check_nodeComesBack_isFound() {
        made();
        listed();
        listed("e");
        assertFound("after it was gone");
    }

    @Test
    void check_oneClientGoesBack_isFound() {
        history.begun(session);
        session.saw("/a", 1);
        session.saw("/a", 3);
        session.saw("/a", 1);
        assertFound("a client went back");
    }

    @Test
    void check_oneClientSeesLaterOfAnotherAndThenEarlier_isFound() {
        history.begun(session);
        TreeSession other = open();
        history.begun(other);
        other.saw("/b", 2);
        session.saw("/b", 1);
        session.saw("/a", 3);
        session.saw("/b", 1);
        other.abandon();
        assertFound("a client went back");
    }

    @Test
    void check_numbersFallOrAreEqual_isFound() {
        history.numbered("/n", 1, 10, System.nanoTime());
        history.numbered("/n", 1, 11, System.nanoTime());
        assertFound("two nodes have one number");
        history.numbered("/n", 0, 12, System.nanoTime());
        assertFound("numbers do not grow");
    }
}
