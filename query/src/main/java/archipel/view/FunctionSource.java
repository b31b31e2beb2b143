package archipel.view;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The source of one function of a design document as the engine gets it. CouchDB takes an anonymous function statement,
 * {@code function(doc){…}}, which ECMAScript does not have.
 */
final class FunctionSource {
    /** With which a function reaches its design document, or the global object itself. */
    private static final Set<String> OUTWARD = Set.of("this", "globalThis", "require", "eval", "import");

    private final String text;
    private final String script;
    private final DocumentUse use;
    private final boolean standsAlone;

    FunctionSource(String text) {
        this.text = text;
        ScriptTokens tokens = new ScriptTokens(text);
        this.script = normalised(tokens);
        this.use = tokens.areCertain() ? DocumentUse.of(tokens) : DocumentUse.UNKNOWN;
        this.standsAlone = tokens.areCertain() && isOneFunction(tokens) && isInward(tokens);
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

    /**
     * Whether it is for certain one function and nothing beside it, which sees neither its design document nor the
     * global object, but for variables there.
     */
    boolean standsAlone() {
        return standsAlone;
    }

    private static boolean isInward(ScriptTokens tokens) {
        for (int i = 0; i < tokens.count(); i++) {
            if (tokens.at(i).isWord() && OUTWARD.contains(tokens.at(i).text)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOneFunction(ScriptTokens tokens) {
        int first = 0;
        int last = lastBeforeSemicolons(tokens);
        while (tokens.at(first).is("(") && tokens.at(first).match == last && first < last) {
            first++;
            last--;
        }
        if (tokens.at(first).is("async")) {
            first++;
        }
        if (tokens.at(first).is("function")) {
            return bodyEnd(tokens, first) == last;
        }
        int arrow = tokens.at(first).is("(") ? tokens.at(first).match + 1 : first + 1;
        return arrow > 0
                && tokens.at(arrow).is("=>")
                && tokens.at(arrow + 1).is("{")
                && tokens.at(arrow + 1).match == last;
    }

    private static int lastBeforeSemicolons(ScriptTokens tokens) {
        int last = tokens.count() - 1;
        while (last >= 0 && tokens.at(last).is(";")) {
            last--;
        }
        return last;
    }

    private static String normalised(ScriptTokens tokens) {
        String source = tokens.source();
        int last = lastBeforeSemicolons(tokens);
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
            if (isUnnamedStatement(tokens, i)) {
                return withResult(tokens, source, i);
            }
        }
        // An expression, such as an arrow function, or statements that end in one.
        return source;
    }

    private static boolean isUnnamedStatement(ScriptTokens tokens, int i) {
        if (tokens.at(i).depth != 0 || !tokens.at(i).is("function")) {
            return false;
        }
        ScriptToken before = tokens.at(begin(tokens, i) - 1);
        boolean statement = before == ScriptToken.NONE || before.is(";") || before.is("}");
        boolean unnamed = tokens.at(i + 1).is("(")
                || tokens.at(i + 1).is("*") && tokens.at(i + 2).is("(");
        return statement && unnamed && bodyEnd(tokens, i) >= 0;
    }

    /** Statements, among them a nameless function: in a function of their own, so that names are theirs alone. */
    private static String withResult(ScriptTokens tokens, String source, int i) {
        int from = tokens.at(begin(tokens, i)).start;
        int to = tokens.at(bodyEnd(tokens, i)).end;
        return "(function () {" + source.substring(0, from) + "return (" + source.substring(from, to) + ");"
                + source.substring(to) + "\n})()";
    }

    private static int begin(ScriptTokens tokens, int i) {
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
