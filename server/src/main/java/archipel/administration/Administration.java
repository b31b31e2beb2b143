package archipel.administration;

import archipel.auth.Admins;
import archipel.auth.NodeAuthenticator;
import archipel.http.HttpServices;
import archipel.settings.Settings;
import java.util.List;
import java.util.function.Supplier;

/**
 * What the endpoints that are about the node itself work with besides {@link HttpServices}.
 *
 * @param fingerprint by which other nodes know this one
 * @param replicationTasks the rows of replications in {@code _active_tasks}: members, with a comma before each
 */
public record Administration(
        Settings settings,
        NodeAuthenticator authenticator,
        Admins admins,
        RequestCounts counts,
        Uuids uuids,
        String fingerprint,
        Supplier<List<byte[]>> replicationTasks) {}
