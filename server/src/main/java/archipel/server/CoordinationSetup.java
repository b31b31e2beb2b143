package archipel.server;

import archipel.auth.NodeAuthenticator;
import archipel.auth.UserContext;
import archipel.connections.ConnectionSettings;
import archipel.connections.TlsEngines;
import archipel.coordination.Accounts;
import archipel.coordination.Coordination;
import archipel.coordination.CoordinationOptions;
import archipel.coordination.CoordinationSettings;
import archipel.document.RequestException;
import archipel.engine.Node;
import archipel.ensemble.Ensemble;
import archipel.log.Extension;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves clients of ZooKeeper where the settings say so, with the tree that this node has in any case. */
final class CoordinationSetup implements AutoCloseable {
    private static final String ALONE = "standalone";
    private static final int TOO_MANY = 429;
    private static final int NOT_NOW = 500;

    private static final Logger LOG = LoggerFactory.getLogger(CoordinationSetup.class);
    private static final String SESSIONS = "sessions of the tree";

    private final Coordination coordination;
    private final Settings settings;
    private final @Nullable TlsEngines tls;
    private final @Nullable Ensemble ensemble;

    private CoordinationSetup(
            Coordination coordination, Settings settings, @Nullable TlsEngines tls, @Nullable Ensemble ensemble) {
        this.coordination = coordination;
        this.settings = settings;
        this.tls = tls;
        this.ensemble = ensemble;
    }

    /** @throws SettingException where the settings do not go together, or TLS is wanted and cannot be had */
    static CoordinationSetup of(Settings settings, @Nullable Ensemble ensemble) {
        TlsEngines tls = tls(settings);
        AtomicReference<@Nullable Coordination> made = new AtomicReference<>();
        CoordinationOptions options = CoordinationSettings.options(
                settings,
                () -> ensemble == null ? ALONE : ensemble.name(),
                settings.get(NodeSettings.HOST),
                () -> {
                    Coordination known = made.get();
                    if (ensemble == null) {
                        return ALONE;
                    } else if (known != null && known.leads()) {
                        return "leader";
                    }
                    return ensemble.isObserver() ? "observer" : "follower";
                },
                tls == null ? null : tls::engine);
        Coordination coordination = Coordination.of(options);
        made.set(coordination);
        return new CoordinationSetup(coordination, settings, tls, ensemble);
    }

    /** Finds out whether clients could connect now. @throws AddressException where they cannot */
    static void tryOut(Settings settings) {
        int port = settings.get(CoordinationSettings.COORDINATION_PORT);
        if (port == 0) {
            return;
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(settings.get(NodeSettings.HOST), port));
        } catch (IOException e) {
            throw unserved(settings, e);
        }
    }

    private static AddressException unserved(Settings settings, IOException failed) {
        return new AddressException(
                "clients of ZooKeeper cannot be served on port " + settings.get(CoordinationSettings.COORDINATION_PORT)
                        + ": " + failed.getMessage(),
                failed);
    }

    private static @Nullable TlsEngines tls(Settings settings) {
        if (settings.get(CoordinationSettings.COORDINATION_PORT) == 0) {
            return null;
        }
        boolean speaks =
                settings.isSet(ConnectionSettings.TLS_CERT) && settings.get(CoordinationSettings.COORDINATION_TLS);
        boolean asks = settings.isSet(CoordinationSettings.COORDINATION_CLIENT_CA);
        boolean requires = settings.get(CoordinationSettings.COORDINATION_REQUIRE_CERTIFICATE);
        if (asks && !speaks) {
            throw new SettingException("coordination_client_ca needs TLS: give tls_cert and tls_key.");
        } else if (requires && !asks) {
            throw new SettingException(
                    "coordination_require_certificate needs coordination_client_ca, the file with the"
                            + " certificates that sign those of clients.");
        }
        if (!speaks) {
            String host = settings.get(NodeSettings.HOST);
            if (!Listening.isLoopback(host) && settings.get(ConnectionSettings.REQUIRE_TLS)) {
                throw new SettingException(
                        "require_tls is set, and clients of ZooKeeper would be served in clear text on " + host
                                + ": give tls_cert and tls_key, and leave coordination_tls on.");
            }
            return null;
        }
        try {
            return TlsEngines.of(
                    settings.get(ConnectionSettings.TLS_CERT),
                    settings.get(ConnectionSettings.TLS_KEY),
                    asks ? settings.get(CoordinationSettings.COORDINATION_CLIENT_CA) : null,
                    requires);
        } catch (UncheckedIOException e) {
            Throwable cause = e.getCause();
            throw new SettingException(String.valueOf((cause == null ? e : cause).getMessage()), e);
        }
    }

    Extension extension() {
        return coordination.extension();
    }

    /** @throws AddressException where clients cannot connect at the address that the settings name */
    void begin(Node node, NodeAuthenticator authenticator) {
        coordination.use(accounts(authenticator));
        coordination.protect(ensemble == null ? authenticator.sessionKey(SESSIONS) : ensemble.key(SESSIONS));
        CoordinationMetrics.register(node, coordination);
        try {
            coordination.begin(node);
        } catch (IOException e) {
            throw unserved(settings, e);
        }
        int port = coordination.port();
        if (port == 0) {
            return;
        }
        String host = settings.get(NodeSettings.HOST);
        String address = Listening.address(host, port);
        if (ensemble != null) {
            ensemble.setCoordination(address, tls != null);
        }
        LOG.info("Clients of ZooKeeper are served on {}{}.", address, tls == null ? "" : ", over TLS");
        if (tls == null && !Listening.isLoopback(host)) {
            LOG.warn(
                    "Clients of ZooKeeper are served in clear text on {}: passwords and data cross the network.",
                    address);
        }
    }

    private static Accounts accounts(NodeAuthenticator authenticator) {
        return new Accounts() {
            @Override
            public @Nullable Standing login(String name, String password, String address) {
                try {
                    NodeAuthenticator.Login login = authenticator.login(name, password, "", address, true);
                    return login == null ? null : standing(login.user().isAdmin());
                } catch (RequestException refused) {
                    return refused(refused);
                }
            }

            @Override
            public boolean isAccount(String name) {
                try {
                    return authenticator.roles(name) != null;
                } catch (RequestException refused) {
                    refused(refused);
                    return false;
                }
            }

            @Override
            public @Nullable Standing certified(String name) {
                try {
                    List<String> roles = authenticator.roles(name);
                    return roles == null ? null : standing(roles.contains(UserContext.ADMIN_ROLE));
                } catch (RequestException refused) {
                    return refused(refused);
                }
            }
        };
    }

    private static Accounts.Standing standing(boolean admin) {
        return admin ? Accounts.Standing.ADMIN : Accounts.Standing.USER;
    }

    // Whoever is told that a login has failed does not try again.
    private static Accounts.@Nullable Standing refused(RequestException refused) {
        if (refused.status() == TOO_MANY || refused.status() >= NOT_NOW) {
            throw new Accounts.Busy(refused);
        }
        return null;
    }

    @Override
    public void close() {
        coordination.close();
        if (tls != null) {
            tls.close();
        }
    }
}
