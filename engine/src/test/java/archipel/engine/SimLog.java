package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.AnswerCodec;
import archipel.command.Command;
import archipel.command.CommandCodec;
import archipel.command.Outcome;
import archipel.log.LogPosition;
import archipel.storage.FormatVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One group's replicated log as its members see it, without the messages that make it so: a leader for each term, who
 * alone appends, whoever a command comes from; entries are committed for good in order, and a new leader may lack what
 * was not. Old entries are forgotten: a member that lacks them needs an image.
 */
final class SimLog {
    private final int group;
    private final SplittableRandom random;
    private final List<Entry> entries = new ArrayList<>();
    // By index: what applying the entry answered, wherever that was first.
    private final TreeMap<Long, byte[]> answers = new TreeMap<>();
    private final TreeMap<Long, Ticket> tickets = new TreeMap<>();
    private final ToFormat formats;
    private final LongSupplier clockMs;
    private long first = 1;
    private long committed;
    private long term;
    private long termBegins;
    private int leader;

    /**
     * @param formats in which a node has the group written, as far as it has applied it
     * @param clockMs of whoever leads
     */
    SimLog(int group, SplittableRandom random, int leader, ToFormat formats, LongSupplier clockMs) {
        this.group = group;
        this.random = random;
        this.formats = formats;
        this.clockMs = clockMs;
        elect(leader);
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

    long term() {
        return term;
    }

    /** The index of the term's first entry: who leads has applied all before it. */
    long termBegins() {
        return termBegins;
    }

    /** In which its leader writes commands. */
    FormatVersion format() {
        return formats.of(leader, group);
    }

    /** The index of the oldest entry that can be had. */
    long first() {
        return first;
    }

    /** Entries up to that one cannot be had any more. */
    void forget(long through) {
        first = Math.max(first, through + 1);
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
        termBegins = last() + 1;
        entries.add(new Entry(termBegins, term, null));
    }

    Ticket append(Command<?> command) {
        Command<?> stamped = command.stamped(clockMs.getAsLong());
        Entry entry = new Entry(last() + 1, term, CommandCodec.encode(stamped, format()));
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
        assertTrue(from >= first, "these were forgotten");
        long end = Math.min(committed, from + most - 1);
        return end < from ? List.of() : List.copyOf(entries.subList((int) from - 1, (int) end));
    }

    /** All that were ever committed. */
    List<Entry> all() {
        return List.copyOf(entries.subList(0, (int) committed));
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

    /** In which format a node has a group written. */
    @FunctionalInterface
    interface ToFormat {
        FormatVersion of(int node, int group);
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
