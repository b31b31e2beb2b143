package archipel.document;

import archipel.document.RevisionTree.MergeKind;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Adds one path to a tree's nodes.
 *
 * <p>Algorithm: look up each revision of the path, oldest first; what is not there is inserted where it belongs, so the
 * old nodes move up in at most as many runs as there are new ones; then each step of the path becomes an edge. In the
 * common case, an edit of the newest revision, this is one look-up and a copy with one node more.
 *
 * <p>This is a union of nodes and of edges. It gives what CouchDB's couch_key_tree gives where that is well defined: a
 * path that begins below a stemmed root joins it, one that overlaps a root from above makes the root longer, and one
 * that reaches from one root to another makes them one.
 */
final class RevisionMerge {
    private final RevisionNodes old;
    private final int pathGeneration;
    private final HashKey[] keys;
    /** For each step of the path, oldest first: the index in {@code old}, or {@code -(insertion point) - 1}. */
    private final int[] found;

    private final boolean deleted;
    private int added;

    RevisionMerge(RevisionNodes old, RevisionPath path, boolean deleted) {
        List<String> hashes = path.hashes();
        int length = hashes.size();
        if (path.generation() < 1) {
            throw new IllegalArgumentException(path.newest() + " is no revision of a replicated document");
        }
        this.old = old;
        this.deleted = deleted;
        this.pathGeneration = path.generation() - length + 1;
        this.keys = new HashKey[length];
        this.found = new int[length];
        int step = length;
        int expected = RevisionNodes.NONE;
        for (String hash : hashes) {
            HashKey key = HashKey.of(hash);
            keys[--step] = key;
            int index = expected != RevisionNodes.NONE && old.isAt(expected, key)
                    ? expected
                    : old.find(pathGeneration + step, key);
            found[step] = index;
            if (index < 0) {
                added++;
            }
            expected = index < 0 ? RevisionNodes.NONE : old.parent[index];
        }
    }

    MergeKind kind() {
        int newest = found.length - 1;
        if (found[newest] >= 0) {
            return old.isWritten(found[newest]) ? MergeKind.KNOWN : MergeKind.INTERNAL;
        }
        for (int step = newest - 1; step >= 0; step--) {
            if (found[step] >= 0) {
                return old.inner[found[step]] ? MergeKind.NEW_BRANCH : MergeKind.NEW_LEAF;
            }
        }
        return MergeKind.NEW_BRANCH;
    }

    /** The nodes with the path in them; the very same object if they have it already. */
    RevisionNodes merged() {
        if (added == 0) {
            return inPlace();
        }
        int size = old.size + added;
        int firstNew = 0;
        while (found[firstNew] >= 0) {
            firstNew++;
        }
        // Everything below the first insertion point keeps its index.
        int unmoved = -found[firstNew] - 1;
        int[] moved = unmoved == old.size ? RevisionNodes.NO_EXTRA : new int[old.size - unmoved];
        int[] generation = Arrays.copyOf(old.generation, size);
        long[] high = Arrays.copyOf(old.high, size);
        long[] low = Arrays.copyOf(old.low, size);
        byte[] state = Arrays.copyOf(old.state, size);
        @Nullable String @Nullable [] text = grownText(size);
        int[] at = new int[found.length];
        int from = unmoved;
        int to = unmoved;
        for (int step = 0; step < found.length; step++) {
            int target = found[step] >= 0 ? found[step] : -found[step] - 1;
            for (; from < target; from++, to++) {
                moved[from - unmoved] = to;
            }
            if (found[step] < 0) {
                at[step] = to++;
                generation[at[step]] = pathGeneration + step;
                high[at[step]] = keys[step].high();
                low[at[step]] = keys[step].low();
                state[at[step]] = 0;
                if (text != null) {
                    text[at[step]] = keys[step].text();
                }
            }
        }
        for (; from < old.size; from++, to++) {
            moved[from - unmoved] = to;
        }
        for (int i = 0; i < moved.length; i++) {
            generation[moved[i]] = old.generation[unmoved + i];
            high[moved[i]] = old.high[unmoved + i];
            low[moved[i]] = old.low[unmoved + i];
            state[moved[i]] = old.state[unmoved + i];
            if (text != null) {
                text[moved[i]] = old.textAt(unmoved + i);
            }
        }
        for (int step = 0; step < found.length; step++) {
            if (found[step] >= 0) {
                at[step] = moved(moved, unmoved, found[step]);
            }
        }
        write(state, at[at.length - 1]);
        RevisionEdges edges = movedEdges(size, moved, unmoved);
        addPath(edges, at);
        return new RevisionNodes(generation, high, low, text, edges.parent(), edges.extra(), state);
    }

    private RevisionNodes inPlace() {
        RevisionEdges edges = new RevisionEdges(old.parent.clone(), old.extra);
        addPath(edges, found);
        byte[] state = old.state;
        int newest = found[found.length - 1];
        if (!old.isWritten(newest)) {
            state = state.clone();
            write(state, newest);
        }
        int[] extra = edges.extra();
        return state == old.state && Arrays.equals(edges.parent(), old.parent) && Arrays.equals(extra, old.extra)
                ? old
                : new RevisionNodes(old.generation, old.high, old.low, old.text, edges.parent(), extra, state);
    }

    private void write(byte[] state, int newest) {
        if ((state[newest] & RevisionNodes.WRITTEN) == 0) {
            state[newest] = (byte) (RevisionNodes.WRITTEN | (deleted ? RevisionNodes.DELETED : 0));
        }
    }

    private @Nullable String @Nullable [] grownText(int size) {
        boolean needed = old.text != null;
        for (int step = 0; step < found.length && !needed; step++) {
            needed = keys[step].text() != null;
        }
        if (!needed) {
            return null;
        }
        return old.text == null ? new @Nullable String[size] : Arrays.copyOf(old.text, size);
    }

    private RevisionEdges movedEdges(int size, int[] moved, int unmoved) {
        int[] parent = Arrays.copyOf(old.parent, size);
        if (moved.length > 0) {
            Arrays.fill(parent, unmoved, size, RevisionNodes.NONE);
            for (int i = 0; i < moved.length; i++) {
                int ancestor = old.parent[unmoved + i];
                parent[moved[i]] = ancestor == RevisionNodes.NONE ? ancestor : moved(moved, unmoved, ancestor);
            }
        } else {
            Arrays.fill(parent, old.size, size, RevisionNodes.NONE);
        }
        int[] extra = old.extra.clone();
        for (int i = 0; i < extra.length; i++) {
            extra[i] = moved(moved, unmoved, extra[i]);
        }
        return new RevisionEdges(parent, extra);
    }

    private static int moved(int[] moved, int unmoved, int index) {
        return index < unmoved ? index : moved[index - unmoved];
    }

    private static void addPath(RevisionEdges edges, int[] at) {
        for (int step = 1; step < at.length; step++) {
            edges.add(at[step], at[step - 1]);
        }
    }
}
