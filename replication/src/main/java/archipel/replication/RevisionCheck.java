package archipel.replication;

import archipel.ends.FetchedDocument;
import archipel.ends.ReplicationException;

/**
 * Looks at each revision before it is stored, for replications whose source is not trusted to send what its revisions
 * say. Safe for use by many threads.
 */
@FunctionalInterface
public interface RevisionCheck {
    /** Trusts the source, as CouchDB's replicator does. */
    RevisionCheck NONE = _ -> {};

    /** @throws ReplicationException where the replication must not go on with such a source */
    void check(FetchedDocument document) throws ReplicationException;
}
