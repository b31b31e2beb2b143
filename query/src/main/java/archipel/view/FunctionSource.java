package archipel.view;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The source of one function of a design document as the engine gets it. CouchDB takes an anonymous function statement,
 * {@code function(doc){…}}, which ECMAScript does not have; and code that catches what it throws has to be made
 * stoppable.
 */
final class FunctionSource {
    /**
     * A toll to be paid at the start of every block that runs after an error, and of every asynchronous function. The
     * engine looks whether a call should end only at the end of a turn of a loop and where a function returns normally,
     * and not near the end of the stack. Code that catches stack overflows does neither, for 2^depth calls: {@code
     * function f() { try { return f() } catch (e) { return f() } }}. Once the toll cannot be paid any more, every such
     * block throws at once, which unwinds the stack.
     */
    private static final String TOLL = "$archipel";

    private final String text;
    private final ScriptTokens tokens;
    private final String script;
    private final DocumentUse use;

    /** @throws ScriptException COMPILATION where it cannot be read well enough to be stopped */
    FunctionSource(String text) {
        this.text = text;
        this.tokens = new ScriptTokens(stoppable(text));
        this.script = normalised();
        this.use = tokens.areCertain() ? DocumentUse.of(tokens) : DocumentUse.UNKNOWN;
    }

    /** As it stands in the design document. */
    String text() {
        return text;
    }

    /** A script whose completion value is the function. */
    String script() {
        return script;
    }

    /** The top-level members of its document that it can see; null when that may be all. */
    @Nullable
    Set<String> members() {
        return use.members();
    }

    /** False when nothing in it can change a document. */
    boolean mayMutate() {
        return use.mayMutate();
    }

    boolean requires() {
        return use.requires();
    }

    /** Whether there may be a place in it where the toll is due. */
    static boolean mayOweToll(String text) {
        return text.contains("catch") || text.contains("finally") || text.contains("async");
    }

    /** The same code, which pays the toll. */
    static String stoppable(String source) {
        ScriptTokens tokens = new ScriptTokens(source);
        if (!tokens.areComplete() && mayOweToll(source)) {
            throw unreadable(source, "it is unfinished");
        }
        StringBuilder out = new StringBuilder();
        int copied = 0;
        for (int i = 0; i < tokens.count(); i++) {
            ScriptToken token = tokens.at(i);
            if (token.isWord() && (token.is(TOLL) || token.text.indexOf('\\') >= 0)) {
                throw unreadable(source, "reserved name " + token.text);
            }
            int brace = tollBrace(tokens, i);
            if (brace >= 0 && tokens.at(brace).is("{")) {
                int end = tokens.at(brace).end;
                out.append(source, copied, end).append(TOLL).append("();");
                copied = end;
            }
        }
        return copied == 0
                ? source
                : out.append(source, copied, source.length()).toString();
    }

    /** Where the block of the word at i begins, if one in which the toll is due does; -1 for none. */
    private static int tollBrace(ScriptTokens tokens, int i) {
        ScriptToken token = tokens.at(i);
        ScriptToken next = tokens.at(i + 1);
        if (!token.isWord() || tokens.at(i - 1).isDot()) {
            return -1;
        }
        return switch (token.text) {
            case "finally" -> i + 1;
            case "catch" -> next.is("(") && next.match > i ? next.match + 1 : i + 1;
            case "async" -> asyncBody(tokens, i);
            default -> -1;
        };
    }

    /** Where the body of the asynchronous function begins whose word {@code async} may be at i; -1 for none. */
    private static int asyncBody(ScriptTokens tokens, int i) {
        int p = i + 1;
        if (tokens.at(p).is("function")) {
            p++;
        }
        if (tokens.at(p).is("*")) {
            p++;
        }
        if (!tokens.at(p).is("(")) {
            // The name of a function, of a method or of an arrow's one parameter.
            p = tokens.at(p).match > p ? tokens.at(p).match + 1 : p + 1;
        }
        if (tokens.at(p).is("(") && tokens.at(p).match > p) {
            p = tokens.at(p).match + 1;
        }
        if (tokens.at(p).is("=>")) {
            p++;
            if (!tokens.at(p).is("{")) {
                throw unreadable(tokens.source(), "an async arrow function needs a body in braces");
            }
        }
        return p;
    }

    private static ScriptException unreadable(String source, String why) {
        return new ScriptException(ScriptException.Kind.COMPILATION, "SyntaxError: " + why + " (" + source + ")");
    }

    private String normalised() {
        String source = tokens.source();
        int last = tokens.count() - 1;
        while (last >= 0 && tokens.at(last).is(";")) {
            last--;
        }
        if (last < 0 || !tokens.areComplete()) {
            // The engine says best what is wrong with it.
            return source;
        }
        int function = tokens.at(0).is("async") && tokens.at(1).is("function") ? 1 : 0;
        if (tokens.at(function).is("function") && bodyEnd(tokens, function) == last) {
            // The usual case: one function, named or not.
            return "(" + source.substring(0, tokens.at(last).end) + "\n)";
        }
        for (int i = last; i >= 0; i--) {
            if (isUnnamedStatement(i)) {
                return withResult(source, i);
            }
        }
        // An expression, such as an arrow function, or statements that end in one.
        return source;
    }

    private boolean isUnnamedStatement(int i) {
        if (tokens.at(i).depth != 0 || !tokens.at(i).is("function")) {
            return false;
        }
        ScriptToken before = tokens.at(begin(i) - 1);
        boolean statement = before == ScriptToken.NONE || before.is(";") || before.is("}");
        boolean unnamed = tokens.at(i + 1).is("(")
                || tokens.at(i + 1).is("*") && tokens.at(i + 2).is("(");
        return statement && unnamed && bodyEnd(tokens, i) >= 0;
    }

    /** Statements, among them a nameless function: in a function of their own, so that names are theirs alone. */
    private String withResult(String source, int i) {
        int from = tokens.at(begin(i)).start;
        int to = tokens.at(bodyEnd(tokens, i)).end;
        return "(function () {" + source.substring(0, from) + "return (" + source.substring(from, to) + ");"
                + source.substring(to) + "\n})()";
    }

    private int begin(int i) {
        return tokens.at(i - 1).is("async") ? i - 1 : i;
    }

    /** The number of the brace that ends the function whose word {@code function} is at i; -1 for none. */
    static int bodyEnd(ScriptTokens tokens, int i) {
        int p = i + 1;
        if (tokens.at(p).is("*")) {
            p++;
        }
        if (tokens.at(p).isWord()) {
            p++;
        }
        if (!tokens.at(p).is("(") || tokens.at(p).match < 0) {
            return -1;
        }
        p = tokens.at(p).match + 1;
        return tokens.at(p).is("{") ? tokens.at(p).match : -1;
    }
}
