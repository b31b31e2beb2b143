package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Block;
import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.command.RewindResult;
import archipel.document.Attachment;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.RevisionHash;
import archipel.document.RevisionPath;
import archipel.read.BlockException;
import archipel.read.BlockSelector;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.testkit.Seeded;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

final class RewindTest {
    private static final long MUCH = 16L << 20;

    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    private Path directory;

    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        node = twins.open(directory, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        database = node.create("db");
    }

    @AfterEach
    void close() {
        List<String> findings = new ArrayList<>(Checker.check(node));
        for (String name : List.of("db", "other")) {
            Database found = node.find(name);
            Verifier.Report report = found == null ? null : found.verify((database, block, head) -> true);
            if (report != null && report.fault() != null) {
                findings.add(name + ": " + report.fault());
            }
        }
        node.close();
        assertEquals(List.of(), findings);
    }

    @Test
    void rewind_editedMadeAndDeleted_standAsTheyDid() {
        Revision edited = Edits.put(database, "edited", null, "{\"v\": 1}");
        Revision deleted = Edits.put(database, "deleted", null, "{\"v\":2}");
        Edits.put(database, "untouched", null, "{\"v\":3}");
        Revision gone = Edits.put(database, "gone", null, "{}");
        delete("gone", gone);
        Block to = head();
        Revision second = Edits.put(database, "edited", edited, "{\"v\":10}");
        Edits.put(database, "edited", second, "{\"v\":11}");
        delete("deleted", deleted);
        Revision made = Edits.put(database, "made", null, "{\"v\":4}");
        Edits.put(database, "gone", null, "{\"back\":true}");

        RewindResult result = database.rewind(to, MUCH);

        assertEquals(new RewindResult(head(), 2, 2, 0, 0), result);
        assertEquals(to.number() + 6, head().number());
        assertEquals("{\"v\": 1}", json("edited"));
        assertEquals("{\"v\":2}", json("deleted"));
        assertEquals("{\"v\":3}", json("untouched"));
        assertNull(json("made"));
        assertNull(json("gone"));
        assertEquals(to.totals().documents(), database.state().documents());
        try (Reader snapshot = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals(
                    4, snapshot.documents().find("edited").winner().revision().generation());
            assertEquals(
                    2, snapshot.documents().find("made").winner().revision().generation());
            assertTrue(snapshot.documents().find("made").tree().contains(made));
            assertEquals(
                    1,
                    snapshot.documents().find("untouched").winner().revision().generation());
            // In the order of the changes before it.
            long seq = head().firstSeq();
            assertEquals(
                    List.of(seq + ":edited", seq + 1 + ":deleted", seq + 2 + ":made", seq + 3 + ":gone"),
                    Edits.changes(snapshot, to.lastSeq(), false));
        }
    }

    @Test
    void rewind_again_makesNoBlock() {
        Revision first = Edits.put(database, "a", null, "{\"v\":1}");
        Edits.put(database, "b", null, "{}");
        Block to = head();
        Edits.put(database, "a", first, "{\"v\":2}");
        Edits.put(database, "c", null, "{}");
        Block rewound = database.rewind(to, MUCH).head();

        assertEquals(new RewindResult(rewound, 0, 0, 0, 0), database.rewind(to, MUCH));
        assertEquals(new RewindResult(rewound, 0, 0, 0, 0), database.rewind(rewound, MUCH));
        assertEquals(rewound.number(), head().number());
    }

    @Test
    void rewind_thereAndBackAgain_undoesTheRewind() {
        Revision first = Edits.put(database, "a", null, "{\"v\":1}");
        Block one = head();
        Edits.put(database, "a", first, "{\"v\":2}");
        Edits.put(database, "b", null, "{\"w\":2}");
        Block two = head();
        database.rewind(one, MUCH);

        database.rewind(two, MUCH);

        assertEquals("{\"v\":2}", json("a"));
        assertEquals("{\"w\":2}", json("b"));
    }

    @Test
    void rewind_attachments_comeBackWithTheirDocument() throws IOException {
        byte[] content = Edits.noise(200_000);
        Revision first = attach("a", null, "one", content);
        Block to = head();
        Edits.put(database, "a", first, "{}");

        database.rewind(to, MUCH);

        try (Reader snapshot = database.door().newest(Visibility.EVERYTHING)) {
            Revision winner = snapshot.documents().find("a").winner().revision();
            DocumentBody body = snapshot.documents().body("a", winner);
            Attachment attachment = body.attachments().getFirst();
            // Nobody who has generation 2 has it.
            assertEquals(3, attachment.revisionPosition());
            try (InputStream stored = snapshot.attachments().open(attachment, 0)) {
                assertArrayEquals(content, stored.readAllBytes());
            }
        }
        assertEquals(to.number() + 2, database.rewind(to, MUCH).head().number());
    }

    @Test
    void rewind_otherAttachmentsAlone_countsAsAnotherDocument() throws IOException {
        Revision first = attach("a", null, "one", Edits.noise(100));
        Block to = head();
        attach("a", first, "two", Edits.noise(100));

        assertEquals(1, database.rewind(to, MUCH).restored());

        try (Reader snapshot = database.door().newest(Visibility.EVERYTHING)) {
            Revision winner = snapshot.documents().find("a").winner().revision();
            assertEquals(
                    "one",
                    snapshot.documents()
                            .body("a", winner)
                            .attachments()
                            .getFirst()
                            .name());
        }
    }

    @Test
    void rewind_conflictsSince_areClosed() {
        replicate("a", "2-b", "1-x");
        Block to = head();
        replicate("a", "2-a", "1-x");
        replicate("a", "3-c", "2-c", "1-x");

        RewindResult result = database.rewind(to, MUCH);

        assertEquals(new RewindResult(head(), 1, 0, 1, 0), result);
        assertEquals(List.of("2-b"), open("a"));
        assertEquals("{\"r\":\"2-b\"}", json("a"));
    }

    @Test
    void rewind_conflictOpenThenAndNow_staysOpen() {
        replicate("a", "2-b", "1-x");
        replicate("a", "2-a", "1-x");
        Block to = head();
        Edits.put(database, "a", Revision.parse("2-b"), "{}");

        database.rewind(to, MUCH);

        assertEquals("{\"r\":\"2-b\"}", json("a"));
        assertEquals(2, open("a").size());
        assertTrue(open("a").contains("2-a"));
    }

    @Test
    void rewind_winnerDeletedBesideAnOpenConflict_winsAgainAndLeavesIt() {
        replicate("a", "2-b", "1-x");
        replicate("a", "2-a", "1-x");
        Block to = head();
        delete("a", Revision.parse("2-b"));
        assertEquals("{\"r\":\"2-a\"}", json("a"));

        RewindResult result = database.rewind(to, MUCH);

        assertEquals(new RewindResult(head(), 1, 0, 0, 0), result);
        assertEquals("{\"r\":\"2-b\"}", json("a"));
        assertEquals(2, open("a").size());
        assertTrue(open("a").contains("2-a"));
    }

    @Test
    void rewind_conflictResolvedSince_staysResolved() {
        replicate("a", "2-b", "1-x");
        replicate("a", "2-a", "1-x");
        Block to = head();
        delete("a", Revision.parse("2-a"));

        assertEquals(new RewindResult(head(), 0, 0, 0, 0), database.rewind(to, MUCH));

        assertEquals(List.of("2-b"), open("a"));
    }

    @Test
    void rewind_designDocument_isValidatedByAsItWas() {
        Revision first = Edits.put(database, "_design/x", null, "{\"validate_doc_update\":\"one\"}");
        Block to = head();
        Edits.put(database, "_design/x", first, "{\"validate_doc_update\":\"two\"}");
        long rules = database.rules();

        database.rewind(to, MUCH);

        assertEquals("{\"validate_doc_update\":\"one\"}", json("_design/x"));
        assertTrue(database.rules() > rules);
    }

    @Test
    void rewind_whatIsNoDocument_staysAsItIs() {
        database.putLocal("_local/a", Edits.bytes("{\"v\":1}"));
        Block to = head();
        Edits.put(database, "a", null, "{}");
        database.putLocal("_local/a", Edits.bytes("{\"v\":2}"));
        database.setSecurity(Edits.bytes("{\"s\":1}"));

        database.rewind(to, MUCH);

        assertEquals("{\"s\":1}", new String(database.security()));
        try (Reader snapshot = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals(
                    "{\"v\":2}", new String(snapshot.locals().find("_local/a").json()));
        }
    }

    @Test
    void rewind_blockPurgedSince_isRefused() {
        Edits.put(database, "a", null, "{}");
        Block to = head();
        Revision b = Edits.put(database, "b", null, "{}");
        database.purge(Map.of("b", List.of(b)));

        BlockException e = assertThrows(BlockException.class, () -> database.rewind(to, MUCH));

        assertEquals(BlockException.Kind.BELOW_HORIZON, e.kind());
        assertEquals(head().number(), e.head().number());
    }

    @Test
    void rewind_blockOfAnotherDatabase_isRefused() {
        Database other = node.create("other");
        Edits.put(other, "a", null, "{}");
        Edits.put(database, "b", null, "{}");

        RequestException e = assertThrows(
                RequestException.class, () -> database.rewind(other.state().head(), MUCH));

        assertEquals(ErrorCode.BLOCK_UNKNOWN, e.code());
    }

    @Test
    void rewind_moreThanItMayWrite_isRefusedAndLeavesNothing() {
        Revision first = Edits.put(database, "a", null, "{\"v\":\"" + "x".repeat(100_000) + "\"}");
        Block to = head();
        Edits.put(database, "a", first, "{\"v\":\"" + "y".repeat(100_000) + "\"}");
        DatabaseState before = database.state();

        for (long bound : List.of(0L, 50_000L, 150_000L)) {
            RequestException e = assertThrows(RequestException.class, () -> database.rewind(to, bound));
            assertEquals(ErrorCode.REWIND_TOO_LARGE, e.code());
        }

        assertEquals(before, database.state());
        assertEquals(1, database.rewind(to, 250_000).restored());
    }

    @Test
    void rewind_documentThatNoRevisionCanFollow_isSkipped() {
        Revision first = Edits.put(database, "a", null, "{\"v\":1}");
        Edits.put(database, "b", null, "{\"v\":1}");
        Block to = head();
        String hash = "f".repeat(32);
        database.write(
                List.of(new DocumentEdit.Replicated(
                        "b",
                        new RevisionPath(Integer.MAX_VALUE, List.of(hash)),
                        false,
                        new DocumentBody(Edits.bytes("{\"v\":2}"), List.of()))),
                false);
        Edits.put(database, "a", first, "{\"v\":2}");

        RewindResult result = database.rewind(to, MUCH);

        assertEquals(new RewindResult(head(), 1, 0, 0, 1), result);
        assertEquals("{\"v\":1}", json("a"));
        assertEquals("{\"v\":2}", json("b"));
    }

    /** Who knows how revisions get their ids may have written something else under the one that is to come. */
    @Test
    void rewind_revisionTakenBefore_isSkipped() {
        String json = "{\"v\":1}";
        Revision first = Edits.put(database, "a", null, json);
        Block to = head();
        Revision second = Edits.put(database, "a", first, "{\"v\":2}");
        byte[] digest = CanonicalJson.digest(Edits.bytes(json), 0, json.length());
        Revision next = RevisionHash.next(second, false, digest, List.of());
        database.write(List.of(Edits.replicated("a", next.toString())), false);
        delete("a", next);

        assertEquals(new RewindResult(head(), 0, 0, 0, 1), database.rewind(to, MUCH));
    }

    @Test
    void rewind_moreThanIsKeptInBetween_comesToTheSameAsALittleAtATime() {
        Database other = node.create("other");
        int count = 2_500;
        Map<String, Block> to = new HashMap<>();
        for (Database each : List.of(database, other)) {
            List<DocumentEdit> first = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                first.add(Edits.update("d" + i, null, false, "{\"i\":" + i + ",\"x\":\"" + "x".repeat(i) + "\"}"));
            }
            List<Revision> made = each.write(first, false).results().stream()
                    .map(result -> ((EditResult.Accepted) result).revision())
                    .toList();
            to.put(each.name(), each.state().head());
            List<DocumentEdit> second = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                second.add(Edits.update("d" + i, made.get(i), i % 3 == 0, "{}"));
            }
            each.write(second, false);
        }

        RewindResult result = database.rewind(to.get("db"), MUCH);

        assertEquals(count, result.restored());
        try (Reader snapshot = database.door().newest(Visibility.EVERYTHING)) {
            for (int i = 0; i < count; i += 7) {
                Revision winner = snapshot.documents().find("d" + i).winner().revision();
                assertEquals(
                        i, Edits.json(snapshot, "d" + i, winner).length() - ("{\"i\":" + i + ",\"x\":\"\"}").length());
            }
        }
        List<DocumentEdit> byHand = new ArrayList<>();
        Wanted earlier = Wanted.of(new BlockSelector.Number(to.get("other").number()), Duration.ZERO);
        try (Reader now = other.door().newest(Visibility.EVERYTHING);
                Reader then = other.door().open(earlier, Visibility.EVERYTHING)) {
            for (int i = 0; i < count; i++) {
                Leaf winner = now.documents().find("d" + i).winner();
                Revision old = then.documents().find("d" + i).winner().revision();
                byHand.add(Edits.update(
                        "d" + i, winner.deleted() ? null : winner.revision(), false, Edits.json(then, "d" + i, old)));
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        other.write(byHand, false);
        assertEquals(other.state().liveBodyBytes(), database.state().liveBodyBytes());
        assertEquals(other.state().bodyBytes(), database.state().bodyBytes());
        try (Reader one = database.door().newest(Visibility.EVERYTHING);
                Reader two = other.door().newest(Visibility.EVERYTHING)) {
            for (int i = 0; i < count; i++) {
                assertEquals(
                        two.documents().find("d" + i).tree(),
                        one.documents().find("d" + i).tree());
            }
        }
    }

    /** However the trees have grown, what readers see is what they saw. */
    @Test
    void rewind_anyHistoryWithAttachments_showsWhatItShowed() {
        Seeded.check(30, this::anyHistory);
    }

    private void anyHistory(SplittableRandom random) throws IOException {
        if (node.find("other") != null) {
            node.delete("other");
        }
        Database any = node.create("other");
        any.setRevisionsLimit(random.nextInt(3) == 0 ? 2 : 1000);
        List<Block> blocks = new ArrayList<>();
        List<Map<String, String>> shown = new ArrayList<>();
        for (int step = 0; step < 60; step++) {
            blocks.add(any.state().head());
            shown.add(shown(any));
            String id = "d" + random.nextInt(4);
            if (random.nextInt(12) == 0) {
                int back = random.nextInt(blocks.size());
                any.rewind(blocks.get(back), MUCH);
                assertEquals(shown.get(back), shown(any));
                assertEquals(
                        any.state().head(), any.rewind(blocks.get(back), MUCH).head());
            } else {
                write(any, id, random);
            }
        }
    }

    private void write(Database any, String id, SplittableRandom random) throws IOException {
        List<Attachment> attachments = List.of();
        try (AttachmentUpload upload = any.upload()) {
            if (random.nextBoolean()) {
                attachments = List.of(upload(upload, "n" + random.nextInt(2), Edits.noise(1 + random.nextInt(3))));
            }
            String json = "{\"v\":" + random.nextInt(3) + "}";
            boolean deleted = random.nextInt(4) == 0;
            Leaf leaf = null;
            try (Reader snapshot = any.door().newest(Visibility.EVERYTHING)) {
                DocumentRecord record = snapshot.documents().find(id);
                if (record != null) {
                    List<Leaf> leaves = record.tree().leaves();
                    leaf = leaves.get(random.nextInt(leaves.size()));
                }
            }
            DocumentEdit edit;
            if (random.nextInt(3) == 0) {
                int generation = 1 + random.nextInt(5);
                List<String> path = new ArrayList<>(List.of("r" + random.nextInt(1000)));
                if (leaf != null && random.nextBoolean()) {
                    generation = leaf.revision().generation() + 1;
                    path.add(leaf.revision().hash());
                }
                edit = new DocumentEdit.Replicated(
                        id,
                        new RevisionPath(generation, path),
                        deleted,
                        new DocumentBody(Edits.bytes(json), attachments));
            } else {
                edit = Edits.update(id, leaf == null ? null : leaf.revision(), deleted, json, attachments);
            }
            any.write(List.of(edit), false);
        }
    }

    private static Map<String, String> shown(Database any) throws IOException {
        Map<String, String> shown = new HashMap<>();
        try (Reader snapshot = any.door().newest(Visibility.EVERYTHING);
                DocumentCursor documents = snapshot.documents().cursor(null, false, true)) {
            while (documents.next()) {
                if (!documents.winner().deleted()) {
                    DocumentBody body = documents.body();
                    StringBuilder text = new StringBuilder(new String(body.json()));
                    for (Attachment attachment : body.attachments()) {
                        try (InputStream content = snapshot.attachments().open(attachment, 0)) {
                            text.append(attachment.name()).append(Arrays.toString(content.readAllBytes()));
                        }
                    }
                    shown.put(documents.id(), text.toString());
                }
            }
            assertEquals(shown.size(), snapshot.documents().count());
        }
        return shown;
    }

    private Block head() {
        return database.state().head();
    }

    private void delete(String id, Revision revision) {
        Edits.accepted(database.write(List.of(Edits.update(id, revision, true, "{}")), false));
    }

    private void replicate(String id, String revision, String... ancestors) {
        database.write(List.of(Edits.replicated(id, revision, ancestors)), false);
    }

    private Revision attach(String id, @Nullable Revision parent, String name, byte[] content) throws IOException {
        try (AttachmentUpload upload = database.upload()) {
            Attachment attachment = upload(upload, name, content);
            return Edits.accepted(
                    database.write(List.of(Edits.update(id, parent, false, "{}", List.of(attachment))), false));
        }
    }

    private static Attachment upload(AttachmentUpload upload, String name, byte[] content) throws IOException {
        return upload.receive(name, "text/plain", null, new ByteArrayInputStream(content), Long.MAX_VALUE);
    }

    /** Of the winner; null where there is none, or it is a deletion. */
    private @Nullable String json(String id) {
        try (Reader snapshot = database.door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = snapshot.documents().find(id);
            return record == null || record.winner().deleted()
                    ? null
                    : Edits.json(snapshot, id, record.winner().revision());
        }
    }

    private List<String> open(String id) {
        try (Reader snapshot = database.door().newest(Visibility.EVERYTHING)) {
            return snapshot.documents().find(id).tree().leaves().stream()
                    .filter(leaf -> !leaf.deleted())
                    .map(leaf -> leaf.revision().toString())
                    .toList();
        }
    }
}
