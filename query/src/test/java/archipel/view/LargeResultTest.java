package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.document.RequestException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Functions whose results are longer than a string may be. */
final class LargeResultTest {
    private static final byte[] NONE = bytes("{}");
    /** 12 million characters. */
    private static final String LARGE =
            "var part = 'x'.repeat(1e6), all = []; for (var i = 0; i < 12; i++) all.push(part);";

    @Test
    void call_resultTooLong_isAnError() {
        ScriptLimits ample = new ScriptLimits(Duration.ofMinutes(5), 64L << 20, 1, 4);
        try (Scripts scripts = new Scripts(ample)) {
            DesignScripts design = scripts.design(
                    "db",
                    bytes("{\"_id\":\"_design/d\",\"validate_doc_update\":\"function(){ " + LARGE
                            + " throw {forbidden: all} }\",\"updates\":{\"u\":\"function(){ " + LARGE
                            + " return [null, {json: all}] }\"}}"));

            Reduction reduction = new LimitedReducer(design.reducer("function(k, v){ " + LARGE + " return all }"));
            byte[] result = reduction.rereduce(List.of(reduction.rereduce(List.of(bytes("1"))), bytes("2")));
            Reduction.RowException overflow = assertThrows(Reduction.RowException.class, () -> reduction.show(result));
            assertEquals("reduce_overflow_error", overflow.error());
            assertEquals("Reduce output is longer than 8388608 characters", overflow.getMessage());
            assertEquals(
                    "render_error",
                    assertThrows(RequestException.class, () -> design.update("u", null, NONE))
                            .error());
            RequestException refusal = design.validate(NONE, null, NONE, NONE);
            assertEquals("Error", refusal == null ? "none" : refusal.error());
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
