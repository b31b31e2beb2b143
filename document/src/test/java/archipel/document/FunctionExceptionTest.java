package archipel.document;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FunctionExceptionTest {
    @Test
    void reasonJson_object_staysAnObject() {
        FunctionException thrown = new FunctionException("forbidden", "{\"a\":1}".getBytes(StandardCharsets.UTF_8));
        assertEquals("403 forbidden {\"a\":1}", text(thrown));
        assertEquals("{\"a\":1}", thrown.reason());
    }

    @Test
    void status_errorOfTheTable_isTheTables() {
        assertEquals("404 not_found \"gone \\\"x\\\"\"", text(FunctionException.of("not_found", "gone \"x\"")));
        assertEquals("415 bad_content_type \"no\"", text(FunctionException.of("bad_ctype", "no")));
        assertEquals("401 unauthorized \"no\"", text(FunctionException.of("unauthorized", "no")));
    }

    @Test
    void status_errorOfTheFunctionsOwn_is500() {
        assertEquals("500 TypeError \"{[]}\"", text(FunctionException.of("TypeError", "{[]}")));
    }

    @Test
    void reasonJson_errorOfTheTable_isItsText() {
        assertEquals("404 not_found \"missing\"", text(new RequestException(ErrorCode.MISSING)));
    }

    private static String text(RequestException thrown) {
        return thrown.status() + " " + thrown.error() + " " + new String(thrown.reasonJson(), StandardCharsets.UTF_8);
    }
}
