package archipel.server;

import archipel.administration.Administration;
import archipel.administration.AdministrationEndpoints;
import archipel.administration.AdministrationSettings;
import archipel.blocks.BlockEndpoints;
import archipel.databases.DatabaseEndpoints;
import archipel.documents.DocumentEndpoints;
import archipel.engine.Database;
import archipel.ensemble.Ensemble;
import archipel.ensembles.EnsembleEndpoints;
import archipel.feeds.FeedEndpoints;
import archipel.feeds.FeedSettings;
import archipel.find.FindEndpoints;
import archipel.find.KeptIndexes;
import archipel.http.HttpServices;
import archipel.http.Router;
import archipel.locks.LockEndpoints;
import archipel.locks.LockSettings;
import archipel.mango.FindSettings;
import archipel.mesh.Mesh;
import archipel.peers.PeerEndpoints;
import archipel.read.Reader;
import archipel.replications.ReplicationEndpoints;
import archipel.scheduler.Scheduler;
import archipel.settings.SettingGroup;
import archipel.topics.TopicEndpoints;
import archipel.topics.TopicSettings;
import archipel.view.IndexDefinition;
import archipel.view.Queries;
import archipel.view.ScriptLimits;
import archipel.views.ViewEndpoints;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * All endpoint families of a node, each a package of handlers: the one list of what answers where, and of the settings
 * that come with it, in the order in which these are shown. The rules of the house read it too.
 */
public enum EndpointFamily {
    DOCUMENTS,
    DATABASES,
    BLOCKS,
    FIND(FindSettings.GROUP),
    VIEWS(ScriptLimits.GROUP),
    FEEDS(FeedSettings.GROUP),
    REPLICATIONS,
    PEERS,
    ENSEMBLES,
    LOCKS(LockSettings.GROUP),
    TOPICS(TopicSettings.GROUP),
    ADMINISTRATION(AdministrationSettings.GROUP);

    private final List<SettingGroup> settings;

    EndpointFamily(SettingGroup... settings) {
        this.settings = List.of(settings);
    }

    /** The last part of its package's name, such as {@code feeds}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The settings of all families. */
    static List<SettingGroup> allSettings() {
        return Arrays.stream(values())
                .flatMap(family -> family.settings.stream())
                .toList();
    }

    /** Finds what answers where, in all families. */
    static Router router(
            HttpServices services,
            Administration administration,
            Queries queries,
            Scheduler scheduler,
            Mesh mesh,
            @Nullable Ensemble ensemble) {
        Router router = new Router();
        for (EndpointFamily family : values()) {
            family.register(router, services, administration, queries, scheduler, mesh, ensemble);
        }
        return router;
    }

    private void register(
            Router router,
            HttpServices services,
            Administration administration,
            Queries queries,
            Scheduler scheduler,
            Mesh mesh,
            @Nullable Ensemble ensemble) {
        switch (this) {
            case DOCUMENTS -> DocumentEndpoints.register(router, services, administration.uuids()::next);
            case DATABASES ->
                DatabaseEndpoints.register(
                        router,
                        services,
                        administration.uuids()::next,
                        (database, reader, name) -> compact(queries, database, reader, name));
            case BLOCKS -> BlockEndpoints.register(router, services);
            case FIND -> FindEndpoints.register(router, services, new KeptIndexes(queries.keeper()));
            case VIEWS -> ViewEndpoints.register(router, queries.keeper(), queries.definitions());
            case FEEDS -> FeedEndpoints.register(router, services);
            case REPLICATIONS ->
                ReplicationEndpoints.register(
                        router,
                        services.node(),
                        scheduler,
                        administration.settings(),
                        () -> ensemble == null
                                ? administration.settings().get(AdministrationSettings.NODE_NAME)
                                : ensemble.name());
            case PEERS -> PeerEndpoints.register(router, services, mesh);
            case ENSEMBLES -> EnsembleEndpoints.register(router, services, ensemble);
            case LOCKS ->
                LockEndpoints.register(router, services, administration.settings(), administration.uuids()::next);
            case TOPICS -> TopicEndpoints.register(router, services, administration.settings());
            case ADMINISTRATION -> AdministrationEndpoints.register(router, services, administration);
        }
    }

    /** Compacts the index of a design document, where it has one. */
    private static void compact(Queries queries, Database database, Reader reader, String name) {
        IndexDefinition definition = queries.definitions().find(reader, name);
        if (definition != null) {
            queries.keeper().compact(database, definition);
        }
    }
}
