package archipel.mango;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Waiter;
import archipel.command.DocumentEdit;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.mango.Plan.Access;
import archipel.mango.SortBuffer.SortKeys;
import archipel.read.DocumentCursor;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.testkit.Seeded;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Random queries, with whatever indexes there are, against a look at every document. */
class FindFuzz {
    private static final int DOCUMENTS = 60;
    private static final int QUERIES = 60;

    @TempDir
    private Path directory;

    private final Set<String> seen = new HashSet<>();
    private int databases;

    @Test
    void randomQueries_withAndWithoutIndexes_giveWhatMatches() {
        try (Node node = Node.open(directory, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS))) {
            Seeded.check(20, random -> run(node, random));
            if (Long.getLong("seed") == null) {
                assertEquals(Set.of("Nothing", "Documents", "Keys", "Union", "covering", "sorts", "many ranges"), seen);
            }
        }
    }

    private void run(Node node, SplittableRandom seeded) {
        RandomQuery random = new RandomQuery(seeded);
        Database database = node.create("db" + databases++);
        List<DocumentEdit> edits = new ArrayList<>();
        for (int i = 0; i < DOCUMENTS; i++) {
            String id = random.pick(List.of("", "A", "a", "b", "\u00e4", "_design/")) + i;
            byte[] json = random.document().toString().getBytes(StandardCharsets.UTF_8);
            edits.add(new DocumentEdit.Update(
                    id,
                    null,
                    seeded.nextInt(10) == 0,
                    new DocumentBody(json, List.of()),
                    CanonicalJson.digest(json, 0, json.length)));
        }
        database.write(edits, false);
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            Map<String, ObjectNode> documents = documents(reader);
            for (int i = 0; i < QUERIES; i++) {
                check(reader, documents, random, seeded);
            }
        }
    }

    private static Map<String, ObjectNode> documents(Reader reader) {
        Map<String, ObjectNode> documents = new TreeMap<>();
        try (DocumentCursor cursor = reader.documents().cursor(null, false, true)) {
            while (cursor.next()) {
                if (!cursor.winner().deleted() && !cursor.id().startsWith("_design/")) {
                    documents.put(cursor.id(), QueriedDocument.of(cursor.record(), cursor.body(), false, null));
                }
            }
        }
        return documents;
    }

    private void note(Plan plan) {
        seen.add(plan.access().getClass().getSimpleName());
        if (plan.isCovering()) {
            seen.add("covering");
        }
        if (plan.sorts()) {
            seen.add("sorts");
        }
        if (plan.access() instanceof Access.Keys keys && keys.keys().ranges().size() > 2) {
            seen.add("many ranges");
        }
    }

    private void check(Reader reader, Map<String, ObjectNode> documents, RandomQuery random, SplittableRandom seeded) {
        List<FieldIndex> catalog = new ArrayList<>(List.of(FieldIndex.ALL_DOCUMENTS));
        for (int i = seeded.nextInt(5); i > 0; i--) {
            catalog.addAll(random.indexes(i));
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("selector", random.selector(2));
        if (seeded.nextInt(3) == 0) {
            body.set("sort", random.fields(2, seeded.nextBoolean()).list());
        }
        if (seeded.nextInt(3) == 0) {
            random.fields(3, false).fields().forEach(body.withArray("fields")::add);
        }
        if (seeded.nextInt(4) == 0) {
            body.put("use_index", "d" + (1 + seeded.nextInt(4)));
        }
        body.put("limit", 1000);
        FindQuery query = FindQuery.parse(body, 25);
        MemoryIndexes indexes = new MemoryIndexes();
        FindContext context = new FindContext(indexes, catalog, (id, all) -> all, true, 1 << 20, 10, Waiter.PATIENT);
        Plan plan = new Planner(catalog, query, true, true, documents.size(), (index, keys) -> -1).plan();
        note(plan);
        String what = body + " over " + catalog.stream().map(FieldIndex::json).toList() + " by " + plan.access();
        List<ObjectNode> found = find(reader, context, query).documents;
        List<String> expected = new ArrayList<>();
        Selector partial = plan.index() == null ? null : plan.index().partial();
        SortKeys keys = new SortKeys(query.sort());
        documents.forEach((id, document) -> {
            boolean matches = query.selector().matches(document) && (partial == null || partial.matches(document));
            if (matches && (query.sort().isEmpty() || keys.of(document) != null)) {
                expected.add(query.projection().of(document).toString());
            }
        });
        List<String> shown = found.stream().map(ObjectNode::toString).toList();
        assertEquals(
                expected.stream().sorted().toList(), shown.stream().sorted().toList(), what);
        inOrder(query, documents, found, what);
        pages(reader, context, body, shown, 1 + seeded.nextInt(7), what);
        assertEquals(0, indexes.opened(), "readers are closed");
    }

    private static void inOrder(
            FindQuery query, Map<String, ObjectNode> documents, List<ObjectNode> found, String what) {
        boolean shown = query.projection().isWhole() || query.fields().contains("_id");
        if (query.sort().isEmpty() || !shown || query.sort().fields().contains("_id")) {
            return;
        }
        SortKeys keys = new SortKeys(query.sort());
        List<byte[]> inOrder = new ArrayList<>();
        found.forEach(document ->
                inOrder.add(keys.of(documents.get(document.get("_id").stringValue()))));
        List<byte[]> sorted = new ArrayList<>(inOrder);
        sorted.sort(Arrays::compareUnsigned);
        if (query.sort().descending()) {
            sorted = sorted.reversed();
        }
        assertArrayEquals(sorted.toArray(), inOrder.toArray(), what);
    }

    /** Page by page the same comes, in the same order. */
    private static void pages(
            Reader reader, FindContext context, ObjectNode body, List<String> all, int limit, String what) {
        List<String> paged = new ArrayList<>();
        ObjectNode asked = body.deepCopy().put("limit", limit);
        HashSet<String> bookmarks = new HashSet<>();
        while (true) {
            Answer page = find(reader, context, FindQuery.parse(asked, 25));
            page.documents.forEach(document -> paged.add(document.toString()));
            if (page.documents.isEmpty()) {
                break;
            }
            assertTrue(bookmarks.add(page.bookmark), "a bookmark comes once: " + what);
            asked.put("bookmark", page.bookmark);
        }
        assertEquals(all, paged, what);
        ObjectNode skipping = body.deepCopy().put("skip", limit);
        List<String> rest = find(reader, context, FindQuery.parse(skipping, 25)).documents.stream()
                .map(ObjectNode::toString)
                .toList();
        assertEquals(all.subList(Math.min(limit, all.size()), all.size()), rest, what);
    }

    private record Answer(List<ObjectNode> documents, String bookmark) {}

    private static Answer find(Reader reader, FindContext context, FindQuery query) {
        List<ObjectNode> documents = new ArrayList<>();
        try {
            FindResult result = new Finder(reader, context).find(query, found -> {
                ObjectNode document =
                        found.record() == null || !query.projection().isWhole()
                                ? found.document()
                                : QueriedDocument.of(found.record(), found.body(), false, null);
                documents.add((ObjectNode) query.projection().of(document));
            });
            return new Answer(documents, result.bookmark());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RequestException e) {
            throw new AssertionError(e.reason() + " to " + query.json(), e);
        }
    }
}
