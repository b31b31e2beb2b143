package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import archipel.command.AnswerCodec;
import archipel.command.Command;
import archipel.command.CommandCodec;
import archipel.command.GroupCommand;
import archipel.command.Outcome;
import archipel.log.LogPosition;
import archipel.storage.FormatVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One group's replicated log as its members see it, without the messages that make it so: a leader for each term, who
 * alone appends; entries are committed for good in order, and a new leader may lack what was not.
 */
final class SimLog {
    private final int group;
    private final SplittableRandom random;
    private final List<Entry> entries = new ArrayList<>();
    // By index: what applying the entry answered, wherever that was first.
    private final TreeMap<Long, byte[]> answers = new TreeMap<>();
    private final TreeMap<Long, Ticket> tickets = new TreeMap<>();
    private long committed;
    private long term;
    private int leader;

    SimLog(int group, SplittableRandom random, int leader) {
        this.group = group;
        this.random = random;
        elect(leader);
        // Once, by all nodes' version.
        Command<?> raise = new GroupCommand.RaiseFormat(FormatVersion.NEWEST.number());
        entries.add(new Entry(last() + 1, term, CommandCodec.encode(raise, FormatVersion.BEFORE_RAISING)));
        committed = last();
    }

    int group() {
        return group;
    }

    int leader() {
        return leader;
    }

    long committed() {
        return committed;
    }

    /** The index of the last one that is a command; 0 where there is none. */
    long lastCommand() {
        int last = entries.size();
        while (last > 0 && entries.get(last - 1).bytes() == null) {
            last--;
        }
        return last;
    }

    long last() {
        return entries.size();
    }

    /** From here on that node leads; what no majority had may be gone, and no client hears which. */
    void elect(int node) {
        long kept = random.nextLong(committed, last() + 1);
        entries.subList((int) kept, entries.size()).clear();
        tickets.values().forEach(ticket -> ticket.end(State.UNKNOWN));
        tickets.clear();
        leader = node;
        term++;
        // As its first act a leader commits an entry of its own term.
        entries.add(new Entry(last() + 1, term, null));
    }

    Ticket append(Command<?> command) {
        Entry entry = new Entry(last() + 1, term, CommandCodec.encode(command, FormatVersion.NEWEST));
        entries.add(entry);
        Ticket ticket = new Ticket(entry.index);
        tickets.put(entry.index, ticket);
        return ticket;
    }

    /** Commits some of what is there. */
    void commitSome() {
        committed = random.nextLong(committed, last() + 1);
    }

    void commitAll() {
        committed = last();
    }

    /** Committed ones from that index on, at most so many. */
    List<Entry> read(long from, long most) {
        long end = Math.min(committed, from + most - 1);
        return end < from ? List.of() : List.copyOf(entries.subList((int) from - 1, (int) end));
    }

    /** A node has applied an entry: all must come to the same, each time. */
    void applied(int node, Entry entry, Outcome<?> outcome) {
        byte[] answer = AnswerCodec.encode(outcome);
        byte[] known = answers.putIfAbsent(entry.index, answer);
        if (known != null) {
            assertArrayEquals(known, answer, () -> "node " + node + " answers another than the first, " + entry);
        }
        if (node == leader) {
            Ticket ticket = tickets.remove(entry.index);
            if (ticket != null) {
                ticket.outcome = outcome;
                ticket.end(State.ACKNOWLEDGED);
            }
        }
    }

    /** What applying an entry answered; null where that has not been done. */
    @Nullable
    Outcome<?> answer(long index) {
        byte[] answer = answers.get(index);
        return answer == null ? null : AnswerCodec.decode(answer);
    }

    enum State {
        PENDING,
        ACKNOWLEDGED,
        /** It may be applied yet, or never. */
        UNKNOWN
    }

    /** @param bytes of the command; null for what a leader begins its term with */
    record Entry(long index, long term, byte @Nullable [] bytes) {
        LogPosition position() {
            return new LogPosition(index, term);
        }

        @Override
        public String toString() {
            return "entry " + index + " of term " + term + ": " + (bytes == null ? "" : CommandCodec.decode(bytes));
        }
    }

    /** What a client holds that waits for its command. */
    static final class Ticket {
        private final long index;
        private State state = State.PENDING;
        private @Nullable Outcome<?> outcome;

        private Ticket(long index) {
            this.index = index;
        }

        private void end(State end) {
            state = end;
        }

        State state() {
            return state;
        }

        long index() {
            return index;
        }

        /** Whether it was applied and not refused. */
        boolean isDone() {
            return outcome instanceof Outcome.Done<?>;
        }

        /** What applying it answered; once it is done. */
        @Nullable
        Object answer() {
            return ((Outcome.Done<?>) outcome).answer();
        }
    }
}
