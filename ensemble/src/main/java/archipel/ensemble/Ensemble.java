package archipel.ensemble;

import archipel.changes.Deadline;
import archipel.consensus.Consensus;
import archipel.divergence.Findings;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.engine.NodeOpenException;
import archipel.health.Problem;
import archipel.identity.NodeIdentity;
import archipel.log.CommandLog;
import archipel.log.LogContext;
import archipel.log.LogFactory;
import archipel.raft.RaftGroup;
import archipel.raft.RaftHost;
import archipel.storage.FormatVersion;
import archipel.storage.Opening;
import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.transport.Listener;
import archipel.transport.Transport;
import archipel.transport.TransportOptions;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A node's membership in an ensemble: makes the log that the members share, and knows the members. Safe for use by many
 * threads.
 */
public final class Ensemble implements LogFactory, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Ensemble.class.getName());
    private static final String BEGINNING = "this member cannot begin, which is tried again";
    private static final String MEETING = "the members cannot meet";
    private static final String LOOKING = "the members cannot be looked after";
    private static final int GREETING_MS = 250;
    private static final int SLOW_GREETING = 8;
    private static final int SPREADING = 4;
    private static final Duration WAIT_NOTICE = Duration.ofSeconds(30);
    /** Between tries to take part in groups that could not be joined. */
    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(2);
    /** After how many greetings it is said who is not there: those who start at the same time have met by then. */
    private static final int FIRST_NOTICE = 2;

    private final Path data;
    private final EnsembleOptions options;
    private final LongSupplier upMs = Deadline.steadyMs();
    private volatile String url = "";
    private volatile Greeting.Coordination coordination = Greeting.Coordination.NONE;
    private volatile @Nullable Membership membership;
    private volatile @Nullable MemberKeeper keeper;
    private volatile @Nullable MemberChanges changes;
    private volatile @Nullable Exclusion exclusion;
    private volatile String problem = "";
    private @Nullable ScheduledThreadPoolExecutor timer;
    private @Nullable ScheduledThreadPoolExecutor looker;
    private final LeaderSpread spread = new LeaderSpread();
    // What failed the last time, by what it was.
    private final Map<String, String> told = new ConcurrentHashMap<>();
    private volatile boolean joined;
    // For the greeter: whether this member takes part in all groups, and when that is tried again.
    private boolean whole;
    private Deadline nextTry = Deadline.after(Duration.ZERO);
    private long greetings;
    private Deadline notice = Deadline.after(WAIT_NOTICE);

    private Ensemble(Path data, EnsembleOptions options) {
        this.data = data;
        this.options = options;
    }

    /** The file in a data directory that says which member its node is. */
    static Path file(Path data) {
        return data.resolve("ensemble");
    }

    /** Whether the node of a data directory is a member. */
    public static boolean isMember(Path data) {
        return MemberFile.exists(file(data));
    }

    /**
     * The membership of a data directory's node, which begins when the node is opened with it.
     *
     * @param options of which those that make a member are used where it is none yet
     */
    public static Ensemble of(Path data, EnsembleOptions options) {
        return new Ensemble(data, options);
    }

    @Override
    public boolean isReplicated() {
        return true;
    }

    @Override
    public int dataGroups() {
        int agreed = 0;
        try {
            agreed = isMember(data) ? MemberFile.read(file(data)).groups() : 0;
        } catch (IOException unreadable) {
            // Said where it is opened.
            LOG.log(System.Logger.Level.DEBUG, "the ensemble's groups are not known", unreadable);
        }
        return agreed > 0 ? agreed : options.dataGroups();
    }

    @Override
    public CommandLog open(LogContext context) {
        try (Opening opening = new Opening()) {
            Files.createDirectories(context.directory());
            NodeIdentity identity = NodeIdentity.open(data.resolve("identity"));
            Bound bound = bind(identity, context);
            opening.add(bound.transport());
            ElectionEvents events =
                    new ElectionEvents(context.clock(), bound.file().name());
            bound.transport().watch(heard(events));
            RaftHost host = opening.add(new RaftHost(
                    bound.transport(),
                    openEntries(bound.file(), context),
                    context.directory().resolve("images"),
                    options.imageBytesPerSecond(),
                    options.timing(),
                    events,
                    context.threads()));
            ReplicatedLog log = new ReplicatedLog(
                    context,
                    bound.transport(),
                    host,
                    bound.file().origin(),
                    options.patience(),
                    events,
                    Findings.read(context.directory().resolve("findings")));
            opening.keep();
            Meeting meeting = new Meeting(bound.transport(), bound.directory(), this::greeting);
            membership =
                    new Membership(bound.file(), bound.directory(), log, meeting, events, bound.transport(), context);
            return log;
        } catch (BindException e) {
            throw new NodeOpenException(
                    e.getMessage()
                            + ": the address in --ensemble is for other members alone; stop who listens there, or"
                            + " give this member another one",
                    e);
        } catch (IOException e) {
            throw new NodeOpenException("this node cannot become a member of the ensemble: " + e.getMessage(), e);
        }
    }

    private Bound bind(NodeIdentity identity, LogContext context) throws IOException {
        if (MemberFile.exists(file(data))) {
            MemberFile file = MemberFile.read(file(data));
            return bind(file, identity, context);
        }
        List<String> candidates = options.name().isEmpty() ? localMembers() : List.of(options.name());
        IOException failed = null;
        for (String name : candidates) {
            try {
                return bind(
                        MemberFile.make(
                                file(data),
                                name,
                                options.origin(),
                                options.secret().get()),
                        identity,
                        context);
            } catch (BindException taken) {
                failed = taken;
            }
        }
        throw failed != null
                ? failed
                : new IOException("none of the members has an address of this machine; give it with --ensemble-name");
    }

    // Several nodes on one machine each take the first address that is free.
    private List<String> localMembers() {
        return options.members().values().stream()
                .filter(member -> isLocal(member.host()))
                .map(MemberAddress::name)
                .toList();
    }

    private static boolean isLocal(String host) {
        try {
            InetAddress address = InetAddress.getByName(host);
            return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (IOException unknown) {
            return false;
        }
    }

    // Whom a member has voted for is in its log, and so is what it has told others that it has.
    private Store openEntries(MemberFile file, LogContext context) throws IOException {
        Path entries = context.directory().resolve("entries");
        String remedy = ": remove the member (archipel ensemble remove " + file.name()
                + "), and let it join again with an empty directory";
        // Who joins knows its ensemble before its first run.
        if (file.isFormed() && file.origin().run() > 1 && !Store.exists(entries)) {
            throw new IOException("the log of member " + file.name() + " is missing in " + entries
                    + ", and with it whom it has voted for" + remedy);
        }
        try {
            return context.disk().store().openLog(entries, options.logBufferBytes());
        } catch (StorageException e) {
            if (e.kind() != StorageException.Kind.CORRUPT) {
                throw e;
            }
            throw new IOException(
                    "the log of member " + file.name() + " is damaged (" + e.details()
                            + "), so that entries that it has acknowledged may be missing" + remedy,
                    e);
        }
    }

    private Bound bind(MemberFile file, NodeIdentity identity, LogContext context) throws IOException {
        options.members().forEach((name, address) -> {
            MemberInfo known = file.members().get(name);
            if (known != null) {
                file.members().put(name, known.with(address));
            } else if (!file.isFormed()) {
                file.members().put(name, MemberInfo.unmet(address));
            }
        });
        MemberInfo own = file.members().get(file.name());
        if (own == null) {
            throw new IOException("the members that are given do not include this node, which is " + file.name());
        }
        if (own.fingerprint() != null && !own.fingerprint().equals(identity.fingerprint())) {
            throw new IOException("the key in " + data + " is not that of member " + file.name()
                    + ": the directory was put together of two");
        }
        boolean observer = file.isFormed() ? own.observer() : options.observer();
        file.members()
                .put(file.name(), own.withFingerprint(identity.fingerprint()).with(observer, own.url()));
        MemberDirectory directory = new MemberDirectory(file);
        InetAddress bind = isLocal(own.address().host())
                ? InetAddress.getByName(own.address().host())
                : new InetSocketAddress(0).getAddress();
        TransportOptions listening = TransportOptions.of(
                        file.name(),
                        file.ensemble(),
                        new InetSocketAddress(bind, own.address().port()))
                .with(directory);
        Transport transport;
        try {
            transport = Transport.open(
                    options.transport().apply(listening), identity, file.secret(), directory, context.threads());
        } catch (BindException e) {
            BindException taken = new BindException("member " + file.name() + " cannot listen on "
                    + own.address().place() + " (" + e.getMessage() + ")");
            taken.initCause(e);
            throw taken;
        }
        try {
            file.beginRun();
            return new Bound(file, directory, transport);
        } catch (IOException e) {
            transport.close();
            throw e;
        }
    }

    private record Bound(MemberFile file, MemberDirectory directory, Transport transport) {}

    /** What there is once the node was opened. */
    private record Membership(
            MemberFile file,
            MemberDirectory directory,
            ReplicatedLog log,
            Meeting meeting,
            ElectionEvents events,
            Transport transport,
            LogContext context) {}

    private Membership membership() {
        Membership begun = membership;
        if (begun == null) {
            throw new IllegalStateException("the node was not opened");
        }
        return begun;
    }

    private Listener heard(ElectionEvents events) {
        return new Listener() {
            @Override
            public void connected(String member) {
                events.add(ElectionEvents.Kind.DISCOVERED, -1, member, null, 0);
            }

            @Override
            public void disconnected(String member) {
                events.add(ElectionEvents.Kind.LOST, -1, member, null, 0);
                Membership begun = membership;
                if (begun != null) {
                    begun.log().lost(member);
                }
            }
        };
    }

    /** Whether the node of that key is a member. */
    public boolean isMember(String fingerprint) {
        return membership().directory().members().stream().anyMatch(member -> fingerprint.equals(member.fingerprint()));
    }

    /** What this member is called. */
    public String name() {
        return membership().file().name();
    }

    /** Whether this member has no vote: as it was started before the ensemble has formed, then as its members say. */
    public boolean isObserver() {
        MemberDirectory known = membership().directory();
        MemberInfo own = known.find(name());
        return known.isFormed() && own != null ? own.observer() : options.observer();
    }

    /** What this member has seen of elections. */
    public ElectionEvents events() {
        return membership().events();
    }

    /** A key that all members have and nobody else, for that purpose. */
    public byte[] key(String purpose) {
        return membership().file().secret().key(purpose);
    }

    private Greeting greeting() {
        Membership begun = membership();
        MemberKeeper known = keeper;
        MemberInfo own = begun.directory().find(begun.file().name());
        return new Greeting(
                url,
                own == null ? "" : own.address().place(),
                options.observer(),
                upMs.getAsLong(),
                options.version(),
                FormatVersion.NEWEST.number(),
                applied(),
                begun.log().origin().member(),
                new Greeting.Beginning(
                        begun.directory().isFormed(),
                        begun.file().initial(),
                        begun.directory().isFormed() ? begun.file().groups() : options.dataGroups(),
                        !begun.directory().isFormed() && begun.log().hasOldData(),
                        begun.directory().keys()),
                begun.directory().roster().version(),
                known == null ? new TreeMap<>() : known.settled(),
                begun.log().soundness().findings().all(),
                begun.context().health().problems().stream()
                        .map(report -> report.problem().label())
                        .toList(),
                coordination,
                "");
    }

    private SortedMap<Integer, Long> applied() {
        SortedMap<Integer, Long> applied = new TreeMap<>();
        for (ReplicatedGroup group : log().groups()) {
            applied.put(group.number(), group.position().index());
        }
        return applied;
    }

    /** Begins: the members meet, and are looked after. Once, after the node was opened with this. */
    public void begin(SharedFacts facts) {
        Membership begun = membership();
        MemberKeeper looking = new MemberKeeper(facts, begun.directory(), begun.meeting(), begun.log());
        changes = new MemberChanges(begun.transport(), begun.directory(), begun.meeting(), begun.log(), looking);
        keeper = looking;
        exclusion = new Exclusion(begun.directory(), begun.context().health());
        begun.transport().watch(exclusion);
        begun.transport().start();
        timer = every(begun.context(), "archipel-meeting", this::meet);
        looker = every(begun.context(), "archipel-members", this::look);
    }

    private static ScheduledThreadPoolExecutor every(LogContext context, String name, Runnable work) {
        ScheduledThreadPoolExecutor thread =
                new ScheduledThreadPoolExecutor(1, run -> context.threads().background(name, run));
        thread.scheduleWithFixedDelay(work, 0, GREETING_MS, TimeUnit.MILLISECONDS);
        return thread;
    }

    // On the keeper's thread.
    private void look() {
        MemberKeeper looking = keeper;
        Exclusion excluded = exclusion;
        if (looking == null || excluded == null || !joined) {
            return;
        }
        try {
            excluded.look();
            if (membership().file().isForced()) {
                log().force();
            }
            looking.look();
            told.remove(LOOKING);
        } catch (RuntimeException e) {
            tell(LOOKING, e);
        }
    }

    // What fails for a while does so four times a second.
    private void tell(String what, RuntimeException e) {
        boolean known = e.toString().equals(told.put(what, e.toString()));
        LOG.log(known ? System.Logger.Level.DEBUG : System.Logger.Level.ERROR, what, e);
    }

    // On the greeter's thread.
    private void meet() {
        Membership begun = membership();
        MemberKeeper looking = keeper;
        try {
            if (!whole && nextTry.hasPassed()) {
                tryToJoin(begun);
            }
            boolean calm = joined && looking != null && looking.isSettled();
            greetings++;
            if (!calm || greetings % SLOW_GREETING == 0) {
                begun.meeting().greet();
            }
            begun.log().soundness().heard(begun.meeting().heard());
            if (joined && greetings % SPREADING == 0) {
                spread(begun);
            }
            if (greetings == FIRST_NOTICE) {
                sayWhoIsMissing(begun);
            }
            if (!joined && notice.hasPassed()) {
                notice = Deadline.after(WAIT_NOTICE);
                LOG.log(
                        System.Logger.Level.WARNING,
                        problem.isEmpty()
                                ? "The ensemble begins once all its members have met; missing: {0}"
                                : "The ensemble cannot begin: {1}",
                        begun.meeting().missing(),
                        problem);
            }
            told.remove(MEETING);
        } catch (RuntimeException e) {
            tell(MEETING, e);
        }
    }

    private static void sayWhoIsMissing(Membership begun) {
        List<MemberAddress> missing = begun.meeting().missing();
        if (!missing.isEmpty()) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "waiting for members {0}",
                    missing.stream().map(MemberAddress::name).collect(Collectors.joining(", ")));
        }
    }

    private void spread(Membership begun) {
        Map<String, Long> upMs = new HashMap<>();
        begun.meeting().heard().forEach((member, greeting) -> upMs.put(member, greeting.upMs()));
        // Who cannot be elected is nobody to wait for.
        upMs.keySet().retainAll(begun.directory().membership().voters());
        String own = begun.file().name();
        upMs.put(own, this.upMs.getAsLong());
        begun.log().preferByAge(upMs, own);
        upMs.keySet().removeIf(begun.log().soundness()::isSetAside);
        begun.meeting().heard().forEach((member, greeting) -> {
            if (greeting.problems().contains(Problem.MEMBER_STOPPED.label())) {
                // It could not lead what it is given.
                upMs.remove(member);
            }
        });
        LeaderSpread.Move move = spread.next(own, begun.log().groups(), upMs);
        if (move != null) {
            Consensus consensus = move.group().consensus();
            if (consensus != null) {
                consensus.transfer(
                        move.to(),
                        failure -> LOG.log(
                                System.Logger.Level.DEBUG,
                                "group {0} is handed over to {1}: {2}",
                                move.group().number(),
                                move.to(),
                                failure));
            }
        }
    }

    // What fails here is no reason not to greet the others, and is said once.
    private void tryToJoin(Membership begun) {
        try {
            join(begun);
            told.remove(BEGINNING);
        } catch (RuntimeException e) {
            problem = "this member cannot begin: " + RaftGroup.text(e);
            tell(BEGINNING, e);
            nextTry = Deadline.after(BETWEEN_TRIES);
        }
    }

    private void join(Membership begun) {
        MemberDirectory directory = begun.directory();
        if (!directory.isFormed()) {
            Founding founding = Founding.of(
                    directory.own(),
                    greeting(),
                    begun.meeting().heard(),
                    begun.meeting().isComplete(),
                    directory.unmet(),
                    directory.membership());
            if (founding.members() == null) {
                problem = founding.problem();
                return;
            }
            directory.form(founding.members(), founding.groups(), founding.founder());
        }
        problem = "";
        archipel.consensus.Membership initial = begun.file().initial();
        String own = directory.own();
        whole = begun.log()
                .join(
                        begun.file().ensemble(),
                        initial.voters().contains(own) || initial.observers().contains(own)
                                ? initial
                                : MemberFile.NOBODY);
        joined = true;
        if (!whole) {
            nextTry = Deadline.after(BETWEEN_TRIES);
        }
    }

    /** That was opened. */
    ReplicatedLog log() {
        return membership().log();
    }

    /** Whether this member leads the group. */
    boolean leads(int group) {
        return log().groups().get(group).leading() != 0;
    }

    /** Null before this member takes part in the group. */
    @Nullable
    Consensus consensus(int group) {
        return log().groups().get(group).consensus();
    }

    /** How the members and their groups stand, as far as this one knows. */
    public void appendStatus(JsonBuffer json) {
        Membership begun = membership();
        MemberKeeper looking = keeper;
        new EnsembleStatus(
                        begun.file().ensemble(),
                        begun.directory(),
                        begun.meeting(),
                        begun.log(),
                        greeting(),
                        problem,
                        looking != null && looking.isSettled())
                .appendTo(json);
    }

    /**
     * Has the members changed as an admin wants it, which is recorded when this returns and done after that.
     *
     * @return {@code ok}, {@code changed}, and what a node that joins has to know
     * @throws archipel.document.RequestException where it cannot be done
     */
    public JsonBuffer request(MemberRequest request) {
        return request(request, false);
    }

    /**
     * As {@link #request(MemberRequest)}.
     *
     * @param secret whether what the members have in common is told, for a node that joins
     */
    public JsonBuffer request(MemberRequest request, boolean secret) {
        MemberChanges taking = changes;
        if (taking == null) {
            throw new RequestException(ErrorCode.ENSEMBLE_FORMING);
        }
        MemberChanges.Done done = taking.request(request);
        MemberFile own = membership().file();
        JsonBuffer json =
                new JsonBuffer(1024).ascii("{\"ok\":true,\"changed\":").bool(done.changed());
        json.ascii(",\"ensemble\":").string(own.ensemble());
        json.ascii(",\"groups\":").number(own.groups());
        if (secret) {
            json.ascii(",\"secret\":")
                    .string(Base64.getEncoder().encodeToString(own.secret().bytes()));
        }
        done.roster().appendTo(json.ascii(",\"roster\":"));
        return json.ascii('}');
    }

    /**
     * Has this member's data of a group replaced by the leader's, in the background: which goes on after a restart.
     *
     * @param group empty for all of which something is known to be wrong
     * @return which groups
     * @throws RequestException where nothing is wrong, or there is no such group, or nobody to have it from: a group
     *     that all voters have set aside has no leader
     */
    public List<Integer> rebuild(OptionalInt group) {
        ReplicatedLog log = log();
        List<Integer> groups =
                group.isPresent() ? known(group) : log.soundness().wrong();
        if (groups.isEmpty()) {
            throw new RequestException(ErrorCode.NOTHING_TO_REBUILD);
        }
        for (int number : groups) {
            Consensus consensus = consensus(number);
            boolean had = consensus != null
                    && log.soundness()
                            .isHadByOther(
                                    number, consensus.standing().membership().voters());
            if (!had && !log.soundness().isToRebuild(number)) {
                throw new RequestException(ErrorCode.REBUILT_FROM_NOBODY, number);
            }
        }
        log.soundness().rebuild(groups);
        return groups;
    }

    private List<Integer> known(OptionalInt group) {
        if (!membership().directory().isFormed()) {
            throw new RequestException(ErrorCode.ENSEMBLE_FORMING);
        }
        int number = group.orElse(0);
        if (number < 0 || number >= log().groups().size()) {
            throw new RequestException(ErrorCode.MEMBER_GROUP, number);
        }
        return List.of(number);
    }

    /**
     * Gives up what {@link #rebuild} has begun: a group goes on with the data that it has, or is as it was found where
     * that differs from the data of most members.
     *
     * @param group empty for all that are to be rebuilt
     * @return which groups
     * @throws RequestException where nothing is to be rebuilt, or there is no such group, or it cannot go on
     */
    public List<Integer> cancelRebuild(OptionalInt group) {
        Soundness soundness = log().soundness();
        List<Integer> groups = (group.isPresent() ? known(group) : soundness.wrong())
                .stream().filter(soundness::isToRebuild).toList();
        if (groups.isEmpty()) {
            throw new RequestException(ErrorCode.NO_REBUILD);
        }
        for (int number : groups) {
            if (!soundness.cancel(number)) {
                throw new RequestException(ErrorCode.REBUILD_NEEDED, number);
            }
        }
        return groups;
    }

    /** Says where clients reach this node. */
    public void setUrl(String clients) {
        url = clients;
        Membership begun = membership();
        begun.directory().update(begun.file().name(), own -> own.with(own.observer(), clients));
    }

    /**
     * Says where this node serves clients of ZooKeeper.
     *
     * @param address {@code HOST:PORT}
     */
    public void setCoordination(String address, boolean tls) {
        coordination = new Greeting.Coordination(address, tls);
    }

    /** Ends the meeting; the log is closed by its node. */
    @Override
    public void close() {
        for (ScheduledThreadPoolExecutor thread : Arrays.asList(timer, looker)) {
            if (thread != null) {
                thread.shutdownNow();
            }
        }
        Membership begun = membership;
        if (begun != null) {
            begun.events().close();
        }
    }
}
