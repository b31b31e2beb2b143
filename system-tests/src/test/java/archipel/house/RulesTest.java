package archipel.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Shows each rule a file that breaks it: a rule that finds nothing would look like one that holds. */
final class RulesTest {
    private static final String PRODUCT = "engine/src/main/java/archipel/engine/Thing.java";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "clock           | long now() { return System.nanoTime(); }",
                "clock           | long now() { return java.time.Instant.now().toEpochMilli(); }",
                "clock           | java.util.function.LongSupplier now = System::nanoTime;",
                "call            | void pause() throws Exception { Thread.sleep(1); }",
                "random          | Object random = new java.util.Random();",
                "stub            | void f() { throw new UnsupportedOperationException(); }",
                "parallel-stream | Object o = java.util.List.of().parallelStream();",
                "swallowed-exception | void f() { try { f(); } catch (Exception e) { } }",
                "class-name      | class ThingManager {}",
                "class-name      | record StringUtils() {}",
                "lost-test       | @org.junit.jupiter.api.Test void a_b_c() {}",
                "test-name       | @org.junit.jupiter.api.Test void works() {}",
                "disabled-test   | @Disabled void a_b_c() {}",
                "unfinished      | /* TO~DO */ int x;"
            })
    void check_breach_isFoundWhereItIs(String rule, String member) throws IOException {
        String imported = member.replace("org.junit.jupiter.api.Test", "Test").replace("~", "");
        SourceFile source = source(PRODUCT, "package archipel.engine;\nfinal class Thing {\n" + imported + "\n}\n");

        List<Finding> found = rule(rule).check(List.of(source));

        assertEquals(1, found.size(), found::toString);
        assertEquals(3, found.getFirst().line());
        assertTrue(found.getFirst().toString().startsWith(PRODUCT + ":3: "));
    }

    @Test
    void check_cleanFile_findsNothing() throws IOException {
        SourceFile source = source(
                PRODUCT,
                "package archipel.engine;\nfinal class Thing {\n  int sum(int a) {\n    return a + a;\n  }\n}\n");

        assertEquals(
                List.of(),
                rules().flatMap(rule -> rule.check(List.of(source)).stream()).toList());
    }

    @Test
    void clock_inATest_isAllowed() throws IOException {
        SourceFile source = source(
                "engine/src/test/java/archipel/engine/ThingTest.java",
                "package archipel.engine;\nfinal class ThingTest {\n long t = System.nanoTime();\n}\n");

        assertEquals(List.of(), rule("clock").check(List.of(source)));
    }

    @Test
    void methodLength_overTheLimit_isFound() throws IOException {
        String body = "f();\n".repeat(SizeRules.METHOD_LINES - 1);

        assertEquals(1, rule("method-length").check(List.of(method(body))).size());
        assertEquals(
                0,
                rule("method-length").check(List.of(method(body.substring(5)))).size());
    }

    @Test
    void fileLength_overTheLimit_isFound() throws IOException {
        SourceFile source =
                source(PRODUCT, "package archipel.engine;\n".concat("// line\n".repeat(SizeRules.FILE_LINES)));

        assertEquals(1, rule("file-length").check(List.of(source)).size());
    }

    @Test
    void lineLength_overTheLimit_isFound() throws IOException {
        SourceFile source =
                source(PRODUCT, "package archipel.engine;\n// " + "x".repeat(SizeRules.LINE_LENGTH - 2) + "\n");

        assertEquals(1, rule("line-length").check(List.of(source)).size());
    }

    @Test
    void packageName_ofTwoLevelsOrEmptyMeaning_isFound() throws IOException {
        assertEquals(
                1,
                rule("package-name")
                        .check(List.of(source(PRODUCT, "package archipel.engine.log;\n")))
                        .size());
        assertEquals(
                1,
                rule("package-name")
                        .check(List.of(source(PRODUCT, "package archipel.util;\n")))
                        .size());
    }

    @Test
    void packageInfo_withoutProseOrNullMarked_isFound() throws IOException {
        SourceFile silent = source(
                "engine/src/main/java/archipel/engine/package-info.java", "/** Short. */\npackage archipel.engine;\n");

        assertEquals(2, PackageRules.descriptions(List.of(silent)).size());
        assertEquals(
                1,
                PackageRules.descriptions(List.of(source(PRODUCT, "package archipel.engine;\n")))
                        .size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "new RequestException(ErrorCode.ONE, 7)                        |",
                "new RequestException(ErrorCode.ONE, fields.toArray())         |",
                "new BlockRefusal(ErrorCode.ONE, database, asked, 7)           |",
                "new RequestException(ErrorCode.ONE)                           | 0 fields of a reason that has 1",
                "new RequestException(ErrorCode.ONE, 7, 8)                     | 2 fields of a reason that has 1",
                "new RequestException(ErrorCode.ONE, \"no \" + name)         | the text 'no '",
                "refuse(ErrorCode.ONE, \"Not so.\")                          | the text 'Not so.'",
                "new RequestException(ErrorCode.SETTING_REFUSED, reason)       | SETTING_REFUSED with a reason of"
            })
    void errors_answer_isMadeOfTheTableAlone(String answer, String breach) throws IOException {
        SourceFile source = source(
                PRODUCT,
                "package archipel.engine;\nfinal class Thing {\nObject a = ErrorCode.SETTING_REFUSED;\nObject b = "
                        + answer + ";\n}\n");

        List<Finding> found = ErrorRules.check(List.of(errors(), source)).stream()
                .filter(finding -> finding.line() == 4)
                .toList();

        assertEquals(breach == null ? 0 : 1, found.size(), found::toString);
        assertTrue(breach == null || found.getFirst().toString().contains(breach), found::toString);
    }

    @Test
    void errors_entryThatNothingRefersTo_isFound() throws IOException {
        SourceFile source =
                source(PRODUCT, "package archipel.engine;\nfinal class Thing {\nObject a = ErrorCode.ONE;\n}\n");

        List<Finding> found = ErrorRules.check(List.of(errors(), source));

        assertEquals(1, found.size(), found::toString);
        assertTrue(found.getFirst().toString().contains("SETTING_REFUSED, which nothing refers to"), found::toString);
    }

    private static SourceFile errors() throws IOException {
        return source(
                "document/src/main/java/archipel/document/ErrorCode.java",
                "package archipel.document;\nenum ErrorCode {\nONE(400, \"bad\", \"One %s.\"),\n"
                        + "SETTING_REFUSED(400, \"bad\", \"%s\");\n}\n");
    }

    @Test
    void ratchet_moreOrLessThanCounted_complains(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("ratchet.txt"), "# counts\nrule a.java 2\n");
        Ratchet ratchet = new Ratchet(file);
        Finding finding = new Finding("a.java", 1, "this", "that");

        assertEquals(List.of(), ratchet.compare("rule", List.of(finding, finding)));
        assertEquals(
                3, ratchet.compare("rule", List.of(finding, finding, finding)).size());
        assertTrue(ratchet.compare("rule", List.of(finding)).getFirst().contains("is down to 1"));
        assertEquals(List.of("a.java:1: this, use that"), ratchet.compare("other", List.of(finding)));
    }

    @Test
    void links_ofAPage_areThoseToFiles() {
        assertEquals(
                List.of("docs/a.md", "b.md"),
                Links.in("[a](docs/a.md) [b](b.md#part) [c](https://example.org/) [d](#part)"));
    }

    @Test
    void namedCode_ofAPage_isFoundInItsClass() throws IOException {
        SourceFile source = source(
                PRODUCT,
                "package archipel.engine;\nfinal class Thing {\n  int size;\n  void put() {}\n  record Part() {}\n}\n");

        assertEquals(
                List.of(code("Thing.Part", ""), code("Thing", "put"), code("Other", "")),
                NamedCode.in("`Thing.Part`: `Thing.put()` calls `Other` with a `Date`, in `archipel.engine`"));
        for (NamedCode there : List.of(code("Part", ""), code("Thing.Part", ""), code("Thing", "size"))) {
            assertTrue(there.isIn(source), there::toString);
        }
        for (NamedCode gone : List.of(code("Thing", "get"), code("Other", ""), code("Thing.Other", "put"))) {
            assertFalse(gone.isIn(source), gone::toString);
        }
        assertTrue(code("Thing", "put").isIn(source));
    }

    @Test
    void packageTable_ofAPage_resolvesNamesAndKnowsItsOrder() {
        PackageTable table = PackageTable.of(List.of(
                "- *base*: memory, document",
                "| package | may use | for |",
                "| `archipel.memory` | | bytes |",
                "| `archipel.query` | base | questions |",
                "| `archipel.document` | memory | documents |"));

        assertEquals(
                Map.of(
                        "memory", Set.of(),
                        "query", Set.of("memory", "document"),
                        "document", Set.of("memory")),
                table.rows());
        assertEquals(List.of("query uses document"), table.usedBeforeTheirRow());
    }

    private static NamedCode code(String types, String member) {
        return new NamedCode(List.of(types.split("\\.")), member);
    }

    private static SourceFile method(String body) throws IOException {
        return source(PRODUCT, "package archipel.engine;\nfinal class Thing {\nvoid f() {\n" + body + "}\n}\n");
    }

    private static Stream<Rule> rules() {
        return Stream.of(SizeRules.ALL, CallRules.ALL, NameRules.ALL).flatMap(List::stream);
    }

    private static Rule rule(String name) {
        return rules().filter(rule -> rule.name().equals(name)).findFirst().orElseThrow();
    }

    private static SourceFile source(String name, String text) throws IOException {
        JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///" + name), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return text;
            }
        };
        List<SourceFile> sources = SourceFile.parse(List.of(file), _ -> name);
        assertFalse(sources.isEmpty());
        return sources.getFirst();
    }
}
