package archipel.linearizability;

import java.util.List;
import java.util.stream.Collectors;

/** What the checker says of a history. */
public sealed interface Verdict {
    /**
     * There is an order in which one copy would have answered the same.
     *
     * @param operations how many had an effect or an answer to place
     * @param parts into how many parts without a common key the history fell
     */
    record Linearizable(int operations, int parts) implements Verdict {
        @Override
        public String toString() {
            return String.format("linearizable: %,d operations in %,d parts", operations, parts);
        }
    }

    /**
     * There is no such order.
     *
     * @param violations the first few parts for which there is none
     * @param parts how many parts there are for which there is none, as far as all could be judged
     */
    record NotLinearizable(List<Violation> violations, int parts) implements Verdict {
        @Override
        public String toString() {
            String first = violations.stream().map(Violation::toString).collect(Collectors.joining("\n"));
            return "not linearizable in " + parts + (parts == 1 ? " part\n" : " parts\n") + first;
        }
    }

    /**
     * Time or memory ran out before either was proved.
     *
     * @param undecided the parts concerned; the others are linearizable
     */
    record Undecided(List<String> undecided) implements Verdict {
        @Override
        public String toString() {
            return "undecided within the bounds: " + String.join("; ", undecided);
        }
    }
}
