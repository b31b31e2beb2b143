package archipel.http;

import archipel.auth.DocumentGuard;
import archipel.auth.UserContext;
import archipel.changes.Block;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.read.BlockSelector;
import archipel.read.Consistency;
import archipel.read.ReadDoor;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A request to the database that its path names: which block of it the client wants, and as much of it as the client
 * may see. Its answer names the block that {@link #reader} reads, without the handler doing anything for it. For one
 * thread.
 */
public final class DatabaseRequest extends Request {
    private final Answer answer;
    private final HttpServices services;
    private @Nullable Database database;
    private @Nullable BlockParameters wantedBlock;
    private @Nullable CompletableFuture<@Nullable Void> acknowledged;

    /** @param answer that to this request */
    DatabaseRequest(
            org.eclipse.jetty.server.Request wire,
            Verb verb,
            RequestPath path,
            RequestBody body,
            Answer answer,
            HttpServices services) {
        super(wire, verb, path, body, services.settings());
        this.answer = answer;
        this.services = services;
    }

    /** The database that the path's first segment names. @throws RequestException 404 when there is none */
    public Database database() {
        if (database == null) {
            String name = path().segment(0);
            database = isLocal()
                    ? services.node().localDatabase(name)
                    : services.node().database(name);
        }
        return database;
    }

    /**
     * Whether a database is meant that is this node's alone, also where the ensemble has one of its name.
     *
     * @throws RequestException 400 where the request says neither yes nor no
     */
    public boolean isLocal() {
        return !parameters().bool("ensemble", true);
    }

    /** Whether another database has taken the name of the one that was found, as any member of an ensemble knows. */
    boolean isReplaced() {
        Database found = database;
        if (found == null || !found.isDeleted() || !services.node().isReplicated()) {
            return false;
        }
        try {
            return services.node().database(path().segment(0)) != found;
        } catch (RequestException none) {
            return false;
        }
    }

    /** Finds the database anew. */
    void resolveAgain() {
        database = null;
        wantedBlock = null;
        acknowledged = null;
    }

    /** Which block is wanted. @throws RequestException 400 where the request says so in no way that is understood */
    public BlockParameters wantedBlock() {
        if (wantedBlock == null) {
            wantedBlock = BlockParameters.of(
                    parameters(), joinedHeader(BlockParameters.HEADER), database(), services.settings());
        }
        return wantedBlock;
    }

    /** @throws RequestException 400 where one certain block is wanted */
    public void requireNewest() {
        if (wantedBlock().pins()) {
            throw new BlockRefusal(
                    ErrorCode.PINNED_WRITE, database(), wantedBlock().asked());
        }
    }

    /**
     * The database as of the wanted block, the newest where the request does not say; the answer names that block.
     *
     * @throws RequestException 404 when there is no such database or block; 400, 410, 503 where it cannot be read
     */
    public Reader reader() {
        Wanted wanted = wantedBlock().wanted();
        Reader reader = open(wanted);
        answer.readFrom(reader.block(), wanted.pinsByHash());
        return reader;
    }

    /** As {@link #reader}, for what has no earlier states, or writes. @throws RequestException 400 also for a pin */
    public Reader newest() {
        requireNewest();
        return reader();
    }

    /** As {@link #reader}, of a block that is none of the answer's own. */
    public Reader readerAt(BlockParameters wanted) {
        return open(wanted.wanted());
    }

    /** The newest state, whichever block is wanted, as fresh as the request wants it; the answer does not name it. */
    public Reader current() {
        return open(newestWanted(this));
    }

    /**
     * The newest state of any database, as fresh as a request wants it and as far as its user may see it.
     *
     * @param client whose request it is
     * @param guard says what users may see
     * @throws RequestException as {@link #reader}
     */
    public static Reader newestOf(Database other, Request request, Client client, DocumentGuard guard) {
        Wanted wanted = newestWanted(request);
        Visibility visibility = guard.visibility(other, request.user());
        CompletableFuture<@Nullable Void> fresh = other.door().fresh(wanted.consistency(), request::blockWait);
        return client.open(wanted, fresh, () -> other.door().open(wanted, visibility, fresh));
    }

    /**
     * The newest block, as fresh as the request wants it; that of the answer or not.
     *
     * @throws RequestException as {@link #reader}
     */
    public Block newestBlock() {
        return blockAt(new BlockParameters(newestWanted(this), ""));
    }

    /**
     * A block that is none of the answer's own, whether or not its documents can still be read. Waits for one that is
     * not there yet.
     *
     * @throws RequestException 404 for an unknown one, 503 for one that is not there in time
     */
    public Block blockAt(BlockParameters wanted) {
        ReadDoor door = database().door();
        CompletableFuture<@Nullable Void> fresh = fresh(wanted.wanted());
        return answer.client().open(wanted.wanted(), fresh, () -> door.block(wanted.wanted(), fresh));
    }

    /**
     * For a list that was read at one certain block: sets its tag, which is that block's.
     *
     * @return whether a 304 was sent
     */
    public boolean isPinnedUnchanged() throws IOException {
        if (!wantedBlock().pins() || verb() != Verb.GET && verb() != Verb.HEAD) {
            return false;
        }
        return answer.notModified(ETags.of(answer.blockShown() + " " + target()));
    }

    /** Whether every user may see all of every document, so that {@link #shown} need not be asked. */
    public boolean showsAll() {
        return services.guard().showsAll(database());
    }

    /**
     * A document's body as the user may see it.
     *
     * @throws RequestException as {@link DocumentGuard#beforeShow}
     */
    public DocumentBody shown(String id, DocumentBody body) {
        return services.guard().beforeShow(database(), user(), id, body);
    }

    /** As {@link Database#awaitChange}, and false as soon as the server stops. */
    public boolean awaitChange(long seq, Duration timeout) {
        Database awaited = database();
        return answer.client().await(() -> awaited.awaitChange(seq, timeout));
    }

    /** As {@link Database#awaitBlock}, and false as soon as the server stops. */
    public boolean awaitBlock(long number, Duration timeout) {
        Database awaited = database();
        return answer.client().await(() -> awaited.awaitBlock(number, timeout));
    }

    // Confirmed once the state is there: what was written after the user lost its rights is not in an earlier one.
    // Where others were asked, this node may have been behind by any time when it looked at the rights.
    private Reader open(Wanted wanted) {
        while (true) {
            UserContext user = user();
            boolean asking = !fresh(wanted).isDone();
            Reader reader = open(wanted, user);
            try {
                if (asking) {
                    confirm();
                } else {
                    confirmIfLate();
                }
            } catch (RuntimeException refused) {
                reader.close();
                throw refused;
            }
            if (user() == user) {
                return reader;
            }
            // It has other roles now, and may see something else.
            reader.close();
        }
    }

    private Reader open(Wanted wanted, UserContext user) {
        ReadDoor door = database().door();
        Visibility visibility = services.guard().visibility(database(), user);
        CompletableFuture<@Nullable Void> fresh = fresh(wanted);
        return answer.client().open(wanted, fresh, () -> door.open(wanted, visibility, fresh));
    }

    /**
     * Asked for once in a request: what the node shows does not get older, and a feed that was woken by this node's own
     * news has nothing to ask others for.
     */
    private CompletableFuture<@Nullable Void> fresh(Wanted wanted) {
        boolean shared = wanted.consistency() != Consistency.ANY;
        CompletableFuture<@Nullable Void> known = acknowledged;
        if (shared && known != null) {
            return known;
        }
        CompletableFuture<@Nullable Void> fresh = database().door().fresh(wanted.consistency(), this::blockWait);
        if (shared) {
            acknowledged = fresh;
        }
        return fresh;
    }

    private static Wanted newestWanted(Request request) {
        return new Wanted(
                BlockSelector.LATEST, List.of(), Duration.ZERO, BlockParameters.consistency(request.parameters()));
    }
}
