package archipel.replications;

import archipel.engine.Database;
import archipel.engine.Node;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Which node runs the replications that documents of a database ask for: whoever leads the database's group. */
final class JobOwners {
    private final Node node;
    private final Supplier<String> own;

    /** @param own what this node is called */
    JobOwners(Node node, Supplier<String> own) {
        this.node = node;
        this.own = own;
    }

    String own() {
        return own.get();
    }

    /** The name of the other node that runs them; null where this one does, and while nobody is known to. */
    @Nullable
    String elsewhere(String database) {
        Database found = node.find(database);
        return found == null || found.isLed() ? null : found.leader();
    }
}
