package archipel.ensemble;

import archipel.changes.Waiters;
import archipel.document.JsonBuffer;
import archipel.raft.ElectionListener;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a member has seen of elections, in order, the newest {@value #MOST} of it: who was met and lost, who asked whom
 * for its vote and what it got, who leads. Safe for use by many threads.
 */
public final class ElectionEvents extends ElectionListener {
    private static final int MOST = 2_000;

    private final InstantSource clock;
    private final String own;
    private final Deque<Event> events = new ArrayDeque<>();
    private final Waiters waiters = new Waiters();
    private long last;
    private volatile boolean closed;

    ElectionEvents(InstantSource clock, String own) {
        this.clock = clock;
        this.own = own;
    }

    /** What has happened. */
    enum Kind {
        /** A member answers, for the first time or again. */
        DISCOVERED,
        /** A member answers no more. */
        LOST,
        PRE_VOTE_REQUESTED,
        PRE_VOTE_GRANTED,
        PRE_VOTE_REFUSED,
        VOTE_REQUESTED,
        VOTE_GRANTED,
        VOTE_REFUSED,
        /** A leader has asked another member to take over. */
        TRANSFER,
        /** A member leads, as this one has learnt. */
        LEADER,
        /** This member leads no more. */
        STEPPED_DOWN;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Something that has happened.
     *
     * @param number from 1, by one more for each
     * @param group -1 where it is not about one
     * @param from who has asked, granted, refused or begun to lead
     * @param to whom that was said; null where it was nobody
     * @param term 0 where it is not about one
     */
    public record Event(
            long number,
            Instant at,
            String kind,
            int group,
            String from,
            @Nullable String to,
            long term) {
        public void appendTo(JsonBuffer json) {
            json.ascii("{\"seq\":").number(number);
            json.ascii(",\"time\":").string(at.toString());
            json.ascii(",\"type\":").string(kind);
            if (group >= 0) {
                json.ascii(",\"group\":").number(group);
            }
            json.ascii(",\"from\":").string(from);
            if (to != null) {
                json.ascii(",\"to\":").string(to);
            }
            if (term > 0) {
                json.ascii(",\"term\":").number(term);
            }
            json.ascii('}');
        }
    }

    @Override
    protected void vote(Vote vote) {
        boolean asked = vote.reply() == Reply.ASKED;
        // An answer goes the other way than its question.
        boolean ours = vote.own() == asked;
        add(kind(vote), group(vote.group()), ours ? own : vote.member(), ours ? vote.member() : own, vote.term());
    }

    private static Kind kind(Vote vote) {
        return switch (vote.question()) {
            case PRE_VOTE ->
                switch (vote.reply()) {
                    case ASKED -> Kind.PRE_VOTE_REQUESTED;
                    case GRANTED -> Kind.PRE_VOTE_GRANTED;
                    case REFUSED -> Kind.PRE_VOTE_REFUSED;
                };
            case VOTE ->
                switch (vote.reply()) {
                    case ASKED -> Kind.VOTE_REQUESTED;
                    case GRANTED -> Kind.VOTE_GRANTED;
                    case REFUSED -> Kind.VOTE_REFUSED;
                };
            case TAKE_OVER -> Kind.TRANSFER;
        };
    }

    private static int group(String name) {
        return Integer.parseInt(name.substring(name.lastIndexOf('-') + 1));
    }

    void add(Kind kind, int group, String from, @Nullable String to, long term) {
        synchronized (events) {
            last++;
            events.addLast(new Event(last, clock.instant(), kind.word(), group, from, to, term));
            if (events.size() > MOST) {
                events.removeFirst();
            }
        }
        waiters.wake();
    }

    /** Those after a number that are still known, in order. */
    public List<Event> since(long number) {
        synchronized (events) {
            List<Event> newer = new ArrayList<>();
            for (Event event : events) {
                if (event.number() > number) {
                    newer.add(event);
                }
            }
            return newer;
        }
    }

    /** The number of the newest one. */
    public long last() {
        synchronized (events) {
            return last;
        }
    }

    /** Waits for one after a number; false where none came in time, or none will. */
    public boolean await(long number, Duration timeout) throws InterruptedException {
        waiters.await(() -> closed || last() > number, timeout);
        return last() > number;
    }

    void close() {
        closed = true;
        waiters.wake();
    }
}
