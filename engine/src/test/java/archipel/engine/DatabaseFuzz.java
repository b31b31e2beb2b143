package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Block;
import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.command.HorizonPolicy;
import archipel.command.RewindResult;
import archipel.command.WriteResult;
import archipel.document.Leaf;
import archipel.document.LocalDocument;
import archipel.document.Revision;
import archipel.document.RevisionTree;
import archipel.read.BlockException;
import archipel.read.BlockSelector;
import archipel.read.DiffCursor;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.VersionCursor;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.testkit.Seeded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Random commands, compactions and restarts against {@link Model}. */
class DatabaseFuzz {
    private static final int STEPS = 120;
    private static final Comparator<String> BY_BYTES =
            Comparator.comparing(Edits::bytes, java.util.Arrays::compareUnsigned);

    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    private Path directory;

    private Node node;
    private Database database;
    private Model model;
    private SplittableRandom random;
    private HorizonPolicy policy;
    private long fewest;

    @Test
    void randomCommands_giveWhatTheModelHolds() {
        Seeded.check(12, this::run);
    }

    private void run(SplittableRandom seeded) throws IOException, InterruptedException {
        random = seeded;
        model = new Model();
        policy = HorizonPolicy.DEFAULT;
        fewest = Long.MAX_VALUE;
        Path data = Files.createTempDirectory(directory, "run");
        node = open(data);
        database = node.create("db");
        model.remember(0);
        try {
            for (int step = 0; step < STEPS; step++) {
                step(data);
                model.remember(database.state().head().number());
                model.version(database.state().head().number());
                try (Pruner.Rest _ = node.pruner().rest()) {
                    readThePast();
                }
                if (step % 10 == 0) {
                    compare();
                }
            }
            compare();
            database.prune();
            forget();
            if (policy instanceof HorizonPolicy.Newest newest) {
                long due = database.state().head().number() - newest.blocks() + 1;
                assertTrue(database.horizon().block() >= due, database.horizon() + " but " + due + " is due");
            }
            assertEquals(database.horizon().block(), database.horizon().prunedTo());
            for (long block : model.past.keySet()) {
                compare(block);
            }
            assertEquals(List.of(), Checker.check(node));
        } finally {
            node.close();
        }
        twins.check();
        assertEquals(List.of(), Checker.check(data));
    }

    private Node open(Path data) {
        NodeOptions options = NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS);
        return twins.open(data, options);
    }

    private void step(Path data) throws InterruptedException {
        int dice = random.nextInt(100);
        if (dice < 3) {
            rewind();
        } else if (dice < 50) {
            update();
        } else if (dice < 75) {
            replicate();
        } else if (dice < 82) {
            purge();
        } else if (dice < 90) {
            local();
        } else if (dice < 94) {
            compact();
        } else if (dice < 95) {
            horizon();
        } else if (dice < 97) {
            database.prune();
        } else if (dice < 98) {
            node.close();
            node = open(data);
            database = node.database("db");
        } else {
            snapshotStaysAsItWas();
        }
    }

    private String anyId() {
        return List.of("a", "b", "b\u0000", "b\u0000c", "bb", "é", "\ud83d\ude00", "_design/x")
                .get(random.nextInt(8));
    }

    private String anyJson() {
        return "{\"v\":" + random.nextInt(4) + ",\"pad\":\"" + "x".repeat(random.nextInt(50)) + "\"}";
    }

    // A parent that is right two times out of three.
    private void update() {
        List<DocumentEdit> edits = new ArrayList<>();
        List<Revision> parents = new ArrayList<>();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            String id = anyId();
            Model.Doc doc = model.documents.get(id);
            Revision parent = null;
            if (doc != null && random.nextInt(3) > 0) {
                List<Model.Rev> leaves = doc.leaves();
                parent = leaves.get(random.nextInt(leaves.size())).name();
            } else if (doc != null && random.nextBoolean()) {
                parent = doc.revisions.keySet().stream().sorted().findFirst().orElseThrow();
            }
            edits.add(Edits.update(id, parent, random.nextInt(4) == 0, anyJson()));
            parents.add(parent);
        }
        WriteResult result = database.write(edits, false);
        Set<String> changed = new HashSet<>();
        for (int i = 0; i < edits.size(); i++) {
            expect(
                    (DocumentEdit.Update) edits.get(i),
                    parents.get(i),
                    result.results().get(i),
                    changed);
        }
        // Seqs follow the order in which documents are first named, whether or not that edit was accepted.
        edits.stream()
                .map(DocumentEdit::id)
                .distinct()
                .filter(changed::contains)
                .forEach(id -> model.document(id).seq = ++model.seq);
    }

    private void expect(DocumentEdit.Update edit, Revision given, EditResult result, Set<String> changed) {
        Model.Doc known = model.documents.get(edit.id());
        Revision parent = given;
        boolean allowed;
        if (known == null) {
            allowed = parent == null;
        } else if (known.winner().deleted()) {
            allowed = parent == null && !edit.deleted();
            parent = known.winner().name();
        } else {
            allowed = parent != null && known.isLeaf(parent);
        }
        assertEquals(allowed, result instanceof EditResult.Accepted, () -> edit + " -> " + result);
        if (allowed) {
            Revision name = ((EditResult.Accepted) result).revision();
            assertEquals(parent == null ? 1 : parent.generation() + 1, name.generation());
            Model.Doc doc = model.document(edit.id());
            doc.revisions.put(
                    name,
                    new Model.Rev(
                            name, parent, edit.deleted(), new String(edit.body().json())));
            changed.add(edit.id());
        }
    }

    // A foreign revision on a random known one, or on a root of its own, with an ancestor that has no body here.
    private void replicate() {
        String id = anyId();
        Model.Doc doc = model.documents.getOrDefault(id, new Model.Doc());
        List<Revision> known = doc.revisions.keySet().stream().sorted().toList();
        Revision base = known.isEmpty() || random.nextInt(4) == 0 ? null : known.get(random.nextInt(known.size()));
        int generation = base == null ? 1 : base.generation() + 1;
        Revision middle = new Revision(generation, "m" + random.nextInt(3));
        Revision newest = new Revision(generation + 1, "n" + random.nextInt(3));
        List<String> ancestors = new ArrayList<>(List.of(middle.toString()));
        for (Revision at = base; at != null; at = doc.revisions.get(at).parent()) {
            ancestors.add(at.toString());
        }
        // The model names a revision by its id alone; one id under two parents is another test's matter.
        if (clashes(doc, middle, base) || clashes(doc, newest, middle)) {
            return;
        }
        DocumentEdit edit = Edits.replicated(id, newest.toString(), ancestors.toArray(String[]::new));
        database.write(List.of(edit), false);
        Model.Rev before = doc.revisions.get(newest);
        if (before != null && before.json() != null) {
            return;
        }
        doc.revisions.putIfAbsent(middle, new Model.Rev(middle, base, false, null));
        doc.revisions.put(
                newest,
                new Model.Rev(newest, middle, false, new String(edit.body().json())));
        model.documents.put(id, doc);
        doc.seq = ++model.seq;
    }

    private static boolean clashes(Model.Doc doc, Revision name, Revision parent) {
        Model.Rev known = doc.revisions.get(name);
        return known != null && !java.util.Objects.equals(known.parent(), parent);
    }

    private void purge() {
        String id = anyId();
        Model.Doc doc = model.documents.get(id);
        if (doc == null) {
            return;
        }
        List<Model.Rev> leaves = doc.leaves();
        Revision leaf = leaves.get(random.nextInt(leaves.size())).name();
        database.purge(Map.of(id, List.of(leaf, new Revision(99, "none"))));
        doc.purge(leaf);
        if (doc.isEmpty()) {
            model.documents.remove(id);
        } else {
            doc.seq = ++model.seq;
        }
        // No block from before a purge can be read any more.
        model.past.clear();
    }

    // To any block that can be read. What becomes of each document is looked up, and must show what it showed then.
    private void rewind() throws InterruptedException {
        try (Pruner.Rest _ = node.pruner().rest()) {
            forget();
            List<Long> blocks = List.copyOf(model.past.keySet());
            long to = blocks.get(random.nextInt(blocks.size()));
            Model then = model.past.get(to);
            long head = database.state().head().number();
            Block block;
            try (Reader earlier = pinned(to)) {
                block = earlier.block();
            }
            RewindResult result = database.rewind(block, 1 << 20);
            List<String> later = model.changes().stream()
                    .filter(change -> seq(change) > then.seq)
                    .map(DatabaseFuzz::id)
                    .toList();
            boolean any = false;
            try (Reader snapshot = database.door().newest(Visibility.EVERYTHING)) {
                for (String id : later) {
                    any |= rewound(snapshot, id, model.document(id), then.documents.get(id));
                }
            }
            assertEquals(any ? head + 1 : head, result.head().number());
            assertEquals(0, result.skipped());
            assertEquals(then.live(), model.live());
        }
    }

    private static long seq(String change) {
        return Long.parseLong(change.substring(0, change.indexOf(':')));
    }

    private static String id(String change) {
        return change.substring(change.indexOf(':') + 1);
    }

    private boolean rewound(Reader snapshot, String id, Model.Doc doc, Model.Doc then) {
        Set<Revision> stayOpen = new HashSet<>();
        if (then != null) {
            then.leaves().stream()
                    .filter(rev -> !rev.deleted() && doc.isLeaf(rev.name()))
                    .forEach(rev -> stayOpen.add(rev.name()));
        }
        RevisionTree tree = snapshot.documents().find(id).tree();
        boolean changed = false;
        for (Leaf leaf : tree.leaves()) {
            if (!doc.revisions.containsKey(leaf.revision())) {
                List<String> path = tree.pathTo(leaf.revision()).hashes();
                Revision parent = new Revision(leaf.revision().generation() - 1, path.get(1));
                assertTrue(doc.revisions.containsKey(parent), () -> leaf + " of " + id + " follows " + parent);
                String json = Edits.json(snapshot, id, leaf.revision());
                doc.revisions.put(leaf.revision(), new Model.Rev(leaf.revision(), parent, leaf.deleted(), json));
                changed = true;
            }
        }
        if (changed) {
            doc.seq = ++model.seq;
        }
        assertEquals(then == null || then.winner().deleted(), doc.winner().deleted(), id);
        if (!doc.winner().deleted()) {
            assertEquals(then.winner().json(), doc.winner().json(), id);
        }
        stayOpen.add(doc.winner().name());
        doc.leaves().stream()
                .filter(rev -> !rev.deleted())
                .forEach(rev -> assertTrue(stayOpen.contains(rev.name()), () -> rev + " of " + id + " is open"));
        return changed;
    }

    private void local() {
        String id = "_local/" + random.nextInt(3);
        if (random.nextInt(4) == 0) {
            assertEquals(model.locals.remove(id) != null, database.deleteLocal(id));
        } else {
            String json = anyJson();
            database.putLocal(id, Edits.bytes(json));
            model.locals.put(id, json);
        }
    }

    private void compact() {
        database.compact();
        while (database.isCompacting()) {
            Thread.onSpinWait();
        }
    }

    private void snapshotStaysAsItWas() {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            String before = told(reader);
            update();
            local();
            assertEquals(before, told(reader));
        }
    }

    private static String told(Reader reader) {
        return reader.block() + " " + reader.documents().count() + " " + Edits.changes(reader, 0, false)
                + reader.locals().list(null, 100).stream()
                        .map(LocalDocument::id)
                        .toList();
    }

    private void compare() {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            compare(reader, model);
            versions(reader);
            versionsById(reader);
            model.locals.forEach((id, json) ->
                    assertEquals(json, new String(reader.locals().find(id).json())));
            assertEquals(model.locals.size(), reader.locals().list(null, 100).size());
        }
    }

    // All versions that somebody can still read, and of the others no wrong ones.
    private void versions(Reader reader) {
        long since = random.nextLong(model.seq + 2);
        long horizon = reader.horizon();
        List<Long> seqs = new ArrayList<>();
        try (VersionCursor cursor = reader.versions().after(since)) {
            while (cursor.next()) {
                Model.Version version = model.versions.get(cursor.seq());
                seqs.add(cursor.seq());
                assertEquals(version.id(), cursor.id());
                assertEquals(version.block(), cursor.block());
                assertEquals(
                        version.leaves(),
                        cursor.leaves().stream().map(Leaf::revision).toList());
                if (version.until() > horizon) {
                    assertEquals(version.json(), new String(cursor.body().json()));
                }
            }
        }
        assertEquals(seqs.stream().sorted().distinct().toList(), seqs);
        model.versions.tailMap(since, false).forEach((seq, version) -> {
            assertTrue(version.until() <= horizon || seqs.contains(seq), () -> "no version of seq " + seq);
        });
    }

    // Each version that can be read from the first block that can be, once, in order.
    private void versionsById(Reader reader) {
        long horizon = reader.horizon();
        long head = reader.block().number();
        List<String> expected = new ArrayList<>();
        List<String> ids = List.copyOf(model.documents.keySet());
        String start = ids.isEmpty() || random.nextBoolean() ? null : ids.get(random.nextInt(ids.size()));
        model.versions.values().stream()
                .filter(version -> version.until() > horizon && version.block() <= head)
                .filter(version -> start == null || BY_BYTES.compare(version.id(), start) >= 0)
                .sorted(Comparator.comparing(Model.Version::id, BY_BYTES).thenComparing(Model.Version::block))
                .forEach(version -> expected.add(version.id() + " " + Math.max(horizon, version.block()) + " "
                        + version.leaves() + " " + version.json()));
        List<String> found = new ArrayList<>();
        try (VersionCursor cursor = reader.versions().byId(start)) {
            while (cursor.next()) {
                found.add(cursor.id() + " " + cursor.block() + " "
                        + cursor.leaves().stream().map(Leaf::revision).toList() + " "
                        + new String(cursor.body().json()));
            }
        }
        assertEquals(expected, found);
    }

    // Blocks go only as the policy says, and never come back; which of those that may go are gone is up to the pruner.
    private void horizon() {
        policy = random.nextInt(4) == 0
                ? new HorizonPolicy.All()
                : new HorizonPolicy.Newest(random.nextLong(1, 30), Duration.ZERO);
        if (policy instanceof HorizonPolicy.Newest newest) {
            fewest = Math.min(fewest, newest.blocks());
        }
        database.setHorizon(policy);
    }

    private void forget() {
        Database.Horizon horizon = database.horizon();
        long gone = horizon.block();
        if (!model.past.isEmpty() && gone > model.past.firstKey()) {
            model.past.headMap(gone).clear();
            assertTrue(gone <= horizon.head().number() - fewest + 1, horizon + " and at least " + fewest);
        }
    }

    private void readThePast() throws InterruptedException {
        forget();
        List<Long> blocks = List.copyOf(model.past.keySet());
        compare(blocks.get(random.nextInt(blocks.size())));
        diff(blocks);
        long gone = blocks.getFirst() - 1;
        if (gone >= 0) {
            BlockException e = assertThrows(BlockException.class, () -> pinned(gone));
            assertEquals(BlockException.Kind.BELOW_HORIZON, e.kind());
            assertEquals(blocks.getFirst(), e.horizon());
        }
        BlockException e = assertThrows(BlockException.class, () -> pinned(blocks.getLast() + 1));
        assertEquals(BlockException.Kind.NOT_YET, e.kind());
    }

    // Every document whose tree is another at the two blocks, and no other.
    private void diff(List<Long> blocks) {
        long one = blocks.get(random.nextInt(blocks.size()));
        long other = blocks.get(random.nextInt(blocks.size()));
        Model from = model.past.get(Math.min(one, other));
        Model to = model.past.get(Math.max(one, other));
        List<String> expected = new ArrayList<>();
        for (String change : to.changes()) {
            String id = change.substring(change.indexOf(':') + 1);
            Model.Doc was = from.documents.get(id);
            if (was == null || was.seq != to.documents.get(id).seq) {
                expected.add(change + (was == null ? "[]" : leaves(was)) + leaves(to.documents.get(id)));
            }
        }
        List<String> found = new ArrayList<>();
        try (Reader reader = database.door().newest(Visibility.EVERYTHING);
                DiffCursor cursor = reader.changes()
                        .diff(
                                reader.blocks().find(Math.min(one, other)),
                                reader.blocks().find(Math.max(one, other)),
                                0)) {
            while (cursor.next()) {
                DiffCursor.Difference difference = cursor.difference();
                found.add(difference.sequence().number() + ":" + difference.id()
                        + difference.before().stream().map(Leaf::revision).toList()
                        + difference.after().stream().map(Leaf::revision).toList());
            }
        }
        assertEquals(expected, found);
    }

    private static String leaves(Model.Doc doc) {
        return doc.leaves().stream().map(Model.Rev::name).toList().toString();
    }

    private Reader pinned(long block) throws InterruptedException {
        return database.door().open(Wanted.of(new BlockSelector.Number(block), Duration.ZERO), Visibility.EVERYTHING);
    }

    private void compare(long block) throws InterruptedException {
        try (Reader reader = pinned(block)) {
            assertEquals(block, reader.block().number());
            compare(reader, model.past.get(block));
            versionsById(reader);
            model.past
                    .get(block)
                    .documents
                    .forEach((id, doc) -> doc.revisions.values().stream()
                            .filter(rev -> !doc.isLeaf(rev.name()))
                            .forEach(rev -> assertEquals("none", Edits.json(reader, id, rev.name()))));
            List<String> all = new ArrayList<>(model.documents.keySet());
            all.removeAll(model.past.get(block).documents.keySet());
            all.forEach(later -> assertNull(reader.documents().find(later)));
        }
    }

    private void compare(Reader reader, Model expected) {
        assertEquals(expected.live(), reader.documents().count());
        assertEquals(
                expected.documents.size() - expected.live(), reader.documents().deletedCount());
        assertEquals(expected.seq, reader.block().lastSeq());
        assertEquals(expected.changes(), Edits.changes(reader, 0, false));
        assertEquals(expected.changes().reversed(), Edits.changes(reader, expected.seq, true));
        long since = random.nextLong(expected.seq + 1);
        List<String> after = expected.changes().stream()
                .filter(change -> Long.parseLong(change.substring(0, change.indexOf(':'))) > since)
                .toList();
        assertEquals(after, Edits.changes(reader, since, false));
        assertEquals(after.size(), reader.changes().pending(since, 1000));
        walk(reader, expected, false);
        walk(reader, expected, true);
        expected.documents.forEach((id, doc) -> {
            DocumentRecord record = reader.documents().find(id);
            assertEquals(doc.seq, record.lastChange().number());
            doc.leaves().forEach(rev -> assertEquals(rev.json(), Edits.json(reader, id, rev.name())));
        });
    }

    private void walk(Reader reader, Model expected, boolean descending) {
        List<String> ids = new ArrayList<>(expected.documents.keySet());
        ids.sort(BY_BYTES);
        List<String> seen = new ArrayList<>();
        try (DocumentCursor cursor = reader.documents().cursor(null, descending, true)) {
            while (cursor.next()) {
                seen.add(cursor.id());
                Model.Doc doc = expected.documents.get(cursor.id());
                List<Model.Rev> leaves = doc.leaves();
                assertEquals(
                        leaves.stream()
                                .map(rev -> new Leaf(rev.name(), rev.deleted()))
                                .toList(),
                        cursor.record().tree().leaves());
                assertEquals(doc.winner().json(), new String(cursor.body().json()));
            }
        }
        assertEquals(descending ? ids.reversed() : ids, seen);
        assertNull(reader.documents().find("never"));
    }
}
