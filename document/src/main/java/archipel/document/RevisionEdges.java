package archipel.document;

import java.util.Arrays;

/** Collects edges from children to parents, in any order, into the form that {@link RevisionNodes} keeps. */
final class RevisionEdges {
    private final int[] parent;

    /** Lesser parents as {@code child << 32 | parent}; in order and each once only after {@link #extra}. */
    private long[] lesser;

    private int lesserCount;

    /** @param size how many nodes there are; none has a parent yet */
    RevisionEdges(int size) {
        parent = new int[size];
        Arrays.fill(parent, RevisionNodes.NONE);
        lesser = new long[0];
    }

    /**
     * Begins with edges that are in form already.
     *
     * @param parent becomes this object's own
     */
    RevisionEdges(int[] parent, int[] extra) {
        this.parent = parent;
        lesser = new long[extra.length / 2];
        lesserCount = lesser.length;
        for (int i = 0; i < lesserCount; i++) {
            lesser[i] = pair(extra[2 * i], extra[2 * i + 1]);
        }
    }

    /** Adds an edge, which may be there already. */
    void add(int child, int ancestor) {
        int first = parent[child];
        parent[child] = Math.max(first, ancestor);
        if (first != RevisionNodes.NONE && first != ancestor) {
            if (lesserCount == lesser.length) {
                lesser = Arrays.copyOf(lesser, Math.max(4, lesserCount * 2));
            }
            lesser[lesserCount++] = pair(child, Math.min(first, ancestor));
        }
    }

    int[] parent() {
        return parent;
    }

    /** Pairs of child and lesser parent, ascending. */
    int[] extra() {
        if (lesserCount == 0) {
            return RevisionNodes.NO_EXTRA;
        }
        Arrays.sort(lesser, 0, lesserCount);
        int[] extra = new int[2 * lesserCount];
        int kept = 0;
        for (int i = 0; i < lesserCount; i++) {
            if (i == 0 || lesser[i] != lesser[i - 1]) {
                extra[kept++] = (int) (lesser[i] >>> 32);
                extra[kept++] = (int) lesser[i];
            }
        }
        return Arrays.copyOf(extra, kept);
    }

    private static long pair(int child, int ancestor) {
        return (long) child << 32 | ancestor;
    }
}
