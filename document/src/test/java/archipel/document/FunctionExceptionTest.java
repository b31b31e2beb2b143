package archipel.document;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FunctionExceptionTest {
    @Test
    void reasonJson_object_staysAnObject() {
        FunctionException thrown = thrown("forbidden", "{\"a\":1}");
        assertEquals("403 forbidden {\"a\":1}", text(thrown));
        assertEquals("{\"a\":1}", thrown.reason());
    }

    @Test
    void status_errorOfTheTable_isTheTables() {
        assertEquals("404 not_found \"gone \\\"x\\\"\"", text(thrown("not_found", "\"gone \\\"x\\\"\"")));
        assertEquals("415 bad_content_type \"no\"", text(thrown("bad_ctype", "\"no\"")));
        assertEquals("401 unauthorized \"no\"", text(thrown("unauthorized", "\"no\"")));
    }

    @Test
    void status_errorOfTheFunctionsOwn_is500() {
        assertEquals("500 TypeError \"{[]}\"", text(thrown("TypeError", "\"{[]}\"")));
    }

    @Test
    void reasonJson_errorOfTheTable_isItsText() {
        assertEquals("404 not_found \"missing\"", text(new RequestException(ErrorCode.MISSING)));
    }

    private static FunctionException thrown(String error, String reasonJson) {
        return new FunctionException(error, reasonJson.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(RequestException thrown) {
        return thrown.status() + " " + thrown.error() + " " + new String(thrown.reasonJson(), StandardCharsets.UTF_8);
    }
}
