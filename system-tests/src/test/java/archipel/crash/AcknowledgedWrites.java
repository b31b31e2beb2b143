package archipel.crash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.DocumentBody;
import archipel.document.LocalDocument;
import archipel.document.Revision;
import archipel.engine.DocumentRecord;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.engine.Snapshot;
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
        try (Snapshot snapshot = node.database("crash").snapshot()) {
            for (String line : lines) {
                String[] words = line.split(" ", 4);
                switch (words[0]) {
                    case "doc" -> document(snapshot, words[1], Revision.parse(words[2]), words[3]);
                    case "file" -> file(snapshot, words[1], Revision.parse(words[2]), Integer.parseInt(words[3]));
                    case "local" -> local(snapshot, words[1], Revision.parse(words[2]));
                    default -> throw new AssertionError(line);
                }
            }
        }
    }

    private static void document(Snapshot snapshot, String id, Revision revision, String json) {
        DocumentRecord record = snapshot.document(id);
        assertNotNull(record, id);
        assertTrue(record.tree().contains(revision), () -> id + " " + revision);
        DocumentBody body = snapshot.body(id, revision);
        if (record.tree().isLeaf(revision)) {
            assertNotNull(body, id);
        }
        if (body != null) {
            assertEquals(json, new String(body.json(), StandardCharsets.UTF_8));
        }
    }

    private static void file(Snapshot snapshot, String id, Revision revision, int length) throws IOException {
        byte[] content = new byte[length];
        new SplittableRandom(length).nextBytes(content);
        DocumentBody body = snapshot.body(id, revision);
        assertNotNull(body, id);
        try (InputStream in = snapshot.attachment(body.attachments().getFirst(), 0)) {
            assertArrayEquals(content, in.readAllBytes(), id);
        }
    }

    private void local(Snapshot snapshot, String id, Revision revision) {
        LocalDocument document = snapshot.local(id);
        assertNotNull(document, id);
        int atLeast = locals.merge(id, Integer.parseInt(revision.hash()), Math::max);
        assertTrue(Integer.parseInt(document.revision().hash()) >= atLeast, id);
    }
}
