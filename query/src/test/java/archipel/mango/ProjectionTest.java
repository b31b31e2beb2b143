package archipel.mango;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.document.RequestException;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ProjectionTest {
    private static final String DOCUMENT = "{\"_id\":\"x\",\"a\":{\"b\":{\"c\":1,\"d\":2},\"e\":[5,6]},\"f.g\":7}";

    @Test
    void of_fields_keepsOnlyThose() {
        assertEquals("{\"_id\":\"x\"}", shown("[\"_id\",\"none\",\"a.none\",\"a.b.c.d\"]"));
        assertEquals("{\"a\":{\"b\":{\"c\":1},\"e\":[5,6]}}", shown("[\"a.b.c\",\"a.e\"]"));
        assertEquals("{\"f.g\":7}", shown("[\"f\\\\.g\"]"));
        assertEquals(DOCUMENT, shown("[]"));
    }

    @Test
    void compile_otherShapes_areRefused() {
        assertThrows(RequestException.class, () -> shown("{}"));
        assertThrows(RequestException.class, () -> shown("[1]"));
    }

    private static String shown(String fields) {
        return Projection.compile(json(fields)).of(json(DOCUMENT)).toString();
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }
}
