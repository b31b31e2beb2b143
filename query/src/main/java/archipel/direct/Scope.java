package archipel.direct;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names that are declared at a place in a source. Stricter than ECMAScript: a name is used after its declaration
 * alone, and hides no other one, so that it does not matter when a declaration takes effect.
 */
final class Scope {
    /** What these mean is known, and is not to change. */
    private static final Set<String> GLOBAL =
            Set.of("emit", "isArray", "sum", "log", "Array", "Object", "undefined", "NaN", "Infinity");

    private static final Set<String> RESERVED = Set.of(
            "arguments",
            "async",
            "await",
            "break",
            "case",
            "catch",
            "class",
            "const",
            "continue",
            "debugger",
            "default",
            "delete",
            "do",
            "else",
            "enum",
            "eval",
            "export",
            "extends",
            "false",
            "finally",
            "for",
            "function",
            "get",
            "if",
            "implements",
            "import",
            "in",
            "instanceof",
            "interface",
            "let",
            "new",
            "null",
            "of",
            "package",
            "private",
            "protected",
            "public",
            "require",
            "return",
            "set",
            "static",
            "super",
            "switch",
            "this",
            "throw",
            "true",
            "try",
            "typeof",
            "var",
            "void",
            "while",
            "with",
            "yield");

    /** How a name was declared. */
    enum Kind {
        VAR,
        LET,
        CONST,
        PARAMETER
    }

    /** @param number its place among the variables of the call */
    record Variable(int number, Kind kind) {}

    private final @Nullable Scope outer;
    private final boolean function;
    private final Map<String, Variable> names = new HashMap<>();

    /** @param function whether {@code var} declares here, and not further out */
    Scope(@Nullable Scope outer, boolean function) {
        this.outer = outer;
        this.function = function;
    }

    /** Null where there is none, or not yet. */
    @Nullable
    Variable find(String name) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            Variable variable = scope.names.get(name);
            if (variable != null) {
                return variable;
            }
        }
        return null;
    }

    /**
     * @param next the number of a new variable
     * @return the one that has the name already, where a {@code var} is declared twice
     * @throws NotDirectException where the name is taken
     */
    Variable declare(String name, Kind kind, int next) {
        requireFree(name);
        Scope scope = this;
        while (kind == Kind.VAR && !scope.function && scope.outer != null) {
            scope = scope.outer;
        }
        Variable known = find(name);
        if (known != null && (kind != Kind.VAR || known.kind != Kind.VAR || scope.names.get(name) != known)) {
            throw new NotDirectException("a name that hides another");
        }
        if (known != null) {
            return known;
        }
        Variable made = new Variable(next, kind);
        scope.names.put(name, made);
        return made;
    }

    /** @throws NotDirectException for a name that means something else */
    static void requireFree(String name) {
        if (GLOBAL.contains(name) || RESERVED.contains(name)) {
            throw new NotDirectException("a name that means something else");
        }
    }

    Scope outer() {
        if (outer == null) {
            throw new IllegalStateException("there is nothing around it");
        }
        return outer;
    }
}
