package archipel.view;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Waiter;
import archipel.command.DocumentEdit;
import archipel.command.HorizonPolicy;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.JsonCollation;
import archipel.document.JsonTree;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.engine.Checker;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.index.Index;
import archipel.index.IndexReader;
import archipel.read.BlockException;
import archipel.read.BlockSelector;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.testkit.Seeded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Views over random documents, changes, conflicts, purges and restarts, at random blocks, beside plain evaluation. */
final class ViewFuzz {
    private static final int STEPS = 60;
    private static final String[] KEYS = {
        "null",
        "false",
        "true",
        "0",
        "1",
        "1.5",
        "-3",
        "12345678901234567890",
        "\"a\"",
        "\"A\"",
        "\"b\"",
        "\"\"",
        "[]",
        "[1]",
        "[1,\"x\"]",
        "[1,\"x\",2]",
        "[2]",
        "[\"a\",{}]",
        "{}",
        "{\"a\":1}",
        "{\"a\":2}",
        "{\"b\":null}"
    };

    @TempDir
    private Path directory;

    private Node node;
    private Database database;
    private IndexKeeper keeper;
    private SplittableRandom random;

    @Test
    void randomChanges_atAnyBlock_giveWhatPlainEvaluationGives() {
        Seeded.check(15, this::run);
    }

    private void run(SplittableRandom seeded) throws IOException, InterruptedException {
        random = seeded;
        Path data = Files.createTempDirectory(directory, "run");
        open(data);
        database = node.create("db");
        try {
            for (int step = 0; step < STEPS; step++) {
                step(data);
                if (random.nextInt(3) == 0) {
                    compare(database.state().head().number());
                }
                if (random.nextInt(4) == 0) {
                    long horizon = database.horizon().block();
                    compare(horizon + random.nextLong(database.state().head().number() - horizon + 1));
                }
            }
            for (long block = database.horizon().block();
                    block <= database.state().head().number();
                    block++) {
                compare(block);
            }
        } finally {
            keeper.close();
            node.close();
        }
        assertEquals(List.of(), Checker.check(data));
    }

    private void open(Path data) {
        node = Node.open(data, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        keeper = new IndexKeeper(InstantSource.system());
    }

    private void step(Path data) throws InterruptedException {
        int dice = random.nextInt(100);
        if (dice < 64) {
            update();
        } else if (dice < 70) {
            beginAnew();
        } else if (dice < 82) {
            replicate();
        } else if (dice < 87) {
            purge();
        } else if (dice < 92) {
            database.setHorizon(
                    random.nextBoolean()
                            ? new HorizonPolicy.All()
                            : new HorizonPolicy.Newest(1 + random.nextInt(20), Duration.ZERO));
        } else {
            keeper.close();
            node.close();
            assertEquals(List.of(), Checker.check(data));
            open(data);
            database = node.database("db");
        }
    }

    /** A new index, built in small batches that are broken off again and again, while the database goes on. */
    private void beginAnew() throws InterruptedException {
        TestDefinition definition = TestDefinition.INSTANCE;
        database.indexes().drop(definition.signature());
        for (int parts = random.nextInt(6); parts > 0; parts--) {
            Index index = database.indexes()
                    .obtain(
                            definition.signature(),
                            "{}".getBytes(UTF_8),
                            definition.views().size());
            BreakingOff listener = new BreakingOff(random.nextInt(4));
            IndexBuilder builder =
                    new IndexBuilder(database, definition, index, listener, new BuildMemory(1), 1 + random.nextInt(3));
            if (!builder.run()) {
                database.indexes().drop(definition.signature());
            }
            if (random.nextBoolean()) {
                update();
            }
        }
    }

    private static final class BreakingOff implements IndexBuilder.Listener {
        private int left;

        BreakingOff(int commits) {
            this.left = commits;
        }

        @Override
        public void progress(long done, long total) {
            left--;
        }

        @Override
        public boolean isCancelled() {
            return left < 0;
        }
    }

    private String id() {
        return random.nextInt(15) == 0 ? "_design/d" : "d" + random.nextInt(12);
    }

    private String body() {
        StringBuilder json = new StringBuilder("{\"n\":").append(random.nextInt(-5, 20));
        if (random.nextInt(5) > 0) {
            json.append(",\"k\":").append(KEYS[random.nextInt(KEYS.length)]);
        }
        int tags = random.nextInt(4);
        for (int i = 0; i < tags; i++) {
            json.append(i == 0 ? ",\"tags\":[" : ",").append(KEYS[random.nextInt(KEYS.length)]);
        }
        return json.append(tags > 0 ? "]}" : "}").toString();
    }

    private void update() {
        List<DocumentEdit> edits = new ArrayList<>();
        int count = random.nextInt(4) == 0 ? 1 + random.nextInt(30) : 1;
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            for (int i = 0; i < count; i++) {
                String id = id();
                DocumentRecord record = reader.documents().find(id);
                byte[] json = body().getBytes(UTF_8);
                boolean there = record != null && !record.winner().deleted();
                boolean deleted = there && random.nextInt(4) == 0;
                edits.add(new DocumentEdit.Update(
                        id,
                        there ? record.winner().revision() : null,
                        deleted,
                        new DocumentBody(json, List.of()),
                        CanonicalJson.digest(json, 0, json.length)));
            }
        }
        database.write(edits, false);
    }

    private void replicate() {
        String hash = String.format("%032x", random.nextInt(1000));
        byte[] json = body().getBytes(UTF_8);
        database.write(
                List.of(new DocumentEdit.Replicated(
                        id(),
                        new RevisionPath(1 + random.nextInt(3), List.of(hash)),
                        random.nextInt(4) == 0,
                        new DocumentBody(json, List.of()))),
                false);
    }

    private void purge() {
        String id = id();
        Map<String, List<Revision>> leaves = new LinkedHashMap<>();
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find(id);
            if (record == null) {
                return;
            }
            boolean all = random.nextBoolean();
            leaves.put(
                    id,
                    record.tree().leaves().stream()
                            .limit(all ? Long.MAX_VALUE : 1)
                            .map(Leaf::revision)
                            .toList());
        }
        database.purge(leaves);
    }

    private void compare(long block) throws InterruptedException {
        if (block < database.horizon().block()) {
            return;
        }
        TestDefinition definition = TestDefinition.INSTANCE;
        try (Reader reader = database.door()
                        .open(Wanted.of(new BlockSelector.Number(block), Duration.ZERO), Visibility.EVERYTHING);
                IndexReader rows = keeper.open(database, reader, definition)) {
            List<List<PlainRow>> plain = PlainRow.evaluate(reader, definition);
            for (int view = 0; view < plain.size(); view++) {
                assertEquals(plain.get(view).size(), rows.rows(view), "rows of view " + view + " at " + block);
                for (int i = 0; i < 4; i++) {
                    query(rows, definition, view, plain.get(view), block);
                }
            }
        } catch (BlockException e) {
            // The horizon may pass a block while it is read.
            assertTrue(block < database.horizon().block(), e.getMessage());
        }
    }

    private void query(IndexReader rows, TestDefinition definition, int view, List<PlainRow> plain, long block) {
        Map<String, String> parameters = parameters();
        boolean reducible = definition.isReduced(view);
        ViewQuery query;
        try {
            ViewQuery.Builder builder = new ViewQuery.Builder(text -> JsonTree.ofValid(text.getBytes(UTF_8)));
            parameters.forEach(builder::set);
            query = builder.build(reducible);
            new ViewRows(rows, definition, view, query);
        } catch (RequestException e) {
            return;
        }
        String message = "view " + view + " at block " + block + " with " + parameters;
        List<String> found = new ArrayList<>();
        try {
            ViewRows answer = new ViewRows(rows, definition, view, query);
            if (query.reduce()) {
                answer.reductions(Waiter.PATIENT, new ViewRows.ReductionSink() {
                    @Override
                    public void row(byte[] key, byte[] value) {
                        found.add(new String(key, UTF_8) + "=" + new String(value, UTF_8));
                    }

                    @Override
                    public void failed(byte[] key, String error, String reason) {
                        found.add(error);
                    }
                });
                assertEquals(Plain.reductions(plain, query, view), found, message);
            } else {
                answer.rows(row -> found.add(
                        row.id() + ":" + new String(row.key(), UTF_8) + "=" + new String(row.value(), UTF_8)));
                assertEquals(Plain.rows(plain, query), found, message);
                if (query.keys() == null) {
                    assertEquals(Plain.offset(plain, query), answer.offset(), "offset of " + message);
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Map<String, String> parameters() {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (random.nextInt(4) == 0) {
            parameters.put("keys", "[" + key() + "," + key() + "," + key() + "]");
            parameters.put("group", "true");
        } else {
            maybe(parameters, "startkey", key());
            maybe(parameters, "endkey", key());
            maybe(parameters, "startkey_docid", "d" + random.nextInt(12));
            maybe(parameters, "endkey_docid", "d" + random.nextInt(12));
            maybe(parameters, "group_level", Integer.toString(random.nextInt(4)));
        }
        maybe(parameters, "descending", "true");
        maybe(parameters, "inclusive_end", "false");
        maybe(parameters, "limit", Integer.toString(random.nextInt(10)));
        maybe(parameters, "skip", Integer.toString(random.nextInt(5)));
        if (random.nextBoolean()) {
            parameters.put("reduce", "false");
            parameters.remove("group");
            parameters.remove("group_level");
        }
        return parameters;
    }

    private void maybe(Map<String, String> parameters, String name, String value) {
        if (random.nextInt(3) == 0) {
            parameters.put(name, value);
        }
    }

    private String key() {
        return KEYS[random.nextInt(KEYS.length)];
    }

    /** A query answered by looking at every row. */
    private static final class Plain {
        private static int compare(PlainRow row, JsonNode key, String id) {
            int order = JsonCollation.compare(row.key(), key);
            return order != 0 || id == null || id.isEmpty() ? order : JsonCollation.compareBytes(row.id(), id);
        }

        private static boolean isBeforeStart(PlainRow row, ViewQuery query) {
            if (query.start() == null) {
                return false;
            }
            int order = compare(row, query.start(), query.startId());
            return query.descending() ? order > 0 : order < 0;
        }

        private static boolean isPastEnd(PlainRow row, ViewQuery query) {
            if (query.end() == null) {
                return false;
            }
            int order = compare(row, query.end(), query.endId());
            if (order == 0) {
                return !query.inclusiveEnd();
            }
            return query.descending() ? order < 0 : order > 0;
        }

        private static List<PlainRow> selected(List<PlainRow> all, ViewQuery query) {
            List<PlainRow> ordered = query.descending() ? all.reversed() : all;
            List<JsonNode> keys = query.keys();
            if (keys == null) {
                return ordered.stream()
                        .filter(row -> !isBeforeStart(row, query) && !isPastEnd(row, query))
                        .toList();
            }
            List<PlainRow> rows = new ArrayList<>();
            for (JsonNode key : query.descending() ? keys.reversed() : keys) {
                for (PlainRow row : ordered) {
                    if (JsonCollation.compare(row.key(), key) == 0 && (query.inclusiveEnd())) {
                        rows.add(row);
                    }
                }
            }
            return rows;
        }

        static List<String> rows(List<PlainRow> all, ViewQuery query) {
            return selected(all, query).stream()
                    .skip(query.skip())
                    .limit(query.limit())
                    .map(PlainRow::text)
                    .toList();
        }

        static long offset(List<PlainRow> all, ViewQuery query) {
            List<PlainRow> ordered = query.descending() ? all.reversed() : all;
            long before =
                    ordered.stream().filter(row -> isBeforeStart(row, query)).count();
            return Math.min(all.size(), before + query.skip());
        }

        static List<String> reductions(List<PlainRow> all, ViewQuery query, int view) {
            if (query.keys() != null) {
                return ofKeys(all, query, view);
            }
            List<PlainRow> rows = selected(all, query);
            if (query.groupLevel() == 0) {
                return rows.isEmpty() ? List.of() : List.of("null=" + reduced(rows, view));
            }
            List<String> groups = new ArrayList<>();
            List<PlainRow> group = new ArrayList<>();
            JsonNode groupKey = null;
            for (PlainRow row : rows) {
                JsonNode key = cut(row.key(), query.groupLevel());
                if (groupKey != null && JsonCollation.compare(key, groupKey) != 0) {
                    groups.add(groupKey + "=" + reduced(group, view));
                    group.clear();
                    groupKey = null;
                }
                groupKey = groupKey == null ? key : groupKey;
                group.add(row);
            }
            if (groupKey != null) {
                groups.add(groupKey + "=" + reduced(group, view));
            }
            return groups.stream().skip(query.skip()).limit(query.limit()).toList();
        }

        private static List<String> ofKeys(List<PlainRow> all, ViewQuery query, int view) {
            List<String> groups = new ArrayList<>();
            List<PlainRow> ordered = query.descending() ? all.reversed() : all;
            for (JsonNode key : query.descending() ? query.keys().reversed() : query.keys()) {
                List<PlainRow> group = ordered.stream()
                        .filter(row -> query.inclusiveEnd() && JsonCollation.compare(row.key(), key) == 0)
                        .toList();
                if (!group.isEmpty()) {
                    groups.add(group.getFirst().key() + "=" + reduced(group, view));
                }
            }
            return groups.stream().skip(query.skip()).limit(query.limit()).toList();
        }

        private static JsonNode cut(JsonNode key, int level) {
            if (!key.isArray() || key.size() <= level) {
                return key;
            }
            ArrayNode elements = JsonNodeFactory.instance.arrayNode();
            for (int i = 0; i < level; i++) {
                elements.add(key.get(i));
            }
            return elements;
        }

        private static long reduced(List<PlainRow> rows, int view) {
            return view == 1
                    ? rows.size()
                    : rows.stream().mapToLong(row -> row.value().asLong()).sum();
        }
    }

    /** A row as plain evaluation has it. */
    record PlainRow(String id, JsonNode key, JsonNode value) {
        static final Comparator<PlainRow> ORDER = Comparator.comparing(PlainRow::key, JsonCollation.ORDER)
                .thenComparing(PlainRow::id, JsonCollation::compareBytes)
                .thenComparing(row -> row.value().asLong());

        String text() {
            return id + ":" + key + "=" + value;
        }

        static List<List<PlainRow>> evaluate(Reader reader, TestDefinition definition) {
            List<List<PlainRow>> views = new ArrayList<>();
            definition.views().forEach(name -> views.add(new ArrayList<>()));
            try (DocumentCursor documents = reader.documents().cursor(null, false, true);
                    Mapper mapper = definition.mapper(new Mapper.Failures(Map.of()))) {
                while (documents.next()) {
                    DocumentBody body = documents.body();
                    if (documents.winner().deleted()
                            || body == null
                            || documents.id().startsWith("_design/")) {
                        continue;
                    }
                    byte[] json = MappedVersion.json(
                            documents.id(), documents.record().tree().leaves(), body, 0);
                    for (Emission emission : mapper.map(List.of(json)).getFirst()) {
                        views.get(emission.view())
                                .add(new PlainRow(
                                        documents.id(),
                                        JsonTree.ofValid(emission.key()),
                                        JsonTree.ofValid(emission.value())));
                    }
                }
            }
            views.forEach(rows -> rows.sort(ORDER));
            return views;
        }
    }
}
