package archipel.auth;

import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.health.Metrics;
import archipel.memory.BoundedCache;
import archipel.read.BlockSelector;
import archipel.read.Consistency;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.settings.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Finds who can log in: server admins, and the documents of {@code _users}. What was read is remembered until the
 * {@code _users} database has changed, so that a change counts from the next request on, and for those under way as
 * soon as they ask again.
 */
public final class UserDirectory implements Identities {
    /** The database that holds users' documents. */
    public static final String USERS = "_users";

    private static final Wanted CAUGHT_UP =
            new Wanted(BlockSelector.LATEST, List.of(), Duration.ofSeconds(10), Consistency.LINEARIZABLE);

    private final Node node;
    private final Admins admins;
    private final Settings settings;
    private final BoundedCache<String, Remembered> remembered;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private volatile boolean caughtUp;

    public UserDirectory(Node node, Admins admins, Settings settings) {
        this.node = node;
        this.admins = admins;
        this.settings = settings;
        this.remembered = BoundedCache.ofEntries(() -> settings.get(AccountSettings.AUTH_CACHE_SIZE));
    }

    /**
     * Whether the documents of a database are users, whom others may not see: as in CouchDB that which the setting
     * names, and all whose name ends with {@code _users}, so that users stay hidden when the setting names another.
     *
     * @param configured the setting {@code authentication_db}
     */
    public static boolean isUsers(String database, String configured) {
        return database.equals(configured) || database.equals(USERS) || database.endsWith("/" + USERS);
    }

    /** Registers how often a user's document had to be read. */
    void register(Metrics metrics) {
        metrics.couchCounter("auth_cache_hits", "number of authentication cache hits", hits::sum);
        metrics.couchCounter("auth_cache_misses", "number of authentication cache misses", misses::sum);
    }

    Admins admins() {
        return admins;
    }

    /** What the sessions of all accounts are signed with. */
    String sessionSecret() {
        return settings.get(AccountSettings.SESSION_SECRET);
    }

    /** The database whose documents are users; null where it was dropped. */
    @Nullable
    Database users() {
        return node.find(settings.get(AccountSettings.AUTHENTICATION_DB));
    }

    /**
     * Null where nobody has this name. An admin has the roles of the user document of the same name besides, unless it
     * has conflicts: who may write that document must not keep the admin out. Nor must a member of an ensemble whose
     * data is not to be read. The first name that is not known after a start waits until this node has what was
     * acknowledged before.
     *
     * @throws RequestException 503 where the node cannot make sure of that
     */
    @Nullable
    UserRecord find(String name) {
        UserRecord user = find(name, null).user;
        if (user != null || caughtUp || name.isEmpty()) {
            return user;
        }
        catchUp();
        return find(name, null).user;
    }

    // A member of an ensemble that has just begun may lack what it knew before, until it has applied that again.
    private void catchUp() {
        try (Reader _ = node.database(settings.get(AccountSettings.AUTHENTICATION_DB))
                .door()
                .open(CAUGHT_UP, Visibility.EVERYTHING)) {
            caughtUp = true;
        } catch (RequestException e) {
            if (e.code() != ErrorCode.NO_DATABASE) {
                throw e;
            }
            // That there is none is as certain.
            caughtUp = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(ErrorCode.STOPPING);
        }
    }

    /**
     * As {@link #find(String)}, for those who ask again.
     *
     * @param known what was found of this name before
     * @return the same object where that would be found again
     */
    Found find(String name, @Nullable Found known) {
        PasswordHash admin = admins.find(name);
        if (known != null && Objects.equals(known.admin, admin) && known.document.isOf(users())) {
            return known;
        }
        Remembered document = admin == null ? fromDocument(name, false) : ofAdmin(name);
        return new Found(admin, document, admin == null ? document.user : admin(name, admin, document.user));
    }

    @Override
    public UserContext present(UserContext user) {
        return user.proof().present(user, this);
    }

    private static UserRecord admin(String name, PasswordHash admin, @Nullable UserRecord user) {
        List<String> roles = new ArrayList<>(List.of(UserContext.ADMIN_ROLE));
        if (user != null && !user.conflicted()) {
            roles.addAll(user.roles());
        }
        return new UserRecord(name, roles, admin, admin.salt(), null, false);
    }

    /** The roles that somebody has now; null where nobody has this name. */
    public @Nullable List<String> roles(String name) {
        UserRecord user = find(name);
        return user == null ? null : user.roles();
    }

    // Whoever is to put a member's data right has to get in there while its databases cannot be read.
    private Remembered ofAdmin(String name) {
        try {
            return fromDocument(name, true);
        } catch (RequestException e) {
            if (e.code() != ErrorCode.DIVERGED && e.code() != ErrorCode.REBUILDING) {
                throw e;
            }
            return new Remembered(null, 0, null);
        }
    }

    /** @param asked whether to remember that there is none: for admins, not for whatever a client tries */
    private Remembered fromDocument(String name, boolean asked) {
        Database users = users();
        if (users == null || name.isEmpty()) {
            return new Remembered(users, 0, null);
        }
        Remembered known = remembered.get(name);
        if (known != null && known.isOf(users)) {
            hits.increment();
            return known;
        }
        misses.increment();
        Remembered read;
        // The position is the reader's own: under that of another state a user that has changed would stay for ever.
        try (Reader reader = users.door().newest(Visibility.EVERYTHING)) {
            read = new Remembered(users, reader.position(), read(reader, name));
        }
        if (read.user == null && !asked) {
            remembered.remove(name);
        } else {
            remembered.put(name, read);
        }
        return read;
    }

    private static @Nullable UserRecord read(Reader reader, String name) {
        String id = UserDocument.ID_PREFIX + name;
        DocumentRecord record = reader.documents().find(id);
        Leaf winner = record == null ? null : record.winner();
        if (record == null || winner == null || winner.deleted()) {
            return null;
        }
        DocumentBody body = reader.documents().body(id, winner.revision());
        boolean conflicted = !record.tree().conflicts().isEmpty();
        return body == null ? null : parse(name, UserDocument.parse(body.json()), conflicted);
    }

    private static UserRecord parse(String name, UserDocument document, boolean conflicted) {
        List<String> roles = document.texts("roles");
        String salt = document.text("salt");
        return new UserRecord(
                name,
                roles == null ? List.of() : ownRoles(roles),
                document.passwordHash(),
                salt == null ? "" : salt,
                document.secondFactor(),
                conflicted);
    }

    /** Without those that only the node gives, should a document have any that came in before it was a user's. */
    private static List<String> ownRoles(List<String> roles) {
        return roles.stream()
                .filter(role -> !role.startsWith("_") || role.equals("_metrics"))
                .toList();
    }

    /**
     * What is known of a name.
     *
     * @param admin the hash of the server admin of that name
     * @param user what both come to
     */
    record Found(
            @Nullable PasswordHash admin,
            Remembered document,
            @Nullable UserRecord user) {}

    /**
     * What a document says, or that there is none.
     *
     * @param users where it was looked for; null where there was no such database
     * @param position of the state in which it was read
     */
    record Remembered(
            @Nullable Database users,
            long position,
            @Nullable UserRecord user) {
        private boolean isOf(@Nullable Database current) {
            return users == current && (current == null || current.state().position() == position);
        }
    }
}
