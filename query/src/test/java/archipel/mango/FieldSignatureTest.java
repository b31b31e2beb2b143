package archipel.mango;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import archipel.document.JsonCollation;
import archipel.document.JsonTree;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class FieldSignatureTest {
    private static final FieldIndexDefinition DEFINITION = Objects.requireNonNull(FieldIndexDefinition.of(
            "_design/d",
            JsonTree.ofValid(("{\"language\":\"query\",\"views\":{\"n\":{\"map\":{\"fields\":{\"n\":\"asc\"}},"
                            + "\"options\":{\"def\":{\"fields\":[\"n\"]}}}}}")
                    .getBytes(StandardCharsets.UTF_8))));

    /** Keys that two versions of ICU put in order must never stand in one index. */
    @Test
    void signature_ofAnotherCollation_isAnother() {
        assertEquals(
                DEFINITION.signature(), FieldIndexDefinition.signed(DEFINITION.indexes(), JsonCollation.version()));
        assertNotEquals(
                DEFINITION.signature(),
                FieldIndexDefinition.signed(DEFINITION.indexes(), JsonCollation.version() + "1"));
    }

    /** A bookmark of a sorted page holds a sort key, too. */
    @Test
    void bookmark_ofASortedPage_namesTheCollation() {
        Bookmark sorted = Bookmark.parse(new Bookmark(Bookmark.sorted(), new byte[] {1}, "a").toString());
        Bookmark older = new Bookmark("s", new byte[] {1}, "a");

        assertEquals("s" + JsonCollation.version(), sorted.walk());
        assertEquals(true, sorted.isSorted());
        assertEquals(false, older.isSorted());
    }
}
