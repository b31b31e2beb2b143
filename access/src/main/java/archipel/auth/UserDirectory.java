package archipel.auth;

import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.health.Metrics;
import archipel.memory.BoundedCache;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.settings.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Finds who can log in: server admins, and the documents of {@code _users}. What was read is remembered until the
 * {@code _users} database has changed, so that a change counts from the next request on.
 */
public final class UserDirectory {
    /** The database that holds users' documents. */
    public static final String USERS = "_users";

    private final Node node;
    private final Admins admins;
    private final Settings settings;
    private final BoundedCache<String, Remembered> remembered;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

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

    /** The database whose documents are users; null where it was dropped. */
    @Nullable
    Database users() {
        return node.find(settings.get(AccountSettings.AUTHENTICATION_DB));
    }

    /**
     * Null where nobody has this name. An admin has the roles of the user document of the same name besides, unless it
     * has conflicts: who may write that document must not keep the admin out.
     */
    @Nullable
    UserRecord find(String name) {
        PasswordHash admin = admins.find(name);
        UserRecord user = fromDocument(name, admin != null);
        if (admin == null) {
            return user;
        }
        List<String> roles = new ArrayList<>(List.of(UserContext.ADMIN_ROLE));
        if (user != null && !user.conflicted()) {
            roles.addAll(user.roles());
        }
        return new UserRecord(name, roles, admin, admin.salt(), null, false);
    }

    /** @param asked whether to remember that there is none: for admins, not for whatever a client tries */
    private @Nullable UserRecord fromDocument(String name, boolean asked) {
        Database users = users();
        if (users == null || name.isEmpty()) {
            return null;
        }
        long position = users.state().position();
        Remembered known = remembered.get(name);
        if (known != null && known.users == users && known.position == position) {
            hits.increment();
            return known.user;
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
        return read.user;
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

    private record Remembered(
            Database users, long position, @Nullable UserRecord user) {}
}
