package archipel.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ErrorCodeTest {
    private static Object[] fields(ErrorCode code) {
        Object[] fields = new Object[code.reasonTemplate().split("%s", -1).length - 1];
        Arrays.fill(fields, "100%d %s");
        return fields;
    }

    @Test
    void table_everyEntry_fillsInItsFieldsAndNothingElse() {
        for (ErrorCode code : ErrorCode.values()) {
            RequestException answer = new RequestException(code, fields(code));
            assertEquals(code.reasonTemplate().replace("%s", "100%d %s"), answer.reason(), code.name());
            assertEquals(code, answer.code());
        }
    }

    @Test
    void table_everyEntry_isAnErrorOfItsOwn() {
        Set<String> seen = new HashSet<>();
        for (ErrorCode code : ErrorCode.values()) {
            assertTrue(code.status() >= 400 && code.status() < 600, code.name());
            assertTrue(
                    code.reasonTemplate().equals("%s")
                            || seen.add(code.status() + code.error() + code.reasonTemplate()),
                    code.name());
        }
    }

    /** What a replicator may skip a document for; whatever else is a fault of the server it has to send again. */
    @Test
    void isRefusal_faultsOfTheServer_onlyWhereTheyFollowFromTheDocument() {
        Set<ErrorCode> refusals = Set.of(
                ErrorCode.FUNCTION_THREW,
                ErrorCode.FUNCTION_COMPILATION,
                ErrorCode.FUNCTION_FAILED,
                ErrorCode.FUNCTION_RECURSION,
                ErrorCode.VALIDATION_NOT_SELECTOR,
                ErrorCode.UNKNOWN_QUERY_LANGUAGE);
        Set<ErrorCode> faults = Set.of(
                ErrorCode.CREDENTIALS_REVOKED,
                ErrorCode.TOKEN_EXPIRED,
                ErrorCode.NO_DATABASE,
                ErrorCode.BODY_TIMEOUT,
                ErrorCode.TOO_MANY_LOGINS,
                ErrorCode.PASSWORDS_UNUSABLE);
        for (ErrorCode code : ErrorCode.values()) {
            boolean refusal = code.status() < 500 ? !faults.contains(code) : refusals.contains(code);
            assertEquals(refusal, code.isRefusal(), code.name());
        }
    }

    /**
     * Names are sent between nodes and stored in logs. One that is no longer needed may go from the list where no
     * command was ever refused with it; it is never used for another error.
     */
    @Test
    void names_all_areThoseOfTheList() throws IOException {
        try (InputStream list = ErrorCodeTest.class.getResourceAsStream("error-codes.txt")) {
            assertEquals(
                    new String(Objects.requireNonNull(list).readAllBytes(), StandardCharsets.US_ASCII),
                    Arrays.stream(ErrorCode.values())
                            .map(code -> code.name() + "\n")
                            .sorted()
                            .collect(Collectors.joining()));
        }
    }

    @Test
    void exception_isAnAnswer_withoutStackTrace() {
        RequestException answer = new RequestException(ErrorCode.STUB_UNKNOWN, "doc", "file");
        assertEquals("Invalid attachment stub in doc for file", answer.reason());
        assertEquals(412, answer.code().status());
        assertEquals("missing_stub", answer.code().error());
        assertEquals(0, answer.getStackTrace().length);
    }
}
