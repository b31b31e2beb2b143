package archipel.linearizability;

import archipel.linearizability.Outcome.Failed;
import archipel.linearizability.Outcome.Returned;
import archipel.linearizability.Outcome.Unknown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A history as a text file with one event a line, in the order of time, so that it can be read by people, cut with a
 * text editor, and judged again:
 *
 * <pre>{@code
 * archipel history 1
 * 812004 writer-1 calls 17 update island 1-967a ouessant
 * 812950 reader-2 calls 18 read island
 * 813377 writer-1 returns 17 stored 2-7051
 * 815000 reader-2 unknown 18 timeout
 * }</pre>
 *
 * <p>The first figure is the time in nanoseconds, the figure after the verb belongs to one operation. The verbs of
 * the outcomes are {@code returns}, {@code unknown} and {@code failed}. An operation without an outcome, such as the
 * last ones of a file that was cut, is unknown.
 */
public final class HistoryFile {
    private static final String HEAD = "archipel history 1";

    private record Event(long atNs, int order, String line) {}

    private HistoryFile() {}

    /** Replaces a file that is there. */
    public static <C, R> void write(Path file, History<C, R> history, Wording<C, R> wording) throws IOException {
        List<Event> events = new ArrayList<>();
        for (int id = 0; id < history.size(); id++) {
            Operation<C, R> operation = history.operations().get(id);
            String call = " calls " + id + " " + wording.writeCall(operation.call());
            events.add(event(operation.invokedNs(), 0, operation.client(), call));
            String outcome = switch (operation.outcome()) {
                case Returned<R>(R result) -> " returns " + id + " " + wording.writeResult(result);
                case Unknown<R>(String reason) -> " unknown " + id + " " + words(reason);
                case Failed<R>(String reason) -> " failed " + id + " " + words(reason);
            };
            events.add(event(operation.endedNs(), 1, operation.client(), outcome));
        }
        events.sort(Comparator.comparingLong(Event::atNs).thenComparingInt(Event::order));
        List<String> lines = new ArrayList<>(List.of(HEAD));
        events.forEach(event -> lines.add(event.line()));
        Files.write(file, lines);
    }

    private static Event event(long atNs, int order, String client, String rest) {
        return new Event(atNs, order, atNs + " " + Words.encode(client) + rest);
    }

    private static String words(String reason) {
        return Words.join(reason.split(" ", -1));
    }

    /** @throws IOException where the file cannot be read, or a line is none of a history */
    public static <C, R> History<C, R> read(Path file, Wording<C, R> wording) throws IOException {
        List<String> lines = Files.readAllLines(file);
        if (lines.isEmpty() || !lines.getFirst().equals(HEAD)) {
            throw new IOException(file + " does not begin with '" + HEAD + "'");
        }
        SortedMap<Integer, Operation<C, R>> operations = new TreeMap<>();
        for (int i = 1; i < lines.size(); i++) {
            try {
                add(operations, lines.get(i), wording);
            } catch (RuntimeException e) {
                throw new IOException(file + ":" + (i + 1) + ": no event: " + lines.get(i), e);
            }
        }
        return new History<>(List.copyOf(operations.values()));
    }

    private static <C, R> void add(SortedMap<Integer, Operation<C, R>> operations, String line, Wording<C, R> wording) {
        String[] parts = line.split(" ", 5);
        if (parts.length < 5) {
            throw new IllegalArgumentException("too short");
        }
        long atNs = Long.parseLong(parts[0]);
        String client = Words.decode(parts[1]);
        int id = Integer.parseInt(parts[3]);
        if (parts[2].equals("calls")) {
            C call = wording.readCall(parts[4]);
            if (operations.put(id, new Operation<>(client, atNs, atNs, call, new Unknown<>("no answer in the file")))
                    != null) {
                throw new IllegalArgumentException("a second call " + id);
            }
            return;
        }
        Outcome<R> outcome = switch (parts[2]) {
            case "returns" -> new Returned<>(wording.readResult(parts[4]));
            case "unknown" -> new Unknown<>(String.join(" ", Words.split(parts[4])));
            case "failed" -> new Failed<>(String.join(" ", Words.split(parts[4])));
            default -> throw new IllegalArgumentException("no verb " + parts[2]);
        };
        Operation<C, R> called = operations.get(id);
        if (called == null) {
            throw new IllegalArgumentException("an outcome without a call");
        }
        operations.put(id, new Operation<>(client, called.invokedNs(), atNs, called.call(), outcome));
    }
}
