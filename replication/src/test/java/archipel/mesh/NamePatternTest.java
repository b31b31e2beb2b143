package archipel.mesh;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class NamePatternTest {
    private static boolean matches(String name, String... patterns) {
        return NamePattern.matches(List.of(patterns), name);
    }

    @Test
    void matches_star_standsForAnyCharacters() {
        assertTrue(matches("islands", "*"));
        assertTrue(matches("islands", "is*"));
        assertTrue(matches("islands", "*s"));
        assertTrue(matches("islands", "i*a*s"));
        assertTrue(matches("islands", "islands*"));
        assertTrue(matches("aXbXbc", "a*bc"));
        assertFalse(matches("islands", "isl"));
        assertFalse(matches("islands", "*x"));
        assertFalse(matches("islands", ""));
        assertTrue(matches("islands", "x", "islands"));
        assertFalse(matches("islands"));
    }

    @Test
    void matches_systemDatabase_onlyWhereItIsNamed() {
        assertFalse(matches("_users", "*", "_*"));
        assertTrue(matches("_users", "*", "_users"));
        assertFalse(matches("team/_replicator", "*"));
        assertTrue(matches("team/_replicator", "team/_replicator"));
    }
}
