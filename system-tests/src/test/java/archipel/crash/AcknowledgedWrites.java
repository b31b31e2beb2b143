package archipel.crash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.DocumentBody;
import archipel.document.LocalDocument;
import archipel.document.Revision;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Holds what a node has after a crash against what {@link CrashWriter} was told before. */
final class AcknowledgedWrites {
    private final Map<String, Integer> locals = new HashMap<>();

    /**
     * Looks for each write.
     *
     * @param lines as {@link CrashWriter} says them
     */
    void verify(Path data, List<String> lines) throws IOException {
        try (Node node = Node.open(data, NodeOptions.DEFAULT)) {
            if (node.find("crash") != null) {
                verify(node, lines);
            } else {
                assertEquals(0, lines.size(), "acknowledged, and there is not even the database");
            }
        }
    }

    private void verify(Node node, List<String> lines) throws IOException {
        try (Reader reader = node.database("crash").door().newest(Visibility.EVERYTHING)) {
            for (String line : lines) {
                String[] words = line.split(" ", 4);
                switch (words[0]) {
                    case "doc" -> document(reader, words[1], Revision.parse(words[2]), words[3]);
                    case "file" -> file(reader, words[1], Revision.parse(words[2]), Integer.parseInt(words[3]));
                    case "local" -> local(reader, words[1], Revision.parse(words[2]));
                    default -> throw new AssertionError(line);
                }
            }
        }
    }

    private static void document(Reader reader, String id, Revision revision, String json) {
        DocumentRecord record = reader.documents().find(id);
        assertNotNull(record, id);
        assertTrue(record.tree().contains(revision), () -> id + " " + revision);
        DocumentBody body = reader.documents().body(id, revision);
        if (record.tree().isLeaf(revision)) {
            assertNotNull(body, id);
        }
        if (body != null) {
            assertEquals(json, new String(body.json(), StandardCharsets.UTF_8));
        }
    }

    private static void file(Reader reader, String id, Revision revision, int length) throws IOException {
        byte[] content = new byte[length];
        new SplittableRandom(length).nextBytes(content);
        DocumentBody body = reader.documents().body(id, revision);
        assertNotNull(body, id);
        try (InputStream in = reader.attachments().open(body.attachments().getFirst(), 0)) {
            assertArrayEquals(content, in.readAllBytes(), id);
        }
    }

    private void local(Reader reader, String id, Revision revision) {
        LocalDocument document = reader.locals().find(id);
        assertNotNull(document, id);
        int atLeast = locals.merge(id, Integer.parseInt(revision.hash()), Math::max);
        assertTrue(Integer.parseInt(document.revision().hash()) >= atLeast, id);
    }
}
