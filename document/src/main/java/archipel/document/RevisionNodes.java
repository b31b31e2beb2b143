package archipel.document;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of a revision tree in flat arrays, one index per revision, in ascending order of revision. Not to be
 * changed once made.
 *
 * <p>Invariants, checked by {@link #check}:
 *
 * <ul>
 *   <li>revisions strictly ascend, so none is there twice, and generations are from 1;
 *   <li>a parent's generation is one less than its child's, so its index is smaller;
 *   <li>a second parent (below) is less than the first one, and never alone;
 *   <li>leaves are written; what is deleted is written;
 *   <li>a hash of 32 lowercase hex digits is never kept as text.
 * </ul>
 *
 * <p>A revision has one parent, unless somebody made up histories that contradict each other. Then it has all of them:
 * a merge is a plain union, which is why the order of merges does not matter. The greatest parent is the one that paths
 * are told by.
 */
final class RevisionNodes {
    static final int WRITTEN = 1;
    static final int DELETED = 2;
    static final int NONE = -1;
    static final int[] NO_EXTRA = {};

    static final RevisionNodes EMPTY =
            new RevisionNodes(new int[0], new long[0], new long[0], null, new int[0], NO_EXTRA, new byte[0]);

    final int size;
    final int[] generation;
    final long[] high;
    final long[] low;
    /** Hashes that are not 32 hex digits; null where there are none of them. */
    final @Nullable String @Nullable [] text;

    /** The greatest parent's index, or {@link #NONE}. */
    final int[] parent;

    /** Further parents: pairs of child and parent, ascending; almost always empty. */
    final int[] extra;

    final byte[] state;
    final boolean[] inner;
    final int leafCount;
    /** The winner's index; {@link #NONE} without nodes. */
    final int winner;

    // See onlyLeafBelow; made when it is first asked for. Threads that both make it make the same.
    private volatile int @Nullable [] onlyLeaf;

    RevisionNodes(
            int[] generation,
            long[] high,
            long[] low,
            @Nullable String @Nullable [] text,
            int[] parent,
            int[] extra,
            byte[] state) {
        this.size = generation.length;
        this.generation = generation;
        this.high = high;
        this.low = low;
        this.text = text;
        this.parent = parent;
        this.extra = extra;
        this.state = state;
        this.inner = new boolean[size];
        for (int ancestor : parent) {
            if (ancestor != NONE) {
                inner[ancestor] = true;
            }
        }
        for (int i = 1; i < extra.length; i += 2) {
            inner[extra[i]] = true;
        }
        int leaves = 0;
        int best = NONE;
        for (int i = size - 1; i >= 0; i--) {
            if (!inner[i]) {
                leaves++;
                if (best == NONE || isDeleted(best) && !isDeleted(i)) {
                    best = i;
                }
            }
        }
        this.leafCount = leaves;
        this.winner = best;
    }

    boolean isWritten(int index) {
        return (state[index] & WRITTEN) != 0;
    }

    boolean isDeleted(int index) {
        return (state[index] & DELETED) != 0;
    }

    @Nullable
    String textAt(int index) {
        return text == null ? null : text[index];
    }

    String hash(int index) {
        String other = textAt(index);
        return other != null ? other : HashKey.hex(high[index], low[index]);
    }

    Revision revision(int index) {
        return new Revision(generation[index], hash(index));
    }

    Leaf leaf(int index) {
        return new Leaf(revision(index), isDeleted(index));
    }

    boolean isAt(int index, HashKey key) {
        return key.compareTo(high[index], low[index], textAt(index)) == 0;
    }

    /** The revision's index, or {@code -(insertion point) - 1}. */
    int find(int wantedGeneration, HashKey key) {
        int from = 0;
        int to = size;
        if (size > 0) {
            // In a document without branches the generation tells the index.
            int guess = wantedGeneration - generation[0];
            if (guess >= 0 && guess < size && generation[guess] == wantedGeneration && isAt(guess, key)) {
                return guess;
            }
            if (wantedGeneration > generation[size - 1]) {
                return -size - 1;
            }
        }
        while (from < to) {
            int middle = from + to >>> 1;
            int order = Integer.compare(wantedGeneration, generation[middle]);
            if (order == 0) {
                order = key.compareTo(high[middle], low[middle], textAt(middle));
            }
            if (order == 0) {
                return middle;
            } else if (order < 0) {
                to = middle;
            } else {
                from = middle + 1;
            }
        }
        return -from - 1;
    }

    int find(Revision revision) {
        return find(revision.generation(), HashKey.of(revision.hash()));
    }

    /** The only leaf at or below a node; {@link #NONE} where there are several. The first call visits all nodes. */
    int onlyLeafBelow(int index) {
        int[] known = onlyLeaf;
        if (known == null) {
            known = new int[size];
            int at = extra.length - 2;
            for (int i = size - 1; i >= 0; i--) {
                // From below nothing is known of a leaf, and all of any other node, whose children come after it.
                known[i] = inner[i] ? known[i] - 1 : i;
                noteLeaf(known, parent[i], known[i]);
                for (; at >= 0 && extra[at] == i; at -= 2) {
                    noteLeaf(known, extra[at + 1], known[i]);
                }
            }
            onlyLeaf = known;
        }
        return Math.max(known[index], NONE);
    }

    // While a node's children are looked at: 0 for no leaf yet, -1 for several, else the leaf's index and 1.
    private static void noteLeaf(int[] noted, int ancestor, int leaf) {
        if (ancestor != NONE) {
            boolean same = noted[ancestor] == 0 || noted[ancestor] == leaf + 1;
            noted[ancestor] = same && leaf >= 0 ? leaf + 1 : -1;
        }
    }

    /** The nodes marked in {@code keep}, with the edges between them. */
    RevisionNodes only(boolean[] keep) {
        int[] at = new int[size];
        int kept = 0;
        for (int i = 0; i < size; i++) {
            at[i] = keep[i] ? kept++ : NONE;
        }
        if (kept == size) {
            return this;
        }
        RevisionEdges edges = new RevisionEdges(kept);
        int[] newGeneration = new int[kept];
        long[] newHigh = new long[kept];
        long[] newLow = new long[kept];
        @Nullable String[] newText = new String[kept];
        byte[] newState = new byte[kept];
        boolean hasText = false;
        for (int i = 0; i < size; i++) {
            int to = at[i];
            if (to == NONE) {
                continue;
            }
            newGeneration[to] = generation[i];
            newHigh[to] = high[i];
            newLow[to] = low[i];
            newText[to] = textAt(i);
            hasText |= newText[to] != null;
            newState[to] = state[i];
            if (parent[i] != NONE && at[parent[i]] != NONE) {
                edges.add(to, at[parent[i]]);
            }
        }
        for (int i = 0; i < extra.length; i += 2) {
            if (at[extra[i]] != NONE && at[extra[i + 1]] != NONE) {
                edges.add(at[extra[i]], at[extra[i + 1]]);
            }
        }
        return new RevisionNodes(
                newGeneration, newHigh, newLow, hasText ? newText : null, edges.parent(), edges.extra(), newState);
    }

    /** @throws CorruptTreeException that says which invariant does not hold, and where */
    void check() {
        for (int i = 0; i < size; i++) {
            String other = textAt(i);
            if (other != null && HashKey.of(other).text() == null) {
                throw new CorruptTreeException("hash '" + other + "' of node " + i + " is not kept as text");
            }
            if (generation[i] < 1) {
                throw new CorruptTreeException("node " + i + " has generation " + generation[i]);
            }
            if (i > 0 && !ascends(i)) {
                throw new CorruptTreeException("node " + i + " is out of order");
            }
            checkEdge(i, parent[i]);
            if (!inner[i] && !isWritten(i)) {
                throw new CorruptTreeException("leaf " + revision(i) + " was never written");
            }
            if (state[i] == DELETED || (state[i] & ~(WRITTEN | DELETED)) != 0) {
                throw new CorruptTreeException("node " + i + " has state " + state[i]);
            }
        }
        for (int i = 0; i < extra.length; i += 2) {
            int child = extra[i];
            checkEdge(child, extra[i + 1]);
            boolean ordered = i == 0 || child > extra[i - 2] || child == extra[i - 2] && extra[i + 1] > extra[i - 1];
            if (!ordered || extra[i + 1] >= parent[child]) {
                throw new CorruptTreeException("second parents of node " + child + " are out of order");
            }
        }
    }

    private boolean ascends(int index) {
        int before = index - 1;
        if (generation[index] != generation[before]) {
            return generation[index] > generation[before];
        }
        return new HashKey(high[index], low[index], textAt(index)).compareTo(high[before], low[before], textAt(before))
                > 0;
    }

    private void checkEdge(int child, int ancestor) {
        if (ancestor != NONE && generation[ancestor] != generation[child] - 1) {
            throw new CorruptTreeException("the parent of node " + child + " has generation " + generation[ancestor]);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RevisionNodes that
                && Arrays.equals(generation, that.generation)
                && Arrays.equals(high, that.high)
                && Arrays.equals(low, that.low)
                && Arrays.equals(text, that.text)
                && Arrays.equals(parent, that.parent)
                && Arrays.equals(extra, that.extra)
                && Arrays.equals(state, that.state);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(low) * 31 + size;
    }
}
