package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.RequestException;
import archipel.testkit.Seeded;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Functions of every shape that could hide what they read, each called with the members that {@link DocumentUse} says
 * they can see, and again with whole documents: the rows have to be the same.
 */
class DocumentUseFuzz {
    private static final int FUNCTIONS = 150;
    /** Where the second of the two gets a word after which it is given everything. */
    private static final String MARK = "@";

    private static final List<byte[]> DOCUMENTS = List.of(
            bytes("{\"_id\":\"1\",\"a\":1,\"b\":\"x\",\"c\":[1,2],\"doc\":{\"a\":3},\"x-y\":4}"),
            bytes("{\"_id\":\"2\",\"b\":{\"a\":{\"b\":5}},\"a\":null,\"length\":3,\"d\":true}"),
            bytes("{\"_id\":\"3\",\"\\u0061\":6,\"toString\":7,\"__proto__\":{\"b\":8},\"e\":[{\"a\":9}]}"),
            bytes("{ \"_id\" : \"4\" , \"a\" : \"]}\\\"\" , \"b\" : { } , \"a\" : 10 }"));
    private static final List<String> NAMES = List.of("doc", "d", "$", "_x", "of", "get", "e", "föö");
    private static final List<String> MEMBERS = List.of("a", "b", "c", "doc", "e", "_id", "length", "toString", "d");

    private static final Scripts SCRIPTS = new Scripts(ScriptLimits.DEFAULT);

    @AfterAll
    static void close() {
        SCRIPTS.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void map_membersThatItCanSeeAlone_emitsTheSameRows() {
        AtomicInteger projected = new AtomicInteger();
        AtomicInteger whole = new AtomicInteger();
        AtomicInteger emitting = new AtomicInteger();
        Seeded.check(FUNCTIONS, random -> {
            String source = new Generator(random).function();
            String seen = source.replace(MARK, "0");
            (new FunctionSource(seen).members() == null ? whole : projected).incrementAndGet();
            String rows = rows(seen);
            emitting.addAndGet(rows.contains("=") ? 1 : 0);
            assertEquals(rows(source.replace(MARK, "typeof Reflect")), rows, seen);
        });
        // With one seed there is nothing to compare.
        if (projected.get() + whole.get() == FUNCTIONS) {
            assertTrue(projected.get() > FUNCTIONS / 8, projected + " of them see some members alone");
            assertTrue(whole.get() > FUNCTIONS / 8, whole + " of them may see all");
            assertTrue(emitting.get() > FUNCTIONS / 2, emitting + " of them emit");
        }
    }

    /** A line for each document; that alone for a function that does not compile. */
    private static String rows(String source) {
        StringBuilder rows = new StringBuilder();
        try (Mapper mapper =
                SCRIPTS.design("db", bytes("{\"_id\":\"_design/d\"}")).mapper(List.of(source))) {
            for (List<Emission> emissions : mapper.map(DOCUMENTS)) {
                for (Emission emission : emissions) {
                    rows.append(new String(emission.key(), StandardCharsets.UTF_8))
                            .append('=')
                            .append(new String(emission.value(), StandardCharsets.UTF_8))
                            .append(' ');
                }
                rows.append('\n');
            }
        } catch (RequestException uncompiled) {
            return uncompiled.error();
        }
        return rows.toString();
    }

    /** Writes functions: mostly plain, with one odd thing in every few expressions. */
    private static final class Generator {
        private final SplittableRandom random;
        private final String document;
        private int variables;

        Generator(SplittableRandom random) {
            this.random = random;
            this.document = one(NAMES);
        }

        private String one(List<String> of) {
            return of.get(random.nextInt(of.size()));
        }

        String function() {
            String statements = statements(1 + random.nextInt(3));
            return switch (random.nextInt(6)) {
                case 0 -> "(" + document + ") => { " + MARK + "; " + statements + " }";
                case 1 -> document + " => (" + MARK + ", emit(" + expression(3) + ", " + expression(2) + "))";
                case 2 -> "function name(" + document + ", other) { " + MARK + "; " + statements + " };";
                case 3 -> "// of " + document + ".a\nfunction(" + document + ") {\n" + MARK + "\n" + statements + "\n}";
                default -> "function (" + document + ") { " + MARK + "; " + statements + " }";
            };
        }

        private String statements(int count) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < count; i++) {
                text.append(statement()).append(random.nextInt(3) == 0 ? "\n" : " ");
            }
            return text.toString();
        }

        private String statement() {
            String member = one(MEMBERS);
            return switch (random.nextInt(16)) {
                case 0 -> "if (" + expression(2) + ") emit(" + expression(2) + ", 1);";
                case 1 ->
                    "try { emit(" + document + "." + member + ".b, 1) } catch (e) { emit('e', " + expression(1) + ") }";
                case 2 -> {
                    String variable = "v" + variables++;
                    yield "var " + variable + " = " + expression(3) + "; emit(" + variable + ", 1);";
                }
                case 3 -> "for (var k in " + document + ") emit(k, " + document + "[k]);";
                case 4 -> "var {a, b} = " + document + "; emit(a, b);";
                case 5 -> document + ": for (;;) { emit(" + expression(1) + ", 2); break " + document + " }";
                case 6 -> "for (const k of Object.keys(" + document + ")) emit(k, 3);";
                case 7 -> "/* " + document + "." + member + " */ emit(" + expression(2) + ", 4);";
                case 8 -> document + "." + member + " = 5; emit(" + document + "." + member + ", 5);";
                case 9 ->
                    "switch (" + document + "." + member + ") { case 1: emit(1); default: emit(" + expression(1)
                            + ") }";
                default -> "emit(" + expression(3) + ", " + expression(2) + ");";
            };
        }

        private String expression(int depth) {
            String doc = document;
            String member = one(MEMBERS);
            if (depth == 0 || random.nextInt(3) == 0) {
                return switch (random.nextInt(8)) {
                    case 0 -> doc + "['" + member + "']";
                    case 1 -> doc + "?." + member;
                    case 2 -> doc + " /* ' */ . " + member;
                    case 3 -> doc + "[ \"x-y\" ]";
                    default -> doc + "." + member;
                };
            }
            String other = expression(depth - 1);
            return switch (random.nextInt(28)) {
                case 0 -> "JSON.stringify(" + doc + ")";
                case 1 -> "(function (o) { return o." + member + " })(" + doc + ")";
                case 2 ->
                    "(function (" + doc + ") { return " + doc + "." + member + " })({" + member + ": " + other + "})";
                case 3 -> "[" + doc + "][0]." + member;
                case 4 -> "({" + doc + "})." + doc + "." + member;
                case 5 -> "({" + doc + ": " + other + "})." + doc;
                case 6 -> "(0, " + doc + ")." + member;
                case 7 -> "(" + doc + ")." + member;
                case 8 -> "`${" + doc + "." + member + "} ${" + other + "}`";
                case 9 -> "`${" + doc + "}`";
                case 10 -> "(" + doc + " && " + other + ")";
                case 11 -> "(" + doc + " || 1)." + member;
                case 12 -> "('" + member + "' in " + doc + ")";
                case 13 -> "typeof " + doc + "." + member;
                case 14 -> "!" + doc + "." + member;
                case 15 -> "(" + doc + "." + member + " / 2 / " + other + ")";
                case 16 -> "/" + doc + "[/'\"]/.test(" + other + ")";
                case 17 -> "'" + doc + "." + member + " \\' '";
                case 18 -> "[1].map(x => " + doc + "." + member + ")[0]";
                case 19 -> "({...{a: " + other + "}, ..." + doc + "}).b";
                case 20 -> "(" + other + ", [..." + doc + "." + member + "])";
                case 21 -> doc + "['" + member.charAt(0) + "' + '" + member.substring(1) + "']";
                case 22 -> doc + "[`" + member + "`]";
                case 23 -> doc + ".hasOwnProperty('" + member + "')";
                case 24 -> "(" + doc + " == null ? 1 : " + other + ")";
                case 25 -> doc + "." + member + "." + one(MEMBERS);
                case 26 -> "(x => x)(" + doc + ")?." + member;
                default -> "[" + other + ", " + expression(depth - 1) + "]";
            };
        }
    }
}
