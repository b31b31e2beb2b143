package archipel.engine;

import archipel.changes.BlockRow;
import archipel.changes.Digests;
import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.DocumentEdit;
import archipel.command.HorizonPolicy;
import archipel.command.Lease;
import archipel.document.Attachment;
import archipel.document.CanonicalJson;
import archipel.document.ContentHash;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.document.RevisionPath;
import archipel.document.RevisionTree;
import archipel.history.BlockChain;
import archipel.history.DocumentRow;
import archipel.history.PruneStep;
import archipel.merge.MergePolicy;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.StoreSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/** Random commands for one database, as a client or a leader makes them who sees what one node has applied. */
final class SimDocuments {
    private static final List<String> IDS = List.of("a", "b", "c", "d", "ä", "_design/d", "a\0b");
    private static final int CHUNK = 64;
    private static final List<MergePolicy> POLICIES =
            List.of(MergePolicy.KEEP, MergePolicy.NEWEST, MergePolicy.FIELDS, new MergePolicy.Text(List.of("v")));

    private final SplittableRandom random;
    private final LongSupplier clockMs;
    private final LongSupplier sendersMs;
    // By database: what was uploaded to it, whether or not it is there still.
    private final Map<Integer, List<Staged>> uploads = new HashMap<>();

    /**
     * @param clockMs of leaders, not always going forward
     * @param sendersMs of whoever sends a write, which may be wrong by far
     */
    SimDocuments(SplittableRandom random, LongSupplier clockMs, LongSupplier sendersMs) {
        this.random = random;
        this.clockMs = clockMs;
        this.sendersMs = sendersMs;
    }

    /**
     * What a client asks for.
     *
     * @param row of the database as the node has it
     * @param format in which commands are written
     */
    Command<?> next(SimNode node, DatabaseRow row, FormatVersion format) {
        int database = row.number();
        return switch (random.nextInt(27)) {
            case 0 -> new DataCommand.WriteLocal(database, "_local/" + any(IDS), random.nextBoolean() ? null : json());
            case 1 -> new DataCommand.SetSecurity(database, json());
            case 2 ->
                // Some that there cannot be.
                new DataCommand.SetLimit(database, any(List.of(DataCommand.Limit.values())), random.nextInt(5));
            case 3, 4 -> purge(node, row);
            case 5 -> new DataCommand.Compact(database);
            case 6 -> new DataCommand.SetHorizon(database, policy());
            case 7 -> new DataCommand.RestartTime(database, sendersMs.getAsLong());
            case 8, 9, 10 -> stage(database);
            case 11 -> drop(database);
            case 12 -> copy(database, List.of(any(IDS)));
            case 13, 14 -> rewind(node, row);
            case 15 ->
                format.isAtLeast(FormatVersion.V5)
                        ? new DataCommand.SetMerge(database, any(POLICIES))
                        : new DataCommand.Compact(database);
            default -> write(node, row, format.isAtLeast(FormatVersion.V5));
        };
    }

    /**
     * What is for the leader, as a node plans it.
     *
     * @param row of the database as the node has it
     */
    Command<?> duty(SimNode node, DatabaseRow row) {
        int database = row.number();
        return switch (random.nextInt(8)) {
            case 0, 1 ->
                new DataCommand.RaiseHorizon(
                        database, random.nextLong(row.state().head().number() + 2));
            case 2, 3, 4 -> prune(node, row);
            case 5 -> new DataCommand.Settle(database, clockMs.getAsLong());
            case 6 -> expire(node, row);
            // What no leader would: there is no such block yet.
            default ->
                new DataCommand.Prune(
                        database, List.of(), List.of(), row.retention().horizon() + 1_000);
        };
    }

    // To any block, and of any size: of those that are too large some are found to be so when half is written.
    private Command<?> rewind(SimNode node, DatabaseRow row) {
        long number = random.nextLong(row.state().head().number() + 1);
        byte[] block = node.store().get(Family.BLOCK, Node.keys(row).block(number));
        byte[] hash = block == null
                ? row.state().head().hash()
                : BlockRow.decode(number, block).hash();
        long bytes = random.nextInt(3) == 0 ? 1 << 20 : random.nextLong(DataCommand.REWOUND_BYTES * 8L);
        return new DataCommand.Rewind(row.number(), sendersMs.getAsLong(), number, hash, bytes);
    }

    // Of one upload, whether or not its lease is over.
    private Command<?> expire(SimNode node, DatabaseRow row) {
        List<Staged> known = uploads.getOrDefault(row.number(), List.of());
        if (known.isEmpty()) {
            return new DataCommand.DropUpload(row.number(), 1, 1);
        }
        long upload = any(known).staged.upload();
        byte[] marker = node.store().get(Family.CATALOG, new CatalogKeys(row.group()).upload(row.number(), upload));
        Lease lease = marker == null ? Lease.NONE : References.lease(marker);
        return new DataCommand.DropUpload(row.number(), upload, lease.untilMs());
    }

    private HorizonPolicy policy() {
        return random.nextBoolean()
                ? new HorizonPolicy.All()
                : new HorizonPolicy.Newest(random.nextLong(1, 9), Duration.ofMillis(random.nextLong(1000)));
    }

    private Command<?> write(SimNode node, DatabaseRow row, boolean merging) {
        int edits = random.nextInt(8) == 0 ? random.nextInt(12) : random.nextInt(1, 3);
        List<DataCommand.Edit> all = new ArrayList<>();
        List<DataCommand.StagedContent> staged = new ArrayList<>();
        for (int i = 0; i < edits; i++) {
            DocumentEdit edit = edit(node, row, staged, merging);
            all.add(new DataCommand.Edit(edit, Digests.of(edit.body().json())));
        }
        staged.sort((one, other) -> one.hash().compareTo(other.hash()));
        long rules = switch (random.nextInt(12)) {
            case 0 -> random.nextLong(row.rulesPosition() + 1);
            case 1 -> row.rulesPosition();
            default -> DataCommand.ANY_RULES;
        };
        return new DataCommand.WriteDocuments(
                row.number(), sendersMs.getAsLong(), all, random.nextInt(6) == 0, staged, rules);
    }

    /** @param merging whether edits have stamps and can be resolutions */
    private DocumentEdit edit(SimNode node, DatabaseRow row, List<DataCommand.StagedContent> staged, boolean merging) {
        String id = any(IDS);
        List<Revision> leaves = leaves(node, row, id);
        if (merging && leaves.size() > 1 && random.nextInt(3) == 0) {
            return resolution(node, row, id, new DocumentBody(json(), attachments(row.number(), staged)));
        }
        Revision leaf = leaves.isEmpty() || random.nextInt(8) == 0 ? null : any(leaves);
        DocumentBody body = new DocumentBody(json(), attachments(row.number(), staged));
        if (random.nextInt(4) > 0) {
            return new DocumentEdit.Update(
                    id, leaf, random.nextInt(5) == 0, body, CanonicalJson.digest(body.json(), 0, body.json().length));
        }
        int generation = leaf == null ? 1 : leaf.generation() + 1;
        List<String> hashes = new ArrayList<>();
        hashes.add(hash());
        if (random.nextBoolean()) {
            generation++;
            hashes.add(hash());
        }
        if (leaf != null) {
            hashes.add(leaf.hash());
        }
        Stamp stamp = merging && random.nextBoolean() ? stamp() : null;
        return new DocumentEdit.Replicated(
                id, new RevisionPath(generation, hashes, stamp), random.nextInt(5) == 0, body);
    }

    private Stamp stamp() {
        return new Stamp(
                Math.max(0, clockMs.getAsLong() + random.nextLong(-500, 500)),
                random.nextInt(4) == 0 ? "" : "%016x".formatted(random.nextInt(4)));
    }

    // Of all leaves or some, and now and then of leaves that there are not.
    private DocumentEdit resolution(SimNode node, DatabaseRow row, String id, DocumentBody body) {
        byte[] stored = node.store().get(Family.DOCUMENT, Node.keys(row).document(id));
        List<Revision> live = new ArrayList<>();
        for (Leaf leaf : DocumentRow.decode(stored).tree().leaves()) {
            if (!leaf.deleted() && random.nextInt(20) > 0) {
                live.add(leaf.revision());
            }
        }
        if (live.isEmpty()) {
            live.add(new Revision(1, hash()));
        }
        List<Revision> losers = live.subList(1, live.size()).stream()
                .filter(leaf -> random.nextInt(4) > 0)
                .toList();
        DocumentEdit.Update result = random.nextInt(3) == 0
                ? null
                : new DocumentEdit.Update(
                        id,
                        live.getFirst(),
                        random.nextInt(8) == 0,
                        body,
                        CanonicalJson.digest(body.json(), 0, body.json().length));
        return new DocumentEdit.Resolution(id, live, losers, result, random.nextBoolean() ? stamp() : null);
    }

    private List<Attachment> attachments(int database, List<DataCommand.StagedContent> staged) {
        List<Staged> known = uploads.getOrDefault(database, List.of()).stream()
                .filter(Staged::isWhole)
                .toList();
        if (known.isEmpty() || random.nextInt(3) > 0) {
            return List.of();
        }
        Staged content = any(known);
        if (!staged.contains(content.staged)) {
            staged.add(content.staged);
        }
        return List.of(content.attachment);
    }

    // In one or two chunks; of few contents, so that some come more than once.
    private Command<?> stage(int database) {
        List<Staged> known = uploads.computeIfAbsent(database, made -> new ArrayList<>());
        if (!known.isEmpty() && known.getLast().hasMore()) {
            Staged begun = known.getLast();
            return new DataCommand.StageChunk(database, begun.staged.upload(), 1, begun.chunk(1), lease());
        }
        Staged made = new Staged(Edits.noise(random.nextInt(1, 6) * 20), random.nextLong());
        known.add(made);
        return new DataCommand.StageChunk(database, made.staged.upload(), 0, made.chunk(0), lease());
    }

    private Lease lease() {
        return new Lease("uploader", clockMs.getAsLong() + SimDatabases.LEASE_MS);
    }

    /** The command was given to the log. */
    void sent(Command<?> command, SimLog.Ticket ticket) {
        if (command instanceof DataCommand.StageChunk chunk) {
            uploads.get(chunk.database()).getLast().sent.add(ticket);
        }
    }

    private Command<?> drop(int database) {
        List<Staged> known = uploads.getOrDefault(database, List.of()).stream()
                .filter(upload -> !upload.hasMore())
                .toList();
        long upload = known.isEmpty() ? random.nextLong() : any(known).staged.upload();
        return new DataCommand.DropUpload(database, upload);
    }

    private Command<?> purge(SimNode node, DatabaseRow row) {
        List<DataCommand.PurgedLeaves> documents = new ArrayList<>();
        String id = any(IDS);
        List<Revision> leaves = leaves(node, row, id);
        if (!leaves.isEmpty()) {
            List<Revision> some = random.nextBoolean() ? leaves : List.of(any(leaves));
            documents.add(new DataCommand.PurgedLeaves(id, some, hash()));
        }
        documents.add(new DataCommand.PurgedLeaves("none", List.of(new Revision(1, "x")), hash()));
        return new DataCommand.Purge(row.number(), sendersMs.getAsLong(), documents);
    }

    // As the leader's pruner plans it.
    private Command<?> prune(SimNode node, DatabaseRow row) {
        long horizon = row.retention().horizon();
        long from = row.retention().prunedTo() + 1;
        if (from > horizon) {
            return new DataCommand.RaiseHorizon(
                    row.number(), Math.max(0, row.state().head().number() - random.nextLong(6)));
        }
        StoreSnapshot snapshot = node.store().snapshot();
        try {
            BlockChain chain =
                    new BlockChain(snapshot, Node.keys(row), row.state().head(), List.of());
            long to = random.nextLong(from, horizon + 1);
            PruneStep step = PruneStep.plan(snapshot, Node.keys(row), chain, to, new PruneStep.Position(from, 0));
            return new DataCommand.Prune(row.number(), step.versions(), step.bodies(), step.prunedTo());
        } finally {
            snapshot.release();
        }
    }

    /** Documents for a database that is being built, which has none of these. */
    Command<?> copy(int database, List<String> ids) {
        List<DataCommand.CopiedDocument> documents = new ArrayList<>();
        for (String id : ids) {
            RevisionTree tree = RevisionTree.EMPTY;
            for (int i = random.nextInt(3); i >= 0; i--) {
                tree = tree.merge(new RevisionPath(2, List.of(hash(), hash())), random.nextInt(5) == 0, 1000)
                        .tree();
            }
            List<DataCommand.CopiedBody> bodies = new ArrayList<>();
            for (Leaf leaf : tree.leaves()) {
                byte[] json = json();
                // Few name content that nobody has sent.
                List<Attachment> attachments =
                        random.nextInt(20) == 0 ? List.of(new Staged(Edits.noise(33), 1).attachment) : List.of();
                bodies.add(new DataCommand.CopiedBody(
                        leaf.revision(), new DocumentBody(json, attachments), Digests.of(json)));
            }
            documents.add(new DataCommand.CopiedDocument(id, tree, bodies));
        }
        return new DataCommand.CopyDocuments(database, sendersMs.getAsLong(), documents, List.of());
    }

    private static List<Revision> leaves(SimNode node, DatabaseRow row, String id) {
        byte[] stored = node.store().get(Family.DOCUMENT, Node.keys(row).document(id));
        return stored == null
                ? List.of()
                : DocumentRow.decode(stored).tree().leaves().stream()
                        .map(Leaf::revision)
                        .toList();
    }

    private byte[] json() {
        int pad = random.nextInt(40) == 0 ? 5_000 : random.nextInt(20);
        return Edits.bytes("{\"v\":" + random.nextInt(100) + ",\"p\":\"" + "x".repeat(pad) + "\"}");
    }

    private String hash() {
        return "%032x".formatted(random.nextInt(6));
    }

    private <T> T any(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    /** An upload, and what an edit says of it. */
    private static final class Staged {
        private final byte[] content;
        private final DataCommand.StagedContent staged;
        private final Attachment attachment;
        private final List<SimLog.Ticket> sent = new ArrayList<>();

        Staged(byte[] content, long upload) {
            this.content = content;
            ContentHash hash = new ContentHash(Digests.of(content));
            this.staged = new DataCommand.StagedContent(hash, upload, content.length, CHUNK, content.length);
            this.attachment = new Attachment(
                    "file", "text/plain", 0, hash, content.length, content.length, Edits.noise(16), null);
        }

        private int chunks() {
            return (content.length + CHUNK - 1) / CHUNK;
        }

        byte[] chunk(int index) {
            return Arrays.copyOfRange(content, index * CHUNK, Math.min(content.length, (index + 1) * CHUNK));
        }

        /** Whether there is something left to be sent; not after a chunk that may be lost. */
        boolean hasMore() {
            return sent.size() < chunks() && sent.stream().noneMatch(chunk -> chunk.state() == SimLog.State.UNKNOWN);
        }

        boolean isWhole() {
            return sent.size() == chunks()
                    && sent.stream().allMatch(chunk -> chunk.state() == SimLog.State.ACKNOWLEDGED && chunk.isDone());
        }
    }
}
