package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LazyEngineTest {
    @Test
    void scripts_beforeTheFirstFunction_loadNoEngine() {
        try (Scripts scripts = new Scripts(ScriptLimits.DEFAULT)) {
            DesignScripts design = scripts.design("db", "{\"views\":{}}".getBytes(StandardCharsets.UTF_8));
            design.validate(new byte[0], null, new byte[0], new byte[0]);
            assertFalse(scripts.pool().isEngineLoaded());

            scripts.check("db", "map", "v", "function(doc){ new Date(doc.at) }");
            assertTrue(scripts.pool().isEngineLoaded());
        }
    }

    @Test
    void map_simpleFunctions_loadsNoEngine() {
        byte[] document = "{\"_id\":\"a\",\"tags\":[\"x\",\"y\"]}".getBytes(StandardCharsets.UTF_8);
        String tags = "function (doc) { if (doc.tags) doc.tags.forEach(function (tag) { emit(tag, 1); }); }";
        try (Scripts scripts = new Scripts(ScriptLimits.DEFAULT)) {
            scripts.check("db", "map", "v", tags);
            DesignScripts design = scripts.design("db", "{\"views\":{}}".getBytes(StandardCharsets.UTF_8));
            try (Mapper mapper = design.mapper(List.of(tags, "doc => emit(doc._id)"))) {
                assertEquals(3, mapper.map(List.of(document)).getFirst().size());
            }
            assertFalse(scripts.pool().isEngineLoaded());
        }
    }
}
