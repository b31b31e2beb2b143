package archipel.house;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

final class StyleTest {
    private static Checkout checkout;
    private static List<SourceFile> sources;
    private static Ratchet ratchet;

    @BeforeAll
    static void readTheCheckout() throws IOException {
        checkout = Checkout.open();
        sources = checkout.sources();
        ratchet = new Ratchet(checkout.root().resolve("system-tests/ratchet.txt"));
    }

    @TestFactory
    Stream<DynamicTest> rule_everyFile_holds() {
        return Stream.of(SizeRules.ALL, CallRules.ALL, NameRules.ALL)
                .flatMap(List::stream)
                .map(rule -> DynamicTest.dynamicTest(rule.name(), () -> assertHolds(rule.name(), rule.check(sources))));
    }

    @Test
    void packages_all_areSmallEnough() {
        assertHolds("package-size", PackageRules.sizes(sources));
    }

    @Test
    void packages_all_sayWhatTheyAreFor() {
        assertHolds("package-info", PackageRules.descriptions(sources));
    }

    @Test
    void errors_all_areThoseOfTheTable() {
        assertHolds("errors", ErrorRules.check(sources));
    }

    @Test
    void files_median_isShort() {
        List<Integer> lengths =
                sources.stream().map(file -> file.lines().size()).sorted().toList();
        int median = lengths.get(lengths.size() / 2);
        assertTrue(
                median <= SizeRules.MEDIAN_FILE_LINES,
                () -> "half of the Java files have over " + median + " lines, use " + SizeRules.MEDIAN_FILE_LINES);
    }

    @Test
    void textFiles_all_areFinished() {
        List<Finding> found =
                checkout.ending(".md", ".bash", ".xml", ".mjs", ".js", ".css", ".html", ".toml", ".properties").stream()
                        .flatMap(file -> NameRules.unfinished(checkout.name(file), Checkout.lines(file)).stream())
                        .toList();
        assertHolds("unfinished-text", found);
    }

    @Test
    void designPages_all_areShort() {
        List<Finding> found = checkout.ending("DESIGN.md").stream()
                .filter(file -> Checkout.lines(file).size() > SizeRules.DESIGN_LINES)
                .map(file -> new Finding(
                        checkout.name(file),
                        SizeRules.DESIGN_LINES,
                        "a long design page",
                        "at most " + SizeRules.DESIGN_LINES + " lines"))
                .toList();
        assertHolds("design-length", found);
    }

    @Test
    void license_ofTheProject_isApache2() throws IOException {
        String license = Files.readString(checkout.root().resolve("LICENSE"));
        assertTrue(license.contains("Apache License\n                           Version 2.0, January 2004"));
        assertTrue(license.contains("END OF TERMS AND CONDITIONS"));
    }

    /** A page that names a file which is not there sends its reader astray. */
    @Test
    void links_betweenPages_leadSomewhere() {
        List<Finding> found = new ArrayList<>();
        for (Path page : checkout.ending(".md")) {
            List<String> lines = Checkout.lines(page);
            for (int i = 0; i < lines.size(); i++) {
                for (String target : Links.in(lines.get(i))) {
                    if (!Files.exists(page.resolveSibling(target))) {
                        found.add(new Finding(checkout.name(page), i + 1, "a link to " + target, "a file that exists"));
                    }
                }
            }
        }
        assertHolds("dead-link", found);
    }

    /** Pages about the code must lead through code that is there. */
    @Test
    void pages_classesAndMembersTheyName_exist() {
        List<Finding> found = new ArrayList<>();
        for (Path page : checkout.ending(".md")) {
            String name = checkout.name(page);
            if (name.matches("[^/]+/(DESIGN|LOG|INDEXES)\\.md|(ARCHITECTURE|CONTRIBUTING|GLOSSARY)\\.md")) {
                List<String> lines = Checkout.lines(page);
                for (int i = 0; i < lines.size(); i++) {
                    for (NamedCode code : NamedCode.in(lines.get(i))) {
                        if (!code.isAmong(sources)) {
                            found.add(new Finding(name, i + 1, code + ", which is not there", "a name that is"));
                        }
                    }
                }
            }
        }
        assertHolds("named-code", found);
    }

    private static void assertHolds(String rule, List<Finding> found) {
        List<String> complaints = ratchet.compare(rule, found);
        assertTrue(complaints.isEmpty(), () -> rule + "\n" + String.join("\n", complaints));
    }
}
