package archipel.http;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * From a path's shape to its route: at most three look-ups by name, whatever number of routes there is. Endpoint
 * families register once, before the server starts:
 *
 * <pre>{@code
 * router.server("_up", Access.ANYONE, "GET,HEAD").get(this::up);
 * router.database("_revs_limit", Access.MEMBER, "PUT,GET").get(this::limit).put(this::setLimit);
 * }</pre>
 *
 * <p>Shapes, in the order they are tried: {@code /}; {@code /_name…} of the server; {@code /{db}}; {@code
 * /{db}/_name…} of a database; {@code /{db}/_design/{name}/_name…} of a design document; {@code
 * /{db}/_local/{name}};
 * {@code /{db}/{id}}; {@code /{db}/{id}/{attachment…}}. What begins with an underscore and is not registered is a
 * database's or a document's name, and fails as such.
 */
public final class Router {
    private static final Set<String> SYSTEM_DATABASES =
            Set.of("_users", "_replicator", "_global_changes", "_nodes", "_dbs", "_metadata");

    /** What answers where nothing does; its requests are not found. */
    static final Route<Request> NOWHERE = Route.ofServer(Access.ANYONE, "");

    private final Map<String, Entry<Request>> server = new HashMap<>();
    private final Map<String, Entry<DatabaseRequest>> database = new HashMap<>();
    private final Map<String, Entry<DatabaseRequest>> design = new HashMap<>();
    private @Nullable Route<DatabaseRequest> document;
    private @Nullable Route<DatabaseRequest> local;
    private @Nullable Route<DatabaseRequest> attachment;

    /** {@code /name}; the empty name is {@code /} itself. */
    public Route<Request> server(String name, Access access, String allow) {
        return add(server, name, Route.ofServer(access, allow), false);
    }

    /** {@code /name} and everything under it. */
    public Route<Request> serverTree(String name, Access access, String allow) {
        return add(server, name, Route.ofServer(access, allow), true);
    }

    /** {@code /{db}/name}; the empty name is the database itself. */
    public Route<DatabaseRequest> database(String name, Access access, String allow) {
        return add(database, name, Route.ofDatabase(access, allow), false);
    }

    /** {@code /{db}/name} and everything under it. */
    public Route<DatabaseRequest> databaseTree(String name, Access access, String allow) {
        return add(database, name, Route.ofDatabase(access, allow), true);
    }

    /** {@code /{db}/_design/{ddoc}/name} and everything under it. */
    public Route<DatabaseRequest> design(String name, Access access, String allow) {
        return add(design, name, Route.ofDatabase(access, allow), true);
    }

    /** {@code /{db}/{id}}. */
    public Route<DatabaseRequest> document(String allow) {
        document = Route.ofDatabase(Access.MEMBER, allow);
        return document;
    }

    /** {@code /{db}/_local/{name}} and everything under it. */
    public Route<DatabaseRequest> local(String allow) {
        local = Route.ofDatabase(Access.MEMBER, allow);
        return local;
    }

    /** {@code /{db}/{id}/{attachment…}}. */
    public Route<DatabaseRequest> attachment(String allow) {
        attachment = Route.ofDatabase(Access.MEMBER, allow);
        return attachment;
    }

    /** {@link #NOWHERE} where nothing answers. Says to the path which of its segments are a document's id. */
    Route<?> find(RequestPath path) {
        Route<?> found = path.size() == 0 ? exact(server.get("")) : search(path);
        return found == null ? NOWHERE : found;
    }

    private @Nullable Route<?> search(RequestPath path) {
        String first = path.segment(0);
        if (first.startsWith("_") || first.equals("favicon.ico")) {
            Entry<Request> entry = server.get(first);
            if (entry != null) {
                return path.size() == 1 || entry.tree ? entry.route : null;
            }
        }
        return inDatabase(path);
    }

    /** Whether the first segment names something of the server's own that does not exist: only admins hear that. */
    boolean isUnknownReserved(RequestPath path) {
        if (path.size() == 0 || !path.segment(0).startsWith("_")) {
            return false;
        }
        return !server.containsKey(path.segment(0)) && !SYSTEM_DATABASES.contains(path.segment(0));
    }

    private @Nullable Route<DatabaseRequest> inDatabase(RequestPath path) {
        if (path.size() == 1) {
            return exact(database.get(""));
        }
        String second = path.segment(1);
        if (!second.startsWith("_")) {
            path.documentAt(1, 2, second);
            return path.size() == 2 ? document : attachment;
        }
        if (second.equals("_design") && path.size() > 2) {
            path.documentAt(1, 3, "_design/" + path.segment(2));
            if (path.size() == 3) {
                return document;
            }
            Entry<DatabaseRequest> entry = path.segment(3).startsWith("_") ? design.get(path.segment(3)) : null;
            return entry != null ? entry.route : attachment;
        }
        if (second.equals("_local")) {
            path.documentAt(1, Math.min(3, path.size()), path.size() > 2 ? "_local/" + path.segment(2) : "_local/");
            return local;
        }
        if (second.startsWith("_local/")) {
            path.documentAt(1, 2, second);
            return local;
        }
        Entry<DatabaseRequest> entry = database.get(second);
        if (entry != null && (path.size() == 2 || entry.tree)) {
            return entry.route;
        }
        path.documentAt(1, 2, second);
        return path.size() == 2 ? document : attachment;
    }

    /** Every path shape, with the methods that are answered there. */
    Map<String, Set<Verb>> table() {
        Map<String, Set<Verb>> table = new TreeMap<>();
        server.forEach((name, entry) -> table.put("/" + name, entry.route.verbs()));
        database.forEach((name, entry) -> table.put("/{db}/" + name, entry.route.verbs()));
        design.forEach((name, entry) -> table.put("/{db}/_design/{ddoc}/" + name, entry.route.verbs()));
        put(table, "/{db}/{id}", document);
        put(table, "/{db}/_local/{name}", local);
        put(table, "/{db}/{id}/{attachment}", attachment);
        return table;
    }

    private static void put(Map<String, Set<Verb>> table, String shape, @Nullable Route<?> route) {
        if (route != null) {
            table.put(shape, route.verbs());
        }
    }

    private static <R extends Request> Route<R> add(
            Map<String, Entry<R>> entries, String name, Route<R> route, boolean tree) {
        if (entries.putIfAbsent(name, new Entry<>(route, tree)) != null) {
            throw new IllegalStateException("two routes for " + name);
        }
        return route;
    }

    private static <R extends Request> @Nullable Route<R> exact(@Nullable Entry<R> entry) {
        return entry == null ? null : entry.route;
    }

    private record Entry<R extends Request>(Route<R> route, boolean tree) {}
}
