package archipel.replication;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.access.DatabaseGate;
import archipel.access.DocumentOutcome;
import archipel.access.DocumentWrite;
import archipel.access.WriteGate;
import archipel.access.WriteLimits;
import archipel.auth.AccountSettings;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.Identities;
import archipel.auth.SecurityObject;
import archipel.auth.UserContext;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser;
import archipel.document.JsonLimits;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.ends.LocalDatabases;
import archipel.ends.LocalEnd;
import archipel.engine.Database;
import archipel.engine.EngineSettings;
import archipel.engine.Node;
import archipel.engine.SimulatedNodes;
import archipel.functions.Functions;
import archipel.functions.ScriptFunctions;
import archipel.memory.MemoryBudget;
import archipel.read.ChangeCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import archipel.testkit.SeededScheduler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One node of a simulation, on a directory of its own, that crashes and comes back. */
final class SimulatedSite {
    private static final String DATABASE = "db";
    private static final int DOCUMENTS = 8;

    private final int number;
    private final Path directory;
    private final SeededScheduler scheduler;
    private final SplittableRandom random;
    private final Map<String, List<Revision>> acknowledged = new TreeMap<>();
    private @Nullable LocalDatabases databases;
    private int incarnation;
    /** How far the node's clock is wrong. */
    private volatile long aheadMs;

    SimulatedSite(int number, Path directory, SeededScheduler scheduler, SplittableRandom random) {
        this.number = number;
        this.directory = directory;
        this.scheduler = scheduler;
        this.random = random;
    }

    int number() {
        return number;
    }

    /** Counts lives; what began in another one has ended with it. */
    int incarnation() {
        return incarnation;
    }

    /** What clients were told is stored, by document. */
    Map<String, List<Revision>> acknowledged() {
        return acknowledged;
    }

    boolean isUp() {
        return databases != null;
    }

    /** @throws IOException where the node is down */
    LocalEnd end() throws IOException {
        return new LocalEnd(databases(), DATABASE, UserContext.NODE);
    }

    LocalDatabases databases() throws IOException {
        LocalDatabases now = databases;
        if (now == null) {
            throw new IOException("node " + number + " is down");
        }
        return now;
    }

    void start() {
        Node node = SimulatedNodes.open(
                directory, scheduler, () -> scheduler.clock().instant().plusMillis(aheadMs), random.split());
        if (node.find(DATABASE) == null) {
            node.create(DATABASE);
        }
        DatabaseAccess access = new DatabaseAccess(() -> SecurityObject.EVERYONE);
        Functions functions = new Functions(new ScriptFunctions(() -> {
            throw new AssertionError("no JavaScript here");
        }));
        WriteGate writes = new WriteGate(Identities.FIXED, access, DocumentGuard.OPEN, functions, WriteLimits.NONE);
        Settings settings =
                Settings.of(SettingCatalog.of(AccountSettings.GROUP, EngineSettings.GROUP), Map.of(), Map.of());
        databases = new LocalDatabases(
                node,
                access,
                DocumentGuard.OPEN,
                writes,
                new DatabaseGate(node, access, writes, settings, () -> JsonLimits.DEFAULT),
                functions,
                () -> JsonLimits.DEFAULT,
                new MemoryBudget(MemoryBudget.Limits.DEFAULT));
    }

    /** Sets its clock forward or back. */
    void jump(long ms) {
        aheadMs += ms;
    }

    /** Ends the node in the middle of whatever it does. */
    void crash() {
        LocalDatabases ended = databases;
        databases = null;
        incarnation++;
        if (ended != null) {
            ended.node().close();
        }
    }

    /** Writes one document as a client does: a first revision, another one of some branch, or the end of a branch. */
    void edit() throws IOException {
        LocalDatabases now = databases();
        Database database = now.node().database(DATABASE);
        String id = "d" + random.nextInt(DOCUMENTS);
        Revision parent = parent(database, id);
        boolean deleted = parent != null && random.nextInt(6) == 0;
        String json = "{" + (parent == null ? "" : "\"_rev\":\"" + parent + "\",")
                + (deleted ? "\"_deleted\":true," : attachments())
                + "\"by\":" + number + ",\"n\":" + random.nextInt(1_000) + "}";
        DocumentParser parser = new DocumentParser(JsonLimits.DEFAULT);
        DocumentWrite write = DocumentWrite.of(id, parser.parse(json.getBytes(UTF_8), 0, json.length()), true);
        for (DocumentOutcome outcome : now.writes()
                .write(database, UserContext.NODE, List.of(write), false)
                .documents()) {
            if (outcome instanceof DocumentOutcome.Stored stored) {
                acknowledged.computeIfAbsent(id, one -> new ArrayList<>()).add(stored.revision());
            }
        }
    }

    private String attachments() {
        return switch (random.nextInt(4)) {
            case 0 -> "\"_attachments\":{\"a\":{\"content_type\":\"text/plain\",\"data\":\"aGVsbG8=\"}},";
            case 1 -> {
                String data = "QUJD".repeat(random.nextInt(1, 40_000));
                yield "\"_attachments\":{\"big\":{\"content_type\":\"image/png\",\"data\":\"" + data + "\"}},";
            }
            default -> "";
        };
    }

    private @Nullable Revision parent(Database database, String id) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find(id);
            if (record == null) {
                return null;
            }
            List<Leaf> live = record.tree().leaves().stream()
                    .filter(leaf -> !leaf.deleted())
                    .toList();
            return live.isEmpty() ? null : live.get(random.nextInt(live.size())).revision();
        }
    }

    /** All that the node has of each document: its tree, its winner, and each leaf with its content. */
    Map<String, String> content() throws IOException {
        Map<String, String> content = new TreeMap<>();
        try (Reader reader = databases().node().database(DATABASE).door().newest(Visibility.EVERYTHING);
                ChangeCursor changes = reader.changes().after(0, false)) {
            while (changes.next()) {
                DocumentRecord record = Objects.requireNonNull(
                        reader.documents().find(changes.change().id()));
                content.put(record.id(), text(reader, record));
            }
        }
        return content;
    }

    private static String text(Reader reader, DocumentRecord record) {
        StringBuilder text = new StringBuilder("winner " + record.winner().revision());
        for (Leaf leaf : record.tree().leaves()) {
            DocumentBody body = Objects.requireNonNull(reader.documents().body(record, leaf.revision()));
            text.append('\n').append(record.tree().pathTo(leaf.revision()));
            text.append(leaf.deleted() ? " deleted " : " ").append(new String(body.json(), UTF_8));
            body.attachments()
                    .forEach(one -> text.append(' ').append(one.name()).append(one.content()));
        }
        return text.toString();
    }

    /** @throws AssertionError where something that a client was told is stored is not there */
    void requireAll(Map<String, List<Revision>> told) throws IOException {
        try (Reader reader = databases().node().database(DATABASE).door().newest(Visibility.EVERYTHING)) {
            told.forEach((id, revisions) -> {
                DocumentRecord record = reader.documents().find(id);
                for (Revision revision : revisions) {
                    if (record == null || !record.tree().contains(revision)) {
                        throw new AssertionError("node " + number + " lacks " + id + " " + revision);
                    }
                }
            });
        } catch (RequestException e) {
            throw new AssertionError(e);
        }
    }
}
