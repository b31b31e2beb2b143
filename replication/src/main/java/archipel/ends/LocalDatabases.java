package archipel.ends;

import archipel.access.DatabaseGate;
import archipel.access.WriteGate;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.document.JsonLimits;
import archipel.engine.Node;
import archipel.functions.Functions;
import archipel.memory.MemoryBudget;
import java.util.function.Supplier;

/**
 * What replications need of their own node.
 *
 * @param limits of documents
 * @param memory what requests and replications may use together
 */
public record LocalDatabases(
        Node node,
        DatabaseAccess access,
        DocumentGuard guard,
        WriteGate writes,
        DatabaseGate databases,
        Functions functions,
        Supplier<JsonLimits> limits,
        MemoryBudget memory) {}
