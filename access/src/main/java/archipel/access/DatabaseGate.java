package archipel.access;

import archipel.auth.AccountSettings;
import archipel.auth.AuthDesign;
import archipel.auth.DatabaseAccess;
import archipel.auth.Identities;
import archipel.auth.UserContext;
import archipel.auth.UserDirectory;
import archipel.changes.Block;
import archipel.command.HorizonPolicy;
import archipel.command.RewindResult;
import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.engine.EngineSettings;
import archipel.engine.Node;
import archipel.merge.MergePolicy;
import archipel.read.BlockSelector;
import archipel.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The one way in for what is decided about databases as a whole: that there are some, who may use them, how much of
 * their past they keep. What a caller wants is read once the user's rights are clear, so that strangers cannot have
 * bodies read; and since reading takes as long as the sender likes, they are looked at once more after it. Safe for use
 * by many threads; one per node.
 */
public final class DatabaseGate {
    private final Node node;
    private final Identities identities;
    private final DatabaseAccess access;
    private final WriteGate writes;
    private final Settings settings;
    private final Supplier<JsonLimits> limits;

    /** @param limits of a security object's JSON */
    public DatabaseGate(
            Node node, DatabaseAccess access, WriteGate writes, Settings settings, Supplier<JsonLimits> limits) {
        this.node = node;
        this.identities = writes.identities();
        this.access = access;
        this.writes = writes;
        this.settings = settings;
        this.limits = limits;
    }

    /** What a caller wants, which may have to be read first. */
    @FunctionalInterface
    public interface Wanted<T extends @Nullable Object> {
        T read() throws IOException;
    }

    /**
     * Makes a database.
     *
     * @throws RequestException 401 for all but server admins; 400 for a name that cannot be one; 412 where it is there;
     *     as {@link Node#create}
     */
    public Database create(UserContext user, String name) {
        return create(user, name, false);
    }

    /**
     * As {@link #create(UserContext, String)}.
     *
     * @param local whether it is to be this node's alone, where others are an ensemble's
     */
    public Database create(UserContext user, String name, boolean local) {
        DatabaseAccess.requireServerAdmin(identities.present(user));
        Names.validateDatabaseName(name);
        if (local && node.isReplicated() && isOfAll(name)) {
            throw new RequestException(ErrorCode.DATABASE_OF_ALL, name);
        }
        Database database = node.create(name, settings.get(EngineSettings.DEFAULT_REVS_LIMIT), local);
        if (UserDirectory.isUsers(name, settings.get(AccountSettings.AUTHENTICATION_DB))) {
            ensureAuthDesign();
        }
        return database;
    }

    // What all members have to know alike.
    private boolean isOfAll(String name) {
        return name.startsWith("_") || name.equals(settings.get(AccountSettings.AUTHENTICATION_DB));
    }

    /**
     * Makes a database with the documents that another one had at a block.
     *
     * @throws RequestException as {@link #create}; 503 where the thread is interrupted, since the node stops
     * @throws archipel.read.BlockException when the block cannot be had
     */
    public Database fork(UserContext user, Database source, String target, byte[] blockHash) {
        DatabaseAccess.requireServerAdmin(identities.present(user));
        Names.validateDatabaseName(target);
        try {
            return source.fork(target, archipel.read.Wanted.of(new BlockSelector.Hash(blockHash), Duration.ZERO));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(ErrorCode.STOPPING);
        }
    }

    /**
     * Puts a database's documents back as they stood at a block. No function validates that, since a bad one must not
     * be able to prevent it.
     *
     * @throws RequestException 401 for all but admins of the database; 413 where that would be more than the setting
     *     {@code max_rewind_size}
     * @throws archipel.read.BlockException when the block cannot be read any more
     */
    public RewindResult rewind(UserContext user, Database database, Block to) {
        access.requireMaintainer(database, identities.present(user));
        return database.rewind(to, settings.get(EngineSettings.MAX_REWIND_SIZE));
    }

    /**
     * Drops a database.
     *
     * @throws RequestException 401 for all but server admins; 404 where it is not there
     */
    public void drop(UserContext user, String name) {
        drop(user, name, false);
    }

    /**
     * As {@link #drop(UserContext, String)}.
     *
     * @param local whether one that is this node's alone is meant, where others are an ensemble's
     * @throws RequestException 401 for all but server admins; 404 where it is not there
     */
    public void drop(UserContext user, String name, boolean local) {
        DatabaseAccess.requireServerAdmin(identities.present(user));
        if (local) {
            node.deleteLocal(name);
        } else {
            node.delete(name);
        }
    }

    /**
     * Sets the security object.
     *
     * @param json the object's text
     * @throws RequestException 401 or 403 for all but admins of the database, 403 for that of users unless the settings
     *     allow it; 400 or 500 for what is no security object, as CouchDB answers
     */
    public void setSecurity(UserContext user, Database database, Wanted<byte[]> json) throws IOException {
        byte[] text = read(
                user,
                present -> {
                    access.requireDatabaseAdmin(database, present);
                    requireEditableSecurity(database);
                },
                json);
        ObjectNode security = JsonTree.object(JsonTree.parse(text, limits.get()));
        for (String section : List.of("admins", "members", "readers")) {
            checkSection(security.get(section));
        }
        database.setSecurity(text);
    }

    private void requireEditableSecurity(Database database) {
        if (database.name().equals(settings.get(AccountSettings.AUTHENTICATION_DB))
                && !settings.get(AccountSettings.USERS_DB_SECURITY_EDITABLE)) {
            throw new RequestException(ErrorCode.USERS_SECURITY_FIXED);
        }
    }

    // 500 rather than 400, since CouchDB answers so, and its tests ask for it.
    private static void checkSection(JsonNode section) {
        if (section == null) {
            return;
        }
        if (!(section instanceof ObjectNode object)) {
            throw new RequestException(ErrorCode.SECURITY_NOT_LISTS);
        }
        for (String list : List.of("names", "roles")) {
            JsonNode names = object.get(list);
            if (names == null) {
                continue;
            }
            boolean strings = names.isArray();
            for (JsonNode name : names) {
                strings &= name.isString();
            }
            if (!strings) {
                throw new RequestException(ErrorCode.SECURITY_NOT_STRINGS, list);
            }
        }
    }

    /**
     * Sets how many revisions of each branch are kept.
     *
     * @throws RequestException 401 or 403 for all but admins of the database
     */
    public void setRevisionsLimit(UserContext user, Database database, Wanted<Integer> limit) throws IOException {
        database.setRevisionsLimit(read(user, present -> access.requireDatabaseAdmin(database, present), limit));
    }

    /**
     * Says what becomes of conflicts.
     *
     * @throws RequestException 401 or 403 for all but admins of the database
     */
    public void setMergePolicy(UserContext user, Database database, Wanted<MergePolicy> policy) throws IOException {
        database.setMergePolicy(read(user, present -> access.requireDatabaseAdmin(database, present), policy));
    }

    /**
     * Sets how many purges are remembered.
     *
     * @throws RequestException 401 for all but server admins
     */
    public void setPurgedInfosLimit(UserContext user, Database database, Wanted<Integer> limit) throws IOException {
        database.setPurgedInfosLimit(read(user, DatabaseAccess::requireServerAdmin, limit));
    }

    /**
     * Says which blocks stay readable.
     *
     * @param policy null for the node's
     * @throws RequestException 401 or 403 for all but admins of the database
     */
    public void setHorizon(UserContext user, Database database, Wanted<@Nullable HorizonPolicy> policy)
            throws IOException {
        database.setHorizon(read(user, present -> access.requireDatabaseAdmin(database, present), policy));
    }

    /**
     * Lets the next block have the clock's time again; see {@link Database#restartTime}.
     *
     * @throws RequestException 401 for all but admins of the database
     */
    public void restartTime(UserContext user, Database database) {
        access.requireMaintainer(database, identities.present(user));
        database.restartTime();
    }

    /**
     * Has a database forget which tokens of a lock it has seen.
     *
     * @param name of the lock; empty: of all
     * @return whether it had seen any
     * @throws RequestException 401 for all but admins of the database
     */
    public boolean forgetFences(UserContext user, Database database, String name) {
        access.requireMaintainer(database, identities.present(user));
        return database.forgetFences(name);
    }

    /**
     * Reads what a caller wants.
     *
     * @param right throws where a user may not want it
     */
    private <T extends @Nullable Object> T read(UserContext user, Consumer<UserContext> right, Wanted<T> wanted)
            throws IOException {
        right.accept(user);
        T read = wanted.read();
        right.accept(identities.present(user));
        return read;
    }

    /**
     * Makes a database that the node needs, where it is not there.
     *
     * @throws RequestException as {@link Node#create}
     */
    public void ensureSystemDatabase(String name) {
        if (node.find(name) == null) {
            node.create(name);
        }
    }

    /**
     * Adds {@code _design/_auth} to {@code _users} and to the database that is used for users, unless they ever had it:
     * an admin who deleted it does not want it back.
     */
    public void ensureAuthDesign() {
        for (String name : List.of(UserDirectory.USERS, settings.get(AccountSettings.AUTHENTICATION_DB))) {
            Database users = node.find(name);
            if (users != null && !AuthDesign.wasEverIn(users)) {
                DocumentWrite design = DocumentWrite.of(AuthDesign.ID, AuthDesign.document(), true);
                try {
                    // Somebody who puts one in at the same time has as good a one.
                    writes.write(users, UserContext.NODE, List.of(design), false);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }
}
