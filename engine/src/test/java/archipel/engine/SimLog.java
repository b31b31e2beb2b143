package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.AnswerCodec;
import archipel.command.Command;
import archipel.command.CommandCodec;
import archipel.command.GroupCommand;
import archipel.command.GroupCommand.Once;
import archipel.command.Outcome;
import archipel.document.ErrorCode;
import archipel.log.LogPosition;
import archipel.storage.FormatVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One group's replicated log as its members see it, without the messages that make it so: a leader for each term, who
 * alone appends, whoever a command comes from; entries are committed for good in order, and a new leader may lack what
 * was not. Old entries are forgotten: a member that lacks them needs an image.
 *
 * <p>Senders number their commands, once the group's format allows it, and send what they await again to each new
 * leader, which may have it. Copies of what was committed come again at any time.
 */
final class SimLog {
    private static final int SENDERS = 3;
    private static final Set<ErrorCode> ELSEWHERE =
            Set.of(ErrorCode.APPLIED_BEFORE, ErrorCode.OUT_OF_ORDER, ErrorCode.FORMER_RUN);

    private final int group;
    private final SplittableRandom random;
    private final List<Entry> entries = new ArrayList<>();
    // By index: what applying the entry answered, wherever that was first.
    private final TreeMap<Long, byte[]> answers = new TreeMap<>();
    private final TreeMap<Long, Ticket> tickets = new TreeMap<>();
    private final List<Sender> senders = new ArrayList<>();
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
        for (int i = 0; i < SENDERS; i++) {
            senders.add(new Sender());
        }
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
        List<Ticket> awaited = tickets.values().stream().distinct().toList();
        tickets.tailMap(kept, false).clear();
        leader = node;
        term++;
        // As its first act a leader commits an entry of its own term.
        termBegins = last() + 1;
        entries.add(new Entry(termBegins, term, null));
        for (Ticket ticket : awaited) {
            if (ticket.once != null && ticket.sender.isSending(ticket.once) && random.nextInt(4) > 0) {
                // Whether or not this leader has it.
                put(ticket.once, ticket);
            } else {
                ticket.end(State.UNKNOWN);
                tickets.values().removeIf(ticket::equals);
            }
        }
    }

    Ticket append(Command<?> command) {
        if (random.nextInt(8) == 0) {
            repeat();
        }
        if (!format().isAtLeast(FormatVersion.V6)) {
            return put(command, new Ticket(null, null));
        }
        if (random.nextInt(100) == 0) {
            put(senders.get(random.nextInt(SENDERS)).replace(), new Ticket(null, null));
        }
        Sender sender = senders.get(random.nextInt(SENDERS));
        Once<?> once = sender.number(command);
        return put(once, new Ticket(sender, once));
    }

    private Ticket put(Command<?> command, Ticket ticket) {
        Command<?> stamped = command.stamped(clockMs.getAsLong());
        // A leader that is behind hears from the bytes of a command which format the group has.
        FormatVersion format =
                command instanceof Once<?> && !format().isAtLeast(FormatVersion.V6) ? FormatVersion.V6 : format();
        Entry entry = new Entry(last() + 1, term, CommandCodec.encode(stamped, format));
        entries.add(entry);
        tickets.put(entry.index, ticket);
        return ticket;
    }

    // A copy of something that stays where it is, on a way of its own.
    private void repeat() {
        Entry entry = committed == 0 ? null : entries.get(random.nextInt((int) committed));
        if (entry != null
                && entry.bytes != null
                && CommandCodec.decode(entry.bytes) instanceof Once<?> once
                && senders.stream().anyMatch(sender -> sender.origin == once.origin())) {
            entries.add(new Entry(last() + 1, term, entry.bytes));
        }
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
            if (ticket != null && ticket.state == State.PENDING) {
                boolean elsewhere = isElsewhere(outcome);
                ticket.outcome = elsewhere ? null : outcome;
                ticket.end(elsewhere ? State.UNKNOWN : State.ACKNOWLEDGED);
            }
        }
    }

    /** Whether a command comes again here, too early or too late: what it came to is said elsewhere, if anything. */
    static boolean isElsewhere(Outcome<?> outcome) {
        return outcome instanceof Outcome.Refused<?> refused && ELSEWHERE.contains(refused.code());
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

    /** A node that sends commands, in one run after the other. */
    private final class Sender {
        private long origin = random.nextLong();
        private long run = random.nextInt(3);
        private long number;

        Once<?> number(Command<?> command) {
            if (random.nextInt(40) == 0) {
                run += random.nextInt(1, 3);
                number = 0;
            }
            number++;
            long after = random.nextInt(4) == 0 ? number - 1 : 0;
            return new Once<>(origin, run, number, after, command);
        }

        boolean isSending(Once<?> once) {
            return once.origin() == origin && once.run() == run;
        }

        /** Another node takes its place, and nobody will hear of this one again. */
        GroupCommand.ForgetOrigin replace() {
            long gone = origin;
            origin = random.nextLong();
            number = 0;
            return new GroupCommand.ForgetOrigin(gone);
        }
    }

    /** What a client holds that waits for its command. */
    static final class Ticket {
        private final @Nullable Sender sender;
        private final @Nullable Once<?> once;
        private State state = State.PENDING;
        private @Nullable Outcome<?> outcome;

        private Ticket(@Nullable Sender sender, @Nullable Once<?> once) {
            this.sender = sender;
            this.once = once;
        }

        private void end(State end) {
            state = end;
        }

        State state() {
            return state;
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
