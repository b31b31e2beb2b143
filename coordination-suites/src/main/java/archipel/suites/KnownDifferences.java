package archipel.suites;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tests that fail, or may, each with the reason. A line is {@code TEST | WHERE | WHY}; {@code *} stands for
 * anything.
 */
record KnownDifferences(List<Line> lines) {
    /**
     * @param test as {@link Outcome} calls it
     * @param where it fails
     * @param why on one line
     */
    record Line(String test, Where where, String why) {
        boolean names(String other) {
            String[] parts = test.split("\\*", -1);
            StringBuilder pattern = new StringBuilder();
            for (int i = 0; i < parts.length; i++) {
                pattern.append(i == 0 ? "" : ".*").append(Pattern.quote(parts[i]));
            }
            return other.matches(pattern.toString());
        }
    }

    /** On whose servers a test fails. */
    enum Where {
        BOTH,
        ARCHIPEL,
        ZOOKEEPER,
        /** On any, and not always. */
        SOMETIMES
    }

    static KnownDifferences read() {
        List<Line> lines = new ArrayList<>();
        for (String line : Suite.lines("differences.txt")) {
            String[] parts = line.split(" \\| ", 3);
            if (parts.length != 3 || parts[2].isBlank()) {
                throw new IllegalStateException("not TEST | WHERE | WHY: " + line);
            }
            lines.add(new Line(parts[0], Where.valueOf(parts[1].toUpperCase(java.util.Locale.ROOT)), parts[2]));
        }
        return new KnownDifferences(List.copyOf(lines));
    }

    /** What is known of a test on those servers; null where it has to pass. */
    @Nullable
    Line find(String test, Where servers) {
        for (Line line : lines) {
            boolean applies = line.where() == Where.BOTH || line.where() == Where.SOMETIMES || line.where() == servers;
            if (applies && line.names(test)) {
                return line;
            }
        }
        return null;
    }
}
