package archipel.engine;

import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.command.WriteResult;
import archipel.document.Attachment;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.read.ChangeCursor;
import archipel.read.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Edits in few words. */
final class Edits {
    private Edits() {}

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(length).nextBytes(bytes);
        return bytes;
    }

    static DocumentEdit.Update update(String id, @Nullable Revision parent, boolean deleted, String json) {
        return update(id, parent, deleted, json, List.of());
    }

    static DocumentEdit.Update update(
            String id, @Nullable Revision parent, boolean deleted, String json, List<Attachment> attachments) {
        byte[] bytes = bytes(json);
        return new DocumentEdit.Update(
                id,
                parent,
                deleted,
                new DocumentBody(bytes, attachments),
                CanonicalJson.digest(bytes, 0, bytes.length));
    }

    /** A revision with a body that names it, on its ancestors, newest first. */
    static DocumentEdit.Replicated replicated(String id, String revision, String... ancestors) {
        Revision newest = Revision.parse(revision);
        List<String> hashes = new ArrayList<>(List.of(newest.hash()));
        Arrays.stream(ancestors).map(Revision::parse).map(Revision::hash).forEach(hashes::add);
        return new DocumentEdit.Replicated(
                id,
                new RevisionPath(newest.generation(), hashes),
                false,
                new DocumentBody(bytes("{\"r\":\"" + revision + "\"}"), List.of()));
    }

    static Revision put(Database database, String id, @Nullable Revision parent, String json) {
        return accepted(database.write(List.of(update(id, parent, false, json)), false));
    }

    static Revision accepted(WriteResult result) {
        return switch (result.results().getFirst()) {
            case EditResult.Accepted accepted -> accepted.revision();
            case EditResult.Rejected rejected -> throw new AssertionError(rejected);
        };
    }

    static String json(Reader reader, String id, Revision revision) {
        DocumentBody body = reader.documents().body(id, revision);
        return body == null ? "none" : new String(body.json(), StandardCharsets.UTF_8);
    }

    /** {@code seq:id} of each change. */
    static List<String> changes(Reader reader, long since, boolean descending) {
        List<String> found = new ArrayList<>();
        try (ChangeCursor cursor = reader.changes().after(since, descending)) {
            while (cursor.next()) {
                found.add(cursor.change().sequence().number() + ":"
                        + cursor.change().id());
            }
        }
        return found;
    }
}
