package archipel.mesh;

import archipel.auth.PeerDoor;
import archipel.auth.UserContext;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.identity.NodeIdentity;
import archipel.identity.NodeTls;
import archipel.remote.DeniedAddresses;
import archipel.remote.RemoteClient;
import archipel.remote.RemoteSettings;
import archipel.replication.Ends;
import archipel.replication.ReplicationEnvironment;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The mesh as one of its nodes knows it: who is a member, and a link with each of them. All members tell each other who
 * was let in and who was removed, which merges to the same in any order ({@link Member#with}): a newcomer needs to know
 * one of them. Members vouch for members, and for nothing else: what a node says of itself is signed by it, and every
 * connection shows by its keys who is at its ends.
 *
 * <p>One per node; safe for use by many threads. Links are made and closed outside its lock.
 */
public final class Mesh implements PeerDoor, AutoCloseable {
    /** What nodes ask for by name where they speak with each other, on the port that clients use as well. */
    public static final String SERVER_NAME = NodeTls.SERVER_NAME;

    private static final Logger LOG = LoggerFactory.getLogger(Mesh.class);

    private static final int CONNECTIONS_PER_PEER = 64;

    private final Settings settings;
    private final NodeIdentity identity;
    private final Ends ends;
    private final ReplicationEnvironment environment;
    private final SecureRandom random = new SecureRandom();
    /** Tells the processes apart that one key may have at a time, by mistake. */
    private final String instance = Long.toHexString(random.nextLong());

    private final PeerSecret secret;
    private final JoinAttempts attempts;
    private final MeshState state;
    private final Membership membership;
    private final KnownDatabases known;
    private final DeniedAddresses denied;
    private final Map<String, PeerLink> links = new TreeMap<>();
    private final List<Joiner> joiners = new CopyOnWriteArrayList<>();
    // Under the lock, as the state and the links.
    private @Nullable NodeRecord self;
    private List<String> ownAddresses = List.of();
    private final Set<String> observed = new LinkedHashSet<>();
    private boolean takesObserved;
    private int port;
    private @Nullable Thread watching;
    private boolean closed;
    private volatile long sharing;
    private volatile long version;
    private volatile Consumer<String> dismissal = _ -> {};
    private volatile Predicate<String> sameLog = _ -> false;
    private @Nullable Discovery discovery;
    private @Nullable SSLContext answering;

    private Mesh(
            Settings settings,
            NodeIdentity identity,
            Ends ends,
            ReplicationEnvironment environment,
            MeshState state,
            KnownDatabases known) {
        this.settings = settings;
        this.identity = identity;
        this.ends = ends;
        this.environment = environment;
        this.state = state;
        this.membership =
                new Membership(state.members(), identity.fingerprint(), () -> settings.get(MeshSettings.MAX_PEERS));
        this.known = known;
        this.secret = new PeerSecret(settings.get(MeshSettings.PEER_SECRET));
        this.attempts = new JoinAttempts(environment.steady(), () -> settings.get(MeshSettings.PEER_JOIN_ATTEMPTS));
        this.denied = new DeniedAddresses(() -> settings.get(RemoteSettings.DENIED_NETWORKS));
    }

    /**
     * Reads what the node knows of its mesh; nothing is connected yet.
     *
     * @param directory of the node's data
     * @throws UncheckedIOException where a file there cannot be read or made
     * @throws SettingException where a node to join is no URL of one
     */
    public static Mesh open(Path directory, Settings settings, Ends ends, ReplicationEnvironment environment) {
        for (String url : settings.get(MeshSettings.PEER)) {
            try {
                JoinUrl.parse(url);
            } catch (RequestException e) {
                // It may have a password in it.
                String shown = url.contains("@") || url.contains("#") ? "one of the URLs" : "\"" + url + "\"";
                throw new SettingException(
                        "peer: " + shown + " is no URL of a node, such as http://10.0.0.7:5984, without a path");
            }
        }
        try {
            return new Mesh(
                    settings,
                    NodeIdentity.open(directory.resolve("identity")),
                    ends,
                    environment,
                    MeshState.open(directory.resolve("peers")),
                    KnownDatabases.open(directory.resolve("peer-databases")));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "What this node knows of itself and its peers cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Connects with all members, and joins the nodes of the settings.
     *
     * @param url where this node answers
     * @param anyHost whether it listens on all of its machine's addresses, so that others know best how to reach it
     */
    public void start(String url, int listening, boolean anyHost) {
        String given = settings.get(MeshSettings.PEER_URL);
        List<PeerLink> begun = new ArrayList<>();
        synchronized (this) {
            port = listening;
            takesObserved = anyHost && given.isEmpty();
            ownAddresses = takesObserved ? List.of() : List.of(given.isEmpty() ? url : given);
            // One that was asked for before it was known where this node answers has no addresses.
            self = null;
            for (Member member : state.members().values()) {
                if (!member.removed()) {
                    begun.add(link(member.id()));
                }
            }
        }
        begun.forEach(PeerLink::start);
        for (String peer : settings.get(MeshSettings.PEER)) {
            Joiner joiner = new Joiner(this, peer, environment);
            joiners.add(joiner);
            joiner.start();
        }
        if (settings.get(MeshSettings.DISCOVER)) {
            Discovery begins = new Discovery(this, environment, url, listening, anyHost);
            synchronized (this) {
                discovery = begins;
            }
            begins.start();
        }
    }

    /**
     * Has connections of a node closed as soon as it may not use them any more.
     *
     * @param closer gets the node's fingerprint
     */
    public void whenDismissed(Consumer<String> closer) {
        dismissal = closer;
    }

    /**
     * Nothing is replicated with nodes that have the same log, since they have the same databases.
     *
     * @param whether tells by a node's fingerprint whether it is one
     */
    public void excludeSameLog(Predicate<String> whether) {
        sameLog = whether;
    }

    /** Of this node's key. */
    public String fingerprint() {
        return identity.fingerprint();
    }

    /** TLS for whoever comes as another node. */
    public synchronized SSLContext tls() {
        if (answering == null) {
            answering = NodeTls.answering(identity);
        }
        return answering;
    }

    NodeIdentity identity() {
        return identity;
    }

    Settings settings() {
        return settings;
    }

    Ends ends() {
        return ends;
    }

    DeniedAddresses denied() {
        return denied;
    }

    PeerSecret secret() {
        return secret;
    }

    JoinAttempts attempts() {
        return attempts;
    }

    /** What this node says of itself; signed when it is first asked for, since most nodes never are. */
    synchronized NodeRecord self() {
        NodeRecord record = self;
        if (record == null) {
            Set<String> all = new LinkedHashSet<>(ownAddresses);
            observed.forEach(address -> all.add(observedUrl(address)));
            List<String> addresses =
                    all.stream().limit(NodeRecord.MOST_ADDRESSES).toList();
            record = NodeRecord.sign(identity, addresses, state.nextVersion());
            self = record;
            save();
        }
        return record;
    }

    // Under the lock.
    private void save() {
        try {
            state.save();
        } catch (IOException e) {
            throw new UncheckedIOException("what this node knows of its peers cannot be stored", e);
        }
    }

    // Whom it lets in.

    @Override
    public UserContext peer(X509Certificate[] shown) {
        String fingerprint = NodeTls.fingerprint(shown);
        return UserContext.peer(
                fingerprint == null ? "" : fingerprint, fingerprint != null && isMember(fingerprint), this);
    }

    /** Whether a node with that fingerprint has shown these certificates. */
    public static boolean isOf(X509Certificate[] shown, String id) {
        return id.equals(NodeTls.fingerprint(shown));
    }

    @Override
    public synchronized boolean isMember(String id) {
        return membership.isMember(id) && !closed;
    }

    /** Whether that is the key of a node that was a member until it was removed. */
    synchronized boolean isRemoved(String id) {
        return membership.isRemoved(id);
    }

    @Override
    public boolean shows(UserContext peer, String database) {
        String id = peer.name();
        return id != null && isMember(id) && shares(id, database);
    }

    /** Whether a database is replicated with a peer. */
    boolean shares(String id, String database) {
        PeerOptions options = options(id);
        List<String> patterns =
                options.databases() == null ? settings.get(MeshSettings.PEER_DATABASES) : options.databases();
        return !options.paused() && !sameLog.test(id) && NamePattern.matches(patterns, database);
    }

    /** Whether an admin has paused that peer here. */
    public boolean isPaused(String id) {
        return options(id).paused();
    }

    synchronized PeerOptions options(String id) {
        return state.options().getOrDefault(id, PeerOptions.DEFAULT);
    }

    /** Changes whenever {@link #shows} may give something else for any peer. */
    public long sharing() {
        return sharing + settings.get(MeshSettings.PEER_DATABASES).hashCode();
    }

    /** Grows whenever there is something to tell of members. */
    long version() {
        return version;
    }

    int mostDatabases() {
        return settings.get(MeshSettings.MAX_PEER_DATABASES);
    }

    // Who becomes a member.

    /** An invitation, and until when it can be used. */
    public record Invitation(String url, Instant expires) {}

    /**
     * Lets one node in, whichever comes with what this gives.
     *
     * @param url of this node, as whoever is invited reaches it; empty for the one that it knows
     * @throws RequestException 400 for what is no URL of a node, or where it knows none
     */
    public synchronized Invitation invite(String url) {
        List<String> own = self().addresses();
        String base = url.isEmpty() && !own.isEmpty() ? own.getFirst() : url;
        if (!PeerAddress.isOne(base)) {
            throw new RequestException(ErrorCode.PEER_ADDRESS);
        }
        Instant expires = environment
                .clock()
                .instant()
                .truncatedTo(ChronoUnit.SECONDS)
                .plusSeconds(settings.get(MeshSettings.INVITATION_SECONDS));
        String invitation = state.invitations().add(random, expires);
        save();
        return new Invitation(new JoinUrl.Invited(identity.fingerprint(), invitation).appendTo(base), expires);
    }

    /** Whether that is an open invitation. */
    synchronized boolean isInvitation(String invitation) {
        return state.invitations().isOpen(invitation, environment.clock().instant());
    }

    /** Whether that is an open invitation, which it is no more. */
    synchronized boolean useInvitation(String invitation) {
        boolean open = state.invitations().use(invitation, environment.clock().instant());
        if (open) {
            save();
        }
        return open;
    }

    /**
     * Makes a node a member that was let in by this one or lets this one in.
     *
     * @throws RequestException 503 where the mesh is full, 400 for this node itself
     */
    void admit(NodeRecord record) {
        PeerLink begun = null;
        synchronized (this) {
            String id = record.id();
            membership.admit(record);
            save();
            if (!links.containsKey(id) && !closed) {
                begun = link(id);
            }
        }
        if (begun != null) {
            LOG.info("Node {} is a peer now.", record.id());
            begun.start();
        }
        tellAll();
    }

    // Under the lock.
    private PeerLink link(String id) {
        SSLContext asking = NodeTls.asking(identity, id);
        RemoteClient client = new RemoteClient(
                denied, CONNECTIONS_PER_PEER, new RemoteClient.Trust(asking, false, NodeTls.SERVER_NAME));
        DatabasePull pull = new DatabasePull(
                id,
                client,
                ends.databases(),
                known,
                environment,
                () -> settings.get(MeshSettings.PEER_REVISIONS) == MeshSettings.Revisions.HASHED,
                this::mostDatabases);
        PeerDatabases databases = new PeerDatabases(
                id, pull, environment, settings.get(MeshSettings.PEER_PULLS), what -> violated(id, what));
        PeerLink link = new PeerLink(
                id,
                this,
                client,
                databases,
                environment,
                settings.get(MeshSettings.PEER_HEARTBEAT_MS),
                options(id).paused());
        links.put(id, link);
        if (watching == null) {
            Thread watch = environment
                    .threads()
                    .unstarted("peer-watch", new DatabaseWatch(ends.databases().node(), this::tellLinks));
            watching = watch;
            watch.start();
        }
        return link;
    }

    private void violated(String id, String what) {
        PeerLink link = linkOrNull(id);
        if (link != null) {
            link.violated(what);
        }
    }

    synchronized @Nullable PeerLink linkOrNull(String id) {
        return links.get(id);
    }

    // What members tell each other.

    /**
     * All that this node knows of members, itself first.
     *
     * @param observer the address under which it sees the one that is told; null where it does not say
     * @param twin whether another process runs that has the same key as that one
     */
    synchronized byte[] told(@Nullable String observer, boolean twin) {
        JsonBuffer json = new JsonBuffer(1024).ascii("{\"members\":[");
        Member.joined(self(), 1).appendTo(json);
        for (Member member : state.members().values()) {
            member.appendTo(json.ascii(','));
        }
        json.ascii("],\"instance\":").string(instance);
        if (observer != null) {
            json.ascii(",\"observed\":").string(observer).ascii(",\"twin\":").bool(twin);
        }
        return json.ascii('}').toByteArray();
    }

    /** Reads what another node tells. @throws MeshViolationException for what none tells */
    GossipMessage read(byte[] told) throws MeshViolationException {
        return GossipMessage.parse(told, this::recordOrNull);
    }

    private synchronized @Nullable NodeRecord recordOrNull(String id) {
        return membership.recordOrNull(id);
    }

    /** Takes over what a member knows and this node does not. */
    void hear(GossipMessage told) {
        List<PeerLink> begun = new ArrayList<>();
        List<PeerLink> ended = new ArrayList<>();
        boolean news;
        synchronized (this) {
            news = observe(told.observed());
            for (Member member : told.members()) {
                news |= hear(member, begun, ended);
            }
            if (news) {
                save();
            }
        }
        begun.forEach(PeerLink::start);
        ended.forEach(link -> dismissal.accept(link.id()));
        ended.forEach(PeerLink::close);
        if (news) {
            tellAll();
        }
    }

    // Under the lock.
    private boolean hear(Member given, List<PeerLink> begun, List<PeerLink> ended) {
        if (given.id().equals(fingerprint())) {
            return hearOfSelf(given);
        }
        Member now = membership.merge(given);
        if (now == null) {
            return false;
        }
        String id = now.id();
        PeerLink link = links.get(id);
        if (now.removed() && link != null) {
            LOG.info("Node {} is no peer any more: another one has removed it.", id);
            state.options().remove(id);
            links.remove(id);
            ended.add(link);
        } else if (!now.removed() && link == null && !closed) {
            LOG.info("Node {} is a peer now, by what another one tells.", id);
            begun.add(link(id));
        } else if (link != null) {
            link.called();
        }
        return true;
    }

    /** Others may know a newer record than this node gave out, where it was put back to an earlier state. */
    private boolean hearOfSelf(Member told) {
        NodeRecord theirs = told.record();
        // Two with one key would outbid each other for ever.
        if (theirs == null || theirs.version() < self().version() || hasTwin()) {
            return false;
        }
        boolean outdated =
                theirs.version() > self().version() || !theirs.addresses().equals(self().addresses());
        if (outdated) {
            state.raiseVersion(theirs.version());
            self = null;
        }
        return outdated;
    }

    /** A member has said whether another process runs that has this node's key. */
    synchronized void heardOfTwin(PeerLink member, boolean runs) {
        boolean known = hasTwin();
        member.setTwin(runs);
        if (runs && !known) {
            LOG.error("Another node runs with this node's identity, which only a copied data directory brings about. "
                    + "Stop one of the two and delete its file `identity`; it is another node then.");
        }
    }

    // Under the lock.
    private boolean hasTwin() {
        return links.values().stream().anyMatch(PeerLink::hearsOfTwin);
    }

    /** Tells this process apart from others that have the same key. */
    String instance() {
        return instance;
    }

    /**
     * Whether a process of a member is told no more until it has called again, which shows that it still runs: another
     * one has come with the same key.
     */
    public boolean mustCallAgain(String id, String process) {
        PeerLink link = linkOrNull(id);
        return link != null && link.callers().mustCallAgain(process);
    }

    // Under the lock. A member could name any address, and others would then look for this node there.
    private boolean observe(String address) {
        if (!takesObserved || observed.contains(address) || !OwnAddresses.contain(address)) {
            return false;
        }
        // The machine may have moved since it was seen elsewhere.
        observed.removeIf(before -> !OwnAddresses.contain(before));
        boolean taken = PeerAddress.isOne(observedUrl(address)) && observed.size() < NodeRecord.MOST_ADDRESSES;
        if (taken) {
            observed.add(address);
            self = null;
        }
        return taken;
    }

    private String observedUrl(String address) {
        return "http://" + (address.contains(":") ? "[" + address + "]" : address) + ":" + port + "/";
    }

    private void tellAll() {
        List<PeerLink> all;
        synchronized (this) {
            version++;
            all = List.copyOf(links.values());
        }
        all.forEach(PeerLink::tellChange);
    }

    /** Where a member says that it answers. */
    synchronized List<String> addresses(String id) {
        NodeRecord record = recordOrNull(id);
        return record == null ? List.of() : record.addresses();
    }

    /**
     * A member calls, and tells what it knows.
     *
     * @param observer the address that it has called from
     * @return what this node knows
     * @throws RequestException 400 for what no member tells, 429 where it tells it too often
     */
    public byte[] gossip(UserContext peer, String observer, byte[] body) {
        String id = String.valueOf(peer.name());
        PeerLink link = linkOrNull(id);
        if (link != null && !link.mayTell()) {
            throw new RequestException(ErrorCode.PEER_TELLS_TOO_MUCH);
        }
        GossipMessage told;
        try {
            told = read(body);
        } catch (MeshViolationException e) {
            violated(id, e.what());
            throw new RequestException(ErrorCode.PEER_RECORD);
        }
        // What a node in quarantine tells is not taken over.
        if (link == null || !link.isQuarantined()) {
            hear(told);
        }
        boolean twin = link != null && link.callers().called(told.instance());
        if (link != null) {
            link.called();
        }
        return told(observer, twin);
    }

    /** Lets in a node that is not known yet, and joins others. */
    public Joining joining() {
        return new Joining(this);
    }

    // What an admin wants.

    /** @throws RequestException 404 */
    public void remove(String id) {
        PeerLink ended;
        synchronized (this) {
            membership.remove(id);
            state.options().remove(id);
            sharing++;
            save();
            ended = links.remove(id);
        }
        dismissal.accept(id);
        if (ended != null) {
            ended.close();
        }
        tellAll();
    }

    /**
     * Stops what passes between this node and a peer, or lets it pass again, which also ends a quarantine.
     *
     * @throws RequestException 404
     */
    public void pause(String id, boolean whether) {
        PeerLink link = change(id, before -> new PeerOptions(whether, before.databases()));
        if (link != null) {
            link.pause(whether);
        }
    }

    /**
     * Replicates certain databases with a peer.
     *
     * @param databases names, in which {@code *} stands for any characters; null for what the setting says
     * @throws RequestException 404
     */
    public void choose(String id, @Nullable List<String> databases) {
        PeerLink link = change(id, before -> new PeerOptions(before.paused(), databases));
        if (link != null) {
            link.breakOff();
        }
    }

    private @Nullable PeerLink change(String id, UnaryOperator<PeerOptions> wanted) {
        PeerLink link;
        synchronized (this) {
            if (!isMember(id)) {
                throw new RequestException(ErrorCode.PEER_UNKNOWN);
            }
            state.options().put(id, wanted.apply(options(id)));
            sharing++;
            save();
            link = links.get(id);
        }
        // What is under way was begun by what held before.
        dismissal.accept(id);
        return link;
    }

    /** How it stands with this node and its peers. */
    public JsonBuffer status() {
        return new PeerStatus(this).all();
    }

    /** @throws RequestException 404 */
    public JsonBuffer status(String id) {
        return new PeerStatus(this).one(id);
    }

    /** What is shown of a peer. */
    record PeerSnapshot(
            Member member, PeerOptions options, @Nullable PeerLink link) {}

    synchronized @Nullable PeerSnapshot shown(String id) {
        Member member = state.members().get(id);
        return member == null || member.removed() ? null : new PeerSnapshot(member, options(id), links.get(id));
    }

    synchronized List<PeerSnapshot> shown() {
        return state.members().keySet().stream()
                .map(this::shown)
                .filter(Objects::nonNull)
                .toList();
    }

    synchronized @Nullable String warning() {
        return hasTwin() ? "another node has this node's identity" : null;
    }

    List<Joiner> joiners() {
        return joiners;
    }

    /** Nodes of the local network that are no members. */
    List<Discovery.Stranger> discovered() {
        Discovery begun;
        synchronized (this) {
            begun = discovery;
        }
        return begun == null ? List.of() : begun.strangers();
    }

    /** Whether nobody has let that node in yet, so that it was not removed either. */
    synchronized boolean isNew(String id) {
        return state.members().get(id) == null && !id.equals(fingerprint());
    }

    /** A database was made or deleted here. */
    private void tellLinks(String name) {
        List<PeerLink> all;
        synchronized (this) {
            all = List.copyOf(links.values());
        }
        all.forEach(link -> link.databases().changedHere(name));
    }

    /** Ends all links; lets nobody in any more. */
    @Override
    public void close() {
        List<PeerLink> all;
        Thread watch;
        Discovery found;
        synchronized (this) {
            closed = true;
            all = List.copyOf(links.values());
            links.clear();
            watch = watching;
            found = discovery;
        }
        if (found != null) {
            found.close();
        }
        joiners.forEach(Joiner::close);
        all.forEach(PeerLink::stop);
        all.forEach(PeerLink::close);
        if (watch != null) {
            watch.interrupt();
        }
    }
}
