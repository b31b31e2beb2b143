package archipel.house;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page's table of packages, with rows such as {@code | `archipel.view` | base, index | what it is for |}. A name such
 * as {@code base} stands for the packages that a line {@code - *base*: memory, document} above the table lists.
 *
 * @param rows what each package may use, in the page's order
 */
record PackageTable(Map<String, Set<String>> rows) {
    private static final Pattern ROW = Pattern.compile("\\| `archipel\\.(\\w+)` \\| ([^|]*?) ?\\|.*");
    private static final Pattern NAMED = Pattern.compile("- \\*(\\w+)\\*: (.*)");

    static PackageTable read(Path page) {
        return of(Checkout.lines(page));
    }

    static PackageTable of(List<String> lines) {
        Map<String, Set<String>> named = new HashMap<>();
        Map<String, Set<String>> rows = new LinkedHashMap<>();
        for (String line : lines) {
            Matcher list = NAMED.matcher(line);
            Matcher row = ROW.matcher(line);
            if (list.matches()) {
                named.put(list.group(1), packages(list.group(2), named));
            } else if (row.matches()) {
                rows.put(row.group(1), packages(row.group(2), named));
            }
        }
        return new PackageTable(rows);
    }

    private static Set<String> packages(String text, Map<String, Set<String>> named) {
        Set<String> packages = new TreeSet<>();
        Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .forEach(name -> packages.addAll(named.getOrDefault(name, Set.of(name))));
        return packages;
    }

    /** The packages that another one uses whose row is not below theirs. */
    List<String> usedBeforeTheirRow() {
        Set<String> above = new HashSet<>();
        List<String> wrong = new ArrayList<>();
        rows.forEach((name, uses) -> {
            uses.stream().filter(used -> !above.contains(used)).forEach(used -> wrong.add(name + " uses " + used));
            above.add(name);
        });
        return wrong;
    }
}
