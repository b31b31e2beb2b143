package archipel.ensemble;

import archipel.consensus.Proposal;
import archipel.consensus.Replica;
import archipel.ensemble.FakeRaft.Entry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a member has of a group's log, and, while it runs, what its replica is told of that, in order. */
final class FakeMember {
    private final FakeRaft raft;
    private final String name;
    // Survives a crash.
    private List<Entry> log = new ArrayList<>();
    private int first = 1;
    private long term;
    // Does not.
    private @Nullable Running running;
    private boolean leading;
    private @Nullable String leader;
    private int commit;
    private int begins;

    FakeMember(FakeRaft raft, String name) {
        this.raft = raft;
        this.name = name;
    }

    /** How the group's image gets from one member to another. */
    interface Images {
        Path take();
    }

    /** One run of the member. */
    private final class Running {
        private final Replica replica;
        private final Images images;
        // Proposed, and not looked at yet.
        private final Deque<Proposed> queue = new ArrayDeque<>();
        private final Map<Entry, Proposal> proposals = new LinkedHashMap<>();
        // What the thread that applies is to do.
        private final Deque<Runnable> tasks = new ArrayDeque<>();
        private final List<Waiter> waiters = new ArrayList<>();
        private int applied;
        private boolean busy;
        private boolean imageComing;
        private boolean begun;
        private @Nullable String fault;
        private boolean handingOver;

        Running(Replica replica, Images images, int applied) {
            this.replica = replica;
            this.images = images;
            this.applied = applied;
        }
    }

    private record Proposed(ByteBuffer entry, Proposal proposal) {}

    private record Waiter(int index, Runnable done) {}

    String name() {
        return name;
    }

    long term() {
        return term;
    }

    int first() {
        return first;
    }

    int last() {
        return log.size();
    }

    int commit() {
        return commit;
    }

    int applied() {
        return running == null ? 0 : running.applied;
    }

    Entry entry(int index) {
        return log.get(index - 1);
    }

    boolean has(int index, Entry entry) {
        return log.size() >= index && log.get(index - 1) == entry;
    }

    boolean isRunning() {
        return running != null && running.fault == null;
    }

    boolean isLeading() {
        return leading;
    }

    boolean isHandingOver() {
        return running != null && running.handingOver;
    }

    @Nullable
    String leader() {
        return leader;
    }

    /** The index of the entry by which its term begins. */
    int begins() {
        return begins;
    }

    private long lastTerm() {
        return log.isEmpty() ? 0 : log.getLast().term();
    }

    boolean isAsNewAs(FakeMember other) {
        return lastTerm() > other.lastTerm() || lastTerm() == other.lastTerm() && last() >= other.last();
    }

    /** Up to where both logs are the same. */
    int matching(FakeMember other) {
        int match = Math.min(last(), other.last());
        while (match > 0 && log.get(match - 1) != other.log.get(match - 1)) {
            match--;
        }
        return match;
    }

    // From start to end.

    /** @param persisted up to where the replica has it */
    void start(Replica replica, Images images, int persisted) {
        int from = raft.random().nextInt(first - 1, Math.max(first - 1, persisted) + 1);
        running = new Running(replica, images, from);
        commit = from;
        leading = false;
        leader = null;
    }

    /** What it has not written is gone, and nobody is told anything. */
    void crash() {
        running = null;
        leading = false;
        leader = null;
    }

    /** Ends; whoever waits is told. */
    void stop() {
        Running was = running;
        if (was != null) {
            leading = false;
            leader = null;
            endAll(was);
            running = null;
        }
    }

    private void endAll(Running was) {
        List<Proposal> over = new ArrayList<>(was.proposals.values());
        was.proposals.clear();
        was.queue.forEach(proposed -> over.add(proposed.proposal));
        was.queue.clear();
        over.forEach(proposal -> proposal.failed());
    }

    private void fault(Running of, RuntimeException e) {
        boolean led = leading;
        leading = false;
        leader = null;
        of.fault = String.valueOf(e.getMessage());
        of.tasks.clear();
        raft.clock().within(20, () -> endAll(of));
        of.replica.stopped(of.fault, false);
        if (led) {
            of.replica.ceases();
        }
    }

    // As the leader.

    void lead(long newTerm) {
        term = newTerm;
        leading = true;
        leader = name;
        log.add(new Entry(newTerm, null));
        begins = log.size();
        Running now = running;
        if (now != null) {
            now.begun = false;
            now.handingOver = false;
        }
    }

    /** Hears of a newer term, or that another member leads in its own. */
    void stepDown(long newTerm) {
        Running now = running;
        if (newTerm > term) {
            term = newTerm;
            leader = null;
        }
        if (!leading || now == null) {
            return;
        }
        leading = false;
        leader = null;
        now.handingOver = false;
        List<Proposal> over = new ArrayList<>(now.proposals.values());
        now.proposals.clear();
        for (Proposal proposal : over) {
            raft.clock().within(20, () -> proposal.failed());
        }
        task(now, now.replica::ceases);
    }

    void follow(String newLeader, long newTerm) {
        stepDown(newTerm);
        Running now = running;
        if (now != null && !leading && !newLeader.equals(leader)) {
            leader = newLeader;
            task(now, () -> now.replica.follows(newLeader, newTerm));
        }
    }

    /** Loses sight of its leader. */
    void forgetLeader() {
        if (!leading) {
            leader = null;
        }
    }

    void propose(ByteBuffer entry, Proposal proposal) {
        Running now = running;
        if (now == null || now.fault != null) {
            raft.clock().within(5, () -> proposal.failed());
        } else if (!raft.isCalm() && raft.random().nextInt(60) == 0) {
            if (raft.random().nextBoolean()) {
                proposal.failed();
            } else {
                raft.clock().within(20, () -> proposal.failed());
            }
        } else {
            now.queue.add(new Proposed(entry, proposal));
            raft.clock().within(8, () -> order(raft.random().nextInt(1, 5)));
        }
    }

    /** Gives some of what was proposed its places. */
    void order(int most) {
        Running now = running;
        if (now == null || now.fault != null) {
            return;
        }
        for (int i = 0; i < most && !now.queue.isEmpty(); i++) {
            Proposed next = now.queue.poll();
            if (!leading) {
                raft.clock().within(20, () -> next.proposal.failed());
            } else if (now.handingOver) {
                raft.clock().within(20, () -> next.proposal.failed());
            } else {
                byte[] bytes = new byte[next.entry.remaining()];
                next.entry.duplicate().get(bytes);
                Entry entry = new Entry(term, bytes);
                log.add(entry);
                now.proposals.put(entry, next.proposal);
            }
        }
    }

    /** Hands over, or comes back to leading where that does not succeed. */
    void handOver(FakeMember to) {
        Running now = running;
        if (now == null || !leading || now.handingOver) {
            return;
        }
        now.handingOver = true;
        long inTerm = term;
        raft.clock().within(200, () -> {
            if (now == running && leading && term == inTerm) {
                for (int i = 0; i < 4; i++) {
                    raft.replicate(this, to);
                }
                if (!raft.connects(this, to) || !raft.isCalm() && raft.random().nextInt(4) == 0 || !raft.elect(to)) {
                    now.handingOver = false;
                }
            }
        });
    }

    // As a follower.

    void take(FakeMember from, int match, int count) {
        if (count > 0) {
            boolean same = last() >= match + count && has(match + count, from.entry(match + count));
            if (!same) {
                log.subList(match, log.size()).clear();
                log.addAll(from.log.subList(match, match + count));
            }
        }
    }

    void learn(int committed) {
        Running now = running;
        if (now == null || committed <= commit) {
            return;
        }
        commit = committed;
        task(now, () -> apply(now, committed));
    }

    void giveImage(FakeMember follower) {
        Running here = running;
        Running there = follower.running;
        if (here == null || here.busy || there == null || there.imageComing) {
            return;
        }
        there.imageComing = true;
        int at = (int) here.replica.position().index();
        List<Entry> upTo = List.copyOf(log.subList(0, at));
        Path image = here.images.take();
        raft.clock().within(100, () -> follower.task(there, () -> follower.install(there, image, upTo)));
    }

    private void install(Running to, Path image, List<Entry> upTo) {
        to.imageComing = false;
        if (upTo.size() <= to.applied) {
            return;
        }
        to.replica.install(image);
        to.applied = upTo.size();
        if (log.size() < upTo.size() || log.get(upTo.size() - 1) != upTo.getLast()) {
            log = new ArrayList<>(upTo);
        }
        first = Math.max(first, upTo.size() + 1);
        commit = Math.max(commit, upTo.size());
        arrived(to);
    }

    /** Forgets the log up to there, which the replica has for good. */
    void forget(int persisted) {
        first = Math.max(first, Math.min(persisted, applied()) + 1);
    }

    // On the thread that applies.

    private void task(Running of, Runnable task) {
        of.tasks.add(task);
        raft.clock().within(15, () -> work(of));
    }

    private void work(Running of) {
        if (of != running || of.busy || of.fault != null) {
            if (of == running && of.busy) {
                raft.clock().within(5, () -> work(of));
            }
            return;
        }
        Runnable next = of.tasks.poll();
        if (next == null) {
            return;
        }
        of.busy = true;
        try {
            next.run();
        } catch (SimulatedFault e) {
            fault(of, e);
        } finally {
            of.busy = false;
        }
    }

    /** A fault of the member that applies something. */
    static final class SimulatedFault extends RuntimeException {
        SimulatedFault() {
            super("a fault that was asked for");
        }
    }

    private void apply(Running of, int to) {
        while (of.applied < to && of == running) {
            int until = Math.min(to, of.applied + raft.random().nextInt(1, 20));
            Delivery entries = new Delivery(of, of.applied, until);
            try {
                if (entries.hasCommands()) {
                    of.replica.apply(entries);
                }
            } catch (SimulatedFault e) {
                entries.undelivered(proposal -> proposal.failed());
                throw e;
            }
            if (of != running) {
                return;
            }
            of.applied = until;
            arrived(of);
        }
        if (leading && !of.begun && of.applied >= begins && of == running) {
            of.begun = true;
            long begun = term;
            of.replica.leads(begun);
        }
    }

    private void arrived(Running of) {
        List<Waiter> over =
                of.waiters.stream().filter(waiter -> waiter.index <= of.applied).toList();
        of.waiters.removeAll(over);
        over.forEach(waiter -> raft.clock().within(10, waiter.done));
    }

    /** Calls back once that was applied. */
    void await(int index, Runnable done) {
        Running now = running;
        if (now == null) {
            return;
        }
        if (now.applied >= index) {
            raft.clock().within(10, done);
        } else {
            now.waiters.add(new Waiter(index, done));
        }
    }

    /** Committed entries with their proposals, without those that are no commands. */
    private final class Delivery implements Replica.Entries {
        private final List<Integer> indexes = new ArrayList<>();
        private final Map<Integer, Proposal> proposals = new HashMap<>();
        private int current = -1;

        Delivery(Running of, int after, int to) {
            for (int index = after + 1; index <= to; index++) {
                Entry entry = entry(index);
                if (entry.bytes() != null) {
                    indexes.add(index);
                    Proposal proposal = of.proposals.remove(entry);
                    if (proposal != null) {
                        proposals.put(index, proposal);
                    }
                }
            }
        }

        boolean hasCommands() {
            return !indexes.isEmpty();
        }

        /** What was being applied and came to nothing: who has proposed what was given before hears nothing. */
        void undelivered(Consumer<Proposal> told) {
            for (int i = current; i < indexes.size(); i++) {
                Proposal proposal = proposals.get(indexes.get(i));
                if (proposal != null) {
                    told.accept(proposal);
                }
            }
        }

        @Override
        public boolean next() {
            raft.clock().interleave();
            return ++current < indexes.size();
        }

        @Override
        public long index() {
            return indexes.get(current);
        }

        @Override
        public long term() {
            return entry(indexes.get(current)).term();
        }

        @Override
        public ByteBuffer data() {
            return ByteBuffer.wrap(entry(indexes.get(current)).bytes()).asReadOnlyBuffer();
        }

        @Override
        public @Nullable Proposal proposal() {
            return proposals.get(indexes.get(current));
        }
    }
}
