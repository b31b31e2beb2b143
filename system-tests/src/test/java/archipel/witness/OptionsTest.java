package archipel.witness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class OptionsTest {
    private static String refusal(String... arguments) {
        return assertThrows(IllegalArgumentException.class, () -> {
                    Options options = Options.parse(List.of(arguments));
                    options.plan(Objects.requireNonNull(options.url()));
                })
                .getMessage();
    }

    @Test
    void parse_urlAndOptions_arePlanned() {
        Options options = Options.parse(List.of("--seconds", "7", "http://a:b@host:1/", "--seed", "5", "--keep"));
        Plan plan = options.plan(Objects.requireNonNull(options.url()));
        assertEquals(URI.create("http://a:b@host:1/"), plan.url());
        assertEquals(Duration.ofSeconds(7), plan.length());
        assertEquals(5, plan.seed());
        assertTrue(plan.keep());
        assertEquals(4, plan.writers());
        assertFalse(options.has("replica"));
    }

    @Test
    void parse_recordToAnalyse_needsNoUrl() {
        assertEquals(
                Path.of("some.jsonl"),
                Options.parse(List.of("--analyse", "some.jsonl")).analysed());
    }

    @Test
    void parse_whatIsWrong_isSaid() {
        assertEquals("a URL is missing", refusal());
        assertEquals("no URL: localhost:5984", refusal("localhost:5984"));
        assertEquals("there is no option --fast", refusal("http://a", "--fast"));
        assertEquals("--seed needs a value", refusal("http://a", "--seed"));
        assertEquals("--writers needs a number, not many", refusal("http://a", "--writers", "many"));
        assertEquals("--writers needs a number, not -1", refusal("http://a", "--writers", "-1"));
    }

    @Test
    void run_nothingThere_endsWithUnavailable() throws InterruptedException {
        assertEquals(69, HistoryCheck.run(List.of("--analyse", "no such file")));
        assertEquals(64, HistoryCheck.run(List.of()));
        assertEquals(0, HistoryCheck.run(List.of("--help")));
    }
}
