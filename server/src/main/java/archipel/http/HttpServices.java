package archipel.http;

import archipel.auth.Authenticator;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.engine.Node;

/** What endpoints work with; one per server. */
public record HttpServices(
        Node node,
        Authenticator authenticator,
        DatabaseAccess access,
        DocumentGuard guard,
        HttpSettings settings,
        RequestMetrics metrics) {}
