package archipel.http;

import archipel.access.ConflictResolver;
import archipel.access.DatabaseGate;
import archipel.access.WriteGate;
import archipel.auth.Authenticator;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.Identities;
import archipel.engine.Node;
import archipel.functions.Functions;
import archipel.memory.MemoryBudget;

/**
 * What endpoints work with; one per server.
 *
 * @param identities whom those who were authenticated are by now
 * @param writes the one way in for documents
 * @param conflicts ends conflicts, by way of {@code writes}
 * @param databases the one way in for what is decided about databases
 * @param functions those of design documents
 * @param memory what all requests may use together
 */
public record HttpServices(
        Node node,
        Authenticator authenticator,
        Identities identities,
        DatabaseAccess access,
        DocumentGuard guard,
        WriteGate writes,
        ConflictResolver conflicts,
        DatabaseGate databases,
        HttpSettings settings,
        RequestMetrics metrics,
        Functions functions,
        MemoryBudget memory) {}
