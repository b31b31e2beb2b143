package archipel.http;

import archipel.auth.ReplicatorRules;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One path shape: who may use it, and what answers each method there. HEAD is answered by GET unless said otherwise.
 *
 * @param <R> what its handlers get to see of a request
 */
public final class Route<R extends Request> {
    private final String allow;
    private final Access[] access = new Access[Verb.COUNT];
    private final Map<Verb, Handler<R>> handlers = new EnumMap<>(Verb.class);
    private final Form<R> form;
    private boolean closedInSystemDatabases;
    private boolean ofDesigns;
    private boolean forms;
    private final Set<Verb> ofPeers = EnumSet.noneOf(Verb.class);

    /** @param allow as for {@link #ofDatabase} */
    static Route<Request> ofServer(Access access, String allow) {
        return new Route<>(
                access,
                allow,
                (wire, verb, path, body, _, services) -> new Request(wire, verb, path, body, services.settings()));
    }

    /** @param allow what a 405 lists, word for word as CouchDB does, such as {@code GET,HEAD} */
    static Route<DatabaseRequest> ofDatabase(Access access, String allow) {
        return new Route<>(access, allow, DatabaseRequest::new);
    }

    private Route(Access access, String allow, Form<R> form) {
        this.allow = allow;
        this.form = form;
        Arrays.fill(this.access, access);
    }

    /** Answers this method. */
    public Route<R> on(Verb verb, Handler<R> handler) {
        handlers.put(verb, handler);
        return this;
    }

    /** Answers this method, for others than may use the rest of the route. */
    public Route<R> on(Verb verb, Access only, Handler<R> handler) {
        access[verb.ordinal()] = only;
        return on(verb, handler);
    }

    public Route<R> get(Handler<R> handler) {
        return on(Verb.GET, handler);
    }

    public Route<R> put(Handler<R> handler) {
        return on(Verb.PUT, handler);
    }

    public Route<R> post(Handler<R> handler) {
        return on(Verb.POST, handler);
    }

    public Route<R> delete(Handler<R> handler) {
        return on(Verb.DELETE, handler);
    }

    /** In the users' database and {@code _replicator} for server admins only: what would show everybody's documents. */
    public Route<R> closedInSystemDatabases() {
        closedInSystemDatabases = true;
        return this;
    }

    /** Its POST takes what a web page's form sends, and not JSON alone. */
    public Route<R> forms() {
        forms = true;
        return this;
    }

    /** Other nodes may use these methods of it as well, in databases that are replicated to them; no other. */
    public Route<R> peers(Verb... verbs) {
        ofPeers.addAll(List.of(verbs));
        return this;
    }

    boolean isForPeers(Verb verb) {
        return ofPeers.contains(verb);
    }

    boolean takesForms() {
        return forms;
    }

    /** Shows what a design document makes of others: where those are users, for admins of the database alone. */
    public Route<R> ofDesigns() {
        ofDesigns = true;
        return this;
    }

    boolean isOfDesigns() {
        return ofDesigns;
    }

    boolean isClosedIn(String database, HttpSettings settings) {
        boolean users = closedInSystemDatabases && settings.isUsersDatabase(database);
        return users || (closedInSystemDatabases || ofDesigns) && ReplicatorRules.isReplicator(database);
    }

    Access access(Verb verb) {
        return access[(verb == Verb.HEAD && !handlers.containsKey(verb) ? Verb.GET : verb).ordinal()];
    }

    /** The methods that are answered, HEAD where GET is. */
    Set<Verb> verbs() {
        Set<Verb> verbs = EnumSet.noneOf(Verb.class);
        for (Verb verb : Verb.values()) {
            if (handler(verb) != null) {
                verbs.add(verb);
            }
        }
        return verbs;
    }

    String allow() {
        return allow;
    }

    @Nullable
    Handler<R> handler(Verb verb) {
        Handler<R> handler = handlers.get(verb);
        return handler == null && verb == Verb.HEAD ? handlers.get(Verb.GET) : handler;
    }

    /** What its handlers get to see of a request. */
    R request(
            org.eclipse.jetty.server.Request wire,
            Verb verb,
            RequestPath path,
            RequestBody body,
            Answer answer,
            HttpServices services) {
        return form.request(wire, verb, path, body, answer, services);
    }

    /** Makes requests of a kind. */
    @FunctionalInterface
    private interface Form<R extends Request> {
        R request(
                org.eclipse.jetty.server.Request wire,
                Verb verb,
                RequestPath path,
                RequestBody body,
                Answer answer,
                HttpServices services);
    }
}
