package archipel.nemesis;

import archipel.nemesis.NodeClient.Answer;
import archipel.nemesis.NodeClient.Head;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The blocks of one database that answers named, whoever got them: a number has one hash on all nodes, and no
 * linearizable answer is of a block before one that was named when it was asked for. Safe for use by many threads.
 */
final class Heads {
    private final Map<Long, String> hashes = new ConcurrentHashMap<>();
    /** Who was the first to see a block, and when. */
    private final Map<Long, String> firstSeen = new ConcurrentHashMap<>();

    private final AtomicLong newest = new AtomicLong();
    private static final int MOST = 40;
    private static final long BEGUN_NS = System.nanoTime();

    private final Queue<String> violations = new ConcurrentLinkedQueue<>();

    /** The newest that was named; to be taken before a request is sent. */
    long newest() {
        return newest.get();
    }

    /** @param asked what {@link #newest} was before the request */
    void linearizable(String who, long asked, Answer answer) {
        Head head = answer.block();
        if (head == null) {
            violated(who + " got an answer without a block: " + answer);
            return;
        }
        if (head.number() < asked) {
            violated(who + " got block " + head.number() + " after " + asked + " had been seen by "
                    + firstSeen.get(asked) + ": " + answer);
        }
        same(who, head);
    }

    /** Of an answer that may be behind. @param least the block that it must not be behind */
    void any(String who, long least, Answer answer) {
        Head head = answer.block();
        if (head == null || head.number() < least) {
            violated(who + " got a block before " + least + ": " + answer);
        } else {
            same(who, head);
        }
    }

    private void same(String who, Head head) {
        firstSeen.putIfAbsent(head.number(), who + " at " + nowMs());
        newest.accumulateAndGet(head.number(), Math::max);
        String known = hashes.putIfAbsent(head.number(), head.hash());
        if (known != null && !known.equals(head.hash())) {
            violated(who + " got block " + head.number() + " with " + head.hash() + ", which was " + known);
        }
    }

    /** Milliseconds since the tests began. */
    static long nowMs() {
        return ms(System.nanoTime());
    }

    /** The same of a moment that {@link System#nanoTime} told. */
    static long ms(long ns) {
        return (ns - BEGUN_NS) / 1_000_000;
    }

    /** What must not be. */
    void violated(String what) {
        if (violations.size() < MOST) {
            violations.add("at " + nowMs() + " ms: " + what);
        }
    }

    Queue<String> violations() {
        return violations;
    }
}
