package archipel.engine;

import archipel.command.SystemCommand;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.storage.CatalogKeys;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * What replicators know a node by. Checkpoints are named after it, so that the members of an ensemble are known by the
 * same one: a replicator that goes on at another member finds what it has noted. It is that of the member which led
 * first, so that a node keeps its own when others join it.
 */
final class SharedUuid {
    private static final String FACT = "ensemble/uuid";

    private final Node node;
    private final PublishedDatabases databases;

    SharedUuid(Node node, PublishedDatabases databases) {
        this.node = node;
        this.databases = databases;
    }

    /** @param own that of the node alone */
    String of(String own) {
        return node.isReplicated() ? Objects.requireNonNullElse(databases.fact(FACT), own) : own;
    }

    /** @throws RequestException 503 where the members have none yet */
    String settled(String own) {
        if (node.isReplicated() && databases.fact(FACT) == null) {
            throw new RequestException(ErrorCode.NO_MAJORITY);
        }
        return of(own);
    }

    /** Has the members share this node's own, where it leads and there is none yet. */
    void settle(String own) {
        OptionalLong term = node.duties().term(CatalogKeys.SYSTEM_GROUP);
        if (term.isPresent() && node.isReplicated() && databases.fact(FACT) == null) {
            node.inTerm(term.getAsLong(), () -> node.submit(new SystemCommand.PutFact(FACT, own)));
        }
    }
}
