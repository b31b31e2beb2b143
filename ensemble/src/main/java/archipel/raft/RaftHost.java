package archipel.raft;

import archipel.changes.Deadline;
import archipel.changes.Threads;
import archipel.consensus.Membership;
import archipel.consensus.Replica;
import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.transport.Listener;
import archipel.transport.Service;
import archipel.transport.Transport;
import com.alipay.sofa.jraft.NodeManager;
import com.alipay.sofa.jraft.ReplicatorGroup;
import com.alipay.sofa.jraft.util.concurrent.DefaultFixedThreadsExecutorGroupFactory;
import com.alipay.sofa.jraft.util.concurrent.FixedThreadsExecutorGroup;
import com.google.protobuf.Message;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** What the groups of one node share: the store of their logs, the connections, and threads. */
public final class RaftHost implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RaftHost.class.getName());
    private static final int SENDERS = 2;
    private static final int SENDER_TASKS = 32_768;
    private static final int RECORD_MS = 250;
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);
    private static final Duration BETWEEN_HAND_OVERS = Duration.ofSeconds(3);
    /** In election timeouts, how long a write waits for the disk before others are to lead. */
    private static final int STALLS = 2;

    private final Transport transport;
    private final EntryStore entries;
    private final Timing timing;
    private final ElectionListener elections;
    private final Workers workers;
    private final FixedThreadsExecutorGroup senders = DefaultFixedThreadsExecutorGroupFactory.INSTANCE.newExecutorGroup(
            SENDERS, "archipel-raft-sender", SENDER_TASKS, true);
    private final ImageServer images;
    private final HeartbeatBatches heartbeats = new HeartbeatBatches(this);
    private final ScheduledThreadPoolExecutor timer;
    private final ScheduledThreadPoolExecutor looker;
    private final TransportRpcServer server;
    private final AtomicBoolean recording = new AtomicBoolean();
    // For the looker.
    private Deadline nextHandOver = Deadline.after(Duration.ZERO);
    private final Set<ReplicatorGroup> replicators = ConcurrentHashMap.newKeySet();
    // Members that have connected, of which it is looked whether they have a sender; whether that is to be done again.
    private final Map<String, Boolean> checking = new ConcurrentHashMap<>();
    private final Set<RaftGroup> givingWay = ConcurrentHashMap.newKeySet();
    private final Map<Integer, RaftGroup> groups = new ConcurrentHashMap<>();
    // As the library calls them; those that are just being joined, too.
    private final Set<String> names = ConcurrentHashMap.newKeySet();
    // Groups, as the library calls them, in which this member is not to be elected.
    private final Set<String> abstaining = ConcurrentHashMap.newKeySet();

    /**
     * @param transport not started yet
     * @param log the store of the groups' logs; closed with this
     * @param directory for images that come
     * @param imageBytesPerSecond how fast images are sent, all together; 0 for as fast as it goes
     */
    public RaftHost(
            Transport transport,
            Store log,
            Path directory,
            long imageBytesPerSecond,
            Timing timing,
            ElectionListener elections,
            Threads threads) {
        this.transport = transport;
        this.entries = new EntryStore(log, timing.fsync());
        this.timing = timing;
        this.elections = elections;
        this.workers = new Workers(threads);
        ImagePace pace = new ImagePace(imageBytesPerSecond, Deadline.steadyMs());
        this.images = new ImageServer(transport, directory, workers, pace, ImageServer.ABANDONED);
        this.timer = new ScheduledThreadPoolExecutor(1, work -> threads.background("archipel-heartbeats", work));
        long hold = timing.election().toMillis() / timing.heartbeats() / 2;
        Duration patience = timing.election().dividedBy(2);
        timer.scheduleWithFixedDelay(() -> heartbeats.flush(patience), hold, hold, TimeUnit.MILLISECONDS);
        timer.scheduleWithFixedDelay(() -> execute(this::recordCommitted), RECORD_MS, RECORD_MS, TimeUnit.MILLISECONDS);
        this.looker = new ScheduledThreadPoolExecutor(1, work -> threads.background("archipel-raft-looker", work));
        looker.scheduleWithFixedDelay(
                this::look, BETWEEN_LOOKS.toMillis(), BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
        this.server = new TransportRpcServer(this, workers);
        transport.serve(Service.RAFT_CONTROL, server);
        transport.serve(Service.RAFT_LOG, server);
        transport.serve(Service.IMAGE, images);
        NodeManager.getInstance().addAddress(Members.peer(transport.member()).getEndpoint());
        transport.watch(new Listener() {
            @Override
            public void connected(String member) {
                if (checking.put(member, true) == null) {
                    execute(() -> check(member));
                }
            }
        });
    }

    // A member that connects again and again while this waits for a group's lock is checked once more after that.
    private void check(String member) {
        try {
            do {
                checking.put(member, false);
                replicators.forEach(group -> group.checkReplicator(Members.peer(member), true));
            } while (!checking.remove(member, false));
        } catch (RuntimeException e) {
            checking.remove(member);
            throw e;
        }
    }

    /**
     * When members act.
     *
     * @param election for how long the leader may be silent before another asks to be elected
     * @param spread by how much longer some wait, so that not all ask at once
     * @param heartbeats how many of them a leader sends in that time
     * @param fsync whether entries and votes are on the disk before they count
     */
    public record Timing(Duration election, Duration spread, int heartbeats, boolean fsync) {
        public static final Timing DEFAULT = new Timing(Duration.ofMillis(500), Duration.ofMillis(150), 5, true);
    }

    /**
     * Joins a group.
     *
     * @param ensemble in whose groups' names it stands, so that those of two ensembles in one process are told apart
     * @param members of a group that begins; those of one that has a log are in the log
     * @throws IllegalStateException where what is stored does not allow it
     */
    public RaftGroup join(String ensemble, int group, Membership members, Replica replica) {
        String name = RaftGroup.groupId(ensemble, group);
        names.add(name);
        try {
            RaftGroup joined = new RaftGroup(this, ensemble, group, members, replica);
            groups.put(group, joined);
            return joined;
        } catch (RuntimeException | Error e) {
            names.remove(name);
            server.forget(name);
            throw e;
        }
    }

    /** Whether this node takes part in the group, as the library calls it. */
    boolean has(String group) {
        return names.contains(group);
    }

    // Not for each entry: it is for a member that comes back alone, which others would bring further.
    private void recordCommitted() {
        if (recording.getAndSet(true)) {
            // The disk does not answer.
            return;
        }
        try {
            storeCommitted();
        } finally {
            recording.set(false);
        }
    }

    private void storeCommitted() {
        Map<Integer, Long> indexes = new TreeMap<>();
        groups.forEach((number, group) -> {
            long committed = group.unrecorded();
            if (committed > 0) {
                indexes.put(number, committed);
            }
        });
        if (!indexes.isEmpty()) {
            try {
                entries.committed(indexes);
                indexes.forEach((number, committed) -> {
                    RaftGroup group = groups.get(number);
                    if (group != null) {
                        group.recorded(committed);
                    }
                });
            } catch (StorageException e) {
                LOG.log(System.Logger.Level.DEBUG, "how far groups are committed is not stored", e);
            }
        }
    }

    private void look() {
        try {
            images.closeAbandoned();
            lookAtDisk();
            List<RaftGroup> stopped =
                    groups.values().stream().filter(RaftGroup::isToResume).toList();
            if (!stopped.isEmpty()) {
                entries.mend();
                stopped.forEach(RaftGroup::resume);
            }
        } catch (StorageException e) {
            LOG.log(System.Logger.Level.DEBUG, "the store of the logs takes no writes yet", e);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "groups cannot begin again", e);
        }
    }

    // A leader whose disk does not answer goes on with the disks of the others, until its queues are full; and it sends
    // heartbeats, so that nobody asks to be elected.
    private void lookAtDisk() {
        if (entries.stalledMs() > STALLS * timing.election().toMillis() && nextHandOver.hasPassed()) {
            nextHandOver = Deadline.after(BETWEEN_HAND_OVERS);
            for (RaftGroup group : groups.values()) {
                // It may wait for the disk itself.
                if (givingWay.add(group)) {
                    execute(() -> giveWay(group));
                }
            }
        }
    }

    private void giveWay(RaftGroup group) {
        try {
            group.giveWay();
        } finally {
            givingWay.remove(group);
        }
    }

    /** A group has ended here; it may begin again. */
    void left(String group) {
        server.forget(group);
    }

    void forget(RaftGroup group) {
        recordCommitted();
        groups.values().remove(group);
        names.remove(group.name());
        server.forget(group.name());
    }

    /** Whether this node has taken part in the group before. */
    public boolean knows(int group) {
        return entries.fact(group, EntryStore.Fact.VOTE) != null || entries.fact(group, EntryStore.Fact.BASE) != null;
    }

    /**
     * Says that a group's log begins after what this node has applied by itself, as a group of these members.
     *
     * @param position of the newest command
     */
    public void begin(int group, Replica.Position position, Membership members) {
        entries.put(
                group,
                Map.of(
                        EntryStore.Fact.BASE, ImageStorage.base(position, members),
                        EntryStore.Fact.VOTE, VoteRecord.row(position.term(), "")));
    }

    Transport transport() {
        return transport;
    }

    EntryStore entries() {
        return entries;
    }

    HeartbeatBatches heartbeats() {
        return heartbeats;
    }

    ImageServer images() {
        return images;
    }

    /** Images that this node sends, or is to send, or receives. */
    public List<ImageProgress> imagesUnderWay() {
        return images.underWay();
    }

    /** Whether a member is being sent an image of the group, after which it needs the log that comes next. */
    public boolean isSending(int group) {
        return images.offers(group);
    }

    public Timing timing() {
        return timing;
    }

    FixedThreadsExecutorGroup senders() {
        return senders;
    }

    void execute(Runnable work) {
        try {
            workers.execute(work);
        } catch (RejectedExecutionException stopping) {
            // What is left to be done is for nobody any more.
            return;
        }
    }

    void stand(String group, boolean whether) {
        if (whether) {
            abstaining.remove(group);
        } else {
            abstaining.add(group);
        }
    }

    /** Whether this member is not to be elected in a group. */
    boolean abstains(String group) {
        return abstaining.contains(group);
    }

    void remember(ReplicatorGroup group) {
        replicators.add(group);
    }

    void forget(ReplicatorGroup group) {
        replicators.remove(group);
    }

    void sent(String member, Object request) {
        elections.sent(member, request);
    }

    void answered(String member, Object request, Object answer) {
        elections.answered(member, request, answer);
    }

    void asked(String member, Message request) {
        elections.asked(member, request);
    }

    void replied(String member, Message request, Object answer) {
        elections.replied(member, request, answer);
    }

    /** After all groups were closed, and the transport. */
    @Override
    public void close() {
        looker.shutdown();
        timer.shutdownNow();
        workers.close();
        senders.shutdownGracefully();
        entries.close();
    }
}
