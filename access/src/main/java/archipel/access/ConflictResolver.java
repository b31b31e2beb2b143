package archipel.access;

import archipel.auth.UserContext;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.engine.Database;
import archipel.merge.MergePlan;
import archipel.merge.MergePlanner;
import archipel.merge.MergePolicy;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Ends conflicts: finds out what a resolution writes and has it written through the gate, all or nothing, unless the
 * leaves have changed meanwhile. Safe for use by many threads.
 */
public final class ConflictResolver {
    private final WriteGate gate;
    private final Supplier<MergePlanner.Bounds> bounds;

    /** @param bounds what one merge may take, asked for each */
    public ConflictResolver(WriteGate gate, Supplier<MergePlanner.Bounds> bounds) {
        this.gate = gate;
        this.bounds = bounds;
    }

    /**
     * Resolves a conflict wholly.
     *
     * @param named the leaves that the user knows of, in any order
     * @return the one document's outcome among what the write came to
     * @throws RequestException 401 or 403 for who may not write; 404 where there is no such document; 409 where its
     *     leaves are others than named, or cannot be merged; as {@link GatedWrite#add} and {@link GatedWrite#commit}
     */
    public WriteOutcome resolve(
            Database database, UserContext user, String id, List<Revision> named, ConflictChoice choice)
            throws IOException {
        try (GatedWrite write = gate.open(database, user)) {
            write.resolve(resolution(database, user, id, named, choice));
            return write.commit(true);
        }
    }

    /**
     * Merges what a policy can merge of conflicts; in one command, unless that would replace too much.
     *
     * @return of those of which something can be merged
     * @throws RequestException as {@link #resolve}
     */
    public List<DocumentOutcome> merge(Database database, UserContext user, List<String> ids, MergePolicy policy)
            throws IOException {
        List<DocumentOutcome> outcomes = new ArrayList<>();
        long bytes = 0;
        int first = 0;
        try (GatedWrite write = gate.open(database, user)) {
            MergePlanner.Bounds bound = bounds.get();
            for (; first < ids.size() && bytes < bound.bytes(); first++) {
                ConflictResolution resolution = resolution(database, user, ids.get(first), policy, bound);
                if (resolution != null) {
                    bytes += resolution.bytes();
                    add(write, resolution, outcomes);
                }
            }
            if (write.hasEdits()) {
                outcomes.addAll(write.commit(false).documents());
            }
        }
        if (first < ids.size()) {
            outcomes.addAll(merge(database, user, ids.subList(first, ids.size()), policy));
        }
        return outcomes;
    }

    private static void add(GatedWrite write, ConflictResolution resolution, List<DocumentOutcome> outcomes)
            throws IOException {
        try {
            write.resolve(resolution);
        } catch (RequestException refusal) {
            if (!refusal.code().isRefusal()) {
                throw refusal;
            }
            outcomes.add(new DocumentOutcome.Refused(resolution.id(), refusal));
        }
    }

    private @Nullable ConflictResolution resolution(
            Database database, UserContext user, String id, MergePolicy policy, MergePlanner.Bounds bound) {
        try (Reader reader = reader(database, user)) {
            DocumentRecord record = reader.documents().find(id);
            MergePlan plan = record == null || !record.hasConflicts()
                    ? null
                    : MergePlanner.plan(record.tree(), new StoredLeaves(reader, record), policy, bound);
            return plan == null ? null : of(id, plan, plan.stamp());
        }
    }

    private Reader reader(Database database, UserContext user) {
        return database.door().newest(gate.guard().visibility(database, user));
    }

    private ConflictResolution resolution(
            Database database, UserContext user, String id, List<Revision> named, ConflictChoice choice) {
        try (Reader reader = reader(database, user)) {
            DocumentRecord record = reader.documents().find(id);
            if (record == null) {
                throw new RequestException(ErrorCode.MISSING);
            }
            if (record.winner().deleted()) {
                throw new RequestException(ErrorCode.DELETED);
            }
            List<Revision> leaves = record.tree().leaves().stream()
                    .filter(leaf -> !leaf.deleted())
                    .map(Leaf::revision)
                    .toList();
            if (!new HashSet<>(named).equals(new HashSet<>(leaves))) {
                throw new RequestException(ErrorCode.CONFLICT);
            }
            return switch (choice) {
                case ConflictChoice.Document given -> of(id, leaves, given.document());
                case ConflictChoice.Winner winner -> chosen(reader, record, leaves, winner.leaf());
                case ConflictChoice.Merge merge -> merged(reader, record, leaves, merge.policy());
            };
        }
    }

    private static ConflictResolution of(String id, List<Revision> leaves, ParsedDocument document) {
        ParsedDocument following = new ParsedDocument(
                id, leaves.getFirst(), document.deleted(), null, document.attachments(), document.json());
        return new ConflictResolution(
                id, leaves, leaves.subList(1, leaves.size()), DocumentWrite.of(id, following, true), null);
    }

    private static ConflictResolution chosen(
            Reader reader, DocumentRecord record, List<Revision> leaves, Revision chosen) {
        if (!leaves.contains(chosen)) {
            throw new RequestException(ErrorCode.RESOLUTION_MALFORMED);
        }
        MergePlan plan = MergePlanner.choose(record.tree(), new StoredLeaves(reader, record), chosen);
        return of(record.id(), plan, null);
    }

    private ConflictResolution merged(Reader reader, DocumentRecord record, List<Revision> leaves, MergePolicy policy) {
        MergePlan plan = MergePlanner.plan(record.tree(), new StoredLeaves(reader, record), policy, bounds.get());
        if (plan == null || plan.losers().size() < leaves.size() - 1) {
            throw new RequestException(ErrorCode.MERGE_IMPOSSIBLE);
        }
        return of(record.id(), plan, null);
    }

    /** @param stamp of the result; null where a user makes it now */
    private static ConflictResolution of(String id, MergePlan plan, @Nullable Stamp stamp) {
        DocumentBody body = plan.result();
        DocumentWrite result = body == null
                ? null
                : DocumentWrite.of(
                        id,
                        new ParsedDocument(id, plan.winner(), false, null, List.of(), body.json()),
                        body.attachments());
        return new ConflictResolution(id, plan.leaves(), plan.losers(), result, stamp);
    }
}
