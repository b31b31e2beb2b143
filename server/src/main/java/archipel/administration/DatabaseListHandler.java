package archipel.administration;

import archipel.auth.AccountSettings;
import archipel.auth.DatabaseAccess;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.BlockParameters;
import archipel.http.DatabaseInfo;
import archipel.http.DatabaseRequest;
import archipel.http.ETags;
import archipel.http.HttpServices;
import archipel.http.JsonStream;
import archipel.http.Request;
import archipel.http.Router;
import archipel.read.Consistency;
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

    private void names(Request request, Answer answer) throws IOException {
        requireAllowed(request);
        List<String> names = NameRange.of(request.parameters()).select(names(request));
        if (answer.notModified(ETags.of(String.join(" ", names)))) {
            return;
        }
        JsonBuffer json = new JsonBuffer(256).ascii('[');
        String separator = "";
        for (String name : names) {
            json.ascii(separator).string(name);
            separator = ",";
        }
        answer.json(200, json.ascii(']'));
    }

    private void infos(Request request, Answer answer) throws IOException {
        requireAllowed(request);
        List<String> names = NameRange.of(request.parameters()).select(names(request));
        answer(request, answer, names, false);
    }

    private void someInfos(Request request, Answer answer) throws IOException {
        requireAllowed(request);
        JsonNode keys = request.body().requireJson().jsonObject().get("keys");
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
        answer(request, answer, names, true);
    }

    private void answer(Request request, Answer answer, List<String> names, boolean withMissing) throws IOException {
        JsonStream out = answer.stream(200);
        out.buffer().ascii('[');
        String separator = "";
        for (String name : names) {
            Database database = services.node().find(name);
            if (database != null || withMissing) {
                out.buffer().ascii(separator).ascii("{\"key\":").string(name);
                info(request, answer, out.buffer(), database);
                separator = ",";
            }
            out.drain();
        }
        out.buffer().ascii("]\n");
        out.finish();
    }

    private void info(Request request, Answer answer, JsonBuffer json, @Nullable Database database) {
        if (database == null) {
            json.ascii(",\"error\":\"not_found\"}");
            return;
        }
        try (Reader reader = DatabaseRequest.newestOf(database, request, answer.client(), services.guard())) {
            DatabaseInfo.write(json.ascii(",\"info\":"), database, reader);
        }
        json.ascii('}');
    }

    private void requireAllowed(Request request) {
        if (settings.get(AccountSettings.ADMIN_ONLY_ALL_DBS)) {
            DatabaseAccess.requireServerAdmin(request.user());
        }
    }

    // Whichever member of an ensemble has made or dropped them, unless who asks does not want to wait for that.
    private List<String> names(Request request) {
        if (BlockParameters.consistency(request.parameters()) == Consistency.LINEARIZABLE) {
            services.node().awaitNames();
        }
        return services.node().databaseNames();
    }
}
