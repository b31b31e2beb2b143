package archipel.house;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Packages of a size that can be known, each saying what it is for. */
final class PackageRules {
    private static final int PROSE = 40;

    private PackageRules() {}

    /** Test sources count apart from the sources they test. */
    private static Map<String, List<SourceFile>> byDirectory(List<SourceFile> sources) {
        return sources.stream()
                .collect(Collectors.groupingBy(SourceFile::directory, TreeMap::new, Collectors.toList()));
    }

    static List<Finding> sizes(List<SourceFile> sources) {
        List<Finding> found = new ArrayList<>();
        byDirectory(sources).forEach((directory, files) -> {
            if (files.size() > SizeRules.PACKAGE_FILES) {
                found.add(new Finding(
                        directory, 1, files.size() + " files", "packages of at most " + SizeRules.PACKAGE_FILES));
            }
        });
        return found;
    }

    static List<Finding> descriptions(List<SourceFile> sources) {
        List<Finding> found = new ArrayList<>();
        byDirectory(sources).forEach((directory, files) -> {
            // A package's tests stand beside it, and it is described there.
            String main = directory.replace("/src/test/", "/src/main/");
            boolean described = sources.stream()
                    .anyMatch(file -> file.className().equals("package-info")
                            && (file.directory().equals(directory)
                                    || file.directory().equals(main)));
            if (!described) {
                found.add(new Finding(
                        directory, 1, "a package without package-info.java", "one with prose and @NullMarked"));
            }
            files.stream()
                    .filter(file -> file.className().equals("package-info"))
                    .flatMap(file -> description(file).stream())
                    .forEach(found::add);
        });
        return found;
    }

    private static List<Finding> description(SourceFile file) {
        String text = String.join("\n", file.lines());
        int end = text.indexOf("*/");
        String prose = text.startsWith("/**") && end > 0
                ? text.substring(3, end).replaceAll("[\\s*]+", " ").strip()
                : "";
        List<Finding> found = new ArrayList<>();
        if (prose.length() < PROSE) {
            found.add(file.finding(1, "no prose", "a sentence or more on what the package is for"));
        }
        if (!text.contains("\n@NullMarked\n")) {
            found.add(file.finding(1, "no @NullMarked", "it, so that null is said where it is meant"));
        }
        return found;
    }
}
