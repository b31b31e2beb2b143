package archipel.engine;

import archipel.document.Revision;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a database should hold, told in the plainest way: each revision with its parent, the newest seq of each
 * document, and a list of all states by block.
 */
final class Model {
    final TreeMap<String, Doc> documents = new TreeMap<>();
    final TreeMap<String, String> locals = new TreeMap<>();
    /** All states that were, by block; those that can no longer be read are taken out. */
    final TreeMap<Long, Model> past = new TreeMap<>();

    /** What each change made of its document, by seq. */
    final TreeMap<Long, Version> versions = new TreeMap<>();

    long seq;

    /** Remembers the versions that the block made. */
    void version(long block) {
        versions.replaceAll((at, version) -> {
            Doc doc = documents.get(version.id);
            boolean ends = version.until == Long.MAX_VALUE && (doc == null || doc.seq != at);
            return ends ? new Version(version.id, version.block, block, version.leaves, version.json) : version;
        });
        documents.forEach((id, doc) -> versions.computeIfAbsent(
                doc.seq,
                at -> new Version(
                        id,
                        block,
                        Long.MAX_VALUE,
                        doc.leaves().stream().map(Rev::name).toList(),
                        doc.winner().json)));
    }

    /** Remembers the state as that of a block, unless the block is known. */
    void remember(long block) {
        past.computeIfAbsent(block, key -> copy());
    }

    private Model copy() {
        Model copy = new Model();
        documents.forEach((id, doc) -> {
            Doc other = copy.document(id);
            other.revisions.putAll(doc.revisions);
            other.seq = doc.seq;
        });
        copy.seq = seq;
        return copy;
    }

    Doc document(String id) {
        return documents.computeIfAbsent(id, key -> new Doc());
    }

    long live() {
        return documents.values().stream()
                .filter(doc -> !doc.winner().deleted())
                .count();
    }

    /** {@code seq:id} in order. */
    List<String> changes() {
        TreeMap<Long, String> bySeq = new TreeMap<>();
        documents.forEach((id, doc) -> bySeq.put(doc.seq, id));
        List<String> all = new ArrayList<>();
        bySeq.forEach((seq, id) -> all.add(seq + ":" + id));
        return all;
    }

    /** One document. */
    static final class Doc {
        final Map<Revision, Rev> revisions = new HashMap<>();
        long seq;

        boolean isEmpty() {
            return revisions.isEmpty();
        }

        List<Rev> leaves() {
            List<Rev> leaves = new ArrayList<>();
            for (Rev rev : revisions.values()) {
                if (revisions.values().stream().noneMatch(other -> rev.name.equals(other.parent))) {
                    leaves.add(rev);
                }
            }
            leaves.sort(Comparator.comparing(Rev::deleted).thenComparing(Rev::name, Comparator.reverseOrder()));
            return leaves;
        }

        Rev winner() {
            return leaves().getFirst();
        }

        /** Takes a leaf and what only led to it. */
        void purge(Revision leaf) {
            Revision next = leaf;
            while (next != null && isLeaf(next)) {
                next = revisions.remove(next).parent;
            }
        }

        boolean isLeaf(Revision name) {
            return revisions.containsKey(name)
                    && revisions.values().stream().noneMatch(other -> name.equals(other.parent));
        }
    }

    /** @param until the block that ended it */
    record Version(
            String id,
            long block,
            long until,
            List<Revision> leaves,
            @Nullable String json) {}

    /** @param json null for an ancestor that never came with a body */
    record Rev(
            Revision name,
            @Nullable Revision parent,
            boolean deleted,
            @Nullable String json) {}
}
