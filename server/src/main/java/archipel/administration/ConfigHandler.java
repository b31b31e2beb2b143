package archipel.administration;

import archipel.auth.Admins;
import archipel.auth.DatabaseAccess;
import archipel.auth.SettingFaults;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.http.AdminLog;
import archipel.http.Answer;
import archipel.http.Request;
import archipel.http.RequestPath;
import archipel.http.Verb;
import archipel.settings.Setting.CouchKey;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * {@code /_node/{node}/_config}: the settings in CouchDB's sections and keys, and whatever else is put there. Settings
 * that can change while a node runs do so at once, others at its next start.
 */
final class ConfigHandler {
    private static final Set<String> CLOSED = Set.of(
            "daemons",
            "external",
            "httpd_design_handlers",
            "httpd_db_handlers",
            "httpd_global_handlers",
            "native_query_servers",
            "os_daemons",
            "query_servers");

    private static final Logger LOG = LoggerFactory.getLogger(ConfigHandler.class);
    private static final Pattern UNQUOTABLE = Pattern.compile("[^\\x20-\\x7e]|[\"\\\\]");

    private final Settings settings;
    private final Admins admins;

    ConfigHandler(Settings settings, Admins admins) {
        this.settings = settings;
        this.admins = admins;
    }

    /** The path is {@code /_node/{node}/_config} and what follows. */
    void handle(Request request, Answer answer) throws IOException {
        RequestPath path = request.path();
        switch (path.size()) {
            case 3 -> whole(request, answer);
            case 4 -> {
                if (path.segment(3).equals("_reload")) {
                    reload(request, answer);
                } else {
                    section(request, answer, path.segment(3));
                }
            }
            case 5 -> value(request, answer, new CouchKey(path.segment(3), path.segment(4)));
            default -> throw new RequestException(ErrorCode.MISSING);
        }
    }

    private void whole(Request request, Answer answer) throws IOException {
        NodeHandler.requireGet(request);
        JsonBuffer json = new JsonBuffer(4096).ascii('{');
        String separator = "";
        for (Map.Entry<String, SortedMap<String, String>> section : sections().entrySet()) {
            json.ascii(separator).string(section.getKey()).ascii(':');
            values(json, section.getValue());
            separator = ",";
        }
        answer.json(200, json.ascii('}'));
    }

    private void section(Request request, Answer answer, String name) throws IOException {
        NodeHandler.requireGet(request);
        JsonBuffer json = new JsonBuffer(1024);
        values(json, sections().getOrDefault(name, new TreeMap<>()));
        answer.json(200, json);
    }

    private SortedMap<String, SortedMap<String, String>> sections() {
        admins.awaitReady();
        return settings.sections();
    }

    private void reload(Request request, Answer answer) throws IOException {
        if (request.verb() != Verb.POST) {
            throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, "POST");
        }
        settings.reload();
        AdminLog.record(request, "settings_reloaded", "");
        answer.ok(200);
    }

    private void value(Request request, Answer answer, CouchKey key) throws IOException {
        switch (request.verb()) {
            case GET, HEAD -> answer(answer, known(key));
            case PUT -> put(request, answer, key);
            case DELETE -> delete(request, answer, key);
            default -> throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, "GET,PUT,DELETE");
        }
    }

    private void put(Request request, Answer answer, CouchKey key) throws IOException {
        requireOpen(key);
        JsonNode body = request.body().json();
        if (!body.isString()) {
            throw new RequestException(ErrorCode.SETTING_NOT_STRING);
        }
        String value = body.asString().strip();
        String old = old(key);
        boolean persist = isPersistent(request);
        try {
            if (key.section().equals(Admins.SECTION)) {
                admins.set(key.key(), value, persist, () -> confirm(request));
            } else {
                confirm(request);
                change(answer, key, value, persist);
            }
        } catch (SettingException refused) {
            throw new RequestException(ErrorCode.SETTING_REFUSED, String.valueOf(refused.getMessage()));
        }
        record(request, key, "changed");
        answer(answer, old == null ? "" : old);
    }

    /** Whether its sender, who was an admin before the body came, is one still. */
    private static void confirm(Request request) {
        request.confirm();
        DatabaseAccess.requireServerAdmin(request.user());
    }

    private void change(Answer answer, CouchKey key, String value, boolean persist) {
        if (value.equals(Settings.HIDDEN) && settings.catalog().isSecret(key)) {
            // What stands in for a secret comes back from tools that restore what they read; it must not become one.
            warn(answer, key + " stays as it is: " + Settings.HIDDEN + " is only how it is shown.");
            return;
        }
        settings.change(key, value, persist);
        String fault = SettingFaults.of(key, value);
        String warning = fault == null ? settings.warning(key) : key + " cannot be used: " + fault + ".";
        if (warning != null) {
            warn(answer, warning);
        }
    }

    private static void warn(Answer answer, String warning) {
        LOG.warn("{}", warning);
        answer.set("Warning", "199 archipel \"" + UNQUOTABLE.matcher(warning).replaceAll("?") + "\"");
    }

    private void delete(Request request, Answer answer, CouchKey key) throws IOException {
        requireOpen(key);
        String old = known(key);
        if (settings.stored(key) == null) {
            // It has the value it has without anybody's doing; there is nothing to take back.
            throw unknown();
        }
        if (key.section().equals(Admins.SECTION)) {
            admins.remove(key.key(), isPersistent(request));
        } else {
            settings.change(key, null, isPersistent(request));
        }
        record(request, key, "removed");
        answer(answer, old);
    }

    // Values can be secrets, so that none is logged.
    private static void record(Request request, CouchKey key, String how) {
        if (key.section().equals(Admins.SECTION)) {
            AdminLog.record(request, "admin_" + how, key.key());
        } else {
            AdminLog.record(request, "setting_" + how, key.section() + '/' + key.key());
        }
    }

    private @Nullable String old(CouchKey key) {
        admins.awaitReady();
        return settings.shown(key);
    }

    private String known(CouchKey key) {
        String value = old(key);
        if (value == null) {
            throw unknown();
        }
        return value;
    }

    private static RequestException unknown() {
        return new RequestException(ErrorCode.UNKNOWN_SETTING);
    }

    private static void requireOpen(CouchKey key) {
        if (CLOSED.contains(key.section())) {
            throw new RequestException(ErrorCode.SETTING_SECTION_FIXED);
        }
    }

    private static boolean isPersistent(Request request) {
        return !"false".equals(request.header("X-Couch-Persist"));
    }

    private static void answer(Answer answer, String value) throws IOException {
        answer.json(200, new JsonBuffer(64).string(value));
    }

    private static void values(JsonBuffer json, SortedMap<String, String> values) {
        json.ascii('{');
        String separator = "";
        for (Map.Entry<String, String> value : values.entrySet()) {
            json.ascii(separator).string(value.getKey()).ascii(':').string(value.getValue());
            separator = ",";
        }
        json.ascii('}');
    }
}
