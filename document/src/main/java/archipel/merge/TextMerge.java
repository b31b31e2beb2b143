package archipel.merge;

import archipel.merge.TokenDiff.Hunk;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Three-way merge of texts.
 *
 * <p>Algorithm: diff3 (S. Khanna, K. Kunal, B. Pierce, "A Formal Investigation of Diff3", 2007), first by paragraph;
 * what both changed is merged by line, and what both changed of that by word. Runs that touch count as changed by both,
 * since nothing says which comes first; so two insertions in one place do not merge, unless they are the same. The
 * differences to the ancestor are found for each side by itself, so the result does not depend on which side is which.
 */
final class TextMerge {
    private enum Grain {
        PARAGRAPH,
        LINE,
        WORD
    }

    private final List<String> base;
    private final Side left;
    private final Side right;
    private final Grain grain;

    private TextMerge(String base, String left, String right, Grain grain) {
        this.base = tokens(base, grain);
        this.left = new Side(tokens(left, grain));
        this.right = new Side(tokens(right, grain));
        this.grain = grain;
    }

    /** Null where both changed the same words differently. */
    static @Nullable String merge(String base, String left, String right) {
        return merge(base, left, right, 0);
    }

    private static @Nullable String merge(String base, String left, String right, int grain) {
        if (left.equals(right) || right.equals(base)) {
            return left;
        }
        if (left.equals(base)) {
            return right;
        }
        return grain == Grain.values().length ? null : new TextMerge(base, left, right, Grain.values()[grain]).merge();
    }

    private @Nullable String merge() {
        StringBuilder merged = new StringBuilder();
        int at = 0;
        while (left.hasMore() || right.hasMore()) {
            int from = Math.min(left.next(), right.next());
            append(merged, base, at, from);
            int leftFirst = left.at;
            int rightFirst = right.at;
            int to = from;
            int before;
            do {
                before = left.at + right.at;
                to = right.takeUpTo(left.takeUpTo(to));
            } while (left.at + right.at > before);
            if (right.at == rightFirst) {
                merged.append(left.text(leftFirst, from, to));
            } else if (left.at == leftFirst) {
                merged.append(right.text(rightFirst, from, to));
            } else {
                String both = merge(
                        append(new StringBuilder(), base, from, to).toString(),
                        left.text(leftFirst, from, to),
                        right.text(rightFirst, from, to),
                        grain.ordinal() + 1);
                if (both == null) {
                    return null;
                }
                merged.append(both);
            }
            at = to;
        }
        return append(merged, base, at, base.size()).toString();
    }

    private static StringBuilder append(StringBuilder text, List<String> tokens, int from, int to) {
        for (int i = from; i < to; i++) {
            text.append(tokens.get(i));
        }
        return text;
    }

    /** All of the text in pieces: those that count as changed or not, and what stands between them. */
    private static List<String> tokens(String text, Grain grain) {
        List<String> tokens = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int end = switch (grain) {
                case PARAGRAPH -> paragraph(text, at);
                case LINE -> line(text, at);
                case WORD -> word(text, at);
            };
            tokens.add(text.substring(at, end));
            at = end;
        }
        return tokens;
    }

    // Empty lines in a row are a token of their own.
    private static int paragraph(String text, int start) {
        boolean gap = text.charAt(start) == '\n';
        int at = start;
        while (at < text.length()) {
            int end = line(text, at);
            if ((text.charAt(at) == '\n') != gap) {
                return at;
            }
            at = end;
        }
        return at;
    }

    private static int line(String text, int start) {
        int end = text.indexOf('\n', start);
        return end < 0 ? text.length() : end + 1;
    }

    private static int word(String text, int start) {
        int first = text.codePointAt(start);
        int at = start + Character.charCount(first);
        boolean letters = Character.isLetterOrDigit(first);
        boolean space = first == ' ' || first == '\t';
        while (at < text.length() && (letters || space)) {
            int next = text.codePointAt(at);
            if (letters ? !Character.isLetterOrDigit(next) : next != ' ' && next != '\t') {
                break;
            }
            at += Character.charCount(next);
        }
        return at;
    }

    /** One side's changes, taken in order. */
    private final class Side {
        private final List<String> tokens;
        private final List<Hunk> hunks;
        private int at;

        Side(List<String> tokens) {
            this.tokens = tokens;
            this.hunks = TokenDiff.hunks(base, tokens);
        }

        boolean hasMore() {
            return at < hunks.size();
        }

        /** Where the next change begins in the base. */
        int next() {
            return hasMore() ? hunks.get(at).from() : Integer.MAX_VALUE;
        }

        /** Takes the changes that begin no later than there; answers where what was taken ends, or {@code end}. */
        int takeUpTo(int end) {
            int to = end;
            while (hasMore() && hunks.get(at).from() <= to) {
                to = Math.max(to, hunks.get(at++).to());
            }
            return to;
        }

        /** What this side has for a run of the base, in which lie its changes from {@code first} to the last taken. */
        String text(int first, int from, int to) {
            StringBuilder text = new StringBuilder();
            int done = from;
            for (Hunk hunk : hunks.subList(first, at)) {
                append(text, base, done, hunk.from());
                append(text, tokens, hunk.otherFrom(), hunk.otherTo());
                done = hunk.to();
            }
            return append(text, base, done, to).toString();
        }
    }
}
