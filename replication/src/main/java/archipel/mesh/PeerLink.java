package archipel.mesh;

import archipel.changes.Sequence;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.ends.FeedLines;
import archipel.json.JsonCursor;
import archipel.remote.RemoteAddress;
import archipel.remote.RemoteAnswer;
import archipel.remote.RemoteClient;
import archipel.remote.RemoteException;
import archipel.remote.RemoteRequest;
import archipel.replication.ReplicationEnvironment;
import archipel.settings.Word;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node does with one other member: it finds it at one of its addresses, exchanges with it who is a member,
 * and then listens to the one feed that tells which databases change there. One thread does that for as long as the
 * peer is a member; another begins pulls ({@link PeerDatabases}).
 *
 * <pre>
 * CONNECTING ──▶ CONNECTED      tells of databases
 *     ▲   │          │
 *     │   ▼          ▼ broken, silent
 *    RETRYING ◀──────┘          waits, longer each time; an incoming call of the peer ends that
 *    PAUSED                     by an admin, until resumed
 *    QUARANTINED                has sent what no member sends; tried again after a while, or once resumed
 * </pre>
 */
final class PeerLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);
    private static final long FIRST_PAUSE_MS = 100;
    private static final long LONGEST_PAUSE_MS = 30_000;
    /** A connection that lasted so long was a good one. */
    private static final long GOOD_MS = 5_000;

    private static final long FIRST_QUARANTINE_MS = 600_000;
    private static final long LONGEST_QUARANTINE_MS = 86_400_000;
    private static final int LONGEST_LINE = 4 << 10;
    private static final int LONGEST_ANSWER = 4 << 20;
    private static final long TOLD_AGAIN_MS = 1_000;
    private static final long GRACE_MS = 3_000;
    private static final int SILENT_BEATS = 3;
    /** No node tells another one of changes more often than after such pauses. */
    private static final long TELL_PAUSE_MS = 250;
    /** Where there are two nodes with this one's key, until one of them is gone. */
    private static final long TWIN_PAUSE_MS = 5_000;

    private static final int TOLD_AT_ONCE = 50;
    private static final double TOLD_PER_SECOND = 10;

    /** How it stands with a peer. */
    enum State implements Word {
        CONNECTING,
        CONNECTED,
        RETRYING,
        PAUSED,
        QUARANTINED
    }

    private final String id;
    private final Mesh mesh;
    private final RemoteClient client;
    private final PeerDatabases databases;
    private final ReplicationEnvironment environment;
    private final long heartbeatMs;
    private final TokenBucket tellings;
    private final Callers callers;
    private final Thread feeding;
    private final Thread pulling;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Under the lock.
    private State state = State.CONNECTING;
    private Instant since;
    private @Nullable String error;
    private @Nullable RemoteAddress at;
    private @Nullable RemoteAnswer feed;
    private @Nullable String violation;
    /** Whether the peer says that another node has this node's key. */
    private boolean twin;
    /** Whether the peer says that it was told to pause. */
    private boolean pausedThere;

    /** Which state of the mesh the peer knows of. */
    private long told = -1;

    private boolean telling;
    private @Nullable String hint;
    private boolean called;
    private boolean asked;
    private boolean paused;
    private boolean closed;

    /** @param client that talks with this peer alone */
    PeerLink(
            String id,
            Mesh mesh,
            RemoteClient client,
            PeerDatabases databases,
            ReplicationEnvironment environment,
            long heartbeatMs,
            boolean paused) {
        this.id = id;
        this.mesh = mesh;
        this.client = client;
        this.databases = databases;
        this.environment = environment;
        this.heartbeatMs = heartbeatMs;
        this.paused = paused;
        this.tellings = new TokenBucket(environment.steady(), TOLD_AT_ONCE, TOLD_PER_SECOND);
        this.callers = new Callers(environment.steady());
        this.since = environment.clock().instant();
        this.feeding = environment.threads().unstarted("peer-" + id, this::work);
        this.pulling = environment.threads().unstarted("peer-pulls-" + id, this::pull);
    }

    void start() {
        feeding.start();
        pulling.start();
    }

    String id() {
        return id;
    }

    PeerDatabases databases() {
        return databases;
    }

    /** Whether it takes yet another message of the peer; one that sends many makes this node tell many others. */
    boolean mayTell() {
        return tellings.take();
    }

    /** The peer may be at this address, which its key will tell; nothing where this node is connected with it. */
    void hint(String address) {
        lock.lock();
        try {
            if (state != State.CONNECTED) {
                hint = address;
                called = true;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Where to look for the peer. */
    private List<String> addresses() {
        List<String> addresses = new ArrayList<>();
        lock.lock();
        try {
            if (hint != null) {
                addresses.add(hint);
                hint = null;
            }
        } finally {
            lock.unlock();
        }
        addresses.addAll(mesh.addresses(id));
        return addresses;
    }

    /** What a person sees of it. @param at where it answered last; null before the first time */
    record Status(
            State state,
            Instant since,
            @Nullable String error,
            @Nullable RemoteAddress at) {}

    Status status() {
        lock.lock();
        try {
            return state == State.CONNECTED && pausedThere
                    ? new Status(State.PAUSED, since, "it was paused on the peer's side", at)
                    : new Status(state, since, error, at);
        } finally {
            lock.unlock();
        }
    }

    private void pull() {
        try {
            databases.run();
        } catch (InterruptedException e) {
            LOG.debug("Pulling from peer {} was interrupted.", id);
        }
    }

    private void work() {
        int failures = 0;
        int violations = 0;
        try {
            while (awaitUnpaused()) {
                long begun = environment.steady().millis();
                String failed = isViolated() ? "" : attempt();
                String wrong = quarantined();
                if (wrong != null) {
                    LOG.warn("Peer {} is quarantined: {}", id, wrong);
                    await(Math.min(LONGEST_QUARANTINE_MS, FIRST_QUARANTINE_MS << Math.min(violations++, 20)), false);
                    continue;
                }
                long lastedMs = environment.steady().millis() - begun;
                failures = lastedMs > GOOD_MS ? 0 : failures + 1;
                violations = lastedMs > FIRST_QUARANTINE_MS ? 0 : violations;
                become(State.RETRYING, failed);
                long whole = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << Math.min(failures, 20));
                await(whole / 2 + (long) (whole / 2 * environment.chance().getAsDouble()), true);
            }
        } catch (InterruptedException e) {
            LOG.debug("The link with peer {} was interrupted.", id);
        }
    }

    /** @return why it ended */
    private String attempt() throws InterruptedException {
        become(State.CONNECTING, null);
        String failed = "the peer has not announced an address";
        for (String address : addresses()) {
            become(State.CONNECTING, null);
            try {
                RemoteAddress dialled = PeerAddress.dialled(address);
                exchange(dialled);
                return listen(dialled);
            } catch (MeshViolationException e) {
                violated(e.what());
                return e.what();
            } catch (RequestException e) {
                violated("an answer is malformed: " + e.reason());
                return e.reason();
            } catch (RuntimeException | Error e) {
                // Such as a full disk, of which the link must not end.
                LOG.error("The link with peer {} failed.", id, e);
                return "see the node's log";
            } catch (IOException e) {
                if (e instanceof RemoteException remote && remote.kind() == RemoteException.Kind.MALFORMED) {
                    violated(String.valueOf(e.getMessage()));
                }
                failed = String.valueOf(e.getMessage());
                LOG.debug("Peer {} cannot be reached at {}: {}", id, address, failed);
            } finally {
                databases.disconnected();
                setFeed(null);
            }
        }
        return failed;
    }

    /** Tells the peer who is a member, and hears what it knows of that. */
    private void exchange(RemoteAddress address) throws IOException, InterruptedException, MeshViolationException {
        // Before what is told: what changes meanwhile is told again.
        long version = mesh.version();
        RemoteRequest request =
                RemoteRequest.post("_mesh/gossip", mesh.told(null, false)).idle(silence());
        RemoteAnswer answer = client.send(address, request);
        try {
            requireSuccess(answer);
            GossipMessage told = mesh.read(answer.bytes(LONGEST_ANSWER));
            mesh.hear(told);
            mesh.heardOfTwin(this, told.twin());
            lock.lock();
            try {
                this.told = Math.max(this.told, version);
            } finally {
                lock.unlock();
            }
        } finally {
            answer.close();
        }
    }

    /** Tells the peer what it was not told yet, on another thread, where it is there; if not, it is told once it is. */
    void tellChange() {
        lock.lock();
        try {
            if (telling || !hasNews()) {
                return;
            }
            telling = true;
        } finally {
            lock.unlock();
        }
        environment.threads().unstarted("peer-gossip-" + id, this::tell).start();
    }

    // Under the lock.
    private boolean hasNews() {
        return state == State.CONNECTED && !closed && (twin || told < mesh.version());
    }

    /** Until it was told all, or is not there any more: where telling fails, the feed need not break. */
    private void tell() {
        boolean toldAll = false;
        try {
            for (RemoteAddress address = untold(); address != null; address = untold()) {
                try {
                    exchange(address);
                } catch (IOException | RequestException e) {
                    LOG.debug("Peer {} was not told: {}", id, e.toString());
                    environment.pause().pause(TOLD_AGAIN_MS);
                } catch (RuntimeException e) {
                    // Such as a full disk.
                    LOG.error("Peer {} cannot be told who is a member.", id, e);
                    environment.pause().pause(LONGEST_PAUSE_MS);
                }
                environment.pause().pause(hearsOfTwin() ? TWIN_PAUSE_MS : TELL_PAUSE_MS);
            }
            toldAll = true;
        } catch (MeshViolationException e) {
            violated(e.what());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (!toldAll) {
                stopTelling();
            }
        }
    }

    private void stopTelling() {
        lock.lock();
        try {
            telling = false;
        } finally {
            lock.unlock();
        }
    }

    /** Where to tell the peer what is new; null where there is nothing, and then this is over. */
    private @Nullable RemoteAddress untold() {
        lock.lock();
        try {
            telling = hasNews();
            return telling ? at : null;
        } finally {
            lock.unlock();
        }
    }

    private Duration silence() {
        return Duration.ofMillis(SILENT_BEATS * heartbeatMs);
    }

    private void requireSuccess(RemoteAnswer answer) throws IOException {
        if (answer.isSuccess()) {
            return;
        }
        throw new IOException(
                answer.status() == 403
                        ? "it refuses this node, which is no member there (403)"
                        : "it answers with status " + answer.status());
    }

    private String listen(RemoteAddress address) throws IOException, InterruptedException, MeshViolationException {
        RemoteRequest request = RemoteRequest.get("_mesh/feed")
                .query("heartbeat", Long.toString(heartbeatMs))
                .query("instance", mesh.instance())
                .idle(silence());
        RemoteAnswer answer = client.send(address, request);
        try {
            requireSuccess(answer);
            setFeed(answer);
            lock.lock();
            try {
                at = address;
                pausedThere = false;
            } finally {
                lock.unlock();
            }
            become(State.CONNECTED, null);
            // What has changed since the exchange was told to those alone who were connected.
            tellChange();
            databases.connected(address);
            FeedLines lines = new FeedLines(answer.body(), LONGEST_LINE);
            for (JsonCursor line = lines.next(); line != null; line = lines.next()) {
                take(line);
            }
            return "it has ended its feed";
        } finally {
            answer.close();
        }
    }

    private void take(JsonCursor line) throws MeshViolationException {
        String name = "";
        String position = "";
        boolean deleted = false;
        boolean isPaused = false;
        boolean isObject = line.enterObject();
        while (isObject && line.nextMember()) {
            if (line.isKey("db")) {
                name = line.text();
            } else if (line.isKey("seq")) {
                position = line.text();
            } else if (line.isKey("deleted")) {
                deleted = line.isTrue();
            } else if (line.isKey("paused")) {
                isPaused = line.isTrue();
            } else {
                line.skip();
            }
        }
        if (isPaused) {
            pausedThere();
            return;
        }
        try {
            Names.validateDatabaseName(name);
            Sequence.parse(deleted ? "0" : position);
        } catch (RequestException malformed) {
            throw new MeshViolationException("its feed names an invalid database");
        }
        if (deleted || !mesh.shares(id, name)) {
            databases.gone(name);
        } else if (!databases.told(name, position, mesh.mostDatabases())) {
            LOG.debug("Peer {} has more databases than are replicated; {} is not.", id, name);
        }
    }

    private void pausedThere() {
        lock.lock();
        try {
            pausedThere = true;
        } finally {
            lock.unlock();
        }
    }

    /** The processes that call with the peer's key. */
    Callers callers() {
        return callers;
    }

    /** Whether the peer says that another node has this node's key. */
    boolean hearsOfTwin() {
        lock.lock();
        try {
            return twin;
        } finally {
            lock.unlock();
        }
    }

    void setTwin(boolean heard) {
        lock.lock();
        try {
            twin = heard;
        } finally {
            lock.unlock();
        }
    }

    /** What the peer has sent is what no member sends. In quarantine that is no news. */
    void violated(String what) {
        lock.lock();
        try {
            if (state == State.QUARANTINED) {
                return;
            }
            violation = what;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        breakOff();
    }

    private boolean isViolated() {
        lock.lock();
        try {
            return violation != null;
        } finally {
            lock.unlock();
        }
    }

    boolean isQuarantined() {
        lock.lock();
        try {
            return state == State.QUARANTINED;
        } finally {
            lock.unlock();
        }
    }

    /** What the peer has sent that no member sends, if anything; it is quarantined from then on. */
    private @Nullable String quarantined() {
        lock.lock();
        try {
            String what = violation;
            violation = null;
            if (what != null) {
                state = State.QUARANTINED;
                since = environment.clock().instant();
                error = what;
            }
            return what;
        } finally {
            lock.unlock();
        }
    }

    /** The peer has called, so that it is there, and perhaps at another address. */
    void called() {
        lock.lock();
        try {
            called = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** An admin wants it so; to resume also ends a quarantine. */
    void pause(boolean whether) {
        lock.lock();
        try {
            paused = whether;
            asked = true;
            violation = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        breakOff();
    }

    /** Begins anew, as after another choice of databases. */
    void breakOff() {
        databases.breakOff();
        lock.lock();
        RemoteAnswer open;
        try {
            open = feed;
        } finally {
            lock.unlock();
        }
        if (open != null) {
            open.close();
        }
    }

    private void setFeed(@Nullable RemoteAnswer answer) {
        boolean late;
        lock.lock();
        try {
            feed = answer;
            late = closed || paused || violation != null;
        } finally {
            lock.unlock();
        }
        if (late && answer != null) {
            answer.close();
        }
    }

    private void become(State next, @Nullable String why) {
        lock.lock();
        try {
            if (next != state && !(next == State.CONNECTING && state == State.RETRYING)) {
                state = next;
                since = environment.clock().instant();
            }
            if (why != null || next == State.CONNECTED) {
                error = why;
            }
        } finally {
            lock.unlock();
        }
        LOG.debug("Peer {} is {}: {}", id, next.name().toLowerCase(Locale.ROOT), why);
    }

    /** @return false once it is closed */
    private boolean awaitUnpaused() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (paused && !closed) {
                if (state != State.PAUSED) {
                    state = State.PAUSED;
                    since = environment.clock().instant();
                    // What went wrong meanwhile is the end of what was stopped.
                    error = null;
                }
                changed.await();
            }
            called = false;
            asked = false;
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /** @param calls whether the peer ends it by calling; an admin always does */
    private void await(long ms, boolean calls) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(ms);
            while (left > 0 && !closed && !asked && violation == null && !(calls && called)) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends what is under way, without waiting for that. */
    void stop() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        breakOff();
        databases.close();
        client.close();
    }

    @Override
    public void close() {
        stop();
        // A peer may tell itself that it was removed, on the very thread that listens to it.
        for (Thread thread : List.of(feeding, pulling)) {
            if (thread != Thread.currentThread()) {
                end(thread);
            }
        }
    }

    private static void end(Thread thread) {
        thread.interrupt();
        try {
            thread.join(GRACE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
