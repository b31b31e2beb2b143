package archipel.mango;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A regular expression that cannot take long, whoever wrote it. CouchDB uses PCRE, which backtracks, with a limit past
 * which nothing matches; this is RE2's syntax and its automaton, whose time is the text's length times the expression's
 * size. Both are bounded here, the size when compiling. Back-references and look-around are not regular: they do not
 * compile. Text is characters, not bytes; a match may be anywhere in it.
 */
final class RegularExpression {
    /** The largest expression, in states of the automaton, about. Counted repetitions multiply. */
    private static final long STATES = 5_000;

    private static final int CHARACTERS = 5_000;
    private static final int NESTING = 200;

    /** States times characters, past which a text does not match; well under a second. */
    private static final long STEPS = 5_000_000;

    private final Pattern pattern;

    private RegularExpression(Pattern pattern) {
        this.pattern = pattern;
    }

    /** Null for what is no expression, or too large a one. */
    static @Nullable RegularExpression compile(String text) {
        if (!isBounded(text)) {
            return null;
        }
        try {
            return new RegularExpression(Pattern.compile(text));
        } catch (PatternSyntaxException e) {
            return null;
        }
    }

    boolean isFoundIn(String text) {
        return (long) states() * text.length() <= STEPS && pattern.matcher(text).find();
    }

    int states() {
        return pattern.programSize();
    }

    /**
     * Whether an expression is small enough to be compiled, judged by about how many states it will have. The compiler
     * copies what is repeated a counted number of times, so a short text can ask for billions. What is not well formed
     * may pass: the compiler refuses it.
     */
    private static boolean isBounded(String text) {
        if (text.length() > CHARACTERS) {
            return false;
        }
        // For each open group what came before it; then what is in this group, and its last item, which may be
        // repeated.
        Deque<Long> outer = new ArrayDeque<>();
        long all = 1;
        long last = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int nothing = nothingEnd(text, i);
            int repetition = repetitionEnd(text, i);
            if (nothing >= 0) {
                // A repetition behind it is one of the item before it.
                i = nothing;
            } else if (repetition >= 0) {
                last = last * Math.max(1, repetitions(text, i)) + 1;
                i = repetition;
            } else if (c == '*' || c == '+' || c == '?') {
                last++;
            } else if (c == '(') {
                outer.push(all + last);
                all = 2;
                last = 0;
            } else if (c == ')' && !outer.isEmpty()) {
                last += all;
                all = outer.pop();
            } else {
                int end = itemEnd(text, i);
                all += last + 2L * (end - i);
                last = 2;
                i = end;
            }
            if (all + last > STATES || outer.size() > NESTING) {
                return false;
            }
        }
        return outer.stream().mapToLong(Long::longValue).sum() + all + last <= STATES;
    }

    /** The last character of what is no item: flags, such as {@code (?i)}, or an empty quote; -1 where it is one. */
    private static int nothingEnd(String text, int start) {
        if (text.startsWith("\\Q\\E", start)) {
            return start + 3;
        }
        if (!text.startsWith("(?", start)) {
            return -1;
        }
        int end = start + 2;
        while (end < text.length() && (Character.isLetter(text.charAt(end)) || text.charAt(end) == '-')) {
            end++;
        }
        return text.startsWith(")", end) ? end : -1;
    }

    /** The last character of {@code {n}}, {@code {n,}} or {@code {n,m}}; -1 for others, which are text. */
    private static int repetitionEnd(String text, int open) {
        if (!text.startsWith("{", open)) {
            return -1;
        }
        int end = digitsEnd(text, open + 1);
        if (end == open + 1) {
            return -1;
        }
        end = text.startsWith(",", end) ? digitsEnd(text, end + 1) : end;
        return text.startsWith("}", end) ? end : -1;
    }

    private static int digitsEnd(String text, int start) {
        int end = start;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        return end;
    }

    /** The last character of a literal, an escape or a class. */
    private static int itemEnd(String text, int start) {
        if (text.charAt(start) == '[') {
            return classEnd(text, start);
        } else if (text.charAt(start) != '\\' || start + 1 == text.length()) {
            return start;
        }
        char escape = text.charAt(start + 1);
        if (escape == 'Q') {
            int end = text.indexOf("\\E", start + 2);
            return end < 0 ? text.length() - 1 : end + 1;
        }
        if ((escape == 'p' || escape == 'P' || escape == 'x') && text.startsWith("{", start + 2)) {
            int end = text.indexOf('}', start + 3);
            return end < 0 ? text.length() - 1 : end;
        }
        return start + 1;
    }

    private static int classEnd(String text, int open) {
        int i = text.startsWith("^", open + 1) ? open + 2 : open + 1;
        // A bracket right at the beginning stands for itself.
        int first = i;
        while (i < text.length() && (text.charAt(i) != ']' || i == first)) {
            int named = text.startsWith("[:", i) ? text.indexOf(":]", i + 2) : -1;
            i = named >= 0 ? named + 2 : text.charAt(i) == '\\' ? i + 2 : i + 1;
        }
        return Math.min(i, text.length() - 1);
    }

    /** The greatest number in a repetition. */
    private static long repetitions(String text, int open) {
        long most = 0;
        long number = 0;
        for (int i = open + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                number = Math.min(STATES, number * 10 + c - '0');
                most = Math.max(most, number);
            } else if (c == ',') {
                number = 0;
            } else {
                break;
            }
        }
        return most;
    }
}
