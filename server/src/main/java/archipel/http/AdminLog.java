package archipel.http;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was changed about the node and its databases, by whom and from where; always logged, whatever the level:
 *
 * <pre>{@code database_created "islands" by "root" from 192.0.2.7}</pre>
 *
 * <p>Logged once the change is made. What a client made up cannot begin a line.
 */
public final class AdminLog {
    private static final Logger LOG = LoggerFactory.getLogger("archipel.admin");

    private AdminLog() {}

    /**
     * @param action what happened, words joined by {@code _}
     * @param object what it happened to: a database's name, a setting's key; never a secret
     */
    public static void record(Request request, String action, String object) {
        String user = request.user().name();
        LOG.atInfo()
                .addKeyValue("action", action)
                .addKeyValue("object", object)
                .addKeyValue("user", user)
                .addKeyValue("peer", request.peer())
                .log(action + ' ' + LogText.quoted(object) + " by " + (user == null ? "-" : LogText.quoted(user))
                        + " from " + request.peer());
    }
}
