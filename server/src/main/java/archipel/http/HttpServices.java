package archipel.http;

import archipel.auth.Authenticator;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.engine.Node;
import archipel.functions.Functions;
import archipel.memory.MemoryBudget;

/**
 * What endpoints work with; one per server.
 *
 * @param functions those of design documents
 * @param memory what all requests may use together
 */
public record HttpServices(
        Node node,
        Authenticator authenticator,
        DatabaseAccess access,
        DocumentGuard guard,
        HttpSettings settings,
        RequestMetrics metrics,
        Functions functions,
        MemoryBudget memory) {}
