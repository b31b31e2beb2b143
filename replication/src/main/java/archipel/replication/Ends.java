package archipel.replication;

import archipel.auth.UserContext;
import archipel.ends.End;
import archipel.ends.LocalDatabases;
import archipel.ends.LocalEnd;
import archipel.ends.RemoteEnd;
import archipel.ends.ReplicationException;
import archipel.ends.Selection;
import archipel.remote.RemoteClient;
import java.io.IOException;

/** Opens the ends of replications of one node, and names these. Safe for use by many threads. */
public final class Ends {
    private final LocalDatabases databases;
    private final RemoteClient client;

    public Ends(LocalDatabases databases, RemoteClient client) {
        this.databases = databases;
        this.client = client;
    }

    public LocalDatabases databases() {
        return databases;
    }

    public RemoteClient client() {
        return client;
    }

    /** The end that a replication reads from, on behalf of a user where it is this node's. */
    public End.Source source(ReplicationOptions options, UserContext user) {
        return switch (options.source()) {
            case EndAddress.Local local -> new LocalEnd(databases, local.name(), user);
            case EndAddress.Remote remote -> remote(remote, options.tuning());
        };
    }

    /** The end that a replication writes to. */
    public End.Target target(ReplicationOptions options, UserContext user) {
        return switch (options.target()) {
            case EndAddress.Local local -> new LocalEnd(databases, local.name(), user);
            case EndAddress.Remote remote -> remote(remote, options.tuning());
        };
    }

    private RemoteEnd remote(EndAddress.Remote remote, ReplicationOptions.Tuning tuning) {
        return new RemoteEnd(client, remote.address(), tuning.timeout(), tuning.bulkGet());
    }

    /**
     * Names a replication. The text of a filter is part of the name, so that a changed one begins anew; it is fetched
     * from the source.
     *
     * @throws ReplicationException {@code filter_fetch_error}, which may pass
     */
    public ReplicationId id(ReplicationOptions options, UserContext user)
            throws ReplicationException, InterruptedException {
        String code = null;
        if (options.selection() instanceof Selection.Filter filter && !filter.isBuiltIn()) {
            try (End.Source source = source(options, user)) {
                code = source.filterCode(filter);
            } catch (IOException e) {
                throw new ReplicationException(
                        "filter_fetch_error", ReplicationException.of(e).reason(), true, e);
            }
        }
        return ReplicationId.of(databases.node().settledUuid(), options, user.name(), code);
    }
}
