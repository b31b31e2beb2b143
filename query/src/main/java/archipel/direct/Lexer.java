package archipel.direct;

import archipel.direct.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a source into tokens. Where ECMAScript has more than this package knows (patterns, templates, escapes in names,
 * numbers in other forms) it gives up; a slash always is a division, which a parser that expects an operand will not
 * take.
 */
final class Lexer {
    /** The longest first. All there are, so that none is taken for two others. */
    private static final String[] PUNCTUATORS = {
        ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=", ">=",
        "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**", "{", "}",
        "(", ")", "[", "]", ";", ",", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "!", "~", "?", ":", "=", "."
    };

    private static final String ESCAPES = "bfnrtv'\"\\/";
    private static final String ESCAPED = "\b\f\n\r\t\u000b'\"\\/";
    private static final int MOST_CHARACTERS = 20_000;

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private Lexer(String source) {
        this.source = source;
    }

    /** The last one is the end. @throws NotDirectException where it meets what it does not know */
    static List<Token> tokens(String source) {
        if (source.length() > MOST_CHARACTERS) {
            throw new NotDirectException("a long source");
        }
        Lexer lexer = new Lexer(source);
        while (lexer.token()) {
            // Until the end.
        }
        return lexer.tokens;
    }

    private boolean token() {
        boolean lineEnd = space();
        if (at == source.length()) {
            tokens.add(new Token(Kind.END, "", 0, lineEnd));
            return false;
        }
        char c = source.charAt(at);
        int from = at;
        if (isNameStart(c)) {
            while (at < source.length() && (isNameStart(source.charAt(at)) || isDigit(source.charAt(at)))) {
                at++;
            }
            tokens.add(new Token(Kind.NAME, source.substring(from, at), 0, lineEnd));
        } else if (isDigit(c) || c == '.' && isDigit(peek(1))) {
            tokens.add(new Token(Kind.NUMBER, "", number(), lineEnd));
        } else if (c == '"' || c == '\'') {
            tokens.add(new Token(Kind.STRING, string(c), 0, lineEnd));
        } else {
            tokens.add(new Token(Kind.PUNCTUATOR, punctuator(), 0, lineEnd));
        }
        return true;
    }

    /** Whether a line ended in it. */
    private boolean space() {
        boolean lineEnd = false;
        while (at < source.length()) {
            char c = source.charAt(at);
            if (c == '\n' || c == '\r') {
                lineEnd = true;
                at++;
            } else if (c == ' ' || c == '\t') {
                at++;
            } else if (source.startsWith("//", at)) {
                while (at < source.length() && source.charAt(at) != '\n' && source.charAt(at) != '\r') {
                    requireKnown(source.charAt(at));
                    at++;
                }
            } else if (source.startsWith("/*", at)) {
                int end = source.indexOf("*/", at + 2);
                if (end < 0) {
                    throw unknown();
                }
                for (; at < end + 2; at++) {
                    requireKnown(source.charAt(at));
                    lineEnd |= source.charAt(at) == '\n' || source.charAt(at) == '\r';
                }
            } else {
                break;
            }
        }
        return lineEnd;
    }

    // Two of Unicode's characters end lines.
    private static void requireKnown(char c) {
        if (c == '\u2028' || c == '\u2029') {
            throw unknown();
        }
    }

    private double number() {
        int from = at;
        digits();
        if (source.charAt(from) == '0' && at > from + 1) {
            // An octal number, or one that looks like it.
            throw unknown();
        }
        if (peek(0) == '.') {
            at++;
            digits();
        }
        if (peek(0) == 'e' || peek(0) == 'E') {
            at += peek(1) == '+' || peek(1) == '-' ? 2 : 1;
            int exponent = at;
            digits();
            if (at == exponent) {
                throw unknown();
            }
        }
        if (isNameStart(peek(0)) || isDigit(peek(0))) {
            throw unknown();
        }
        return Double.parseDouble(source.substring(from, at));
    }

    private void digits() {
        while (isDigit(peek(0))) {
            at++;
        }
    }

    private String string(char quote) {
        StringBuilder text = new StringBuilder();
        at++;
        while (at < source.length()) {
            char c = source.charAt(at++);
            if (c == quote) {
                return text.toString();
            }
            if (c == '\n' || c == '\r') {
                break;
            }
            requireKnown(c);
            text.append(c == '\\' ? escape() : c);
        }
        throw unknown();
    }

    private char escape() {
        char c = peek(0);
        at++;
        if (c == 'u' || c == 'x') {
            int length = c == 'u' ? 4 : 2;
            if (at + length > source.length()) {
                throw unknown();
            }
            String digits = source.substring(at, at + length);
            if (!digits.chars().allMatch(digit -> Character.digit(digit, 16) >= 0 && digit < 128)) {
                throw unknown();
            }
            at += length;
            return (char) Integer.parseInt(digits, 16);
        }
        int known = ESCAPES.indexOf(c);
        if (known < 0) {
            throw unknown();
        }
        return ESCAPED.charAt(known);
    }

    private String punctuator() {
        if (source.startsWith("<!--", at) || source.startsWith("-->", at)) {
            // Comments, of web pages.
            throw unknown();
        }
        for (String punctuator : PUNCTUATORS) {
            if (source.startsWith(punctuator, at)) {
                at += punctuator.length();
                return punctuator;
            }
        }
        throw unknown();
    }

    /** A space past the end. */
    private char peek(int offset) {
        return at + offset < source.length() ? source.charAt(at + offset) : ' ';
    }

    private static boolean isNameStart(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static NotDirectException unknown() {
        return new NotDirectException("a token");
    }
}
