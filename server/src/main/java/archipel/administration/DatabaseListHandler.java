package archipel.administration;

import archipel.auth.AccountSettings;
import archipel.auth.DatabaseAccess;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.http.Access;
import archipel.http.DatabaseInfo;
import archipel.http.ETags;
import archipel.http.Exchange;
import archipel.http.HttpServices;
import archipel.http.JsonStream;
import archipel.http.Router;
import archipel.read.Reader;
import archipel.settings.Settings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** {@code /_all_dbs} and {@code /_dbs_info}: which databases there are. */
final class DatabaseListHandler {
    private final HttpServices services;
    private final Settings settings;

    DatabaseListHandler(HttpServices services, Settings settings) {
        this.services = services;
        this.settings = settings;
    }

    void register(Router router) {
        router.server("_all_dbs", Access.ANYONE, "GET,HEAD").get(this::names);
        router.server("_dbs_info", Access.ANYONE, "GET,HEAD,POST")
                .get(this::infos)
                .post(this::someInfos);
    }

    private void names(Exchange exchange) throws IOException {
        requireAllowed(exchange);
        List<String> names =
                NameRange.of(exchange.parameters()).select(services.node().databaseNames());
        if (exchange.notModified(ETags.of(String.join(" ", names)))) {
            return;
        }
        JsonBuffer json = new JsonBuffer(256).ascii('[');
        String separator = "";
        for (String name : names) {
            json.ascii(separator).string(name);
            separator = ",";
        }
        exchange.json(200, json.ascii(']'));
    }

    private void infos(Exchange exchange) throws IOException {
        requireAllowed(exchange);
        List<String> names =
                NameRange.of(exchange.parameters()).select(services.node().databaseNames());
        answer(exchange, names, false);
    }

    private void someInfos(Exchange exchange) throws IOException {
        requireAllowed(exchange);
        JsonNode keys = exchange.body().requireJson().jsonObject().get("keys");
        if (keys == null) {
            throw new RequestException(ErrorCode.KEYS_MISSING);
        }
        if (!keys.isArray()) {
            throw new RequestException(ErrorCode.KEYS_NOT_ARRAY);
        }
        if (keys.size() > settings.get(AdministrationSettings.MAX_DBS_INFO_KEYS)) {
            throw new RequestException(ErrorCode.TOO_MANY_KEYS);
        }
        List<String> names = new ArrayList<>();
        for (JsonNode key : keys) {
            if (!key.isString()) {
                throw new RequestException(ErrorCode.KEYS_NOT_STRINGS);
            }
            names.add(key.asString());
        }
        answer(exchange, names, true);
    }

    private void answer(Exchange exchange, List<String> names, boolean withMissing) throws IOException {
        JsonStream out = exchange.stream(200);
        out.buffer().ascii('[');
        String separator = "";
        for (String name : names) {
            Database database = services.node().find(name);
            if (database != null || withMissing) {
                out.buffer().ascii(separator).ascii("{\"key\":").string(name);
                info(exchange, out.buffer(), database);
                separator = ",";
            }
            out.drain();
        }
        out.buffer().ascii("]\n");
        out.finish();
    }

    private void info(Exchange exchange, JsonBuffer json, @Nullable Database database) {
        if (database == null) {
            json.ascii(",\"error\":\"not_found\"}");
            return;
        }
        try (Reader reader = exchange.newestOf(database)) {
            DatabaseInfo.write(json.ascii(",\"info\":"), database, reader);
        }
        json.ascii('}');
    }

    private void requireAllowed(Exchange exchange) {
        if (settings.get(AccountSettings.ADMIN_ONLY_ALL_DBS)) {
            DatabaseAccess.requireServerAdmin(exchange.user());
        }
    }
}
