package archipel.http;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One path shape: who may use it, and what answers each method there. HEAD is answered by GET unless said otherwise.
 */
public final class Route {
    private final String allow;
    private final Access[] access = new Access[Verb.COUNT];
    private final @Nullable Handler[] handlers = new @Nullable Handler[Verb.COUNT];
    private boolean closedInSystemDatabases;
    private boolean ofDesigns;
    private boolean forms;

    /** @param allow what a 405 lists, word for word as CouchDB does, such as {@code GET,HEAD} */
    Route(Access access, String allow) {
        this.allow = allow;
        Arrays.fill(this.access, access);
    }

    /** Answers this method. */
    public Route on(Verb verb, Handler handler) {
        handlers[verb.ordinal()] = handler;
        return this;
    }

    /** Answers this method, for others than may use the rest of the route. */
    public Route on(Verb verb, Access only, Handler handler) {
        access[verb.ordinal()] = only;
        return on(verb, handler);
    }

    public Route get(Handler handler) {
        return on(Verb.GET, handler);
    }

    public Route put(Handler handler) {
        return on(Verb.PUT, handler);
    }

    public Route post(Handler handler) {
        return on(Verb.POST, handler);
    }

    public Route delete(Handler handler) {
        return on(Verb.DELETE, handler);
    }

    /** In the users' database and {@code _replicator} for server admins only: what would show everybody's documents. */
    public Route closedInSystemDatabases() {
        closedInSystemDatabases = true;
        return this;
    }

    /** Its POST takes what a web page's form sends, and not JSON alone. */
    public Route forms() {
        forms = true;
        return this;
    }

    boolean takesForms() {
        return forms;
    }

    /** Shows what a design document makes of others: where those are users, for admins of the database alone. */
    public Route ofDesigns() {
        ofDesigns = true;
        return this;
    }

    boolean isOfDesigns() {
        return ofDesigns;
    }

    boolean isClosedIn(String database, HttpSettings settings) {
        boolean users = closedInSystemDatabases && settings.isUsersDatabase(database);
        return users || (closedInSystemDatabases || ofDesigns) && database.equals("_replicator");
    }

    Access access(Verb verb) {
        return access[(verb == Verb.HEAD && handlers[verb.ordinal()] == null ? Verb.GET : verb).ordinal()];
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
    Handler handler(Verb verb) {
        Handler handler = handlers[verb.ordinal()];
        return handler == null && verb == Verb.HEAD ? handlers[Verb.GET.ordinal()] : handler;
    }
}
