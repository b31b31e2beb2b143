package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import archipel.document.JsonCollation;
import archipel.document.JsonTree;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

final class SignatureTest {
    private static final JsonNode DESIGN =
            JsonTree.ofValid("{\"views\":{\"v\":{\"map\":\"x\"}}}".getBytes(StandardCharsets.UTF_8));

    /** Sort keys that two versions of ICU made must never stand in one index. */
    @Test
    void signature_ofAnotherCollation_isAnother() {
        String now = ViewDefinition.signature(DESIGN, JsonCollation.version());

        assertEquals(now, ViewDefinition.signature(DESIGN, JsonCollation.version()));
        assertNotEquals(now, ViewDefinition.signature(DESIGN, JsonCollation.version() + "1"));
    }
}
