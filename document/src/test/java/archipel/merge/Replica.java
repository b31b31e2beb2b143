package archipel.merge;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.Attachment;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.document.RevisionHash;
import archipel.document.RevisionPath;
import archipel.document.RevisionTree;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One document on one node, as far as merging sees it. */
final class Replica implements LeafContents {
    private static final byte[] DELETED = "{}".getBytes(UTF_8);

    private final String node;
    private final Map<Revision, DocumentBody> bodies = new HashMap<>();
    private final Map<Revision, Stamp> stamps = new HashMap<>();
    private RevisionTree tree = RevisionTree.EMPTY;
    private long clockMs;

    Replica(String node) {
        this.node = node;
    }

    RevisionTree tree() {
        return tree;
    }

    /** Of its clock, which also goes on to each stamp that it sees. */
    void advance(long ms) {
        clockMs += ms;
    }

    @Override
    public @Nullable DocumentBody body(Revision revision) {
        return bodies.get(revision);
    }

    @Override
    public Stamp stamp(Revision leaf) {
        return stamps.getOrDefault(leaf, Stamp.UNKNOWN);
    }

    Revision edit(@Nullable Revision parent, String json, Attachment... attachments) {
        return write(parent, false, new DocumentBody(json.getBytes(UTF_8), List.of(attachments)));
    }

    Revision delete(Revision parent) {
        return write(parent, true, new DocumentBody(DELETED, List.of()));
    }

    private Revision write(@Nullable Revision parent, boolean deleted, DocumentBody body) {
        byte[] digest = CanonicalJson.digest(body.json(), 0, body.json().length);
        Revision revision = RevisionHash.next(parent, deleted, digest, body.attachments());
        RevisionPath path = parent == null ? RevisionPath.of(revision) : RevisionPath.of(revision, parent);
        add(path, deleted, body, new Stamp(++clockMs, node));
        return revision;
    }

    private void add(RevisionPath path, boolean deleted, DocumentBody body, @Nullable Stamp stamp) {
        if (tree.isWritten(path.newest())) {
            return;
        }
        tree = tree.merge(path, deleted, Integer.MAX_VALUE).tree();
        bodies.put(path.newest(), body);
        if (stamp != null) {
            stamps.put(path.newest(), stamp);
            clockMs = Math.max(clockMs, stamp.timeMs());
        }
    }

    List<Revision> live() {
        return tree.leaves().stream()
                .filter(leaf -> !leaf.deleted())
                .map(Leaf::revision)
                .toList();
    }

    void apply(MergePlan plan) {
        Revision revision = plan.revision();
        if (plan.result() != null) {
            add(RevisionPath.of(revision, plan.winner()), false, plan.result(), plan.stamp());
        }
        for (Tombstone tombstone : plan.tombstones()) {
            add(
                    RevisionPath.of(tombstone.revision(), tombstone.parent()),
                    true,
                    new DocumentBody(tombstone.json(), List.of()),
                    null);
        }
    }

    /** Takes a leaf over from another node. */
    void receive(Replica other, Revision leaf, boolean withStamp) {
        RevisionPath path = other.tree.pathTo(leaf);
        DocumentBody body = other.bodies.get(leaf);
        if (path != null && body != null) {
            add(
                    path,
                    other.tree.isDeleted(leaf),
                    body,
                    withStamp ? other.stamps.get(leaf) : new Stamp(++clockMs, node));
        }
    }

    /** Lets the ancestors of a leaf go, names and all. */
    void stem(Revision leaf) {
        tree = RevisionTree.EMPTY
                .merge(RevisionPath.of(leaf), false, Integer.MAX_VALUE)
                .tree();
    }

    void forget(Revision superseded) {
        bodies.remove(superseded);
    }
}
