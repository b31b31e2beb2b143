package archipel.server;

import archipel.auth.NodeAuthenticator;
import archipel.coordination.Accounts;
import archipel.coordination.Coordination;
import archipel.coordination.CoordinationOptions;
import archipel.coordination.CoordinationSettings;
import archipel.document.RequestException;
import archipel.engine.Node;
import archipel.ensemble.Ensemble;
import archipel.ensemble.EnsembleSettings;
import archipel.log.Extension;
import archipel.settings.Settings;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Serves clients of ZooKeeper where the settings say so, with the tree that this node has in any case. */
final class CoordinationSetup implements AutoCloseable {
    private static final String ALONE = "standalone";

    private final Coordination coordination;

    private CoordinationSetup(Coordination coordination) {
        this.coordination = coordination;
    }

    static CoordinationSetup of(Settings settings, @Nullable Ensemble ensemble) {
        AtomicReference<@Nullable Coordination> made = new AtomicReference<>();
        CoordinationOptions options = CoordinationSettings.options(
                settings, () -> ensemble == null ? ALONE : ensemble.name(), settings.get(NodeSettings.HOST), () -> {
                    Coordination known = made.get();
                    if (ensemble == null) {
                        return ALONE;
                    } else if (known != null && known.leads()) {
                        return "leader";
                    }
                    return settings.get(EnsembleSettings.OBSERVER) ? "observer" : "follower";
                });
        Coordination coordination = Coordination.of(options);
        made.set(coordination);
        return new CoordinationSetup(coordination);
    }

    Extension extension() {
        return coordination.extension();
    }

    /** @throws AddressException where clients cannot connect at the address that the settings name */
    void begin(Node node, NodeAuthenticator authenticator) {
        coordination.use((name, password, address) -> standing(authenticator, name, password, address));
        try {
            coordination.begin(node);
        } catch (IOException e) {
            throw new AddressException("clients of ZooKeeper cannot be served: " + e.getMessage(), e);
        }
    }

    private static Accounts.@Nullable Standing standing(
            NodeAuthenticator authenticator, String name, String password, String address) {
        try {
            NodeAuthenticator.Login login = authenticator.login(name, password, "", address, true);
            if (login == null) {
                return null;
            }
            return login.user().isAdmin() ? Accounts.Standing.ADMIN : Accounts.Standing.USER;
        } catch (RequestException refused) {
            return null;
        }
    }

    @Override
    public void close() {
        coordination.close();
    }
}
