package archipel.server;

import archipel.access.ConflictResolver;
import archipel.access.DatabaseGate;
import archipel.access.WriteGate;
import archipel.access.WriteLimits;
import archipel.administration.Administration;
import archipel.administration.RequestCounts;
import archipel.administration.Uuids;
import archipel.auth.AccountSettings;
import archipel.auth.AccountSettings.DefaultSecurity;
import archipel.auth.Admins;
import archipel.auth.DatabaseAccess;
import archipel.auth.Lockout;
import archipel.auth.NodeAuthenticator;
import archipel.auth.NodeDocumentGuard;
import archipel.auth.Passwords;
import archipel.auth.Refusals;
import archipel.auth.SecurityObject;
import archipel.auth.SessionCookie;
import archipel.auth.UserDirectory;
import archipel.changes.SteadyClock;
import archipel.connections.PeerTls;
import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.RequestException;
import archipel.ends.LocalDatabases;
import archipel.engine.EngineSettings;
import archipel.engine.Node;
import archipel.ensemble.Ensemble;
import archipel.ensemble.SharedFacts;
import archipel.functions.Functions;
import archipel.functions.ScriptFunctions;
import archipel.http.HttpServer;
import archipel.http.HttpServices;
import archipel.http.HttpSettings;
import archipel.http.Router;
import archipel.http.Verb;
import archipel.mango.FieldIndexDefinition;
import archipel.memory.MemoryBudget;
import archipel.merging.Merger;
import archipel.merging.MergingSettings;
import archipel.mesh.Mesh;
import archipel.remote.RemoteClient;
import archipel.replication.Ends;
import archipel.replication.ReplicationEnvironment;
import archipel.replications.ReplicationTasks;
import archipel.scheduler.JobRules;
import archipel.scheduler.Scheduler;
import archipel.settings.RuntimeStore;
import archipel.settings.SealedStore;
import archipel.settings.SecretFile;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import archipel.view.Queries;
import archipel.view.ScriptLimits;
import archipel.view.Scripts;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running node: its data, its accounts and its HTTP server. */
public final class Server implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    /** A fact: which passwords members were started with. */
    private static final String GIVEN_PASSWORDS = "ensemble/given_passwords";

    private static final List<String> SYSTEM_DATABASES = List.of("_replicator", UserDirectory.USERS);

    private final Settings settings;
    private final Node node;
    private final @Nullable Ensemble ensemble;
    private final CoordinationSetup coordination;
    private final Admins admins;
    private final Refusals refusals;
    private final Queries queries;
    private final Scheduler scheduler;
    private final HttpServer http;
    private final Merger merger;
    private final Mesh mesh;
    private final NodeAuthenticator authenticator;
    private boolean stopped;

    private Server(
            Settings settings,
            Node node,
            @Nullable Ensemble ensemble,
            CoordinationSetup coordination,
            Admins admins,
            Refusals refusals,
            Queries queries,
            Serving serving) {
        this.settings = settings;
        this.node = node;
        this.ensemble = ensemble;
        this.coordination = coordination;
        this.admins = admins;
        this.refusals = refusals;
        this.queries = queries;
        this.http = serving.http;
        this.merger = serving.merger;
        this.scheduler = serving.scheduler;
        this.mesh = serving.mesh;
        this.authenticator = serving.authenticator;
    }

    /**
     * Opens the data directory and listens. Returns once requests are answered.
     *
     * @param adminMade told the name and the password of the admin that the first start makes where none was given; on
     *     another thread, as soon as the password's hash is stored
     * @throws archipel.engine.NodeOpenException where the data directory cannot be used
     * @throws AddressException where the address cannot be listened on
     * @throws archipel.settings.SettingException where the admin's password cannot be read from its file, or TLS is
     *     wanted and cannot be had
     */
    public static Server start(Settings settings, BiConsumer<String, String> adminMade) {
        Logging.follow(settings);
        Listening.check(settings);
        if (!Node.hasData(settings.get(EngineSettings.DATA))) {
            // A first start that cannot listen leaves nothing behind. Later ones know first what _config stored.
            Listening.tryOut(settings);
            CoordinationSetup.tryOut(settings);
        }
        Ensemble ensemble = EnsembleSetup.of(settings);
        CoordinationSetup coordination = CoordinationSetup.of(settings, ensemble);
        Node node = Node.open(
                settings.get(EngineSettings.DATA),
                EngineSettings.options(settings),
                ensemble,
                coordination.extension());
        Server server;
        try {
            if (ensemble != null) {
                ensemble.begin(shared(node));
            }
            SecureRandom random = new SecureRandom();
            settings.attach(store(settings, node, ensemble, random));
            Listening.checkStored(settings);
            settings.warnings().forEach(LOG::warn);
            Passwords passwords = new Passwords(settings, random, SteadyClock.system());
            Admins admins = new Admins(settings, passwords, random);
            GivenPasswords given = ensemble == null
                    ? null
                    : new GivenPasswords(
                            () -> node.fact(GIVEN_PASSWORDS),
                            marks -> node.putFact(GIVEN_PASSWORDS, marks),
                            ensemble::key);
            node.whenLeading(term -> admins.prepare(adminMade, work -> node.inTerm(term, work), given));
            Refusals refusals = new Refusals(settings, passwords, SteadyClock.system());
            Queries queries = queries(settings, node);
            Serving serving = serve(settings, node, ensemble, passwords, admins, refusals, queries, random);
            server = new Server(settings, node, ensemble, coordination, admins, refusals, queries, serving);
        } catch (RuntimeException e) {
            coordination.close();
            if (ensemble != null) {
                ensemble.close();
            }
            node.close();
            throw e;
        }
        try {
            server.begin();
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    // It answers already.
    private void begin() {
        merger.start();
        scheduler.start();
        if (ensemble != null) {
            ensemble.setUrl(url());
        }
        coordination.begin(node, authenticator);
        mesh.start(url(), port(), Listening.isAnyAddress(settings.get(NodeSettings.HOST)));
        LOG.info("Listening on {}, data in {}.", url(), settings.get(EngineSettings.DATA));
    }

    private static Serving serve(
            Settings settings,
            Node node,
            @Nullable Ensemble ensemble,
            Passwords passwords,
            Admins admins,
            Refusals refusals,
            Queries queries,
            SecureRandom random) {
        InstantSource clock = InstantSource.system();
        SessionCookie cookies = new SessionCookie(settings, clock);
        if (ensemble == null) {
            cookies.ensureSecret(random);
        } else {
            cookies.ensureSecret(ensemble.key("session cookies"));
        }
        DatabaseAccess access =
                new DatabaseAccess(() -> settings.get(AccountSettings.DEFAULT_SECURITY) == DefaultSecurity.EVERYONE
                        ? SecurityObject.EVERYONE
                        : SecurityObject.ADMIN_ONLY);
        Functions functions = new Functions(new ScriptFunctions(queries::scripts));
        NodeDocumentGuard guard = new NodeDocumentGuard(access, passwords, settings, new JobRules(settings));
        UserDirectory users = new UserDirectory(node, admins, settings);
        WriteGate writes = new WriteGate(users, access, guard, functions, WriteLimits.of(settings));
        Supplier<JsonLimits> limits =
                () -> new JsonLimits(settings.get(HttpSettings.MAX_JSON_DEPTH), Integer.MAX_VALUE);
        ConflictResolver conflicts = new ConflictResolver(writes, () -> MergingSettings.bounds(settings));
        DatabaseGate databases = new DatabaseGate(node, access, writes, settings, limits);
        NodeAuthenticator authenticator = new NodeAuthenticator(
                settings,
                users,
                writes,
                passwords,
                refusals,
                new Lockout(settings, SteadyClock.system()),
                cookies,
                limits,
                clock);
        authenticator.register(node.metrics());
        node.whenLeading(term -> node.inTerm(term, () -> makeSystemDatabases(databases)));
        MemoryBudget memory = new MemoryBudget(new LiveMemoryLimits(settings));
        LocalDatabases local = new LocalDatabases(node, access, guard, writes, databases, functions, limits, memory);
        Ends ends = new Ends(local, RemoteClient.of(settings));
        Mesh mesh = mesh(settings, ends);
        if (ensemble != null) {
            mesh.excludeSameLog(ensemble::isMember);
        }
        authenticator.admitPeers(mesh);
        RequestCounts counts = new RequestCounts();
        HttpServices services = new HttpServices(
                node,
                authenticator,
                users,
                access,
                guard,
                writes,
                conflicts,
                databases,
                new LiveHttpSettings(settings, cookies, spoken(mesh)),
                counts,
                functions,
                memory);
        Scheduler scheduler = new Scheduler(ends, ReplicationEnvironment.real(), settings, users::roles);
        Uuids uuids = new Uuids(settings, random, clock);
        Administration administration = new Administration(
                settings,
                authenticator,
                admins,
                counts,
                uuids,
                mesh.fingerprint(),
                () -> ReplicationTasks.rows(scheduler));
        Router router = EndpointFamily.router(services, administration, queries, scheduler, mesh, ensemble);
        HttpServer http = Listening.start(settings, services, router);
        return new Serving(http, new Merger(node, conflicts, memory), scheduler, mesh, authenticator);
    }

    private static Mesh mesh(Settings settings, Ends ends) {
        try {
            return Mesh.open(settings.get(EngineSettings.DATA), settings, ends, ReplicationEnvironment.real());
        } catch (UncheckedIOException e) {
            throw new SettingException(String.valueOf(e.getMessage()), e);
        }
    }

    private static PeerTls spoken(Mesh mesh) {
        return new PeerTls() {
            @Override
            public String serverName() {
                return Mesh.SERVER_NAME;
            }

            @Override
            public SSLContext context() {
                return mesh.tls();
            }

            @Override
            public void closeBy(Consumer<Predicate<X509Certificate[]>> closer) {
                mesh.whenDismissed(id -> closer.accept(shown -> Mesh.isOf(shown, id)));
            }
        };
    }

    private static Queries queries(Settings settings, Node node) {
        Queries queries = new Queries(
                () -> new Scripts(ScriptLimits.of(settings)),
                (language, id, design) -> FieldIndexDefinition.of(id, design),
                InstantSource.system());
        node.addTasks(queries::tasks);
        return queries;
    }

    // A disk without space must not keep the node from starting: only a node that runs can delete something.
    static void makeSystemDatabases(DatabaseGate databases) {
        for (String name : SYSTEM_DATABASES) {
            attempt(
                    name + " could not be made; it is tried again at the next start",
                    () -> databases.ensureSystemDatabase(name));
        }
        attempt("_design/_auth could not be written; it is tried again at the next start", databases::ensureAuthDesign);
    }

    private static void attempt(String failure, Runnable work) {
        try {
            work.run();
        } catch (RequestException e) {
            switch (e.code()) {
                // Another leader does it, or has done it.
                case STALE_TERM, NOT_LEADER, DATABASE_EXISTS -> LOG.debug("{}: {}", failure, e.toString());
                default -> LOG.warn("{}: {}", failure, e.toString());
            }
        }
    }

    private static SharedFacts shared(Node node) {
        return new SharedFacts() {
            @Override
            public @Nullable String get(String key) {
                return node.fact(key);
            }

            @Override
            public void put(long term, String key, String value) {
                node.inTerm(term, () -> node.putFact(key, value));
            }
        };
    }

    // Members have their secrets in common. What a node had set before it became one is handed on by the first leader,
    // which is that node where there is any.
    private static RuntimeStore store(Settings settings, Node node, @Nullable Ensemble ensemble, SecureRandom random) {
        Path file = settings.get(EngineSettings.DATA).resolve("secrets");
        if (ensemble == null) {
            return new SecretFile(file, facts(node), settings.catalog()::isSecret);
        }
        SealedStore shared =
                new SealedStore(facts(node), settings.catalog()::isSecret, ensemble.key("secret settings"), random);
        node.whenLeading(term -> attempt(
                "the secrets of this node alone stay in " + file + " for now",
                () -> node.inTerm(term, () -> shared.takeOver(file))));
        return shared;
    }

    private static RuntimeStore facts(Node node) {
        return new RuntimeStore() {
            @Override
            public SortedMap<String, String> load() {
                return node.facts();
            }

            @Override
            public @Nullable String get(String key) {
                return node.fact(key);
            }

            @Override
            public void put(String key, @Nullable String value) {
                try {
                    node.putFact(key, value);
                } catch (RequestException e) {
                    if (e.code() != ErrorCode.STALE_TERM) {
                        throw e;
                    }
                    LOG.info("{} is left to the node that leads now.", key);
                }
            }

            @Override
            public void onChange(Consumer<String> listener) {
                node.onFact(listener);
            }
        };
    }

    /** The port it listens on, also where 0 was asked for. */
    public int port() {
        return http.port();
    }

    /** Where it answers, such as {@code http://127.0.0.1:5984/}. */
    public String url() {
        return (http.isSecure() ? "https://" : "http://") + Listening.address(settings.get(NodeSettings.HOST), port())
                + "/";
    }

    public Node node() {
        return node;
    }

    /** Every path shape that is answered, with the methods that it answers. */
    Map<String, Set<Verb>> routes() {
        return http.routes();
    }

    /**
     * Stops accepting, ends feeds with their last line, lets requests finish for as long as the settings say, then
     * closes the data. Does nothing the second time.
     */
    @Override
    public synchronized void close() {
        if (stopped) {
            return;
        }
        stopped = true;
        LOG.info("Stopping.");
        try {
            refusals.close();
            mesh.close();
            scheduler.close();
            scheduler.ends().client().close();
            http.stop(Duration.ofSeconds(settings.get(NodeSettings.SHUTDOWN_GRACE_SECONDS)));
            // A password that was just made has to be stored, or nobody would ever know it.
            admins.awaitReady();
        } finally {
            merger.close();
            queries.close();
            coordination.close();
            if (ensemble != null) {
                ensemble.close();
            }
            node.close();
        }
        LOG.info("Stopped.");
    }

    /** What works on requests, and beside them. */
    private record Serving(
            HttpServer http, Merger merger, Scheduler scheduler, Mesh mesh, NodeAuthenticator authenticator) {}
}
