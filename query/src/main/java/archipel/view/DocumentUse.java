package archipel.view;

import archipel.view.ScriptToken.Kind;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a function can do with its first parameter, a document, as far as its tokens say it for certain. Handing over
 * only the members that it can see, and freezing only what it could change, makes maps several times faster. Errs on
 * the slow side alone; and it guards speed, not safety: a function that fools it sees fewer members of its own
 * documents and nothing else.
 *
 * @param members the top-level members that it can see; null when that may be all
 * @param mayMutate false when nothing in it can change a document
 * @param requires whether it asks for modules
 */
record DocumentUse(@Nullable Set<String> members, boolean mayMutate, boolean requires) {
    static final DocumentUse UNKNOWN = new DocumentUse(null, true, true);

    /** Words with which a function may reach a document by other ways than its parameter's name. */
    private static final Set<String> OPAQUE = Set.of(
            "eval",
            "Function",
            "arguments",
            "with",
            "__proto__",
            "prototype",
            "constructor",
            "defineProperty",
            "defineProperties",
            "__defineGetter__",
            "__defineSetter__",
            "setPrototypeOf",
            "Proxy",
            "Reflect",
            "import");

    private static final Set<String> MUTATORS = Set.of(
            "push",
            "pop",
            "shift",
            "unshift",
            "splice",
            "sort",
            "reverse",
            "fill",
            "copyWithin",
            "assign",
            "call",
            "apply",
            "bind",
            "require",
            "delete",
            "freeze",
            "isFrozen",
            "seal",
            "isSealed",
            "preventExtensions",
            "isExtensible",
            "getOwnPropertyDescriptor",
            "getOwnPropertyDescriptors");

    private static final Set<String> ASSIGNMENTS = Set.of(
            "=", "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=", "^=", "&&=", "||=", "??=");

    /** @param tokens that are certain */
    static DocumentUse of(ScriptTokens tokens) {
        boolean requires = false;
        boolean mutates = false;
        boolean opaque = false;
        for (int i = 0; i < tokens.count(); i++) {
            ScriptToken token = tokens.at(i);
            if (token.isWord()) {
                opaque |= OPAQUE.contains(token.text);
                requires |= token.is("require");
            }
            mutates |= mutates(tokens, i);
        }
        return opaque ? new DocumentUse(null, true, requires) : new DocumentUse(members(tokens), mutates, requires);
    }

    private static boolean mutates(ScriptTokens tokens, int i) {
        ScriptToken token = tokens.at(i);
        ScriptToken before = tokens.at(i - 1);
        ScriptToken after = tokens.at(i + 1);
        if (token.isWord()) {
            // for (doc.member in …) assigns.
            boolean loop = (token.is("in") || token.is("of"))
                    && !before.isDot()
                    && before.isWord()
                    && tokens.at(i - 2).isDot()
                    && isInLoopHead(tokens, i);
            return loop || MUTATORS.contains(token.text) || token.text.startsWith("set");
        }
        if (token.kind != Kind.PUNCTUATION) {
            return false;
        }
        if (token.is("]")) {
            // object[name](…), for ([…] of …)
            return after.is("(") || after.isTemplateBegin() || after.is("in") || after.is("of");
        }
        boolean step = token.is("++") || token.is("--");
        if (!step && !ASSIGNMENTS.contains(token.text)) {
            return false;
        }
        boolean plainLeft = before.isWord() && !tokens.at(i - 2).isDot();
        ScriptToken afterNext = tokens.at(i + 2);
        boolean plainRight = step && after.isWord() && !afterNext.isDot() && !afterNext.is("[");
        return !plainLeft && !plainRight || plainLeft && step && after.isWord() && !plainRight;
    }

    private static boolean isInLoopHead(ScriptTokens tokens, int i) {
        int depth = tokens.at(i).depth;
        int p = i;
        while (p > 0 && !(tokens.at(p).is("(") && tokens.at(p).depth == depth - 1)) {
            p--;
        }
        return p > 0 && tokens.at(p - 1).is("for");
    }

    /** The members of the first parameter that are named, where the parameter is used in no other way. */
    private static @Nullable Set<String> members(ScriptTokens tokens) {
        int first = 0;
        int last = tokens.count() - 1;
        while (last > 0 && tokens.at(last).is(";")) {
            last--;
        }
        // (function …) and ((doc) => …) as well.
        while (tokens.at(first).is("(")
                && tokens.at(first).match == last
                && first < last
                && !isArrowHead(tokens, first)) {
            first++;
            last--;
        }
        int open = first;
        int body;
        if (tokens.at(first).is("function")) {
            if (FunctionSource.bodyEnd(tokens, first) != last) {
                return null;
            }
            open = tokens.at(first + 1).isWord() ? first + 2 : first + 1;
            body = tokens.at(open).match + 1;
        } else if (tokens.at(first).is("(") && isArrowHead(tokens, first)) {
            body = tokens.at(first).match + 2;
        } else if (tokens.at(first).isWord()
                && !tokens.at(first).is("async")
                && first + 1 < last
                && tokens.at(first + 1).is("=>")) {
            return members(tokens, tokens.at(first).text, first + 2, last);
        } else {
            return null;
        }
        String document = firstParameter(tokens, open + 1, tokens.at(open).match);
        return document == null ? null : members(tokens, document, body, last);
    }

    private static boolean isArrowHead(ScriptTokens tokens, int open) {
        int close = tokens.at(open).match;
        return close >= 0 && tokens.at(close + 1).is("=>");
    }

    /** Empty when there is none; null when the list holds more than names. */
    private static @Nullable String firstParameter(ScriptTokens tokens, int from, int to) {
        for (int i = from; i < to; i++) {
            boolean name = (i - from) % 2 == 0;
            if (name ? !tokens.at(i).isWord() : !tokens.at(i).is(",")) {
                return null;
            }
        }
        return from >= to ? "" : tokens.at(from).text;
    }

    private static @Nullable Set<String> members(ScriptTokens tokens, String document, int from, int last) {
        Set<String> names = new LinkedHashSet<>();
        for (int i = from; i <= last; i++) {
            boolean named = tokens.at(i).isWord() && tokens.at(i).text.equals(document);
            // After a dot it is a member of something else.
            if (named && !tokens.at(i - 1).isDot()) {
                String member = memberRead(tokens, i);
                if (member != null) {
                    names.add(member);
                } else if (!isHarmless(tokens, i)) {
                    return null;
                }
            }
        }
        return names;
    }

    /** The member that is asked for at i, where the document's name stands; null where it is used otherwise. */
    private static @Nullable String memberRead(ScriptTokens tokens, int i) {
        ScriptToken before = tokens.at(i - 1);
        ScriptToken next = tokens.at(i + 1);
        ScriptToken second = tokens.at(i + 2);
        ScriptToken third = tokens.at(i + 3);
        ScriptToken fourth = tokens.at(i + 4);
        if (before.is("new")) {
            return null;
        }
        if (next.isDot() && second.isWord()) {
            // Called, it would get the document as its "this".
            boolean called = third.is("(") || third.is("?.") && fourth.is("(") || third.isTemplateBegin();
            return called ? null : second.text;
        }
        if (next.is("[") && second.isPlainString() && third.is("]")) {
            boolean called = fourth.is("(") || fourth.is("?.") || fourth.isTemplateBegin();
            return called ? null : second.unquoted();
        }
        ScriptToken name = tokens.at(i - 2);
        ScriptToken beforeName = tokens.at(i - 3);
        boolean wholeExpression =
                beforeName.is("(") || beforeName.is("&&") || beforeName.is("||") || beforeName.is("return");
        boolean asked = before.is("in") && name.isPlainString() && wholeExpression;
        return asked && !next.is("(") && !next.is("[") && !next.isDot() && !next.isTemplateBegin()
                ? name.unquoted()
                : null;
    }

    /** Whether the document's name at i is used in a way that shows none of its members. */
    private static boolean isHarmless(ScriptTokens tokens, int i) {
        ScriptToken before = tokens.at(i - 1);
        ScriptToken next = tokens.at(i + 1);
        if (before.is("new") || next == ScriptToken.NONE || next.isDot()) {
            return false;
        }
        if (next.is("&&")) {
            // The value of doc && … is never the document, unless something is asked of it before.
            return !before.is("in") && !before.is("...");
        }
        if (before.is("!") || before.is("typeof")) {
            return !next.is("(") && !next.is("[") && !next.isTemplateBegin();
        }
        if (before.is("{") && next.is(":")) {
            // A key, or a label.
            return true;
        }
        ScriptToken statement = tokens.at(i - 2);
        return before.is("(") && next.is(")") && (statement.is("if") || statement.is("while"));
    }
}
