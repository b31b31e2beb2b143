package archipel.view;

import archipel.view.ScriptToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The tokens of a JavaScript source, brackets matched. Where a slash may begin a pattern or a division only a parser
 * could tell everywhere; what this reader is not sure of it says.
 */
final class ScriptTokens {
    private static final Set<String> PATTERN_AFTER = Set.of(
            "return",
            "typeof",
            "case",
            "in",
            "of",
            "delete",
            "void",
            "instanceof",
            "new",
            "throw",
            "do",
            "else",
            "yield",
            "await");
    private static final Set<String> CONDITIONS = Set.of("if", "while", "for", "with");
    private static final String[] PUNCTUATORS = {
        ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=", ">=",
        "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**"
    };

    private final String source;
    private final List<ScriptToken> tokens = new ArrayList<>();
    /** Numbers of the tokens "(" that are open. */
    private final List<Integer> parentheses = new ArrayList<>();
    /** How many braces were open at each open "${". */
    private final List<Integer> holes = new ArrayList<>();

    private int position;
    private int braces;
    /** The last ")" closed the condition of a statement. */
    private boolean conditionClosed;

    private boolean certain = true;
    private boolean complete;

    ScriptTokens(String source) {
        this.source = source;
        try {
            while (position < source.length()) {
                token();
            }
            certain &= holes.isEmpty();
            matchBrackets();
            complete = true;
        } catch (IndexOutOfBoundsException unfinished) {
            certain = false;
        }
    }

    String source() {
        return source;
    }

    /** Whether the tokens are surely those that the engine sees. */
    boolean areCertain() {
        return certain;
    }

    /** False where the source ended in the middle of something; then only the first tokens are here. */
    boolean areComplete() {
        return complete;
    }

    int count() {
        return tokens.size();
    }

    ScriptToken at(int index) {
        return index >= 0 && index < tokens.size() ? tokens.get(index) : ScriptToken.NONE;
    }

    private void token() {
        char c = source.charAt(position);
        if (c <= ' ' || c == 0xa0 || c == 0xfeff || isSeparator(c)) {
            position++;
        } else if (comment()) {
            return;
        } else if (c == '#' || c == '@') {
            // The name that follows is a word.
            position++;
        } else if (Character.isJavaIdentifierStart(c) || c == '\\') {
            word();
        } else if (isDigit(c) || c == '.' && Character.isDigit(peek(1))) {
            number();
        } else if (c == '"' || c == '\'') {
            int end = position + 1;
            while (source.charAt(end) != c) {
                end += source.charAt(end) == '\\' ? 2 : 1;
            }
            add(Kind.STRING, end + 1);
        } else if (c == '`' || c == '}' && !holes.isEmpty() && holes.getLast() == braces) {
            template(c);
        } else if (c == '/' && patternMayBegin()) {
            pattern();
        } else {
            punctuator(c);
        }
    }

    private boolean comment() {
        if (source.startsWith("/*", position)) {
            int end = source.indexOf("*/", position + 2);
            if (end < 0) {
                throw unfinished();
            }
            position = end + 2;
            return true;
        }
        boolean line = source.startsWith("//", position)
                || source.startsWith("<!--", position)
                || source.startsWith("-->", position) && startsLine();
        while (line && position < source.length() && !isLineEnd(source.charAt(position))) {
            position++;
        }
        return line;
    }

    /** Only white space and comments stand before it in its line. */
    private boolean startsLine() {
        return tokens.isEmpty()
                || source.indexOf('\n', tokens.getLast().end) >= 0
                        && source.indexOf('\n', tokens.getLast().end) < position;
    }

    private void word() {
        int end = position;
        while (end < source.length()
                && (Character.isJavaIdentifierPart(source.charAt(end)) || source.charAt(end) == '\\')) {
            // An escaped letter: what the word says is not what stands here.
            certain &= source.charAt(end) != '\\';
            end++;
        }
        add(Kind.WORD, end);
    }

    private void number() {
        boolean hexadecimal = source.startsWith("0x", position) || source.startsWith("0X", position);
        int end = position + 1;
        while (end < source.length()) {
            char c = source.charAt(end);
            char before = source.charAt(end - 1);
            boolean sign = (c == '+' || c == '-') && (before == 'e' || before == 'E') && !hexadecimal;
            if (!Character.isLetterOrDigit(c) && c != '.' && c != '_' && !sign) {
                break;
            }
            end++;
        }
        add(Kind.NUMBER, end);
    }

    private void template(char first) {
        if (first == '}') {
            holes.removeLast();
        }
        int end = position + 1;
        while (source.charAt(end) != '`' && !source.startsWith("${", end)) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        boolean hole = source.charAt(end) == '$';
        add(Kind.TEMPLATE, end + (hole ? 2 : 1));
        if (hole) {
            holes.add(braces);
        }
    }

    private boolean patternMayBegin() {
        if (tokens.isEmpty()) {
            return true;
        }
        ScriptToken last = tokens.getLast();
        return switch (last.kind) {
            case WORD ->
                PATTERN_AFTER.contains(last.text) && !at(tokens.size() - 2).isDot();
            case NUMBER, STRING, REGEX -> false;
            case TEMPLATE -> last.text.endsWith("${");
            case PUNCTUATION -> {
                if (last.is("}")) {
                    // After a block it is a pattern, after an object a division.
                    certain = false;
                    yield true;
                }
                yield last.is(")") ? conditionClosed : !last.is("]") && !last.is("++") && !last.is("--");
            }
        };
    }

    private void pattern() {
        int end = position + 1;
        boolean set = false;
        while (source.charAt(end) != '/' || set) {
            char c = source.charAt(end);
            if (c == '\n') {
                throw unfinished();
            }
            set = c == '[' || set && c != ']';
            end += c == '\\' ? 2 : 1;
        }
        end++;
        while (end < source.length() && Character.isJavaIdentifierPart(source.charAt(end))) {
            end++;
        }
        add(Kind.REGEX, end);
    }

    private void punctuator(char c) {
        int length = 1;
        for (String punctuator : PUNCTUATORS) {
            if (source.startsWith(punctuator, position)) {
                length = punctuator.length();
                break;
            }
        }
        if (length == 2 && source.startsWith("?.", position) && Character.isDigit(peek(2))) {
            length = 1;
        }
        switch (c) {
            case '(' -> parentheses.add(tokens.size());
            case ')' -> {
                if (!parentheses.isEmpty()) {
                    ScriptToken before = at(parentheses.removeLast() - 1);
                    conditionClosed = before.isWord() && CONDITIONS.contains(before.text);
                }
            }
            case '{' -> braces++;
            case '}' -> braces--;
            default -> {}
        }
        add(Kind.PUNCTUATION, position + length);
    }

    private void matchBrackets() {
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < tokens.size(); i++) {
            ScriptToken token = tokens.get(i);
            token.depth = open.size();
            if (token.kind == Kind.TEMPLATE) {
                if (token.text.charAt(0) == '}') {
                    if (tokens.get(open.removeLast()).kind != Kind.TEMPLATE) {
                        throw unfinished();
                    }
                    token.depth = open.size();
                }
                if (token.text.endsWith("${")) {
                    open.add(i);
                }
            } else if (token.is("(") || token.is("[") || token.is("{")) {
                open.add(i);
            } else if (token.is(")") || token.is("]") || token.is("}")) {
                if (open.isEmpty()) {
                    throw unfinished();
                }
                int partner = open.removeLast();
                ScriptToken from = tokens.get(partner);
                if (from.kind == Kind.TEMPLATE || "([{".indexOf(from.text) != ")]}".indexOf(token.text)) {
                    throw unfinished();
                }
                from.match = i;
                token.match = partner;
                token.depth = open.size();
            }
        }
        if (!open.isEmpty()) {
            throw unfinished();
        }
    }

    private void add(Kind kind, int end) {
        tokens.add(new ScriptToken(kind, position, end, source.substring(position, end)));
        position = end;
    }

    private char peek(int offset) {
        return position + offset < source.length() ? source.charAt(position + offset) : ' ';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLineEnd(char c) {
        return c == '\n' || c == '\r' || isSeparator(c);
    }

    private static boolean isSeparator(char c) {
        return c == 0x2028 || c == 0x2029;
    }

    // What reading on past the source's end throws anyway.
    private static IndexOutOfBoundsException unfinished() {
        return new IndexOutOfBoundsException("the source is unfinished");
    }
}
