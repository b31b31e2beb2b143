package archipel.document;

import archipel.document.RevisionTree.MergeKind;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Adds paths to a tree, any number of them, and makes the new tree once: each path costs about what its own revisions
 * cost, whatever the size of the tree, and {@link #build} costs one pass over the tree.
 *
 * <p>Algorithm: the nodes of the tree stay where they are, and are looked up by halving; further nodes are kept behind
 * them in the order of their arrival, and are looked up in a map, which is made when a second path comes. At the end
 * the further nodes are sorted and inserted where they belong, so the old nodes move up in at most as many runs as
 * there are new ones. In the common case, one edit of the newest revision, this is one look-up and a copy with one node
 * more.
 *
 * <p>This is a union of nodes and of edges. It gives what CouchDB's couch_key_tree gives where that is well defined: a
 * path that begins below a stemmed root joins it, one that overlaps a root from above makes the root longer, and one
 * that reaches from one root to another makes them one. As in CouchDB, paths that come together are stemmed together,
 * after the last of them; so what they give does not depend on their order.
 */
public final class RevisionTreeBuilder {
    private final RevisionTree tree;
    private final RevisionNodes base;

    // Of all nodes, the base's first.
    private boolean[] inner;
    private byte[] state;

    // Of the further nodes.
    private int added;
    private int[] generation = {};
    private long[] high = {};
    private long[] low = {};
    private @Nullable String[] text = {};
    private int[] firstParent = {};

    /** Edges that neither the base nor {@link #firstParent} has, as {@code child << 32 | parent}; some twice. */
    private long[] edges = {};

    private int edgeCount;

    private boolean stateChanged;
    private boolean hasText;
    private int greatestGeneration;
    private @Nullable Map<Revision, Integer> places;
    // May hold nodes that are leaves no more; made when the winner is first asked for.
    private @Nullable PriorityQueue<Integer> leaves;

    RevisionTreeBuilder(RevisionTree tree, RevisionNodes base) {
        this.tree = tree;
        this.base = base;
        this.inner = base.inner.clone();
        this.state = base.state.clone();
        this.hasText = base.text != null;
        this.greatestGeneration = base.size == 0 ? 0 : base.generation[base.size - 1];
    }

    /** Whether {@code revision} was ever written here with a body, as {@link RevisionTree#isWritten}. */
    public boolean isWritten(Revision revision) {
        int index = find(revision);
        return index >= 0 && (state[index] & RevisionNodes.WRITTEN) != 0;
    }

    public boolean isLeaf(Revision revision) {
        int index = find(revision);
        return index >= 0 && !inner[index];
    }

    /** As {@link RevisionTree#winner}. */
    public @Nullable Leaf winner() {
        PriorityQueue<Integer> ranked = leaves;
        if (ranked == null) {
            Comparator<Integer> order = Comparator.comparing(this::isDeleted);
            ranked = new PriorityQueue<>(order.thenComparing((a, b) -> compare(b, a)));
            for (int i = 0; i < base.size + added; i++) {
                if (!inner[i]) {
                    ranked.add(i);
                }
            }
            leaves = ranked;
        }
        Integer best = ranked.peek();
        while (best != null && inner[best]) {
            ranked.remove();
            best = ranked.peek();
        }
        return best == null ? null : new Leaf(new Revision(generation(best), hash(best)), isDeleted(best));
    }

    /** Of the longest branch; 0 when empty. */
    public int greatestGeneration() {
        return greatestGeneration;
    }

    /**
     * Adds a revision and its ancestors.
     *
     * @param path the revision written, and the ancestors it names
     * @param deleted whether the revision written is a deletion
     */
    public MergeKind merge(RevisionPath path, boolean deleted) {
        List<String> hashes = path.hashes();
        int length = hashes.size();
        if (path.generation() < 1) {
            throw new IllegalArgumentException(path.newest() + " is no revision of a replicated document");
        }
        int oldest = path.generation() - length + 1;
        HashKey[] keys = new HashKey[length];
        int[] at = new int[length];
        int step = length;
        int expected = RevisionNodes.NONE;
        for (String hash : hashes) {
            HashKey key = HashKey.of(hash);
            keys[--step] = key;
            at[step] =
                    expected != RevisionNodes.NONE && isAt(expected, key) ? expected : find(oldest + step, key, hash);
            expected = at[step] == RevisionNodes.NONE ? RevisionNodes.NONE : parent(at[step]);
        }
        MergeKind kind = kind(at);
        for (step = 0; step < length; step++) {
            if (at[step] == RevisionNodes.NONE) {
                at[step] = addNode(oldest + step, keys[step]);
            }
            if (step > 0) {
                addEdge(at[step], at[step - 1]);
            }
        }
        int newest = at[length - 1];
        if ((state[newest] & RevisionNodes.WRITTEN) == 0) {
            state[newest] = (byte) (RevisionNodes.WRITTEN | (deleted ? RevisionNodes.DELETED : 0));
            stateChanged = true;
        }
        if (leaves != null && newest >= base.size && !inner[newest] && kind != MergeKind.KNOWN) {
            leaves.add(newest);
        }
        return kind;
    }

    private MergeKind kind(int[] at) {
        int newest = at.length - 1;
        if (at[newest] != RevisionNodes.NONE) {
            return (state[at[newest]] & RevisionNodes.WRITTEN) != 0 ? MergeKind.KNOWN : MergeKind.INTERNAL;
        }
        for (int step = newest - 1; step >= 0; step--) {
            if (at[step] != RevisionNodes.NONE) {
                return inner[at[step]] ? MergeKind.NEW_BRANCH : MergeKind.NEW_LEAF;
            }
        }
        return MergeKind.NEW_BRANCH;
    }

    /** The tree with all that was added; the very same object where that is nothing. Nothing can be added after it. */
    public RevisionTree build() {
        RevisionNodes nodes = nodes();
        return nodes == base ? tree : RevisionTree.of(nodes);
    }

    /** The nodes with the paths in them; the very same object if they had them already. */
    private RevisionNodes nodes() {
        if (added == 0) {
            return inPlace();
        }
        int size = base.size + added;
        Integer[] order = inOrder();
        int[] insertion = new int[added];
        for (int i = 0; i < added; i++) {
            int node = order[i] - base.size;
            insertion[i] = -base.find(generation[node], key(node)) - 1;
        }
        // Everything below the first insertion point keeps its index.
        Places moved = new Places(insertion[0]);
        int[] newGeneration = Arrays.copyOf(base.generation, size);
        long[] newHigh = Arrays.copyOf(base.high, size);
        long[] newLow = Arrays.copyOf(base.low, size);
        byte[] newState = Arrays.copyOf(state, size);
        @Nullable String @Nullable [] newText = hasText ? new @Nullable String[size] : null;
        if (newText != null && base.text != null) {
            System.arraycopy(base.text, 0, newText, 0, insertion[0]);
        }
        int to = insertion[0];
        for (int i = 0; i < added; i++) {
            int node = order[i] - base.size;
            newGeneration[to] = generation[node];
            newHigh[to] = high[node];
            newLow[to] = low[node];
            newState[to] = state[order[i]];
            if (newText != null) {
                newText[to] = text[node];
            }
            moved.further[node] = to++;
            int from = insertion[i];
            int run = (i + 1 < added ? insertion[i + 1] : base.size) - from;
            System.arraycopy(base.generation, from, newGeneration, to, run);
            System.arraycopy(base.high, from, newHigh, to, run);
            System.arraycopy(base.low, from, newLow, to, run);
            System.arraycopy(state, from, newState, to, run);
            if (newText != null && base.text != null) {
                System.arraycopy(base.text, from, newText, to, run);
            }
            for (int end = from + run; from < end; from++) {
                moved.old[from - moved.unmoved] = to++;
            }
        }
        RevisionEdges all = movedEdges(size, moved);
        return new RevisionNodes(newGeneration, newHigh, newLow, newText, all.parent(), all.extra(), newState);
    }

    private RevisionNodes inPlace() {
        if (!stateChanged && edgeCount == 0) {
            return base;
        }
        RevisionEdges all = new RevisionEdges(base.parent.clone(), base.extra);
        for (int i = 0; i < edgeCount; i++) {
            all.add((int) (edges[i] >>> 32), (int) edges[i]);
        }
        int[] extra = all.extra();
        return !stateChanged && Arrays.equals(all.parent(), base.parent) && Arrays.equals(extra, base.extra)
                ? base
                : new RevisionNodes(base.generation, base.high, base.low, base.text, all.parent(), extra, state);
    }

    /** The further nodes in ascending order of revision. */
    private Integer[] inOrder() {
        Integer[] order = new Integer[added];
        for (int i = 0; i < added; i++) {
            order[i] = base.size + i;
        }
        Arrays.sort(order, this::compare);
        return order;
    }

    private RevisionEdges movedEdges(int size, Places moved) {
        int[] parent = Arrays.copyOf(base.parent, size);
        Arrays.fill(parent, moved.unmoved, size, RevisionNodes.NONE);
        for (int i = moved.unmoved; i < base.size; i++) {
            parent[moved.of(i)] = moved.of(base.parent[i]);
        }
        for (int i = 0; i < added; i++) {
            parent[moved.further[i]] = moved.of(firstParent[i]);
        }
        int[] extra = base.extra.clone();
        for (int i = 0; i < extra.length; i++) {
            extra[i] = moved.of(extra[i]);
        }
        RevisionEdges all = new RevisionEdges(parent, extra);
        for (int i = 0; i < edgeCount; i++) {
            all.add(moved.of((int) (edges[i] >>> 32)), moved.of((int) edges[i]));
        }
        return all;
    }

    private int find(Revision revision) {
        return find(revision.generation(), HashKey.of(revision.hash()), revision.hash());
    }

    private int find(int wantedGeneration, HashKey key, String hash) {
        int index = base.find(wantedGeneration, key);
        if (index >= 0 || added == 0) {
            return Math.max(index, RevisionNodes.NONE);
        }
        Map<Revision, Integer> known = places;
        if (known == null) {
            known = new HashMap<>();
            for (int i = 0; i < added; i++) {
                known.put(new Revision(generation[i], key(i).hash()), base.size + i);
            }
            places = known;
        }
        return known.getOrDefault(new Revision(wantedGeneration, hash), RevisionNodes.NONE);
    }

    private int addNode(int nodeGeneration, HashKey key) {
        if (added == generation.length) {
            int room = added + Math.max(1, added / 2);
            generation = Arrays.copyOf(generation, room);
            high = Arrays.copyOf(high, room);
            low = Arrays.copyOf(low, room);
            text = Arrays.copyOf(text, room);
            firstParent = Arrays.copyOf(firstParent, room);
            inner = Arrays.copyOf(inner, base.size + room);
            state = Arrays.copyOf(state, base.size + room);
        }
        generation[added] = nodeGeneration;
        high[added] = key.high();
        low[added] = key.low();
        text[added] = key.text();
        hasText |= key.text() != null;
        firstParent[added] = RevisionNodes.NONE;
        greatestGeneration = Math.max(greatestGeneration, nodeGeneration);
        int index = base.size + added++;
        if (places != null) {
            places.put(new Revision(nodeGeneration, key.hash()), index);
        }
        return index;
    }

    private void addEdge(int child, int ancestor) {
        inner[ancestor] = true;
        int first = parent(child);
        if (first == ancestor) {
            return;
        }
        if (first == RevisionNodes.NONE && child >= base.size) {
            firstParent[child - base.size] = ancestor;
            return;
        }
        if (edgeCount == edges.length) {
            edges = Arrays.copyOf(edges, Math.max(4, edgeCount * 2));
        }
        edges[edgeCount++] = (long) child << 32 | ancestor;
    }

    private int parent(int index) {
        return index < base.size ? base.parent[index] : firstParent[index - base.size];
    }

    private boolean isDeleted(int index) {
        return (state[index] & RevisionNodes.DELETED) != 0;
    }

    private int generation(int index) {
        return index < base.size ? base.generation[index] : generation[index - base.size];
    }

    private String hash(int index) {
        return index < base.size ? base.hash(index) : key(index - base.size).hash();
    }

    private HashKey key(int further) {
        return new HashKey(high[further], low[further], text[further]);
    }

    private boolean isAt(int index, HashKey key) {
        int further = index - base.size;
        return further < 0 ? base.isAt(index, key) : key.compareTo(high[further], low[further], text[further]) == 0;
    }

    /** By revision. */
    private int compare(int a, int b) {
        int order = Integer.compare(generation(a), generation(b));
        if (order != 0) {
            return order;
        }
        HashKey key = a < base.size ? new HashKey(base.high[a], base.low[a], base.textAt(a)) : key(a - base.size);
        int further = b - base.size;
        return further < 0
                ? key.compareTo(base.high[b], base.low[b], base.textAt(b))
                : key.compareTo(high[further], low[further], text[further]);
    }

    /** Where the nodes are after the further ones were inserted. */
    private final class Places {
        final int unmoved;
        final int[] old;
        final int[] further = new int[added];

        Places(int unmoved) {
            this.unmoved = unmoved;
            this.old = new int[base.size - unmoved];
        }

        int of(int index) {
            if (index < unmoved) {
                return index;
            }
            return index < base.size ? old[index - unmoved] : further[index - base.size];
        }
    }
}
