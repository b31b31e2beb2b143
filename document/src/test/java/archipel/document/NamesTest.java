package archipel.document;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "team/tasks",
                "long/co$mplex-/path+/something",
                "a(1)_",
                "_users",
                "_replicator",
                "_dbs",
                "_nodes",
                "_global_changes",
                "team/_users",
                "a//b"
            })
    void validateDatabaseName_allowed_passes(String name) {
        assertDoesNotThrow(() -> Names.validateDatabaseName(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "A",
                "1a",
                "_foo",
                "a b",
                "aé",
                "some.thing",
                "!x/_users",
                "/_users",
                "_users/a",
                "a\n",
                "/a",
                "a%"
            })
    void validateDatabaseName_illegal_isRefusedWithTheName(String name) {
        RequestException refused = assertThrows(RequestException.class, () -> Names.validateDatabaseName(name));
        assertEquals("illegal_database_name", refused.code().error());
        assertTrue(refused.reason()
                .startsWith("Name: '" + name + "'. Only lowercase characters (a-z), digits (0-9), and any "));
    }

    @Test
    void validateDatabaseName_longPart_isRefused() {
        assertDoesNotThrow(() -> Names.validateDatabaseName("a".repeat(238) + "/" + "b".repeat(238)));
        RequestException refused =
                assertThrows(RequestException.class, () -> Names.validateDatabaseName("x/" + "a".repeat(239)));
        assertEquals("At least one path segment of `x/" + "a".repeat(239) + "` is too long.", refused.reason());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "_design/x", "_local/x", " ", "a/b", "\0", "_design/_x", "\uD83D\uDE00", "_local/a/b"})
    void validateDocumentId_allowed_passes(String id) {
        assertDoesNotThrow(() -> Names.validateDocumentId(id));
    }

    @ParameterizedTest
    @CsvSource({
        "'',Document id must not be empty",
        "_design/,Illegal document id `_design/`",
        "_local/,Illegal document id `_local/`",
        "_x,Only reserved document ids may start with underscore.",
        "_design,Only reserved document ids may start with underscore.",
        "x\uD83D,Document id must be valid UTF-8",
        "\uDE00\uD83D,Document id must be valid UTF-8"
    })
    void validateDocumentId_illegal_isRefused(String id, String reason) {
        RequestException refused = assertThrows(RequestException.class, () -> Names.validateDocumentId(id));
        assertEquals(reason, refused.reason());
        assertEquals("illegal_docid", refused.code().error());
    }

    @Test
    void kinds_ofNames_areTold() {
        assertTrue(Names.isDesign("_design/x") && Names.isLocal("_local/x"));
        assertFalse(Names.isDesign("design/x") || Names.isLocal("x"));
        assertTrue(Names.isSystemDatabase("_users") && Names.isSystemDatabase("team/_replicator"));
        assertFalse(Names.isSystemDatabase("users"));
    }

    @Test
    void validateAttachmentName_loneSurrogate_isRefused() {
        assertDoesNotThrow(() -> Names.validateAttachmentName("a/b\uD83D\uDE00.txt"));
        assertEquals(
                "Attachment name is not UTF-8 encoded",
                assertThrows(RequestException.class, () -> Names.validateAttachmentName("a\uD83D"))
                        .reason());
    }

    @Test
    void validateDocumentId_ofFourKibibytes_isTheLongest() {
        assertDoesNotThrow(() -> Names.validateDocumentId("é".repeat(2048)));
        assertDoesNotThrow(() -> Names.validateDocumentId("_design/" + "a".repeat(4088)));
        for (String tooLong : new String[] {"é".repeat(2048) + "a", "_local/" + "a".repeat(4090), "😀".repeat(1025)}) {
            RequestException refused = assertThrows(RequestException.class, () -> Names.validateDocumentId(tooLong));
            assertEquals(ErrorCode.DOCUMENT_ID_TOO_LONG, refused.code());
        }
    }

    @Test
    void validateAttachmentName_longerThanFourKibibytes_isRefused() {
        assertDoesNotThrow(() -> Names.validateAttachmentName("a".repeat(4096)));
        RequestException refused =
                assertThrows(RequestException.class, () -> Names.validateAttachmentName("a".repeat(4097)));
        assertEquals(ErrorCode.ATTACHMENT_NAME_TOO_LONG, refused.code());
    }

    @Test
    void validateContentType_longerThanOneKibibyte_isRefused() {
        assertDoesNotThrow(() -> Names.validateContentType("a".repeat(1024)));
        RequestException refused =
                assertThrows(RequestException.class, () -> Names.validateContentType("a".repeat(1025)));
        assertEquals(ErrorCode.CONTENT_TYPE_TOO_LONG, refused.code());
    }
}
