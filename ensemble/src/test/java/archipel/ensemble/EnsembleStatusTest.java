package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** That the page on ensembles names what {@code GET /_ensemble} can say. */
class EnsembleStatusTest {
    private static String row(String field) throws IOException {
        return Files.readAllLines(Path.of("../docs/ENSEMBLE.md")).stream()
                .filter(line -> line.startsWith("| `" + field + "` |"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void state_eachOfAnEnsemble_isOnThePage() throws IOException {
        String row = row("state");
        for (EnsembleStatus.State state : EnsembleStatus.State.values()) {
            assertTrue(row.contains("`" + state.label() + "`"), state::label);
        }
    }

    @Test
    void state_eachOfAMember_isOnThePage() throws IOException {
        String row = row("members");
        for (EnsembleStatus.MemberState state : EnsembleStatus.MemberState.values()) {
            assertTrue(row.contains("`" + state.label() + "`"), state::label);
        }
    }
}
