package archipel.ensemble;

import archipel.changes.Deadline;
import archipel.command.Command;
import archipel.consensus.Completion;
import archipel.consensus.Consensus;
import archipel.consensus.Membership;
import archipel.consensus.Replica;
import archipel.divergence.ChainWatch;
import archipel.divergence.Findings;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.health.Problem;
import archipel.log.CommandLog;
import archipel.log.LogContext;
import archipel.log.StateMachine;
import archipel.raft.ImageProgress;
import archipel.raft.RaftGroup;
import archipel.raft.RaftHost;
import archipel.transport.CallFailure;
import archipel.transport.Exchange;
import archipel.transport.Reply;
import archipel.transport.Service;
import archipel.transport.Transport;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The log of a member of an ensemble: each group has an order of its own, which the members agree on. Commands are
 * taken on every member. Safe for use by many threads.
 */
public final class ReplicatedLog implements CommandLog {
    private static final System.Logger LOG = System.getLogger(ReplicatedLog.class.getName());
    private static final int BYTES_PER_PERMIT = 1 << 10;
    private static final int SWEEP_MS = 50;
    private static final int HOUSEKEEPING_MS = 1_000;
    /** How many times as much log as otherwise is kept while an image is being sent. */
    private static final int LOGS_FOR_IMAGES = 8;

    private static final int REVIEW_MS = 250;
    private static final int ROUNDS_WITHOUT_LEADER = 12;
    /** For how long members may be waited for after a start, before that is a failure: 30 s. */
    private static final int ROUNDS_BEFORE_FIRST = 30_000 / REVIEW_MS;

    private static final Duration LOST = Duration.ofMillis(100);
    private static final int HURRY_MS = 2_000;
    private static final Duration HAND_OVER = Duration.ofSeconds(2);
    private static final Duration DRAIN = Duration.ofSeconds(2);

    private final LogContext context;
    private final Transport transport;
    private final RaftHost host;
    private final Origin origin;
    private final Patience patience;
    private final ElectionEvents events;
    private final Map<Integer, ReplicatedGroup> groups = new TreeMap<>();
    private final ScheduledThreadPoolExecutor timer;
    // Of its own: asking the library how a group stands can wait for a disk.
    private final ScheduledThreadPoolExecutor sweeper;
    private final Persister persister;
    private final Soundness soundness;
    private final ChainWatch watch;
    private final Rebuilder rebuilder;
    private final Stoppages stoppages;
    private final int permits;
    private final Semaphore room;
    private final Home home = new Home();
    private final AtomicLong images = new AtomicLong();
    private final LongSupplier steadyMs = Deadline.steadyMs();
    private volatile boolean closing;
    private final ReentrantLock joining = new ReentrantLock();
    private volatile boolean leaving;
    // Guarded by the lock. Why groups could not be joined, and whether those that could are looked after.
    private final Map<Integer, String> unjoined = new TreeMap<>();
    private boolean lookedAfter;
    // Whether all groups have ever had a leader, and in how many reviews since one was without; for the timer.
    private boolean begun;
    private int roundsWithout;
    // How many members are older, as was last known.
    private volatile int age;

    /**
     * @param transport not started yet; closed with this
     * @param host on that transport; closed with this
     * @param findings what earlier runs have found wrong
     */
    ReplicatedLog(
            LogContext context,
            Transport transport,
            RaftHost host,
            Origin origin,
            Patience patience,
            ElectionEvents events,
            Findings findings) {
        this.events = events;
        this.context = context;
        this.transport = transport;
        this.host = host;
        this.origin = origin;
        this.patience = patience;
        this.permits = Math.clamp(context.options().queueBytes() / BYTES_PER_PERMIT, 1, Integer.MAX_VALUE);
        this.room = new Semaphore(permits, true);
        this.timer =
                new ScheduledThreadPoolExecutor(1, work -> context.threads().background("archipel-ensemble", work));
        this.sweeper =
                new ScheduledThreadPoolExecutor(1, work -> context.threads().background("archipel-sweeper", work));
        context.machines().forEach((number, machine) -> groups.put(number, new ReplicatedGroup(number, machine, home)));
        this.stoppages = new Stoppages(context.health());
        this.soundness = new Soundness(findings, groups, context.health());
        this.watch = new ChainWatch(transport, soundness, context.threads());
        this.rebuilder = new Rebuilder(transport.member(), soundness, context.threads());
        StateMachine any = context.machines().values().iterator().next();
        this.persister = new Persister(any::persist, context.threads());
        transport.serve(Service.FORWARD, this::forwarded);
        ImageStream.deleteAll(context.directory());
        sweeper.scheduleWithFixedDelay(this::sweep, SWEEP_MS, SWEEP_MS, TimeUnit.MILLISECONDS);
        review();
        timer.scheduleWithFixedDelay(this::review, REVIEW_MS, REVIEW_MS, TimeUnit.MILLISECONDS);
        timer.scheduleWithFixedDelay(this::compact, HOUSEKEEPING_MS, HOUSEKEEPING_MS, TimeUnit.MILLISECONDS);
    }

    /**
     * For how long what is waited for.
     *
     * @param write for a write that was sent
     * @param leader for somebody to send it to
     * @param read for a leader that confirms a read
     * @param retryMs between two tries
     * @param logBytes how much log of all groups together makes them forget what they have stored
     * @param commandBytes how long a command can be
     */
    public record Patience(
            Duration write, Duration leader, Duration read, int retryMs, long logBytes, long commandBytes) {
        public static final Patience DEFAULT = new Patience(
                Duration.ofSeconds(15), Duration.ofSeconds(8), Duration.ofSeconds(8), 30, 128L << 20, 64 << 20);
    }

    /**
     * Takes part in all groups from here on. The transport has started. Where the group has data from before there was
     * a log, that is what the log begins after, if this member is one of the first. A group that cannot be joined holds
     * up no other one, and is told of as one that has stopped; called again, it is tried again.
     *
     * @return whether this member takes part in all of them
     */
    boolean join(String ensemble, Membership members) {
        joining.lock();
        try {
            for (ReplicatedGroup group : groups.values()) {
                if (leaving) {
                    return true;
                }
                if (group.consensus() == null) {
                    tryToJoin(ensemble, members, group);
                }
            }
            if (!lookedAfter) {
                lookedAfter = true;
                watch.start();
                rebuilder.start();
            }
            return unjoined.isEmpty();
        } finally {
            joining.unlock();
        }
    }

    private void tryToJoin(String ensemble, Membership members, ReplicatedGroup group) {
        try {
            join(ensemble, members, group);
            unjoined.remove(group.number());
        } catch (RuntimeException e) {
            String reason = "it cannot be joined: " + RaftGroup.text(e);
            if (!reason.equals(unjoined.put(group.number(), reason))) {
                LOG.log(System.Logger.Level.ERROR, "group " + group.number() + " cannot be joined", e);
            }
            if (!group.isStopped()) {
                group.stopped(reason, true);
            }
        }
    }

    private void join(String ensemble, Membership members, ReplicatedGroup group) {
        Replica.Position position = group.position();
        if (position.index() > 0 && members.voters().contains(transport.member()) && !host.knows(group.number())) {
            host.begin(group.number(), position, members);
        }
        group.join(host.join(ensemble, group.number(), members, group));
    }

    // A group that is joined after the others were left would never end.
    private void endJoining() {
        leaving = true;
        joining.lock();
        joining.unlock();
    }

    Soundness soundness() {
        return soundness;
    }

    @Override
    public @Nullable RequestException refusal(int group) {
        return soundness.refused(group);
    }

    /** Makes this member the only one of all groups, without asking others. */
    void force() {
        Membership alone = new Membership(new TreeSet<>(List.of(transport.member())), new TreeSet<>());
        for (ReplicatedGroup group : groups.values()) {
            Consensus consensus = group.consensus();
            try {
                if (consensus != null) {
                    consensus.force(alone);
                }
            } catch (IllegalStateException busy) {
                // It is becoming so just now; asked again in a moment.
                LOG.log(System.Logger.Level.DEBUG, "group {0} is not forced yet", group.number());
            }
        }
    }

    /** Whether there is data from before there was a log of it. */
    boolean hasOldData() {
        return groups.values().stream().anyMatch(group -> group.position().index() > 0 && !host.knows(group.number()));
    }

    Patience patience() {
        return patience;
    }

    Origin origin() {
        return origin;
    }

    @Override
    public <A extends @Nullable Object> CompletableFuture<Applied<A>> append(int group, Command<A> command) {
        ReplicatedGroup to = group(group);
        RequestException refusal = refused(to);
        if (refusal != null) {
            return CompletableFuture.failedFuture(refusal);
        }
        int taken = command.admitted() ? 0 : (int) Math.min(permits, 1 + command.bytes() / BYTES_PER_PERMIT);
        if (taken > 0 && !enter(taken)) {
            return CompletableFuture.failedFuture(new RequestException(ErrorCode.WRITES_BUSY));
        }
        return to.append(command, () -> room.release(taken));
    }

    private ReplicatedGroup group(int number) {
        ReplicatedGroup group = groups.get(number);
        if (group == null) {
            throw new IllegalArgumentException("there is no group " + number);
        }
        return group;
    }

    private boolean enter(int wanted) {
        try {
            return room.tryAcquire(wanted, context.options().queueWait().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public CompletableFuture<@Nullable Void> readBarrier(int group) {
        ReplicatedGroup of = group(group);
        RequestException refusal = refused(of);
        return refusal == null ? of.readBarrier() : CompletableFuture.failedFuture(refusal);
    }

    // Also where this member takes no part: what it has can be read there, but not as the newest.
    private @Nullable RequestException refused(ReplicatedGroup group) {
        RequestException refusal = refusal(group.number());
        return refusal == null && group.isStopped() ? new RequestException(ErrorCode.MEMBER_STOPPED) : refusal;
    }

    @Override
    public CompletableFuture<Void> replace(int group, Supplier<StateMachine.@Nullable Publication> replacement) {
        group(group);
        return CompletableFuture.failedFuture(new UnsupportedOperationException(
                "the state of a replicated group is replaced by its log alone, when other members have a newer one"));
    }

    @Override
    public boolean isReplicated() {
        return true;
    }

    @Override
    public @Nullable String leader(int group) {
        Consensus consensus = group(group).consensus();
        return consensus == null ? null : consensus.standing().leader();
    }

    @Override
    public int waiting() {
        return groups.values().stream().mapToInt(group -> group.outbox().size()).sum();
    }

    /**
     * Lets the members that have been up longest ask first to be elected, where a leader falls silent: each waits a
     * little longer for each that is older.
     *
     * @param upMs for how long each member that answers has been up
     */
    void preferByAge(Map<String, Long> upMs, String own) {
        long mine = upMs.getOrDefault(own, 0L);
        int older = (int) upMs.entrySet().stream()
                .filter(other -> other.getValue() > mine
                        || other.getValue() == mine && other.getKey().compareTo(own) < 0)
                .count();
        if (older == age) {
            return;
        }
        age = older;
        Duration silence = silence();
        for (ReplicatedGroup group : groups.values()) {
            Consensus consensus = group.consensus();
            if (consensus != null) {
                consensus.electAfter(silence);
            }
        }
    }

    /**
     * The connections to a member have ended, as those of a process do that has died: nobody need wait for its silence.
     * Where it lives, others go on to hear of it, and refuse to vote.
     */
    void lost(String member) {
        home.later(0, () -> {
            for (ReplicatedGroup group : groups.values()) {
                Consensus consensus = group.consensus();
                if (consensus != null && member.equals(consensus.standing().leader())) {
                    consensus.electAfter(LOST.multipliedBy(1L + age));
                    home.later(HURRY_MS, () -> consensus.electAfter(silence()));
                }
            }
        });
    }

    // By how much longer than the oldest this member waits for a leader that is silent.
    private Duration silence() {
        return host.timing().election().plus(host.timing().spread().multipliedBy(age));
    }

    /** In ascending order of their numbers. */
    List<ReplicatedGroup> groups() {
        return List.copyOf(groups.values());
    }

    // On the thread that reads a connection.
    private void forwarded(String member, Service service, ByteBuffer request, Exchange exchange) {
        int number = request.remaining() < Short.BYTES ? -1 : request.getShort() & 0xffff;
        ReplicatedGroup group = groups.get(number);
        if (group == null) {
            exchange.fail("there is no group " + number);
        } else {
            group.forwarded(request, exchange);
        }
    }

    private void sweep() {
        for (ReplicatedGroup group : groups.values()) {
            try {
                group.sweep(closing);
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "writes that have waited for too long cannot be ended", e);
            }
        }
    }

    // An election is over before anybody needs to be told; what lasts longer is none.
    private void review() {
        try {
            List<Integer> without = new ArrayList<>();
            for (ReplicatedGroup group : groups.values()) {
                Consensus consensus = group.consensus();
                if (group.isStopped()) {
                    // Which is said otherwise.
                    continue;
                }
                if (consensus == null || consensus.standing().leader() == null) {
                    without.add(group.number());
                } else if (soundness.findings().isSetAside(group.number())) {
                    // Again: it is refused while members change, and whoever is asked may not take over.
                    group.giveWay();
                }
            }
            roundsWithout = without.isEmpty() ? 0 : roundsWithout + 1;
            if (without.isEmpty()) {
                context.health().withdraw(Problem.NO_LEADER);
            } else if (roundsWithout == (begun ? ROUNDS_WITHOUT_LEADER : ROUNDS_BEFORE_FIRST)) {
                context.health().report(Problem.NO_LEADER, noLeader(without));
            } else if (roundsWithout == 1 && !begun) {
                // Members that start one after the other are no trouble, but nobody should ask this one yet.
                context.health().expect(Problem.NO_LEADER, noLeader(without));
            }
            begun |= without.isEmpty();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "it is not known whether there are leaders", e);
        }
    }

    private String noLeader(List<Integer> without) {
        String which =
                without.size() == groups.size() ? "No group has a leader" : "Groups " + without + " have no leader";
        return which + ": a majority of the ensemble's members cannot be reached, or has not met yet.";
    }

    // A store that is written to files for one group is so for all of them.
    private void compact() {
        try {
            List<ReplicatedGroup> free =
                    groups.values().stream().filter(this::mayForget).toList();
            long bytes = free.stream().mapToLong(ReplicatedGroup::loggedBytes).sum();
            if (bytes < patience.logBytes()) {
                return;
            }
            for (ReplicatedGroup group : free) {
                Consensus consensus = group.consensus();
                if (consensus != null && group.takeLoggedBytes() > 0) {
                    consensus.compact();
                }
            }
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "the log cannot be shortened", e);
        }
    }

    // Whoever is being sent an image would need another one if the log that comes after it were gone. A log that grows
    // faster than images are sent must not fill the disk, though.
    private boolean mayForget(ReplicatedGroup group) {
        return !host.isSending(group.number()) || group.loggedBytes() > LOGS_FOR_IMAGES * patience.logBytes();
    }

    /** Images that this member sends, or is to send, or receives. */
    List<ImageProgress> images() {
        return host.imagesUnderWay();
    }

    /** Hands over what this member leads, ends what is under way, and leaves. */
    @Override
    public void close() {
        endJoining();
        groups.values().forEach(group -> group.outbox().refuse());
        handOver();
        drain();
        closing = true;
        watch.close();
        rebuilder.close();
        groups.values().forEach(group -> group.outbox().close());
        groups.values().forEach(group -> group.sweep(true));
        for (ReplicatedGroup group : groups.values()) {
            Consensus consensus = group.consensus();
            if (consensus != null) {
                consensus.close();
            }
        }
        sweeper.shutdownNow();
        timer.shutdownNow();
        transport.close();
        persister.close();
        host.close();
    }

    private void handOver() {
        groups.values().forEach(ReplicatedGroup::handOver);
        awaitNone(ReplicatedGroup::isHandingOver, HAND_OVER);
    }

    // Who has sent something before the stop is told what came of it, where somebody leads who can say so.
    private void drain() {
        awaitNone(group -> group.outbox().size() > 0 && leader(group.number()) != null, DRAIN);
    }

    private void awaitNone(Predicate<ReplicatedGroup> busy, Duration patience) {
        Deadline deadline = Deadline.after(patience);
        while (groups.values().stream().anyMatch(busy) && !deadline.hasPassed()) {
            try {
                TimeUnit.MILLISECONDS.sleep(SWEEP_MS / 5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** What the groups have in common. */
    private final class Home implements ReplicatedGroup.Home {
        @Override
        public String member() {
            return transport.member();
        }

        @Override
        public Origin origin() {
            return origin;
        }

        @Override
        public LogContext context() {
            return context;
        }

        @Override
        public Patience patience() {
            return patience;
        }

        @Override
        public long steadyMs() {
            return steadyMs.getAsLong();
        }

        @Override
        public void later(int delayMs, Runnable work) {
            try {
                timer.schedule(work, delayMs, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException stopping) {
                // Nobody waits for it any more.
                return;
            }
        }

        @Override
        public void forward(String leader, int group, ByteBuffer command, ReplicatedGroup.Forwarding forwarding) {
            ByteBuffer head =
                    ByteBuffer.allocate(Short.BYTES).putShort((short) group).flip();
            transport
                    .link(leader)
                    .call(Service.FORWARD, new ByteBuffer[] {head, command}, patience.write(), new Reply() {
                        @Override
                        public void answered(ByteBuffer answer) {
                            long index = answer.getLong();
                            byte[] outcome = new byte[answer.remaining()];
                            answer.get(outcome);
                            forwarding.applied(index, outcome);
                        }

                        @Override
                        public void failed(CallFailure failure) {
                            forwarding.lost(failure.message());
                        }
                    });
        }

        @Override
        public void persist(Completion done) {
            persister.persist(done);
        }

        @Override
        public Path imageDirectory(int group) {
            return context.directory().resolve(ImageStream.PREFIX + group + "-" + images.incrementAndGet());
        }

        @Override
        public void elected(int group, String leader, long term) {
            LOG.log(System.Logger.Level.INFO, "member {0} leads group {1} in term {2}", leader, group, term);
            events.add(ElectionEvents.Kind.LEADER, group, leader, null, term);
        }

        @Override
        public void ceased(int group, long term) {
            events.add(ElectionEvents.Kind.STEPPED_DOWN, group, transport.member(), null, term);
        }

        @Override
        public boolean isClosing() {
            return closing || leaving;
        }

        @Override
        public boolean isSetAside(int group) {
            return soundness.findings().isSetAside(group);
        }

        @Override
        public void replaced(int group) {
            soundness.replaced(group);
        }

        @Override
        public void stopped(int group, String reason, boolean again) {
            stoppages.stopped(group, reason, again);
        }

        @Override
        public void resumes(int group) {
            stoppages.resumes(group);
        }
    }
}
