package archipel.linearizability;

import archipel.linearizability.Outcome.Failed;
import archipel.linearizability.Outcome.Returned;
import archipel.linearizability.Outcome.Unknown;
import java.util.Arrays;

/**
 * Histories as tests write them down: {@code client from to call -> result}, such as {@code a 0 10 write x=1 ->
 * written}. The result {@code ?} is unknown, {@code !} a failure.
 */
final class Histories {
    private Histories() {}

    static History<DocumentCall, DocumentResult> ofDocuments(String... lines) {
        return of(new DocumentWording(), lines);
    }

    static History<RegisterCall, RegisterResult> ofRegisters(String... lines) {
        return of(new RegisterWording(), lines);
    }

    static History<String, String> ofQueue(String... lines) {
        return of(QueueModel.WORDING, lines);
    }

    private static <C, R> History<C, R> of(Wording<C, R> wording, String... lines) {
        return new History<>(
                Arrays.stream(lines).map(line -> operation(wording, line)).toList());
    }

    private static <C, R> Operation<C, R> operation(Wording<C, R> wording, String line) {
        String[] parts = line.split(" ", 4);
        String[] both = parts[3].split(" -> ");
        Outcome<R> outcome = switch (both[1]) {
            case "?" -> new Unknown<>("timeout");
            case "!" -> new Failed<>("no connection");
            default -> new Returned<>(wording.readResult(both[1]));
        };
        return new Operation<>(
                parts[0], Long.parseLong(parts[1]), Long.parseLong(parts[2]), wording.readCall(both[0]), outcome);
    }
}
