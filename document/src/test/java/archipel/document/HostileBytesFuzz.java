package archipel.document;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.document.DocumentParser.ParsedDocument;
import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Bytes from outside, with Jazzer. Without more ado each input of the corpus runs once; {@code JAZZER_FUZZ=1 mvn test
 * -Dtest=HostileBytesFuzz#parse_*} looks for new ones.
 */
class HostileBytesFuzz {
    private static final DocumentParser PARSER = new DocumentParser(new JsonLimits(100, 100_000));

    @FuzzTest(maxDuration = "2m")
    void parse_anyBytes_areADocumentOrRefused(byte[] bytes) {
        ParsedDocument document;
        try {
            document = PARSER.parse(bytes, 0, bytes.length);
        } catch (RequestException e) {
            return;
        }
        ParsedDocument again = PARSER.parse(document.json(), 0, document.json().length);
        assertArrayEquals(document.json(), again.json());
        byte[] canonical = CanonicalJson.canonicalize(document.json(), 0, document.json().length);
        assertArrayEquals(canonical, CanonicalJson.canonicalize(canonical, 0, canonical.length));
        assertEquals(
                new String(canonical, UTF_8),
                new String(CanonicalJson.canonicalize(again.json(), 0, again.json().length), UTF_8));
    }

    @FuzzTest(maxDuration = "2m")
    void parseBulk_anyBytes_areARequestOrRefused(byte[] bytes) {
        try {
            PARSER.parseBulk(bytes, 0, bytes.length);
        } catch (RequestException e) {
            assertEquals(4, e.code().status() / 100);
        }
    }

    @FuzzTest(maxDuration = "2m")
    void decode_anyBytes_areATreeOrCorrupt(byte[] bytes) {
        RevisionTree tree;
        try {
            tree = RevisionTree.decode(bytes, 0, bytes.length);
        } catch (CorruptTreeException e) {
            return;
        }
        tree.check();
        assertArrayEquals(bytes, tree.encode());
        assertEquals(tree.winner(), RevisionTree.winner(bytes, 0, bytes.length));
    }

    @FuzzTest(maxDuration = "2m")
    void winner_anyBytes_areReadOrCorrupt(byte[] bytes) {
        try {
            RevisionTree.winner(bytes, 0, bytes.length);
        } catch (CorruptTreeException e) {
            assertEquals("revision tree: ", e.getMessage().substring(0, 15));
        }
    }
}
