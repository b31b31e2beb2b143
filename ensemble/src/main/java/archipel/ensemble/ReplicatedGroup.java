package archipel.ensemble;

import archipel.command.Command;
import archipel.command.GroupCommand;
import archipel.command.GroupCommand.Once;
import archipel.consensus.Completion;
import archipel.consensus.Consensus;
import archipel.consensus.Proposal;
import archipel.consensus.Replica;
import archipel.consensus.Standing;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.log.Chains;
import archipel.log.CommandLog.Applied;
import archipel.log.FaultPolicy;
import archipel.log.LogContext;
import archipel.log.LogEntry;
import archipel.log.LogPosition;
import archipel.log.OpenBatch;
import archipel.log.StateMachine;
import archipel.storage.FormatVersion;
import archipel.transport.Exchange;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One group on one member: what is appended here goes to its leader, and what is committed is applied here. Entries are
 * applied on one thread, appended on any.
 */
final class ReplicatedGroup implements Replica {
    private static final System.Logger LOG = System.getLogger(ReplicatedGroup.class.getName());
    /** From which on commands can be told apart, so that one may be sent twice. */
    private static final FormatVersion LEAST = FormatVersion.V6;

    private static final int LONGEST_PAUSE_MS = 1000;
    /** How long a transfer may take. */
    private static final Duration AWAITED = Duration.ofSeconds(10);

    private static final Completion IGNORED = failure -> {};

    private final int number;
    private final StateMachine machine;
    private final Home home;
    private final Outbox outbox;
    private final BatchCompletion completion;
    private final AtomicLong transfers = new AtomicLong();
    private final AtomicLong loggedBytes = new AtomicLong();
    private volatile @Nullable Consensus consensus;
    private volatile @Nullable ReadBarrier barrier;
    private volatile long leading;
    // The term in which it does by the library, also where it must not act so.
    private volatile long elected;
    // Until when this member is about to lead since an admin wants it to, and whether it does for that.
    private volatile long awaitedUntilMs = Long.MIN_VALUE;
    private volatile boolean kept;
    // Whether this member takes no part in the group for now, or until a restart.
    private volatile boolean stopped;
    private final ReentrantLock applying = new ReentrantLock();
    // Whether the log has to keep all that it has, since an image is on its way that may be older.
    private volatile boolean rebuilding;
    // Guarded by the lock.
    private boolean encodable;
    private long delivered;
    // Up to which index an image has brought the group: who waits for a command before has missed it.
    private volatile long installed;

    ReplicatedGroup(int number, StateMachine machine, Home home) {
        this.number = number;
        this.machine = machine;
        this.home = home;
        this.outbox = new Outbox(this::send);
        this.completion = new BatchCompletion(home, this::giveWay);
    }

    /** What the groups of a node have in common. */
    interface Home {
        String member();

        Origin origin();

        LogContext context();

        ReplicatedLog.Patience patience();

        /** A clock for durations, which never jumps; milliseconds from any moment on. */
        long steadyMs();

        /** How long a part of a command is that does not go into one entry, and how long one is that does; bytes. */
        default int partBytes() {
            return LargeWrite.PART_BYTES;
        }

        /** Does something a little later, unless the node stops before. */
        void later(int delayMs, Runnable work);

        /** Sends a command to another member, for a group that it leads. */
        void forward(String leader, int group, ByteBuffer command, Forwarding forwarding);

        void persist(Completion done);

        Path imageDirectory(int group);

        /** A member leads the group, which may be this one. */
        void elected(int group, String leader, long term);

        /** This member leads the group no more. */
        void ceased(int group, long term);

        /** Whether waits are to be cut short. */
        boolean isClosing();

        /** A group takes no part any more. @param again whether it will by itself */
        void stopped(int group, String reason, boolean again);

        /** A group takes part again. */
        default void resumes(int group) {}

        /** Whether what this member has of a group is wrong, or about to be replaced. */
        default boolean isSetAside(int group) {
            return false;
        }

        /** The group's data was replaced by another member's. */
        default void replaced(int group) {}
    }

    /** Hears what became of a command that was sent to another member. */
    interface Forwarding {
        /** @param outcome as the group's codec writes it */
        void applied(long index, byte[] outcome);

        void lost(String reason);
    }

    int number() {
        return number;
    }

    Outbox outbox() {
        return outbox;
    }

    StateMachine.Codec codec() {
        return machine.codec();
    }

    /** Takes part from here on. */
    void join(Consensus joined) {
        consensus = joined;
        barrier = new ReadBarrier(
                joined,
                home::steadyMs,
                home.patience().read().toMillis(),
                again -> home.later(home.patience().retryMs(), again));
        if (isSetAside()) {
            setAside();
        }
        if (leading != 0) {
            raise(LEAST);
        }
        retarget();
    }

    private boolean isSetAside() {
        return home.isSetAside(number);
    }

    @Nullable
    Consensus consensus() {
        return consensus;
    }

    /** The term in which this member leads; 0 while it does not. */
    long leading() {
        return leading;
    }

    /** Whether this member takes no part in the group: who waits for it would wait in vain. */
    boolean isStopped() {
        return stopped;
    }

    /** Bytes of entries that were applied since these were last taken. */
    long loggedBytes() {
        return loggedBytes.get();
    }

    long takeLoggedBytes() {
        return loggedBytes.getAndSet(0);
    }

    // Appending.

    /** @param left called once, when nothing of the command is under way any more */
    <A extends @Nullable Object> CompletableFuture<Applied<A>> append(Command<A> command, Runnable left) {
        return command.bytes() > home.partBytes()
                ? appendLarge(command, left)
                : appendWhole(command, command.stream(), left);
    }

    private <A extends @Nullable Object> CompletableFuture<Applied<A>> appendLarge(Command<A> command, Runnable left) {
        try {
            byte[] bytes = machine.codec().encode(command);
            if (bytes.length <= home.partBytes()) {
                return appendWhole(command, command.stream(), left);
            }
            if (bytes.length > home.patience().commandBytes()) {
                throw new RequestException(
                        ErrorCode.COMMAND_TOO_LARGE,
                        bytes.length,
                        home.patience().commandBytes());
            }
            return LargeWrite.send(
                    this, home.origin(), transfers.incrementAndGet(), command, bytes, home.partBytes(), left);
        } catch (RuntimeException e) {
            left.run();
            return CompletableFuture.failedFuture(e);
        }
    }

    /** As {@link #append}, in one entry of the log. @param stream which it belongs to */
    <A extends @Nullable Object> CompletableFuture<Applied<A>> appendWhole(
            Command<A> command, long stream, Runnable left) {
        long nowMs = home.steadyMs();
        long deadlineMs = nowMs + home.patience().write().toMillis();
        long unsentMs = nowMs + home.patience().leader().toMillis();
        PendingWrite<A> write =
                outbox.add(next -> new PendingWrite<>(next, command, stream, deadlineMs, unsentMs, left));
        if (write == null) {
            left.run();
            return CompletableFuture.failedFuture(new RequestException(ErrorCode.STOPPING));
        }
        try {
            encode(write);
        } catch (RuntimeException e) {
            if (outbox.settle(write)) {
                left.run();
            }
            return CompletableFuture.failedFuture(e);
        }
        outbox.resume();
        return write.result();
    }

    /** Does something a little later, unless the node stops before. */
    void later(int delayMs, Runnable work) {
        home.later(delayMs, work);
    }

    private void encode(PendingWrite<?> write) {
        if (machine.codec().format().isAtLeast(LEAST)) {
            write.encode(home.origin(), outbox.before(write.number()), machine.codec());
        }
    }

    // With the outbox's lock held.
    private void send(String leader, long attempt, Outbox.Pending<?> command) {
        Consensus joined = consensus;
        if (joined == null) {
            // The first leader can be heard of before this is told by what to send.
            outbox.lost(attempt);
            return;
        }
        if (leader.equals(home.member())) {
            joined.propose(
                    LogRecord.of(nowMs(), command.bytes()), new OwnWrite<>(this, (PendingWrite<?>) command, attempt));
        } else {
            home.forward(leader, number, command.bytes(), new OwnForwarding(this, (PendingWrite<?>) command, attempt));
        }
    }

    /** What was sent in that attempt does not all get there. */
    void lost(long attempt) {
        int losses = outbox.lost(attempt);
        if (losses > 0) {
            home.later(
                    Math.min(home.patience().retryMs() << Math.min(losses - 1, 6), LONGEST_PAUSE_MS), this::retarget);
        }
    }

    private void retarget() {
        Consensus joined = consensus;
        if (joined == null) {
            return;
        }
        Standing standing = joined.standing();
        String leader = standing.leader();
        if (leader != null) {
            outbox.target(leader);
        } else if (outbox.size() > 0) {
            home.later(home.patience().retryMs(), this::retarget);
        }
    }

    /** Proposes a command of another member. In the order in which these came from it. */
    void forwarded(ByteBuffer command, Exchange exchange) {
        Consensus joined = consensus;
        if (joined == null || isSetAside()) {
            exchange.fail("this member cannot propose it");
            return;
        }
        ForwardedWrite write = ForwardedWrite.read(command, machine.codec(), exchange);
        if (write != null) {
            joined.propose(LogRecord.of(nowMs(), command), write);
        }
    }

    /** Ends those who have waited for too long, readers too, and all once the outbox is closed. */
    void sweep(boolean stopping) {
        ReadBarrier joined = barrier;
        if (joined != null) {
            joined.sweep(stopping);
        }
        for (Outbox.Pending<?> over : outbox.expired(home.steadyMs())) {
            if (stopping) {
                ((PendingWrite<?>) over).stopped();
            } else {
                ((PendingWrite<?>) over).undecided();
            }
        }
    }

    private long nowMs() {
        return home.context().clock().millis();
    }

    // Reading.

    CompletableFuture<@Nullable Void> readBarrier() {
        ReadBarrier joined = barrier;
        return joined == null
                ? CompletableFuture.failedFuture(new RequestException(ErrorCode.NOT_FRESH))
                : joined.pass();
    }

    // Applying.

    @Override
    public void apply(Entries entries) {
        applying.lock();
        try {
            if (isSetAside()) {
                // What comes of them is given up with the rest.
                while (entries.next()) {
                    delivered = entries.index();
                    if (entries.proposal() instanceof ForwardedWrite forwarded) {
                        forwarded.failed();
                    }
                }
            } else {
                applyAll(entries);
            }
        } finally {
            applying.unlock();
        }
    }

    private void applyAll(Entries entries) {
        long last = 0;
        OpenBatch batch = home.context().runner().open(FaultPolicy.HALT);
        try {
            while (entries.next()) {
                last = entries.index();
                loggedBytes.addAndGet(entries.data().remaining());
                apply(entries, batch);
                if (batch.isFull()) {
                    completion.complete(batch);
                    batch.close();
                    batch = home.context().runner().open(FaultPolicy.HALT);
                }
            }
            completion.complete(batch);
            delivered = Math.max(delivered, last);
        } catch (RuntimeException | Error e) {
            // Others may have applied them: whoever waits for that here, or has sent them here, has to look elsewhere.
            batch.fail(new RequestException(ErrorCode.MEMBER_STOPPED));
            throw e;
        } finally {
            batch.close();
        }
        if (!encodable && machine.codec().format().isAtLeast(LEAST)) {
            encodable = true;
            encodeAll();
        }
        Consensus joined = consensus;
        if (leading != 0 && joined != null) {
            joined.announce();
        }
    }

    // An entry that cannot be applied is in no batch that would fail it.
    private void apply(Entries entries, OpenBatch batch) {
        try {
            batch.apply(machine, new LogPosition(entries.index(), entries.term()), entry(entries));
        } catch (RuntimeException | Error e) {
            if (entries.proposal() instanceof ForwardedWrite forwarded) {
                forwarded.failed();
            }
            throw e;
        }
    }

    // Of the bytes that stand in the log, also where the command is one of this member's: so all apply the same, also
    // where encoding a command and decoding it should not give the same one. Of what was sent several times each copy
    // may be another, by what it is to come after.
    private LogEntry<?> entry(Entries entries) {
        Proposal proposal = entries.proposal();
        if (proposal instanceof ForwardedWrite forwarded) {
            Command<?> known = forwarded.command();
            Command<?> command = known != null
                    ? known.stamped(LogRecord.timeMs(entries.data()))
                    : LogRecord.command(entries.data(), machine.codec());
            return new AppliedEntry<>(this, command, null, 0, forwarded);
        }
        Command<?> command = LogRecord.command(entries.data(), machine.codec());
        if (proposal instanceof OwnWrite<?> own && command instanceof Once<?> once) {
            return entry(once, own.write(), own.attempt());
        }
        if (command instanceof Once<?> once
                && isOwn(once)
                && outbox.find(once.number()) instanceof PendingWrite<?> own) {
            return entry(once, own, 0);
        }
        return new AppliedEntry<>(this, command, null, 0, null);
    }

    @SuppressWarnings("unchecked")
    private <A extends @Nullable Object> LogEntry<A> entry(Once<?> command, PendingWrite<A> own, long attempt) {
        return new AppliedEntry<>(this, (Once<A>) command, own, attempt, null);
    }

    // What was appended before the group had the format. One that needs a newer format yet ends alone: nobody can say
    // when all members will know that, and those that wait behind it do not need it.
    private void encodeAll() {
        for (Outbox.Pending<?> command : outbox.unsettled()) {
            PendingWrite<?> write = (PendingWrite<?>) command;
            try {
                encode(write);
            } catch (RequestException e) {
                if (outbox.settle(write)) {
                    write.refused(e);
                }
            }
        }
        outbox.resume();
    }

    private boolean isOwn(Once<?> once) {
        return once.origin() == home.origin().member()
                && once.run() == home.origin().run();
    }

    @Override
    public void leads(long term) {
        home.elected(number, home.member(), term);
        elected = term;
        if (isSetAside()) {
            home.later(home.patience().retryMs(), this::giveWay);
            return;
        }
        lead(term);
    }

    private synchronized void lead(long term) {
        if (elected != term || leading == term) {
            return;
        }
        kept = home.steadyMs() < awaitedUntilMs;
        leading = term;
        if (stopped) {
            // By its log, just now.
            ceaseDuties();
            return;
        }
        raise(LEAST);
        home.context().leadership().begin(number, term);
        outbox.target(home.member());
    }

    /** An admin wants this member to lead: it stays so, once it does, until it fails or another one is wanted. */
    void keep() {
        awaitedUntilMs = home.steadyMs() + AWAITED.toMillis();
        kept = leading != 0;
    }

    /** Whether this member leads because an admin wants it to. */
    boolean isKept() {
        return kept;
    }

    /** Has commands and rows written in that format from here on, which all members know; nothing where they are. */
    void raise(FormatVersion format) {
        if (leading != 0 && !machine.codec().format().isAtLeast(format)) {
            propose(format);
        }
    }

    /**
     * Proposes a command that changes nothing where the group has the format. The library finds out only as it sends
     * something that whoever is to get a vote has caught up.
     */
    void nudge() {
        propose(LEAST);
    }

    private void propose(FormatVersion format) {
        Consensus joined = consensus;
        if (joined != null) {
            byte[] raise = machine.codec().encode(new GroupCommand.RaiseFormat(format.number()));
            joined.propose(LogRecord.of(nowMs(), ByteBuffer.wrap(raise)), () -> {});
        }
    }

    @Override
    public void ceases() {
        elected = 0;
        ceaseDuties();
        outbox.target(null);
        home.later(home.patience().retryMs(), this::retarget);
    }

    private synchronized void ceaseDuties() {
        long term = leading;
        if (term == 0) {
            return;
        }
        leading = 0;
        kept = false;
        home.ceased(number, term);
        home.context().leadership().end(number, term);
    }

    @Override
    public void follows(String leader, long term) {
        home.elected(number, leader, term);
        outbox.target(leader);
    }

    @Override
    public Position position() {
        LogPosition stored = machine.stored();
        return new Position(stored.index(), stored.term());
    }

    @Override
    public void persist(Completion done) {
        if (rebuilding || isSetAside()) {
            // What is delivered now is in the log alone.
            done.done("the group's data is not as it should be");
        } else {
            home.persist(done);
        }
    }

    @Override
    public ImageSource open() {
        if (isSetAside()) {
            throw new IllegalStateException("the data of group " + number + " here is not to be had by others");
        }
        return new ImageStream(
                machine.save(), home.imageDirectory(number), home.context().threads());
    }

    @Override
    public void install(Path directory) {
        applying.lock();
        try {
            if (isSetAside()) {
                show(machine.replace(directory));
                home.replaced(number);
            } else {
                StateMachine.Publication publication = machine.load(directory);
                if (publication != null) {
                    show(publication);
                }
            }
            installed = machine.stored().index();
            // The library counts it as applied only once this has returned.
            delivered = Math.max(delivered, installed);
        } finally {
            applying.unlock();
        }
        for (Outbox.Pending<?> command : outbox.unsettled()) {
            settleMissed((PendingWrite<?>) command);
        }
    }

    private void show(StateMachine.Publication publication) {
        home.context().runner().show(publication);
    }

    // What the image has this node will not apply, and so learns what came of it from who has.
    private <A extends @Nullable Object> void settleMissed(PendingWrite<A> write) {
        PendingWrite.Told told = write.told();
        if (told != null && told.index() <= installed && outbox.settleApplied(write)) {
            write.applied(told.index(), told.outcome());
        }
    }

    @Override
    public void stopped(String reason, boolean again) {
        LOG.log(System.Logger.Level.ERROR, "group {0} stops on this node: {1}", number, reason);
        stopped = true;
        elected = 0;
        ceaseDuties();
        home.stopped(number, reason, again);
        outbox.target(null);
        giveUpWaiting();
    }

    @Override
    public void resumes() {
        if (stopped) {
            LOG.log(System.Logger.Level.INFO, "group {0} takes part again on this node", number);
        }
        stopped = false;
        home.resumes(number);
    }

    // What comes of it is not learnt here.
    private void giveUpWaiting() {
        for (Outbox.Pending<?> waiting : outbox.unsettled()) {
            if (outbox.settle(waiting)) {
                ((PendingWrite<?>) waiting).undecided();
            }
        }
        ReadBarrier joined = barrier;
        if (joined != null) {
            joined.giveUp();
        }
    }

    // Of data that is not to be used.

    /** Neither leads nor answers whoever waits, from here on: what is here is wrong, or about to be replaced. */
    void setAside() {
        Consensus joined = consensus;
        if (joined != null) {
            joined.stand(false);
        }
        if (leading != 0) {
            ceaseDuties();
        }
        giveUpWaiting();
        giveWay();
    }

    /** Has another member lead, where this one does by the library. */
    void giveWay() {
        Consensus joined = consensus;
        if (joined != null && joined.standing().role() == Standing.Role.LEADER) {
            joined.transfer(IGNORED);
        }
    }

    /** The data is as it should be. */
    void takeUp() {
        Consensus joined = consensus;
        if (joined != null) {
            joined.stand(true);
            lead(elected);
            retarget();
        }
    }

    /** The log is kept as it is from here on, until {@link #endRebuild}. @return up to where an image has to come */
    long beginRebuild(Consensus joined) {
        rebuilding = true;
        applying.lock();
        try {
            return Math.max(delivered, joined.standing().applied());
        } finally {
            applying.unlock();
        }
    }

    void endRebuild() {
        rebuilding = false;
    }

    /**
     * Puts an image in the place of the group and applies what was delivered since. Nothing where the group is not set
     * aside any more: the library has put a newer one there meanwhile.
     *
     * @param covered up to which entry the image has all commands
     * @return false where the log does not have all of that
     */
    boolean rebuild(Consensus joined, Path directory, long covered) {
        applying.lock();
        try {
            if (!isSetAside()) {
                return true;
            }
            long upTo = Math.max(delivered, joined.standing().applied());
            Entries missing = covered >= upTo ? null : joined.entries(covered, upTo);
            if (covered < upTo && missing == null) {
                return false;
            }
            show(machine.replace(directory));
            installed = machine.stored().index();
            if (missing != null) {
                applyAll(missing);
            }
            home.replaced(number);
            return true;
        } finally {
            applying.unlock();
        }
    }

    /**
     * Applies what was delivered while the group was set aside, to the data that it had then.
     *
     * @param takenUp called when all is applied, before anything else is
     * @return false where the log does not have all of that, or an image is half put in place
     */
    boolean goOn(Runnable takenUp) {
        applying.lock();
        try (Chains whole = machine.chains()) {
            Consensus joined = consensus;
            long stored = machine.stored().index();
            long upTo =
                    joined == null ? 0 : Math.max(delivered, joined.standing().applied());
            Entries missing = joined == null || stored >= upTo ? null : joined.entries(stored, upTo);
            if (whole == null || stored < upTo && missing == null) {
                return false;
            }
            if (missing != null) {
                applyAll(missing);
            }
            takenUp.run();
            return true;
        } finally {
            applying.unlock();
        }
    }

    StateMachine machine() {
        return machine;
    }

    /** Hands over to whoever is best placed. */
    void handOver() {
        Consensus joined = consensus;
        if (joined != null && leading != 0) {
            joined.transfer(IGNORED);
        }
    }

    /** Whether this member still leads where another one could. */
    boolean isHandingOver() {
        Consensus joined = consensus;
        return leading != 0
                && joined != null
                && joined.standing().membership().voters().size() > 1;
    }

    /** A command of this node that this member has proposed itself. */
    private record OwnWrite<A extends @Nullable Object>(ReplicatedGroup group, PendingWrite<A> write, long attempt)
            implements Proposal {
        @Override
        public void failed() {
            group.lost(attempt);
        }
    }

    /** A command of this node that another member is to propose. */
    private record OwnForwarding(ReplicatedGroup group, PendingWrite<?> write, long attempt) implements Forwarding {
        @Override
        public void applied(long index, byte[] outcome) {
            write.tell(new PendingWrite.Told(index, group.codec().decodeOutcome(outcome)));
            group.settleMissed(write);
        }

        @Override
        public void lost(String reason) {
            group.lost(attempt);
        }
    }
}
