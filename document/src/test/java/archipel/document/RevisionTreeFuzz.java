package archipel.document;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/**
 * Random histories against {@link RevisionModel}. A failure prints its seed; {@code @Property(seed = "...")} replays
 * it.
 */
class RevisionTreeFuzz {
    private static final int NO_LIMIT = Integer.MAX_VALUE;

    /** A revision as it arrives: with some of its ancestors. */
    record Arrival(RevisionPath path, boolean deleted) {}

    /** How one revision came to be: on which of those before it, with which hash, and how much of its path is told. */
    record Edit(int parent, int hash, boolean deleted, int told) {}

    private static Arbitrary<List<Edit>> edits() {
        return Combinators.combine(
                        Arbitraries.integers().between(-1, 30),
                        Arbitraries.integers().between(0, 5),
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(1, 12))
                .as(Edit::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(30);
    }

    /** Histories in which a revision has one parent everywhere, as content-hashed ids guarantee. */
    @Provide
    Arbitrary<List<Arrival>> histories() {
        return edits().map(edits -> arrivals(edits, true));
    }

    /** Histories in which the same id can come with different parents, as a hostile client could make them up. */
    @Provide
    Arbitrary<List<Arrival>> contradictions() {
        return edits().map(edits -> arrivals(edits, false));
    }

    private static List<Arrival> arrivals(List<Edit> edits, boolean consistent) {
        List<List<String>> paths = new ArrayList<>();
        List<Arrival> arrivals = new ArrayList<>();
        for (Edit edit : edits) {
            List<String> parent =
                    edit.parent < 0 || paths.isEmpty() ? List.of() : paths.get(edit.parent % paths.size());
            List<String> path = new ArrayList<>(parent);
            path.addFirst(hash(edit.hash, consistent ? parent.hashCode() : 0));
            paths.add(path);
            int told = Math.min(edit.told, path.size());
            boolean deleted = consistent ? edit.hash % 2 == 0 : edit.hash == 0;
            arrivals.add(new Arrival(new RevisionPath(path.size(), List.copyOf(path.subList(0, told))), deleted));
        }
        return arrivals;
    }

    private static String hash(int letter, int salt) {
        return letter < 3
                ? "%s\uD83D\uDE00%x".formatted((char) ('a' + letter), salt)
                : "%08x%08x%08x%08x".formatted(letter * 0x33333333, salt, letter, 7);
    }

    private static RevisionTree merged(List<Arrival> arrivals, int limit) {
        RevisionTree tree = RevisionTree.EMPTY;
        for (Arrival arrival : arrivals) {
            tree = tree.merge(arrival.path, arrival.deleted, limit).tree();
            tree.check();
        }
        return tree;
    }

    private static List<Arrival> shuffled(List<Arrival> arrivals, long seed) {
        List<Arrival> other = new ArrayList<>(arrivals);
        Collections.shuffle(other, new Random(seed));
        return other;
    }

    private static RevisionModel model(List<Arrival> arrivals) {
        RevisionModel model = new RevisionModel();
        arrivals.forEach(arrival -> model.merge(arrival.path, arrival.deleted));
        return model;
    }

    private static void assertSameAs(RevisionModel model, RevisionTree tree) {
        assertEquals(model.toString(), tree.toString());
        List<Leaf> leaves = model.leaves();
        assertEquals(leaves, tree.leaves());
        assertEquals(leaves.size(), tree.leafCount());
        assertEquals(leaves.isEmpty() ? null : leaves.getFirst(), tree.winner());
        List<Revision> conflicts = new ArrayList<>();
        List<Revision> deletedConflicts = new ArrayList<>();
        leaves.stream().skip(1).forEach(leaf -> (leaf.deleted() ? deletedConflicts : conflicts).add(leaf.revision()));
        assertEquals(conflicts, tree.conflicts());
        assertEquals(deletedConflicts, tree.deletedConflicts());
        Set<Revision> leafSet = model.leafSet();
        for (Revision revision : model.parents.keySet()) {
            assertTrue(tree.contains(revision));
            assertEquals(leafSet.contains(revision), tree.isLeaf(revision));
            assertEquals(model.written.containsKey(revision), tree.isWritten(revision));
            assertEquals(Boolean.TRUE.equals(model.written.get(revision)), tree.isDeleted(revision));
            RevisionPath path = tree.pathTo(revision);
            assertEquals(path == null ? null : path.hashes(), model.pathTo(revision));
            List<Leaf> below = leaves.stream()
                    .filter(leaf -> model.above(leaf.revision(), NO_LIMIT).contains(revision))
                    .toList();
            assertEquals(below, tree.leavesFrom(revision));
        }
        Set<Revision> inner = new HashSet<>(model.written.keySet());
        inner.removeAll(leafSet);
        assertEquals(inner, new HashSet<>(tree.writtenAncestors()));
        assertEquals(inner.size(), tree.writtenAncestors().size());
    }

    private static void assertSurvivesEncoding(RevisionTree tree) {
        byte[] bytes = tree.encode();
        byte[] padded = new byte[bytes.length + 5];
        System.arraycopy(bytes, 0, padded, 3, bytes.length);
        RevisionTree read = RevisionTree.decode(padded, 3, bytes.length);
        assertEquals(tree, read);
        assertArrayEquals(bytes, read.encode());
        assertEquals(tree.winner(), RevisionTree.winner(padded, 3, bytes.length));
    }

    @Property
    void merge_histories_equalTheModel(@ForAll("histories") List<Arrival> arrivals) {
        assertSameAs(model(arrivals), merged(arrivals, NO_LIMIT));
    }

    @Property
    void merge_contradictions_equalTheModel(@ForAll("contradictions") List<Arrival> arrivals) {
        assertSameAs(model(arrivals), merged(arrivals, NO_LIMIT));
    }

    @Property
    void merge_anyOrder_givesTheSameBytesAndWinner(
            @ForAll("contradictions") List<Arrival> arrivals, @ForAll long seed) {
        RevisionTree one = merged(arrivals, NO_LIMIT);
        RevisionTree other = merged(shuffled(arrivals, seed), NO_LIMIT);
        assertArrayEquals(one.encode(), other.encode());
        assertEquals(one, other);
        assertEquals(one.winner(), other.winner());
    }

    @Property
    void merge_anyGrouping_givesTheSameBytes(
            @ForAll("contradictions") List<Arrival> arrivals, @ForAll @IntRange(max = 30) int cut) {
        int middle = Math.min(cut, arrivals.size());
        RevisionTree left = merged(arrivals.subList(0, middle), NO_LIMIT);
        RevisionTree right = merged(arrivals.subList(middle, arrivals.size()), NO_LIMIT);
        // As replication carries a tree: each written revision with each of its paths.
        RevisionModel model = model(arrivals.subList(middle, arrivals.size()));
        RevisionTree both = left;
        for (Revision revision : model.written.keySet()) {
            for (Arrival arrival : arrivals.subList(middle, arrivals.size())) {
                if (arrival.path.newest().equals(revision)) {
                    both = both.merge(arrival.path, right.isDeleted(revision), NO_LIMIT)
                            .tree();
                }
            }
        }
        assertArrayEquals(merged(arrivals, NO_LIMIT).encode(), both.encode());
    }

    @Property
    void merge_again_changesNothing(
            @ForAll("contradictions") List<Arrival> arrivals, @ForAll @IntRange(min = 1, max = 6) int limit) {
        RevisionTree tree = RevisionTree.EMPTY;
        for (Arrival arrival : arrivals) {
            tree = tree.merge(arrival.path, arrival.deleted, limit).tree();
            RevisionTree.MergeResult again = tree.merge(arrival.path, arrival.deleted, limit);
            assertSame(tree, again.tree());
            assertEquals(RevisionTree.MergeKind.KNOWN, again.kind());
        }
    }

    @Property
    void merge_eachStep_tellsWhatItDid(@ForAll("histories") List<Arrival> arrivals) {
        RevisionTree tree = RevisionTree.EMPTY;
        for (Arrival arrival : arrivals) {
            RevisionTree.MergeResult result = tree.merge(arrival.path, arrival.deleted, NO_LIMIT);
            assertEquals(expectedKind(tree, arrival.path), result.kind());
            tree = result.tree();
        }
    }

    private static RevisionTree.MergeKind expectedKind(RevisionTree tree, RevisionPath path) {
        if (tree.contains(path.newest())) {
            return tree.isWritten(path.newest()) ? RevisionTree.MergeKind.KNOWN : RevisionTree.MergeKind.INTERNAL;
        }
        for (int i = 1; i < path.hashes().size(); i++) {
            Revision nearest = new Revision(path.generation() - i, path.hashes().get(i));
            if (tree.contains(nearest)) {
                return tree.isLeaf(nearest) ? RevisionTree.MergeKind.NEW_LEAF : RevisionTree.MergeKind.NEW_BRANCH;
            }
        }
        return RevisionTree.MergeKind.NEW_BRANCH;
    }

    @Property
    void merge_withStemming_equalsTheModel(
            @ForAll("contradictions") List<Arrival> arrivals, @ForAll @IntRange(min = 1, max = 6) int limit) {
        RevisionModel model = new RevisionModel();
        RevisionTree tree = RevisionTree.EMPTY;
        for (Arrival arrival : arrivals) {
            model.merge(arrival.path, arrival.deleted);
            model.stem(limit);
            tree = tree.merge(arrival.path, arrival.deleted, limit).tree();
            tree.check();
            assertSameAs(model, tree);
            assertSurvivesEncoding(tree);
        }
    }

    @Property
    void builder_eachStep_showsWhatMergesOneByOneGive(
            @ForAll("contradictions") List<Arrival> arrivals, @ForAll @IntRange(max = 30) int cut) {
        int middle = Math.min(cut, arrivals.size());
        RevisionTree one = merged(arrivals.subList(0, middle), NO_LIMIT);
        RevisionTreeBuilder builder = one.builder();
        Set<Revision> named = model(arrivals).parents.keySet();
        for (Arrival arrival : arrivals.subList(middle, arrivals.size())) {
            RevisionTree.MergeResult result = one.merge(arrival.path, arrival.deleted, NO_LIMIT);
            assertEquals(result.kind(), builder.merge(arrival.path, arrival.deleted));
            one = result.tree();
            assertEquals(one.winner(), builder.winner());
            assertEquals(one.greatestGeneration(), builder.greatestGeneration());
            for (Revision revision : named) {
                assertEquals(one.isLeaf(revision), builder.isLeaf(revision));
                assertEquals(one.isWritten(revision), builder.isWritten(revision));
            }
        }
        RevisionTree all = builder.build();
        all.check();
        assertArrayEquals(one.encode(), all.encode());
    }

    @Property
    void builder_allInAnyOrderThenStemmed_equalsTheModel(
            @ForAll("contradictions") List<Arrival> arrivals,
            @ForAll @IntRange(max = 30) int cut,
            @ForAll @IntRange(min = 1, max = 6) int limit,
            @ForAll long seed) {
        int middle = Math.min(cut, arrivals.size());
        RevisionModel model = model(arrivals.subList(0, middle));
        RevisionTreeBuilder builder =
                merged(arrivals.subList(0, middle), NO_LIMIT).builder();
        for (Arrival arrival : shuffled(arrivals.subList(middle, arrivals.size()), seed)) {
            builder.merge(arrival.path, arrival.deleted);
            model.merge(arrival.path, arrival.deleted);
        }
        model.stem(limit);
        RevisionTree tree = builder.build().stemmed(limit);
        tree.check();
        assertSameAs(model, tree);
        assertSurvivesEncoding(tree);
    }

    @Property
    void build_knownPathsOnly_givesTheVerySameTree(@ForAll("contradictions") List<Arrival> arrivals) {
        RevisionTree tree = merged(arrivals, NO_LIMIT);
        RevisionTreeBuilder builder = tree.builder();
        arrivals.forEach(
                arrival -> assertEquals(RevisionTree.MergeKind.KNOWN, builder.merge(arrival.path, arrival.deleted)));
        assertSame(tree, builder.build());
    }

    /** What holds of the order when stemming: current versions, as long as nobody sends what is an ancestor already. */
    @Property
    void merge_leavesInAnyOrderWithStemming_giveTheSameLeavesAndRevisions(
            @ForAll("histories") List<Arrival> arrivals,
            @ForAll @IntRange(min = 1, max = 6) int limit,
            @ForAll long seed) {
        RevisionTree whole = merged(arrivals, NO_LIMIT);
        List<Arrival> leaves = new ArrayList<>();
        for (Leaf leaf : whole.leaves()) {
            RevisionPath path = whole.pathTo(leaf.revision());
            if (path != null) {
                leaves.add(new Arrival(path, leaf.deleted()));
            }
        }
        RevisionTree one = merged(leaves, limit);
        RevisionTree other = merged(shuffled(leaves, seed), limit);
        assertEquals(whole.leaves(), one.leaves());
        assertEquals(one.leaves(), other.leaves());
        assertEquals(one.size(), other.size());
        for (Arrival leaf : leaves) {
            for (int i = 0; i < Math.min(limit, leaf.path.hashes().size()); i++) {
                assertTrue(one.contains(new Revision(
                        leaf.path.generation() - i, leaf.path.hashes().get(i))));
            }
        }
    }

    @Property
    void without_anyRevisions_equalsTheModel(@ForAll("contradictions") List<Arrival> arrivals, @ForAll long seed) {
        RevisionModel model = model(arrivals);
        RevisionTree tree = merged(arrivals, NO_LIMIT);
        List<Revision> gone = new ArrayList<>(model.parents.keySet());
        Collections.shuffle(gone, new Random(seed));
        gone = gone.subList(0, gone.size() / 2);
        gone.add(new Revision(3, "nobody"));
        Set<Revision> leaves = model.leafSet();
        model.purge(gone.stream().filter(leaves::contains).toList());
        RevisionTree rest = tree.without(gone);
        rest.check();
        assertSameAs(model, rest);
        assertSurvivesEncoding(rest);
    }

    @Property
    void decode_changedBytes_isRefusedOrCanonical(
            @ForAll("contradictions") List<Arrival> arrivals,
            @ForAll int position,
            @ForAll byte change,
            @ForAll boolean cut) {
        byte[] bytes = merged(arrivals, NO_LIMIT).encode();
        int at = Math.floorMod(position, bytes.length);
        byte[] other = cut ? Arrays.copyOf(bytes, at) : bytes.clone();
        if (!cut) {
            other[at] ^= change;
        }
        try {
            RevisionTree read = RevisionTree.decode(other, 0, other.length);
            assertArrayEquals(other, read.encode());
            assertEquals(read.winner(), RevisionTree.winner(other, 0, other.length));
        } catch (CorruptTreeException e) {
            assertTrue(e.getMessage().startsWith("revision tree: "));
        }
    }
}
