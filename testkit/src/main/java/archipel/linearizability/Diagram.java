package archipel.linearizability;

import archipel.linearizability.Outcome.Unknown;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/**
 * Operations as bars over time, one a line. Columns stand for calls and ends in their order, and not for time: what
 * matters is which bars overlap.
 *
 * <pre>{@code
 * a  0.000 |--|          write x=1 -> written
 * b  0.210     |~~~~~~~~ write x=2 -> unknown (timeout)
 * c  0.350        |---|  read x -> values x=1   <- cannot be placed
 * }</pre>
 */
final class Diagram {
    private static final int WIDTH = 64;

    private Diagram() {}

    static <C, R> String of(List<Operation<C, R>> operations, Operation<?, ?> marked) {
        if (operations.isEmpty()) {
            return "";
        }
        List<Operation<C, R>> sorted = operations.stream()
                .sorted(Comparator.comparingLong(Operation::invokedNs))
                .toList();
        TreeSet<Long> times = new TreeSet<>();
        sorted.forEach(operation -> {
            times.add(operation.invokedNs());
            if (!isOpen(operation)) {
                times.add(operation.endedNs());
            }
        });
        List<Long> columns = List.copyOf(times);
        int step = Math.clamp(WIDTH / columns.size(), 1, 4);
        int width = columns.size() * step + 1;
        int names = sorted.stream()
                .mapToInt(operation -> operation.client().length())
                .max()
                .orElse(0);
        StringBuilder text = new StringBuilder();
        for (Operation<C, R> operation : sorted) {
            int from = columns.indexOf(operation.invokedNs()) * step;
            int to = isOpen(operation) ? width : columns.indexOf(operation.endedNs()) * step;
            String at = milliseconds(operation.invokedNs() - columns.getFirst());
            text.append(String.format("  %-" + names + "s %12s ", operation.client(), at));
            text.append(" ".repeat(from)).append(bar(to - from, isOpen(operation)));
            text.append(" ".repeat(Math.max(0, width - to))).append(' ');
            text.append(operation.call()).append(" -> ").append(operation.outcome());
            text.append(operation.equals(marked) ? "   <- cannot be placed\n" : "\n");
        }
        return text.toString();
    }

    private static boolean isOpen(Operation<?, ?> operation) {
        return operation.outcome() instanceof Unknown<?>;
    }

    private static String bar(int length, boolean isOpen) {
        return isOpen ? "|" + "~".repeat(length) : "|" + (length == 0 ? "" : "-".repeat(length - 1) + "|");
    }

    static String milliseconds(long ns) {
        return String.format(Locale.ROOT, "%,.3f ms", ns / 1e6);
    }
}
