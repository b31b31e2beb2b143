package archipel.raft;

import archipel.consensus.Completion;
import archipel.consensus.Confirmation;
import archipel.consensus.Consensus;
import archipel.consensus.Membership;
import archipel.consensus.Proposal;
import archipel.consensus.Replica;
import archipel.consensus.Standing;
import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.JRaftServiceFactory;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.closure.ReadIndexClosure;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.entity.LeaderChangeContext;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import com.alipay.sofa.jraft.entity.codec.LogEntryCodecFactory;
import com.alipay.sofa.jraft.entity.codec.v2.LogEntryV2CodecFactory;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.option.ApplyTaskMode;
import com.alipay.sofa.jraft.option.NodeOptions;
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
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One group by the library: a thin way between it and the {@link Replica}. */
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

    private final RaftHost host;
    private final int group;
    private final Replica replica;
    private final EntryLog log;
    private final ImageStorage images;
    private final VoteRecord votes;
    private final CommitNotices notices;
    private final Membership first;
    private final GroupNode node;
    // In which this member leads, and has applied all of former terms.
    private volatile long leading;
    private volatile boolean unjoined;

    RaftGroup(RaftHost host, String ensemble, int group, Membership members, Replica replica) {
        this.host = host;
        this.group = group;
        this.replica = replica;
        this.first = members;
        this.votes = new VoteRecord(host.entries(), group);
        this.log = new EntryLog(host.entries(), group);
        GroupNode made = new GroupNode(
                groupId(ensemble, group),
                Members.peer(host.transport().member()),
                () -> leading != 0 && leading == votes.getTerm());
        this.node = made;
        this.images = new ImageStorage(host, group, log, replica, () -> active(made::getLastAppliedLogIndex));
        this.notices = new CommitNotices(this::committed, host::execute);
        catchUp();
        NodeOptions options = options(host, notices);
        options.setInitialConf(Members.configuration(members));
        options.setFsm(new Machine());
        options.setServiceFactory(new Storages(log, votes, images));
        if (!node.init(options)) {
            node.shutdown();
            throw new IllegalStateException("group " + group + " cannot be joined; the log says why");
        }
        // The library uses one number for how much longer some wait than others, and for how often each group looks
        // for reads that nobody has told; the latter is taken while a group begins, and is no use to us.
        node.getRaftOptions().setMaxElectionDelayMs((int) host.timing().spread().toMillis());
        node.resetElectionTimeoutMs((int) host.timing().election().toMillis());
    }

    // What a crash took from the group's rows, which are stored later than the log is: readers saw it here before. The
    // library applies it again only once there is a leader.
    private void catchUp() {
        Replica.Entries entries = log.committedAfter(replica.position().index());
        if (entries != null) {
            replica.apply(entries);
        }
    }

    /** As {@link EntryLog#takeCommitted}. */
    long takeCommitted() {
        return log.takeCommitted();
    }

    /** As the library calls it, which wants a letter in front. */
    static String groupId(String ensemble, int group) {
        return GROUP + ensemble + "-" + group;
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
        try {
            node.apply(new Task(entry, new Proposed(proposal)));
        } catch (IllegalStateException stopping) {
            // The library has told the closure.
            return;
        }
    }

    @Override
    public void confirm(Confirmation confirmation) {
        try {
            node.readIndex(NO_CONTEXT, new Question(confirmation));
        } catch (IllegalStateException stopping) {
            // The library has told the closure.
            return;
        }
    }

    @Override
    public Standing standing() {
        PeerId leader = node.getLeaderId();
        Membership members = images.members();
        return new Standing(
                role(members),
                leader == null || leader.isEmpty() ? null : Members.name(leader),
                votes.getTerm(),
                active(node::getLastCommittedIndex),
                active(node::getLastAppliedLogIndex),
                active(node::getLastLogIndex),
                members == null ? first : members);
    }

    @Override
    public void announce() {
        notices.tell();
    }

    private long committed() {
        return active(node::getLastCommittedIndex);
    }

    // The library refuses to tell of a group that has stopped.
    private static long active(LongSupplier index) {
        try {
            return index.getAsLong();
        } catch (IllegalStateException stopped) {
            return 0;
        }
    }

    private Standing.Role role(@Nullable Membership members) {
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
        node.snapshot(status -> {});
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
        Status status = node.transferLeadershipTo(peer);
        done.done(status.isOk() ? null : status.getErrorMsg());
    }

    @Override
    public void change(Membership membership, Completion done) {
        node.changePeers(
                Members.configuration(membership), status -> done.done(status.isOk() ? null : status.getErrorMsg()));
    }

    @Override
    public void force(Membership membership) {
        Configuration wanted = Members.configuration(membership);
        ConfigurationEntry newest = log.membership();
        if (newest != null && !newest.isStable() && newest.getConf().equals(wanted) && !unjoined) {
            // The library takes it for done, and goes on to want a majority of those before.
            unjoined = true;
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
        Status status = node.resetPeers(wanted);
        if (!status.isOk()) {
            throw new IllegalStateException(status.getErrorMsg());
        }
    }

    @Override
    public void electAfter(Duration silence) {
        node.resetElectionTimeoutMs((int) silence.toMillis());
    }

    @Override
    public void stand(boolean whether) {
        host.stand(node.getGroupId(), whether);
    }

    @Override
    public Replica.@Nullable Entries entries(long after, long last) {
        return log.has(after + 1, last) ? new LoggedEntries(log, after, last) : null;
    }

    @Override
    public TakenImage take(String member) throws IOException, InterruptedException {
        return host.images().take(group, member);
    }

    @Override
    public void close() {
        node.shutdown();
        try {
            node.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        images.shutdown();
    }

    /** A proposal as the library holds it: it is run where nothing came of it. */
    private record Proposed(Proposal proposal) implements Closure {
        private static final String NOT_LEADER = "Is not leader.";

        @Override
        public void run(Status status) {
            if (!status.isOk()) {
                proposal.failed(reason(status));
            }
        }

        private static Proposal.Reason reason(Status status) {
            if (status.getRaftError() == RaftError.EBUSY) {
                return Proposal.Reason.BUSY;
            }
            return NOT_LEADER.equals(status.getErrorMsg()) ? Proposal.Reason.NOT_LEADER : Proposal.Reason.UNKNOWN;
        }
    }

    /**
     * A question as the library holds it. It tells of some failures twice: at once, and again when its own patience is
     * over. A second answer would be taken for that of a later question, and end it too early.
     */
    private static final class Question extends ReadIndexClosure {
        private final Confirmation confirmation;
        private final AtomicBoolean answered = new AtomicBoolean();

        Question(Confirmation confirmation) {
            this.confirmation = confirmation;
        }

        @Override
        public void run(Status status, long index, byte[] context) {
            if (answered.getAndSet(true)) {
                return;
            }
            if (status.isOk()) {
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
            replica.apply(new Committed(entries));
            log.committed(entries.getIndex() - 1);
        }

        @Override
        public void onSnapshotSave(SnapshotWriter writer, Closure done) {
            replica.persist(failure -> {
                String reason = failure == null ? images.save(writer) : failure;
                done.run(reason == null ? Status.OK() : new Status(RaftError.EAGAIN, "%s", reason));
            });
        }

        // A thread that ends by what is thrown here leaves the library waiting, also where it is to be closed.
        @Override
        public boolean onSnapshotLoad(SnapshotReader reader) {
            try {
                images.install(reader);
                return true;
            } catch (RuntimeException | Error e) {
                LOG.log(System.Logger.Level.ERROR, "the image of group " + group + " cannot be taken in", e);
                return false;
            }
        }

        @Override
        public void onLeaderStart(long term) {
            node.getRaftOptions().setMaxReplicatorInflightMsgs(LEADING);
            leading = term;
            replica.leads(term);
        }

        @Override
        public void onLeaderStop(Status status) {
            node.getRaftOptions().setMaxReplicatorInflightMsgs(FOLLOWING);
            leading = 0;
            replica.ceases();
        }

        @Override
        public void onStartFollowing(LeaderChangeContext context) {
            replica.follows(Members.name(context.getLeaderId()), context.getTerm());
        }

        @Override
        public void onError(RaftException failure) {
            replica.stopped(String.valueOf(failure.getMessage()));
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
