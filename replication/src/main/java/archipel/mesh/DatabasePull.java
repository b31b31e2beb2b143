package archipel.mesh;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.auth.UserContext;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.Sha256;
import archipel.ends.End;
import archipel.ends.LocalDatabases;
import archipel.ends.LocalEnd;
import archipel.ends.RemoteEnd;
import archipel.ends.ReplicationException;
import archipel.ends.ReplicationStatistics;
import archipel.ends.Selection;
import archipel.ends.SourceSequence;
import archipel.engine.Database;
import archipel.mime.PercentCoding;
import archipel.remote.RemoteAddress;
import archipel.remote.RemoteClient;
import archipel.replication.EndAddress;
import archipel.replication.Replication;
import archipel.replication.ReplicationEnvironment;
import archipel.replication.ReplicationId;
import archipel.replication.ReplicationOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Copies what a peer's database has to the one of the same name here, on behalf of the node itself, from the last
 * checkpoint on. Safe for use by many threads.
 */
final class DatabasePull implements PeerDatabases.Pull {
    /** As of any replication. Workers that have nothing to do cost nothing: most pulls are of one change. */
    private static final ReplicationOptions.Tuning TUNING =
            new ReplicationOptions.Tuning(4, 1_000, 8, Duration.ofSeconds(30), 2, true, true, Duration.ofSeconds(30));

    /** Long enough for a small pull of the member that leads to be over, and to be known of here. */
    private static final long PATIENCE_MS = 500;

    private final String peer;
    private final RemoteClient client;
    private final LocalDatabases databases;
    private final KnownDatabases known;
    private final ReplicationEnvironment environment;
    private final BooleanSupplier hashed;
    private final IntSupplier mostDatabases;
    private final Set<Replication> running = ConcurrentHashMap.newKeySet();
    /** How often all was broken off. */
    private final AtomicInteger breaks = new AtomicInteger();

    private volatile boolean closed;

    /**
     * @param hashed whether revisions must be the hashes of their content
     * @param mostDatabases that this node may have where a peer makes it have another one
     */
    DatabasePull(
            String peer,
            RemoteClient client,
            LocalDatabases databases,
            KnownDatabases known,
            ReplicationEnvironment environment,
            BooleanSupplier hashed,
            IntSupplier mostDatabases) {
        this.peer = peer;
        this.client = client;
        this.databases = databases;
        this.known = known;
        this.environment = environment;
        this.hashed = hashed;
        this.mostDatabases = mostDatabases;
    }

    /**
     * Whether a database that is not there was here once: it was deleted, and stays so until somebody makes it again.
     * Deletions of databases are not replicated either, as in CouchDB.
     */
    @Override
    public boolean isDeletedHere(String name) {
        return databases.node().find(name) == null && known.contains(name);
    }

    /** In an ensemble every member may be connected with the peer; the one that leads pulls, unless it does not. */
    @Override
    public long patienceMs(String name) {
        Database here = databases.node().find(name);
        return here != null && isFollower(here) ? PATIENCE_MS : 0;
    }

    private static boolean isFollower(Database database) {
        return !database.isLed() && database.leader() != null;
    }

    @Override
    public ReplicationStatistics copy(RemoteAddress at, String name, String position)
            throws ReplicationException, IOException, InterruptedException {
        try {
            return copyFrom(at, name, position);
        } catch (ReplicationException e) {
            // Another member of this ensemble has copied the same, and noted it first.
            if (e.error().equals(Replication.CHECKPOINT_FAILED) && hasComeTo(name, position)) {
                return ReplicationStatistics.NONE;
            }
            throw e;
        }
    }

    private ReplicationStatistics copyFrom(RemoteAddress at, String name, String position)
            throws ReplicationException, IOException, InterruptedException {
        int begun = breaks.get();
        Database here = databases.node().find(name);
        if (here == null && known.contains(name)) {
            return ReplicationStatistics.NONE;
        }
        RemoteAddress address = RemoteAddress.parse(at.url() + PercentCoding.encode(name) + "/", null, Map.of());
        RemoteEnd remote = RemoteEnd.ofPeer(client, address, TUNING.timeout());
        LocalEnd target = new LocalEnd(databases, name, UserContext.NODE, hashed.getAsBoolean());
        ReplicationId id = id(name);
        try (target;
                remote) {
            String checkpoint = null;
            if (here == null) {
                create(target, remote);
            } else {
                checkpoint = checkpoint(target, id);
            }
            known.add(name);
            if (position.equals(checkpoint)) {
                return ReplicationStatistics.NONE;
            }
            ReplicationOptions options = new ReplicationOptions(
                    new EndAddress.Remote(address),
                    new EndAddress.Local(name),
                    false,
                    false,
                    Map.of(),
                    Selection.ALL,
                    false,
                    null,
                    TUNING);
            PeerSource source = new PeerSource(remote, target, news(position, checkpoint));
            return run(new Replication(id, options, source, target, environment, databases.memory()), begun);
        }
    }

    private boolean hasComeTo(String name, String position) throws ReplicationException {
        try (LocalEnd target = new LocalEnd(databases, name, UserContext.NODE, hashed.getAsBoolean())) {
            return position.equals(checkpoint(target, id(name)));
        }
    }

    private ReplicationStatistics run(Replication replication, int begun)
            throws ReplicationException, InterruptedException {
        running.add(replication);
        try {
            requireUnbroken(begun);
            ReplicationStatistics done = replication.run().added();
            requireUnbroken(begun);
            return done;
        } finally {
            running.remove(replication);
        }
    }

    /** Makes the database here: a name alone that a peer tells brings nothing about. */
    private void create(LocalEnd target, RemoteEnd remote)
            throws ReplicationException, IOException, InterruptedException {
        if (databases.node().databaseNames().size() >= mostDatabases.getAsInt()) {
            throw new ReplicationException(
                    "too_many_databases", "this node has as many databases as max_peer_databases allows", true, null);
        }
        remote.info();
        target.create(Map.of());
    }

    /** A run that was broken off ends as one does that has come to its end. */
    private void requireUnbroken(int begun) throws ReplicationException {
        if (closed || breaks.get() != begun) {
            throw new ReplicationException("stopped", "it was broken off", true, null);
        }
    }

    /**
     * What was told, where it lies beyond what was copied. One that does not may be old news, since a copy goes as far
     * as there is something, or that of a peer which was put back to a backup.
     */
    private static @Nullable SourceSequence news(String position, @Nullable String checkpoint) {
        SourceSequence told = SourceSequence.ofText(position);
        long copied = checkpoint == null
                ? 0
                : SourceSequence.ofText(checkpoint).number().orElse(Long.MAX_VALUE);
        return told.number().orElse(0) > copied ? told : null;
    }

    private static @Nullable String checkpoint(LocalEnd target, ReplicationId id) throws ReplicationException {
        End.StoredLog log = target.readLog(id.base());
        return log == null
                ? null
                : JsonTree.parse(log.json(), JsonLimits.DEFAULT)
                        .path("source_last_seq")
                        .asString("");
    }

    /** The same wherever the peer answers. */
    private ReplicationId id(String name) {
        byte[] hash = Sha256.begin().digest(("archipel-peer\n" + peer + "\n" + name).getBytes(UTF_8));
        return new ReplicationId(HexFormat.of().formatHex(hash, 0, 16), "");
    }

    @Override
    public void breakOff() {
        breaks.incrementAndGet();
        running.forEach(Replication::abort);
    }

    @Override
    public void close() {
        closed = true;
        breakOff();
    }
}
