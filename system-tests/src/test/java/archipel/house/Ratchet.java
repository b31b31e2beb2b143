package archipel.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What does not hold yet, counted by rule and file in a file of the repository. More than counted fails, and so does
 * less, until the count is lowered: what was once mended stays so.
 */
final class Ratchet {
    /** Run with {@code -Dratchet=lower} to write the lower counts into the file; nothing writes higher ones. */
    private static final boolean LOWER = "lower".equals(System.getProperty("ratchet"));

    private final Path file;
    private final TreeMap<String, Integer> allowed = new TreeMap<>();

    Ratchet(Path file) {
        this.file = file;
        for (String line : Checkout.lines(file)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                int last = line.lastIndexOf(' ');
                allowed.put(line.substring(0, last), Integer.parseInt(line.substring(last + 1)));
            }
        }
    }

    /** What to tell the developer about a rule; empty when all is as the file says. */
    List<String> compare(String rule, List<Finding> findings) {
        Map<String, List<Finding>> byFile =
                findings.stream().collect(Collectors.groupingBy(Finding::file, TreeMap::new, Collectors.toList()));
        List<String> complaints = new ArrayList<>();
        byFile.forEach((name, found) -> {
            if (found.size() > allowed.getOrDefault(rule + " " + name, 0)) {
                found.forEach(finding -> complaints.add(finding.toString()));
            }
        });
        for (Map.Entry<String, Integer> entry : List.copyOf(allowed.entrySet())) {
            if (entry.getKey().startsWith(rule + " ")) {
                String name = entry.getKey().substring(rule.length() + 1);
                int now = byFile.getOrDefault(name, List.of()).size();
                if (now < entry.getValue()) {
                    lower(entry.getKey(), now, complaints);
                }
            }
        }
        return complaints;
    }

    private void lower(String key, int now, List<String> complaints) {
        if (!LOWER) {
            complaints.add(file.getFileName() + ": " + key + " is down to " + now
                    + ", lower its count: ./dev test system-tests -- -Dtest=StyleTest -Dratchet=lower");
            return;
        }
        if (now == 0) {
            allowed.remove(key);
        } else {
            allowed.put(key, now);
        }
        List<String> lines = new ArrayList<>(Checkout.lines(file).stream()
                .filter(line -> line.startsWith("#"))
                .toList());
        allowed.forEach((rule, count) -> lines.add(rule + " " + count));
        try {
            Files.write(file, lines);
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
    }
}
