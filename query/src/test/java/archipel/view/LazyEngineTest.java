package archipel.view;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class LazyEngineTest {
    @Test
    void scripts_beforeTheFirstFunction_loadNoEngine() {
        try (Scripts scripts = new Scripts(ScriptLimits.DEFAULT)) {
            DesignScripts design = scripts.design("db", "{\"views\":{}}".getBytes(StandardCharsets.UTF_8));
            design.validate(new byte[0], null, new byte[0], new byte[0]);
            assertFalse(scripts.pool().isEngineLoaded());

            scripts.check("db", "map", "v", "function(doc){}");
            assertTrue(scripts.pool().isEngineLoaded());
        }
    }
}
