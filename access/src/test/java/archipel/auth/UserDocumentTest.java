package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class UserDocumentTest {
    @Test
    void withHash_otherMembers_keepTheirBytes() {
        UserDocument document =
                document("{\"name\" : \"ada\", \"salt\":\"old\",\"n\":1.50e+3 ,\"big\":123456789012345678901234567890,"
                        + "\"password\":\"x\","
                        + "\"o\":{\"a\": [1, {}]},\"s\":\"\\u00e9\\n\", \"iterations\":1,\"t\":true,\"z\":null}");
        PasswordHash hash = new PasswordHash(PasswordHash.Scheme.PBKDF2, "sha256", 10, "ab", "cd");
        assertEquals(
                "{\"password_scheme\":\"pbkdf2\",\"pbkdf2_prf\":\"sha256\",\"salt\":\"ab\",\"iterations\":10,"
                        + "\"derived_key\":\"cd\",\"name\":\"ada\",\"n\":1.50e+3,"
                        + "\"big\":123456789012345678901234567890,\"o\":{\"a\": [1, {}]},\"s\":\"\\u00e9\\n\","
                        + "\"t\":true,\"z\":null}",
                new String(document.withHash(hash), StandardCharsets.UTF_8));
    }

    @Test
    void only_namedMembers_orNull() {
        UserDocument document = document("{\"a\":1,\"b\":[2],\"c\":3}");
        byte[] some = document.only(List.of("c", "b", "x"));
        assertNotNull(some);
        assertEquals("{\"b\":[2],\"c\":3}", new String(some, StandardCharsets.UTF_8));
        assertNull(document.only(List.of("x")));
        assertNull(document.only(List.of()));
    }

    @Test
    void isTruthy_values_areJavaScripts() {
        UserDocument document =
                document("{\"a\":0,\"b\":0.0,\"c\":\"\",\"d\":null,\"e\":false,\"f\":\"0\",\"g\":1,\"h\":[],\"i\":{}}");
        for (String name : List.of("a", "b", "c", "d", "e", "absent")) {
            assertFalse(document.isTruthy(name), name);
        }
        for (String name : List.of("f", "g", "h", "i")) {
            assertTrue(document.isTruthy(name), name);
        }
    }

    @Test
    void text_repeatedMember_isTheLast() {
        assertEquals("b", document("{\"name\":\"a\",\"name\":\"b\"}").text("name"));
    }

    @Test
    void passwordHash_forms_areRead() {
        assertNull(document("{}").passwordHash());
        for (String salt : new String[] {"", ",\"salt\":\"\"", ",\"salt\":7"}) {
            assertNull(document("{\"password_sha\":\"ab\"" + salt + "}").passwordHash());
            assertNull(document("{\"password_scheme\":\"pbkdf2\",\"derived_key\":\"ab\"" + salt + "}")
                    .passwordHash());
        }
        assertNull(document("{\"password_scheme\":\"pbkdf2\",\"salt\":\"a\"}").passwordHash());
        assertNull(document("{\"password_scheme\":\"other\",\"derived_key\":\"a\"}")
                .passwordHash());
        assertEquals(
                new PasswordHash(PasswordHash.Scheme.SIMPLE, "sha", 1, "s", "ab"),
                document("{\"password_sha\":\"ab\",\"salt\":\"s\"}").passwordHash());
        assertEquals(
                new PasswordHash(PasswordHash.Scheme.PBKDF2, "sha", 10_000, "s", "ab"),
                document("{\"password_scheme\":\"pbkdf2\",\"derived_key\":\"ab\",\"salt\":\"s\"}")
                        .passwordHash());
        assertEquals(
                new PasswordHash(PasswordHash.Scheme.SIMPLE_PBKDF2, "sha512", 7, "s", "ab"),
                document("{\"password_scheme\":\"simple+pbkdf2\",\"derived_key\":\"ab\",\"salt\":\"s\","
                                + "\"iterations\":7,"
                                + "\"pbkdf2_prf\":\"sha512\"}")
                        .passwordHash());
    }

    @Test
    void secondFactor_totp_isRead() {
        assertNull(document("{}").secondFactor());
        assertEquals(
                new OneTimePassword("ABC", "sha256", 8),
                document("{\"totp\":{\"key\":\"ABC\",\"algorithm\":\"sha256\",\"length\":8}}")
                        .secondFactor());
        assertEquals(
                new OneTimePassword("ABC", "sha", 6),
                document("{\"totp\":{\"key\":\"ABC\"}}").secondFactor());
    }

    private static UserDocument document(String json) {
        return UserDocument.parse(json.getBytes(StandardCharsets.UTF_8));
    }
}
