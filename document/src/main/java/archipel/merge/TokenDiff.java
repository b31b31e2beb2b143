package archipel.merge;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which runs of a list of tokens another list replaces.
 *
 * <p>Algorithm: E. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), the greedy form, between the
 * common beginning and the common end. Where the two differ in more than {@value #MOST_EDITS} tokens, all between
 * counts as one replaced run: a difference need not be the smallest, it only has to be the same on every node. That
 * bounds the time by the tokens times that number, and the memory by its square.
 */
final class TokenDiff {
    static final int MOST_EDITS = 1_000;

    private final int[] from;
    private final int[] to;
    private final int begin;
    private final int fromEnd;
    private final int toEnd;

    private TokenDiff(int[] from, int[] to) {
        this.from = from;
        this.to = to;
        int prefix = 0;
        while (prefix < from.length && prefix < to.length && from[prefix] == to[prefix]) {
            prefix++;
        }
        int suffix = 0;
        while (suffix < from.length - prefix
                && suffix < to.length - prefix
                && from[from.length - 1 - suffix] == to[to.length - 1 - suffix]) {
            suffix++;
        }
        begin = prefix;
        fromEnd = from.length - suffix;
        toEnd = to.length - suffix;
    }

    /** What {@code to} replaces of {@code from}: runs in ascending order, at least one token between two of them. */
    static List<Hunk> hunks(List<String> from, List<String> to) {
        Map<String, Integer> numbers = new HashMap<>();
        return new TokenDiff(numbered(from, numbers), numbered(to, numbers)).hunks();
    }

    private static int[] numbered(List<String> tokens, Map<String, Integer> numbers) {
        int[] numbered = new int[tokens.size()];
        for (int i = 0; i < numbered.length; i++) {
            numbered[i] = numbers.computeIfAbsent(tokens.get(i), _ -> numbers.size());
        }
        return numbered;
    }

    private List<Hunk> hunks() {
        if (begin == fromEnd && begin == toEnd) {
            return List.of();
        }
        int[] matched = matches();
        List<Hunk> hunks = new ArrayList<>();
        int lastFrom = begin;
        int lastTo = begin;
        for (int i = begin; i <= fromEnd; i++) {
            int partner = i == fromEnd ? toEnd : matched[i - begin];
            if (partner < 0) {
                continue;
            }
            if (i > lastFrom || partner > lastTo) {
                hunks.add(new Hunk(lastFrom, i, lastTo, partner));
            }
            lastFrom = i + 1;
            lastTo = partner + 1;
        }
        return hunks;
    }

    /** For each token between the common ends its partner, or -1. */
    private int[] matches() {
        int height = fromEnd - begin;
        int width = toEnd - begin;
        int[] matched = new int[height];
        Arrays.fill(matched, -1);
        if (height == 0 || width == 0) {
            return matched;
        }
        int bound = Math.min(MOST_EDITS, height + width);
        // By diagonal (x - y), how far it was followed; a copy for each number of edits, to find the way back.
        int[] reach = new int[2 * bound + 3];
        List<int[]> trace = new ArrayList<>();
        for (int edits = 0; edits <= bound; edits++) {
            trace.add(Arrays.copyOfRange(reach, bound + 1 - edits, bound + 2 + edits));
            for (int diagonal = -edits; diagonal <= edits; diagonal += 2) {
                int at = bound + 1 + diagonal;
                boolean down = diagonal == -edits || diagonal != edits && reach[at - 1] < reach[at + 1];
                int x = edits == 0 ? 0 : down ? reach[at + 1] : reach[at - 1] + 1;
                int y = x - diagonal;
                while (x < height && y >= 0 && y < width && from[begin + x] == to[begin + y]) {
                    x++;
                    y++;
                }
                reach[at] = x;
                if (x == height && y == width) {
                    back(trace, height, width, matched);
                    return matched;
                }
            }
        }
        return matched;
    }

    private void back(List<int[]> trace, int height, int width, int[] matched) {
        int x = height;
        int y = width;
        for (int edits = trace.size() - 1; edits >= 0; edits--) {
            int beforeX = 0;
            int beforeY = 0;
            if (edits > 0) {
                // As it was before this round: entries for the diagonals from -edits to edits.
                int[] reach = trace.get(edits);
                int diagonal = x - y;
                int at = diagonal + edits;
                boolean down = diagonal == -edits || diagonal != edits && reach[at - 1] < reach[at + 1];
                int before = down ? diagonal + 1 : diagonal - 1;
                beforeX = reach[before + edits];
                beforeY = beforeX - before;
            }
            while (x > beforeX && y > beforeY) {
                x--;
                y--;
                matched[x] = begin + y;
            }
            x = beforeX;
            y = beforeY;
        }
    }

    /**
     * The tokens from {@code from} to {@code to} are replaced by those from {@code otherFrom} to {@code otherTo} of the
     * other list.
     */
    record Hunk(int from, int to, int otherFrom, int otherTo) {}
}
