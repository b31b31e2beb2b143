package archipel.testimony;

import java.util.List;
import java.util.Map;

/**
 * What the analyser found.
 *
 * @param figures how much of each kind was looked at; what was never looked at proves nothing
 * @param counts how many violations there are of each rule
 * @param first the first few violations of each rule
 */
public record Report(Map<String, Long> figures, Map<String, Long> counts, List<Violation> first) {
    /** Whether nothing was found that must not be. */
    public boolean isClean() {
        return counts.isEmpty();
    }

    /** What there was none of, so that the record proves less than it could. */
    public List<String> unproved() {
        return figures.entrySet().stream()
                .filter(figure -> figure.getValue() == 0)
                .map(Map.Entry::getKey)
                .toList();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        figures.forEach((name, count) -> text.append(String.format("%,10d %s%n", count, name)));
        if (isClean()) {
            return text.append("no violation").toString();
        }
        text.append("VIOLATIONS\n");
        counts.forEach((rule, count) -> text.append(String.format("%,10d %s%n", count, rule)));
        first.forEach(violation -> text.append("  ").append(violation).append('\n'));
        return text.toString().stripTrailing();
    }
}
