package archipel.house;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.TreeScanner;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Names that say what a thing is for, and tests that the build finds and runs. */
final class NameRules {
    private static final Pattern EMPTY_NAME = Pattern.compile(".+(Utils?|Helper|Manager|Impl)");
    /** Names that those who use them know from elsewhere. */
    private static final Set<String> GIVEN_NAMES = Set.of("ContextManager");

    private static final Set<String> EMPTY_PACKAGES =
            Set.of("util", "utils", "common", "core", "impl", "helper", "misc");
    /** Of classes that stand in the place of others' own. */
    private static final Set<String> GIVEN_PACKAGES = Set.of("org.apache.zookeeper.test", "org.apache.curator.test");

    private static final Set<String> TESTS =
            Set.of("Test", "Property", "FuzzTest", "TestFactory", "ParameterizedTest", "RepeatedTest", "TestTemplate");
    private static final Pattern FOUND_BY_THE_BUILD = Pattern.compile(".+(Test|Fuzz|Sim)");

    /** Put together, so that this file does not break its own rule. */
    static final Pattern UNFINISHED = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b");

    static final List<Rule> ALL = List.of(
            new Rule("class-name", NameRules::classNames),
            new Rule("package-name", NameRules::packageName),
            new Rule("test-name", NameRules::testNames),
            new Rule("lost-test", NameRules::lostTests),
            new Rule("disabled-test", NameRules::disabledTests),
            new Rule("unfinished", source -> unfinished(source.name(), source.lines())));

    private NameRules() {}

    private static List<Finding> classNames(SourceFile source) {
        List<Finding> found = new ArrayList<>();
        new TreeScanner<@Nullable Void, @Nullable Void>() {
            @Override
            public @Nullable Void visitClass(ClassTree type, @Nullable Void unused) {
                if (EMPTY_NAME.matcher(type.getSimpleName()).matches()
                        && !GIVEN_NAMES.contains(type.getSimpleName().toString())) {
                    found.add(source.finding(
                            source.firstLine(type), type.getSimpleName() + "", "a name that says what it does"));
                }
                return super.visitClass(type, unused);
            }
        }.scan(source.tree(), null);
        return found;
    }

    private static List<Finding> packageName(SourceFile source) {
        String name = String.valueOf(source.tree().getPackageName());
        String[] parts = name.split("\\.");
        boolean own = parts.length == 2 && parts[0].equals("archipel") && !EMPTY_PACKAGES.contains(parts[1]);
        boolean good = own || (source.module().equals("coordination-suites") && GIVEN_PACKAGES.contains(name));
        return good
                ? List.of()
                : List.of(source.finding(1, "package " + name, "archipel.<what it is for>, one level deep"));
    }

    private static List<Finding> testNames(SourceFile source) {
        return tests(source)
                .filter(test -> test.getName().toString().indexOf('_') < 0)
                .map(test ->
                        source.finding(source.firstLine(test), "the test " + test.getName(), "method_state_outcome"))
                .toList();
    }

    private static List<Finding> lostTests(SourceFile source) {
        return FOUND_BY_THE_BUILD.matcher(source.className()).matches()
                ? List.of()
                : tests(source)
                        .limit(1)
                        .map(test -> source.finding(
                                source.firstLine(test),
                                "a test that the build does not find",
                                "a file *Test, *Fuzz or *Sim"))
                        .toList();
    }

    private static List<Finding> disabledTests(SourceFile source) {
        List<Finding> found = new ArrayList<>();
        new TreeScanner<@Nullable Void, @Nullable Void>() {
            @Override
            public @Nullable Void visitAnnotation(AnnotationTree annotation, @Nullable Void unused) {
                if (annotation.getAnnotationType().toString().equals("Disabled")) {
                    found.add(source.finding(
                            source.firstLine(annotation), "a test that never runs", "one that does, or none"));
                }
                return super.visitAnnotation(annotation, unused);
            }
        }.scan(source.tree(), null);
        return found;
    }

    private static Stream<MethodTree> tests(SourceFile source) {
        List<MethodTree> tests = new ArrayList<>();
        new TreeScanner<@Nullable Void, @Nullable Void>() {
            @Override
            public @Nullable Void visitMethod(MethodTree method, @Nullable Void unused) {
                boolean isTest = method.getModifiers().getAnnotations().stream()
                        .anyMatch(annotation ->
                                TESTS.contains(annotation.getAnnotationType().toString()));
                if (isTest) {
                    tests.add(method);
                }
                return super.visitMethod(method, unused);
            }
        }.scan(source.tree(), null);
        return tests.stream();
    }

    /** Also for files that are not Java. */
    static List<Finding> unfinished(String file, List<String> lines) {
        List<Finding> found = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Matcher marker = UNFINISHED.matcher(lines.get(i));
            if (marker.find()) {
                found.add(new Finding(file, i + 1, marker.group(), "finished code, or an issue"));
            }
        }
        return found;
    }
}
