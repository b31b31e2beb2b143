package archipel.http;

import archipel.access.ConflictResolver;
import archipel.access.DatabaseGate;
import archipel.access.WriteGate;
import archipel.access.WriteLimits;
import archipel.auth.Authenticator;
import archipel.auth.Authenticator.Authentication;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.Identities;
import archipel.auth.SecurityObject;
import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.RequestException;
import archipel.functions.Functions;
import archipel.health.Health;
import archipel.memory.MemoryBudget;
import archipel.merge.MergePlanner;
import archipel.server.NodeSettings;
import archipel.settings.Settings;
import java.util.function.Consumer;

/** The HTTP base without a node, behind a real socket. */
final class BareServer {
    private BareServer() {}

    static HttpServer start(HttpSettings settings, Health health, Consumer<Router> endpoints) {
        return start(
                settings,
                health,
                new MemoryBudget(MemoryBudget.Limits.DEFAULT),
                credentials -> {
                    if (credentials.authorization() == null && credentials.session() == null) {
                        return Authentication.ANONYMOUS;
                    }
                    throw new RequestException(ErrorCode.WRONG_CREDENTIALS);
                },
                endpoints);
    }

    static HttpServer start(
            HttpSettings settings,
            Health health,
            MemoryBudget memory,
            Authenticator authenticator,
            Consumer<Router> endpoints) {
        return start(settings, health, memory, authenticator, Identities.FIXED, endpoints);
    }

    @SuppressWarnings("NullAway")
    static HttpServer start(
            HttpSettings settings,
            Health health,
            MemoryBudget memory,
            Authenticator authenticator,
            Identities identities,
            Consumer<Router> endpoints) {
        Router router = new Router();
        endpoints.accept(router);
        DatabaseAccess access = new DatabaseAccess(() -> SecurityObject.EVERYONE);
        Functions functions = new Functions(new ToyEngine());
        WriteGate writes = new WriteGate(Identities.FIXED, access, DocumentGuard.OPEN, functions, WriteLimits.NONE);
        HttpServices services = new HttpServices(
                null,
                authenticator,
                identities,
                access,
                DocumentGuard.OPEN,
                writes,
                new ConflictResolver(writes, () -> MergePlanner.Bounds.NONE),
                new DatabaseGate(null, access, writes, Settings.defaults(NodeSettings.ALL), () -> JsonLimits.DEFAULT),
                settings,
                RequestMetrics.NONE,
                functions,
                memory);
        return HttpServer.start("127.0.0.1", 0, services, router, health);
    }
}
