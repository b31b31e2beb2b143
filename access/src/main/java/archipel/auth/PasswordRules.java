package archipel.auth;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * CouchDB's {@code password_regexp}: what a new password must match, as a list in Erlang's notation of regular
 * expressions, or tuples of one and what to say where it does not match. The last text is kept as it was read.
 */
final class PasswordRules {
    private static final Logger LOG = LoggerFactory.getLogger(PasswordRules.class);

    /** Enough for any sane expression; one that takes more would keep a processor busy for a client's password. */
    private static final int STEPS = 10_000_000;

    private volatile Parsed parsed = new Parsed("", List.of(), true);

    /** @throws RequestException 400 for a password that does not match, 403 where the setting cannot be used */
    void check(String setting, String password) {
        Parsed rules = parsed;
        if (!rules.text.equals(setting)) {
            rules = parse(setting);
            parsed = rules;
        }
        if (!rules.usable) {
            throw new RequestException(ErrorCode.PASSWORDS_UNUSABLE);
        }
        for (Rule rule : rules.rules) {
            boolean matches;
            try {
                matches = rule.pattern.matcher(new Stepped(password)).find();
            } catch (StepsExceeded | StackOverflowError tooMuch) {
                LOG.error("password_regexp {} takes too long for a password.", rule.pattern);
                throw new RequestException(ErrorCode.PASSWORDS_UNUSABLE);
            }
            if (!matches) {
                throw rule.reason.isEmpty()
                        ? new RequestException(ErrorCode.PASSWORD_REFUSED)
                        : new RequestException(ErrorCode.PASSWORD_REFUSED_BECAUSE, rule.reason);
            }
        }
    }

    /** Why it cannot be used, so that every new password is refused; null where it can. */
    static @Nullable String fault(String text) {
        try {
            if (!text.isBlank()) {
                new Terms(text).list();
            }
            return null;
        } catch (IllegalArgumentException unusable) {
            return String.valueOf(unusable.getMessage());
        }
    }

    private static Parsed parse(String text) {
        try {
            return new Parsed(text, text.isBlank() ? List.of() : new Terms(text).list(), true);
        } catch (IllegalArgumentException unusable) {
            LOG.error("[chttpd_auth] password_regexp cannot be used ({}): {}", unusable.getMessage(), text);
            return new Parsed(text, List.of(), false);
        }
    }

    private record Parsed(String text, List<Rule> rules, boolean usable) {}

    private record Rule(Pattern pattern, String reason) {}

    /** Reads a list of strings and tuples of strings. */
    private static final class Terms {
        private final String text;
        private int at;

        private Terms(String text) {
            this.text = text;
        }

        List<Rule> list() {
            expect('[');
            List<Rule> rules = new ArrayList<>();
            while (peek() != ']') {
                rules.add(peek() == '{' ? tuple() : rule(string(), ""));
                if (peek() != ']') {
                    expect(',');
                }
            }
            expect(']');
            String rest = text.substring(at).strip();
            if (!rest.isEmpty() && !rest.equals(".")) {
                throw new IllegalArgumentException("text after the list");
            }
            return rules;
        }

        private Rule tuple() {
            expect('{');
            String pattern = string();
            String reason = "";
            if (peek() == ',') {
                expect(',');
                reason = string();
            }
            expect('}');
            return rule(pattern, reason);
        }

        private static Rule rule(String pattern, String reason) {
            try {
                return new Rule(Pattern.compile(pattern), reason);
            } catch (PatternSyntaxException malformed) {
                throw new IllegalArgumentException(malformed.getDescription(), malformed);
            }
        }

        private String string() {
            expect('"');
            StringBuilder string = new StringBuilder();
            while (at < text.length() && text.charAt(at) != '"') {
                char c = text.charAt(at++);
                string.append(c == '\\' && at < text.length() ? unescaped(text.charAt(at++)) : c);
            }
            if (at >= text.length()) {
                throw new IllegalArgumentException("a string without an end");
            }
            at++;
            return string.toString();
        }

        private static char unescaped(char c) {
            return switch (c) {
                case 'd' -> 0x7F;
                case 'n' -> '\n';
                case 'r' -> '\r';
                case 's' -> ' ';
                case 't' -> '\t';
                default -> c;
            };
        }

        private char peek() {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            if (at >= text.length()) {
                throw new IllegalArgumentException("it ends too early");
            }
            return text.charAt(at);
        }

        private void expect(char c) {
            if (peek() != c) {
                throw new IllegalArgumentException(c + " expected");
            }
            at++;
        }
    }

    /** A text that can be looked at so many times only. */
    private static final class Stepped implements CharSequence {
        private final String text;
        private int steps;

        private Stepped(String text) {
            this.text = text;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (++steps > STEPS) {
                throw new StepsExceeded();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private static final class StepsExceeded extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
