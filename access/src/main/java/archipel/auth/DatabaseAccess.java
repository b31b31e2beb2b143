package archipel.auth;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.memory.BoundedCache;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what, with CouchDB's refusals. The security objects of databases are kept parsed for as long as their
 * rules stay the same, so that asking again costs nothing: the routes of the HTTP API ask before a body is read, and
 * the gate of writes asks for whoever comes.
 */
public final class DatabaseAccess {
    private static final int KEPT = 10_000;

    private final Supplier<SecurityObject> unset;
    private final BoundedCache<String, Parsed> parsed = BoundedCache.ofEntries(KEPT);

    /** @param unset what holds for a database whose security object was never set */
    public DatabaseAccess(Supplier<SecurityObject> unset) {
        this.unset = unset;
    }

    /** The database's security object, or what holds where there is none. */
    public SecurityObject security(Database database) {
        Parsed known = parsed.get(database.name());
        if (known == null || !known.isOf(database)) {
            known = read(database);
            parsed.put(database.name(), known);
        }
        SecurityObject security = known.security;
        return security == null ? unset.get() : security;
    }

    // Rules and object of one state: with those of a later state an object that was replaced would stay for ever.
    private static Parsed read(Database database) {
        try (Reader newest = database.door().newest(Visibility.EVERYTHING)) {
            byte @Nullable [] json = newest.security();
            return new Parsed(
                    database.state().uuid(), newest.rules(), json == null ? null : SecurityObject.parse(json));
        }
    }

    /**
     * The security object as it is shown.
     *
     * @param stored as it was set; null where it never was
     */
    public byte[] securityJson(byte @Nullable [] stored) {
        return stored == null ? unset.get().json() : stored;
    }

    public boolean isMember(Database database, UserContext user) {
        return user.isAdmin() || security(database).isMember(user);
    }

    public boolean isDatabaseAdmin(Database database, UserContext user) {
        return user.isAdmin() || security(database).isAdmin(user);
    }

    /** @throws RequestException 401 for the anonymous, 403 for a user who is not let in */
    public void requireMember(Database database, UserContext user) {
        if (!isMember(database, user)) {
            throw user.isAnonymous()
                    ? new RequestException(ErrorCode.NOT_AUTHORIZED_HERE)
                    : new RequestException(ErrorCode.NOT_ALLOWED_HERE);
        }
    }

    /** For design documents, {@code _security} and {@code _revs_limit}: 401 for the anonymous, 403 for a user. */
    public void requireDatabaseAdmin(Database database, UserContext user) {
        if (!isDatabaseAdmin(database, user)) {
            throw new RequestException(
                    user.isAnonymous() ? ErrorCode.ANONYMOUS_NOT_DATABASE_ADMIN : ErrorCode.NOT_DATABASE_ADMIN);
        }
    }

    /** For {@code _compact} and {@code _view_cleanup}: always 401. */
    public void requireMaintainer(Database database, UserContext user) {
        if (!isDatabaseAdmin(database, user)) {
            throw new RequestException(ErrorCode.NOT_SERVER_OR_DATABASE_ADMIN);
        }
    }

    /** @throws RequestException 401, also for a user who is logged in, as CouchDB has it */
    public static void requireServerAdmin(UserContext user) {
        if (!user.isAdmin()) {
            throw new RequestException(ErrorCode.NOT_SERVER_ADMIN);
        }
    }

    /** For {@code _stats}, {@code _system} and {@code _prometheus}. */
    public static void requireMetrics(UserContext user) {
        if (!user.isAdmin() && !user.hasRole("_metrics")) {
            throw new RequestException(ErrorCode.NOT_METRICS_READER);
        }
    }

    /** For {@code _replicate}. */
    public static void requireUser(UserContext user) {
        if (user.isAnonymous()) {
            throw new RequestException(ErrorCode.NOT_AUTHENTICATED);
        }
    }

    /**
     * @param database the uuid of the database's incarnation
     * @param security null where it was never set
     */
    private record Parsed(
            String database, long rules, @Nullable SecurityObject security) {
        boolean isOf(Database current) {
            return rules == current.rules() && database.equals(current.state().uuid());
        }
    }
}
