package archipel.raft;

import archipel.changes.Deadline;
import archipel.consensus.Completion;
import archipel.consensus.Confirmation;
import archipel.consensus.Consensus;
import archipel.consensus.Membership;
import archipel.consensus.Proposal;
import archipel.consensus.Replica;
import archipel.consensus.Standing;
import archipel.storage.StorageException;
import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.JRaftServiceFactory;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.closure.ReadIndexClosure;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.entity.EnumOutter.ErrorType;
import com.alipay.sofa.jraft.entity.LeaderChangeContext;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import com.alipay.sofa.jraft.entity.codec.LogEntryCodecFactory;
import com.alipay.sofa.jraft.entity.codec.v2.LogEntryV2CodecFactory;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.option.ApplyTaskMode;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import com.alipay.sofa.jraft.storage.SnapshotStorage;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One group by the library: a thin way between it and the {@link Replica}.
 *
 * <p>Where the log of the group cannot be written or read, this member takes part no more: it steps down, and neither
 * votes nor confirms reads. It begins again, as after a start of the process, once the store takes writes ({@link
 * RaftHost}). Where the replica itself failed it is not known what it has, so only a restart helps.
 *
 * <pre>
 *   takes part ── the log fails ────────────→ stopped, for a while ── the store takes writes ──→ takes part
 *       └──────── the replica fails ────────→ stopped until the process is started again
 * </pre>
 */
public final class RaftGroup implements Consensus {
    private static final System.Logger LOG = System.getLogger(RaftGroup.class.getName());
    private static final byte[] NO_CONTEXT = new byte[0];
    /** The library wants names of groups to begin with a letter. */
    private static final String GROUP = "g";

    private static final int QUEUE = 2048;

    /**
     * How many messages with entries are on their way to a member, less one: what comes meanwhile goes together, as
     * what waits for an fsync does. With more, almost each entry goes alone, at the price of a whole message.
     */
    private static final int LEADING = 1;

    /** The library takes the same number for how many answers may wait for earlier ones on the other side. */
    private static final int FOLLOWING = 256;

    private static final int RPC_THREADS = 6;
    private static final int WHILE_BEGINNING_MS = 60_000;
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final RaftHost host;
    private final String ensemble;
    private final int group;
    private final Replica replica;
    private final VoteRecord votes;
    private final Membership first;
    private final AtomicReference<@Nullable Fault> fault = new AtomicReference<>();
    // Held while the replica is told that the group ends or begins.
    private final ReentrantLock telling = new ReentrantLock();
    private final ReentrantLock life = new ReentrantLock();
    // Until the next one begins; replaced with the lock held.
    private volatile Part part;
    // Whose joint members were given up.
    private volatile @Nullable Part unjoined;
    // Whether that has begun, and has not ended: until then the library's queues are not there.
    private volatile boolean begun;
    // In which this member leads, and has applied all of former terms.
    private volatile long leading;
    // For how long the leader may be silent.
    private volatile int silenceMs;
    // Guarded by the lock.
    private boolean closed;
    private boolean left;
    private volatile Deadline again = Deadline.after(Duration.ZERO);
    private Deadline sound = Deadline.after(Duration.ZERO);
    private Duration pause = FIRST_PAUSE;

    RaftGroup(RaftHost host, String ensemble, int group, Membership members, Replica replica) {
        this.host = host;
        this.ensemble = ensemble;
        this.group = group;
        this.replica = replica;
        this.first = members;
        this.silenceMs = (int) host.timing().election().toMillis();
        this.votes = new VoteRecord(host.entries(), group, this::voteFailed);
        this.part = make();
        catchUp();
        // An attempt before this one may have said that it has stopped.
        replica.resumes();
        if (!begin()) {
            part.node().shutdown();
            throw new IllegalStateException("group " + group + " cannot be joined; the log says why");
        }
    }

    /** What is made anew whenever the group begins here. */
    private record Part(GroupNode node, EntryLog log, ImageStorage images, CommitNotices notices) {}

    /** @param again whether it may pass */
    private record Fault(String reason, boolean again) {}

    private Part make() {
        GroupNode node = new GroupNode(
                name(), Members.peer(host.transport().member()), () -> leading != 0 && leading == votes.getTerm());
        EntryLog log = new EntryLog(host.entries(), group, failure -> logFailed(node, failure)).load();
        return new Part(
                node,
                log,
                new ImageStorage(host, group, log, replica, () -> active(node::getLastAppliedLogIndex)),
                new CommitNotices(() -> active(node::getLastCommittedIndex), host::execute));
    }

    private boolean begin() {
        NodeOptions options = options(host, part.notices());
        options.setInitialConf(Members.configuration(first));
        options.setFsm(new Machine());
        options.setServiceFactory(new Storages(part.log(), votes, part.images()));
        GroupNode node = part.node();
        if (!node.init(options)) {
            return false;
        }
        // The library uses one number for how much longer some wait than others, and for how often each group looks
        // for reads that nobody has told; the latter is taken while a group begins, and is no use to us.
        node.getRaftOptions().setMaxElectionDelayMs((int) host.timing().spread().toMillis());
        node.resetElectionTimeoutMs(silenceMs);
        begun = true;
        return true;
    }

    // Why nothing can be asked of the library; null where it can.
    private @Nullable String absence() {
        Fault now = fault.get();
        return now != null ? now.reason() : begun ? null : "the group begins or ends";
    }

    // The end of a group.

    private void voteFailed(RuntimeException failure) {
        logFailed(part.node(), failure);
    }

    // The library would tell of a log that failed on the thread that applies, which may wait for space on the same
    // disk; and of a vote nobody.
    private void logFailed(GroupNode node, RuntimeException failure) {
        Fault now = new Fault("its log failed: " + text(failure), true);
        boolean news = note(now);
        // Whoever is here holds locks of the library.
        host.execute(() -> {
            if (news) {
                tell(now);
            }
            node.onError(new RaftException(ErrorType.ERROR_TYPE_LOG, new Status(RaftError.EIO, "%s", now.reason())));
        });
    }

    /** Why something failed, as everybody may know it; the rest is in the node's log. */
    public static String text(Throwable failure) {
        if (failure instanceof StorageException storage) {
            return switch (storage.kind()) {
                case FULL -> "the disk is full";
                case CORRUPT -> "stored data is damaged";
                case UNKNOWN, RECOVERING, LOCKED, IO -> "the disk failed";
            };
        }
        return failure instanceof IllegalStateException
                ? String.valueOf(failure.getMessage())
                : "there was a fault, of which the node's log tells";
    }

    private void stop(String reason, boolean passes) {
        Fault now = new Fault(reason, passes);
        if (note(now)) {
            tell(now);
        }
    }

    // The first one counts, and one that does not pass more than one that does. From here on no read is confirmed.
    private boolean note(Fault now) {
        Fault before = fault.getAndUpdate(known -> isWorse(now, known) ? now : known);
        leading = 0;
        return isWorse(now, before);
    }

    private static boolean isWorse(Fault now, @Nullable Fault before) {
        return before == null || before.again() && !now.again();
    }

    private void tell(Fault now) {
        telling.lock();
        try {
            if (fault.get() == now) {
                replica.stopped(now.reason(), now.again());
            }
        } finally {
            telling.unlock();
        }
    }

    /** Whether it takes part no more, and may again. */
    boolean isToResume() {
        Fault now = fault.get();
        return now != null && now.again() && again.hasPassed();
    }

    /** Begins anew, once it has stopped and the store of the log takes writes. Takes as long as a start does. */
    void resume() {
        life.lock();
        try {
            if (closed || !isToResume()) {
                return;
            }
            pause = sound.hasPassed() ? FIRST_PAUSE : pause.multipliedBy(2);
            again = Deadline.after(pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause);
            sound = Deadline.after(LONGEST_PAUSE.multipliedBy(2));
            leave();
            // What the library has begun and not ended cannot be waited for: nothing must fail then.
            Part made = make();
            made.images().requireReadable();
            if (!votes.init(new RaftMetaStorageOptions())) {
                return;
            }
            part = made;
            telling.lock();
            try {
                fault.set(null);
                replica.resumes();
            } finally {
                telling.unlock();
            }
            left = false;
            if (!begin()) {
                left = true;
                part.node().shutdown();
                stop("its log cannot be read", true);
            }
        } catch (RuntimeException e) {
            left = true;
            LOG.log(System.Logger.Level.WARNING, "group " + group + " cannot begin again yet", e);
            stop("its log failed: " + text(e), true);
        } finally {
            life.unlock();
        }
    }

    // With the lock held.
    private void leave() {
        if (left) {
            return;
        }
        left = true;
        begun = false;
        part.node().shutdown();
        try {
            part.node().join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        part.images().shutdown();
        host.left(name());
    }

    /** Hands over, where this member leads and another one could. */
    void giveWay() {
        if (part.node().isLeader(false)) {
            LOG.log(System.Logger.Level.WARNING, "group {0} is handed over: the disk does not answer", group);
            part.node().transferLeadershipTo(PeerId.ANY_PEER);
        }
    }

    // What a crash took from the group's rows, which are stored later than the log is: readers saw it here before. The
    // library applies it again only once there is a leader.
    private void catchUp() {
        Replica.Entries entries = part.log().committedAfter(replica.position().index());
        if (entries != null) {
            replica.apply(entries);
        }
    }

    /** As {@link EntryLog#unrecorded}. */
    long unrecorded() {
        return part.log().unrecorded();
    }

    /** As {@link EntryLog#recorded(long)}. */
    void recorded(long index) {
        part.log().recorded(index);
    }

    /** As the library calls it, which wants a letter in front. */
    static String groupId(String ensemble, int group) {
        return GROUP + ensemble + "-" + group;
    }

    /** As the library calls it. */
    String name() {
        return groupId(ensemble, group);
    }

    private static NodeOptions options(RaftHost host, CommitNotices notices) {
        RaftHost.Timing timing = host.timing();
        NodeOptions options = new MemberOptions(host, notices);
        options.setElectionTimeoutMs((int) timing.election().toMillis());
        // The names are for the library's own storage; it wants some.
        options.setLogUri("entries");
        options.setRaftMetaUri("entries");
        options.setSnapshotUri("entries");
        options.setSnapshotIntervalSecs(0);
        options.setDisableCli(true);
        options.setApplyTaskMode(ApplyTaskMode.NonBlocking);
        options.setSharedElectionTimer(true);
        options.setSharedVoteTimer(true);
        options.setSharedStepDownTimer(true);
        options.setSharedSnapshotTimer(true);
        options.setSharedTimerPool(true);
        options.setRpcProcessorThreadPoolSize(RPC_THREADS);
        options.setRpcConnectTimeoutMs(1000);
        options.setRpcDefaultTimeout(5000);
        // A member that is gone is noticed by its connection.
        options.setRpcInstallSnapshotTimeout((int) Duration.ofHours(24).toMillis());
        options.setAppendEntriesExecutors(host.senders());
        RaftOptions raft = new RaftOptions();
        raft.setDisruptorBufferSize(QUEUE);
        raft.setMaxReplicatorInflightMsgs(FOLLOWING);
        raft.setMaxElectionDelayMs(WHILE_BEGINNING_MS);
        raft.setElectionHeartbeatFactor(timing.heartbeats());
        raft.setOpenStatistics(false);
        options.setRaftOptions(raft);
        return options;
    }

    @Override
    public void propose(ByteBuffer entry, Proposal proposal) {
        if (absence() != null) {
            proposal.failed();
            return;
        }
        try {
            part.node().apply(new Task(entry, new Proposed(proposal)));
        } catch (IllegalStateException stopping) {
            // The library has told the closure.
            return;
        }
    }

    @Override
    public void confirm(Confirmation confirmation) {
        String absence = absence();
        if (absence != null) {
            confirmation.failed(absence);
            return;
        }
        try {
            part.node().readIndex(NO_CONTEXT, new Question(confirmation, fault));
        } catch (IllegalStateException stopping) {
            // The library has told the closure.
            return;
        }
    }

    @Override
    public Standing standing() {
        GroupNode node = part.node();
        PeerId leader = node.getLeaderId();
        Membership members = part.images().members();
        return new Standing(
                role(node, members),
                leader == null || leader.isEmpty() ? null : Members.name(leader),
                votes.getTerm(),
                active(node::getLastCommittedIndex),
                active(node::getLastAppliedLogIndex),
                active(node::getLastLogIndex),
                members == null ? first : members);
    }

    @Override
    public void announce() {
        part.notices().tell();
    }

    // The library refuses to tell of a group that has stopped, and cannot of one that has not begun.
    private static long active(LongSupplier index) {
        try {
            return index.getAsLong();
        } catch (IllegalStateException | NullPointerException stopped) {
            return 0;
        }
    }

    private Standing.Role role(GroupNode node, @Nullable Membership members) {
        if (fault.get() != null) {
            return Standing.Role.STOPPED;
        }
        return switch (node.getNodeState()) {
            case STATE_LEADER -> Standing.Role.LEADER;
            case STATE_TRANSFERRING -> Standing.Role.HANDING_OVER;
            case STATE_CANDIDATE -> Standing.Role.CANDIDATE;
            case STATE_FOLLOWER ->
                members != null
                                && members.observers()
                                        .contains(Members.name(node.getNodeId().getPeerId()))
                        ? Standing.Role.OBSERVER
                        : Standing.Role.FOLLOWER;
            default -> Standing.Role.STOPPED;
        };
    }

    @Override
    public void compact() {
        part.node().snapshot(status -> {});
    }

    @Override
    public void transfer(String member, Completion done) {
        transfer(Members.peer(member), done);
    }

    @Override
    public void transfer(Completion done) {
        transfer(PeerId.ANY_PEER, done);
    }

    private void transfer(PeerId peer, Completion done) {
        String absence = absence();
        if (absence != null) {
            done.done(absence);
            return;
        }
        Status status = part.node().transferLeadershipTo(peer);
        done.done(status.isOk() ? null : status.getErrorMsg());
    }

    @Override
    public void change(Membership membership, Completion done) {
        String absence = absence();
        if (absence != null) {
            done.done(absence);
            return;
        }
        part.node()
                .changePeers(
                        Members.configuration(membership),
                        status -> done.done(status.isOk() ? null : status.getErrorMsg()));
    }

    @Override
    public void force(Membership membership) {
        String absence = absence();
        if (absence != null) {
            throw new IllegalStateException(absence);
        }
        Configuration wanted = Members.configuration(membership);
        ConfigurationEntry newest = part.log().membership();
        if (newest != null && !newest.isStable() && newest.getConf().equals(wanted) && unjoined != part) {
            // The library takes it for done, and goes on to want a majority of those before.
            unjoined = part;
            Configuration other = new Configuration(wanted);
            newest.getOldConf().getPeers().stream()
                    .filter(peer -> !wanted.contains(peer))
                    .findFirst()
                    .ifPresent(other::addLearner);
            reset(other);
        }
        reset(wanted);
    }

    private void reset(Configuration wanted) {
        Status status = part.node().resetPeers(wanted);
        if (!status.isOk()) {
            throw new IllegalStateException(status.getErrorMsg());
        }
    }

    @Override
    public void electAfter(Duration silence) {
        silenceMs = (int) silence.toMillis();
        if (absence() != null) {
            return;
        }
        part.node().resetElectionTimeoutMs(silenceMs);
    }

    @Override
    public void stand(boolean whether) {
        host.stand(name(), whether);
    }

    @Override
    public Replica.@Nullable Entries entries(long after, long last) {
        EntryLog log = part.log();
        return log.has(after + 1, last) ? new LoggedEntries(log, after, last) : null;
    }

    @Override
    public TakenImage take(String member) throws IOException, InterruptedException {
        return host.images().take(group, member);
    }

    @Override
    public void close() {
        life.lock();
        try {
            closed = true;
            leave();
        } finally {
            life.unlock();
        }
        host.forget(this);
    }

    /** A proposal as the library holds it: it is run where nothing came of it. */
    private record Proposed(Proposal proposal) implements Closure {
        @Override
        public void run(Status status) {
            if (!status.isOk()) {
                proposal.failed();
            }
        }
    }

    /**
     * A question as the library holds it. It tells of some failures twice: at once, and again when its own patience is
     * over. A second answer would be taken for that of a later question, and end it too early.
     */
    private static final class Question extends ReadIndexClosure {
        private final Confirmation confirmation;
        private final AtomicReference<@Nullable Fault> fault;
        private final AtomicBoolean answered = new AtomicBoolean();

        Question(Confirmation confirmation, AtomicReference<@Nullable Fault> fault) {
            this.confirmation = confirmation;
            this.fault = fault;
        }

        @Override
        public void run(Status status, long index, byte[] context) {
            if (answered.getAndSet(true)) {
                return;
            }
            Fault stopped = fault.get();
            if (stopped != null) {
                // What the replica could not apply counts as applied by the library.
                confirmation.failed(stopped.reason());
            } else if (status.isOk()) {
                confirmation.confirmed();
            } else {
                confirmation.failed(status.getErrorMsg());
            }
        }
    }

    /** Entries as the library has them. */
    private static final class Committed implements Replica.Entries {
        private final Iterator entries;
        private boolean begun;

        Committed(Iterator entries) {
            this.entries = entries;
        }

        @Override
        public boolean next() {
            if (begun) {
                entries.next();
            }
            begun = true;
            return entries.hasNext();
        }

        @Override
        public long index() {
            return entries.getIndex();
        }

        @Override
        public long term() {
            return entries.getTerm();
        }

        @Override
        public ByteBuffer data() {
            // Others read the entry, too.
            return entries.getData().duplicate();
        }

        @Override
        public @Nullable Proposal proposal() {
            return entries.done() instanceof Proposed proposed ? proposed.proposal() : null;
        }
    }

    /** The replica as the library sees it. */
    private final class Machine extends StateMachineAdapter {
        @Override
        public void onApply(Iterator entries) {
            try {
                replica.apply(new Committed(entries));
            } catch (RuntimeException | Error e) {
                LOG.log(System.Logger.Level.ERROR, "entries of group " + group + " cannot be applied", e);
                // Before the library counts as applied what was not.
                stop("what is in its log cannot be applied: " + text(e), false);
                throw e;
            }
            part.log().committed(entries.getIndex() - 1);
        }

        @Override
        public void onSnapshotSave(SnapshotWriter writer, Closure done) {
            ImageStorage images = part.images();
            Fault stopped = fault.get();
            if (stopped != null) {
                done.run(new Status(RaftError.EAGAIN, "%s", stopped.reason()));
                return;
            }
            replica.persist(failure -> {
                String reason = failure == null ? images.save(writer) : failure;
                done.run(reason == null ? Status.OK() : new Status(RaftError.EAGAIN, "%s", reason));
            });
        }

        // A thread that ends by what is thrown here leaves the library waiting, also where it is to be closed.
        @Override
        public boolean onSnapshotLoad(SnapshotReader reader) {
            try {
                part.images().install(reader);
                return true;
            } catch (RuntimeException | Error e) {
                LOG.log(System.Logger.Level.ERROR, "the image of group " + group + " cannot be taken in", e);
                stop("an image of it cannot be taken in: " + text(e), false);
                return false;
            }
        }

        @Override
        public void onLeaderStart(long term) {
            if (fault.get() == null) {
                part.node().getRaftOptions().setMaxReplicatorInflightMsgs(LEADING);
                leading = term;
                replica.leads(term);
            }
        }

        @Override
        public void onLeaderStop(Status status) {
            part.node().getRaftOptions().setMaxReplicatorInflightMsgs(FOLLOWING);
            leading = 0;
            replica.ceases();
        }

        @Override
        public void onStartFollowing(LeaderChangeContext context) {
            if (fault.get() == null) {
                replica.follows(Members.name(context.getLeaderId()), context.getTerm());
            }
        }

        @Override
        public void onError(RaftException failure) {
            stop(String.valueOf(failure.getMessage()), failure.getType() != ErrorType.ERROR_TYPE_STATE_MACHINE);
        }
    }

    /** Where the library stores what it has to. */
    private record Storages(EntryLog log, VoteRecord votes, ImageStorage images) implements JRaftServiceFactory {
        @Override
        public LogStorage createLogStorage(String uri, RaftOptions options) {
            return log;
        }

        @Override
        public SnapshotStorage createSnapshotStorage(NodeOptions options) {
            return images;
        }

        @Override
        public RaftMetaStorage createRaftMetaStorage(String uri, RaftOptions options) {
            return votes;
        }

        @Override
        public LogEntryCodecFactory createLogEntryCodecFactory() {
            return LogEntryV2CodecFactory.getInstance();
        }
    }
}
