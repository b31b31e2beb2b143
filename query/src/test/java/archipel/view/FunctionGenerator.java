package archipel.view;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Writes map functions as people write them, with something odd now and then. */
final class FunctionGenerator {
    static final List<String> MEMBERS = List.of("a", "b", "type", "tags", "date", "length", "keys", "_id2", "n", "c");

    private final SplittableRandom random;
    private final ArrayList<String> variables = new ArrayList<>();
    private int names;

    FunctionGenerator(SplittableRandom random) {
        this.random = random;
    }

    String function() {
        String body = block(3);
        return switch (random.nextInt(8)) {
            case 0 -> "doc => {" + body + "}";
            case 1 -> "(function (doc) {" + body + "});";
            case 2 -> "// a map\nfunction named(doc) {\n'use strict';" + body + "}\n;";
            case 3 -> "(doc) => emit(" + expression(2) + ", " + expression(2) + ")";
            default -> "function(doc) {" + body + "}";
        };
    }

    private boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    private String one(String... of) {
        return of[random.nextInt(of.length)];
    }

    private String member() {
        return MEMBERS.get(random.nextInt(MEMBERS.size()));
    }

    private String block(int depth) {
        int known = variables.size();
        StringBuilder text = new StringBuilder();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            text.append(statement(depth)).append(one(" ", "\n", " /* c */ "));
        }
        while (variables.size() > known) {
            variables.removeLast();
        }
        return text.toString();
    }

    private String emit() {
        return switch (random.nextInt(6)) {
            case 0 -> "emit(doc._id)";
            case 1 -> "emit(" + expression(2) + ", doc)";
            default -> "emit(" + expression(3) + ", " + expression(2) + ")";
        };
    }

    private String fresh() {
        return one("v", "key", "$x", "_t") + names++;
    }

    private String statement(int depth) {
        String end = one(";", ";", "\n");
        int kind = random.nextInt(depth == 0 ? 6 : 16);
        return switch (kind) {
            case 0, 1, 2 -> emit() + end;
            case 3 -> {
                String value = expression(2);
                String name = fresh();
                String text = one("var", "let", "const") + " " + name + " = " + value + end;
                variables.add(name);
                yield text;
            }
            case 4 ->
                variables.isEmpty()
                        ? emit() + end
                        : variables.getLast() + one(" = ", " += ", " -= ", " *= ") + expression(2) + end;
            case 5 -> one("doc.a", "doc.n > 1", expression(2)) + " && " + emit() + end;
            case 6, 7, 8 -> {
                String condition = condition();
                yield "if (" + condition + ") " + one("{ " + block(depth - 1) + "}", emit() + ";")
                        + (oneIn(3) ? " else { " + block(depth - 1) + "}" : "");
            }
            case 9 -> {
                String name = fresh();
                String walked = path();
                String head = "for (" + one("var ", "let ", "const ") + name + one(" in ", " of ") + walked + ") {";
                variables.add(name);
                String body = block(depth - 1) + (oneIn(4) ? one("break;", "continue;", "return;") : "");
                variables.remove(name);
                yield head + body + "}";
            }
            case 10 -> {
                String name = fresh();
                String head = "for (" + one("var ", "let ") + name + " = 0; " + name + " < "
                        + one("3", "doc.tags.length") + "; " + one(name + "++", "++" + name, name + " += 1") + ") {";
                variables.add(name);
                String body = block(depth - 1);
                variables.remove(name);
                yield head + "emit(doc.tags[" + name + "], " + name + ");" + body + "}";
            }
            case 11, 12 -> {
                String name = fresh();
                String index = fresh();
                boolean both = oneIn(2);
                String walked = one(path(), "doc.tags", "Object.keys(doc)", "Object.keys(doc.b)");
                variables.add(name);
                String body = block(depth - 1);
                variables.remove(name);
                String parameters = both ? name + ", " + index : name;
                yield walked + ".forEach("
                        + one("function (" + parameters + ") {" + body + "}", "(" + parameters + ") => {" + body + "}")
                        + ")" + end;
            }
            case 13 ->
                "switch (" + path() + ") { case 'post': case 1: " + emit() + "; " + one("break;", "") + " case "
                        + expression(1) + ": " + emit() + "; break; " + one("default: " + emit() + ";", "") + " }";
            case 14 -> {
                String name = fresh();
                String text = "var " + name + end + " if (" + condition() + ") " + name + " = " + expression(2) + ";";
                variables.add(name);
                yield text + " emit(" + name + ", typeof " + name + ");";
            }
            default ->
                one("return;", "{ " + block(depth - 1) + "}", emit() + end, "try { " + emit() + " } catch (e) {}");
        };
    }

    private String condition() {
        return switch (random.nextInt(8)) {
            case 0 -> "doc.type === 'post'";
            case 1 -> "doc.type == 'post' && doc." + member();
            case 2 -> "'" + member() + "' in doc";
            case 3 -> "doc.hasOwnProperty('" + member() + "')";
            case 4 -> one("isArray", "Array.isArray") + "(" + path() + ")";
            case 5 -> "typeof " + path() + " !== 'undefined'";
            default -> expression(3);
        };
    }

    private String path() {
        String variable = variables.isEmpty() || oneIn(3) ? "doc" : variables.get(random.nextInt(variables.size()));
        String text = variable.equals("doc") ? "doc." + member() : variable;
        while (oneIn(3)) {
            text += switch (random.nextInt(5)) {
                case 0 -> "['" + one("a", "x y", "10", "length") + "']";
                case 1 -> "[" + one("0", "1", "'2'", "1.5", "-1") + "]";
                case 2 -> "[" + (variables.isEmpty() ? "doc.n" : variables.getFirst()) + "]";
                default -> one(".a", ".b", ".length", ".c");
            };
        }
        return text;
    }

    private String expression(int depth) {
        if (depth == 0 || oneIn(3)) {
            return switch (random.nextInt(9)) {
                case 0 -> one("1", "0", "-1", "1.5", "2e3", ".5", "1e21", "0.1");
                case 1 -> one("'a'", "\"post\"", "''", "'\\u0007\\'\\n'", "'é'", "' '");
                case 2 -> one("null", "true", "false", "undefined", "NaN", "-0", "Infinity");
                default -> path();
            };
        }
        String left = expression(depth - 1);
        String right = expression(depth - 1);
        return switch (random.nextInt(17)) {
            case 0 -> left + " + " + right;
            case 1 -> "(" + left + ")" + one(" - ", " * ", " / ", " % ") + right;
            case 2 -> "(" + left + one(" === ", " !== ", " == ", " != ") + right + ")";
            case 3 -> "(" + left + one(" < ", " > ", " <= ", " >= ") + right + ")";
            case 4 -> "(" + left + " && " + right + ")";
            case 5 -> "(" + left + " || " + right + ")";
            case 6 -> "(" + left + " ? " + right + " : " + expression(depth - 1) + ")";
            case 7 -> "[" + left + ", " + right + one("]", ",]");
            case 8 -> "{a: " + left + ", '2': " + right + ", 'b c': 1, a: 2}";
            case 9 -> "{" + one("x", "name", "if") + ": " + left + "}";
            case 10 -> one("!", "!!", "-", "+", "typeof ") + "(" + left + ")";
            case 11 -> path() + one(".toLowerCase()", ".toUpperCase()", ".split(' ')", ".split('-')[0]");
            case 12 -> path() + one(".slice(0, 4)", ".substr(2, 3)", ".substring(3, 1)", ".slice(-3)", ".indexOf('b')");
            case 13 -> one("isArray(", "Array.isArray(", "Object.keys(") + left + ")";
            default -> path();
        };
    }
}
