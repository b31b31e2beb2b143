package archipel.administration;

import archipel.auth.Admins;
import archipel.auth.SettingFaults;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.http.AdminLog;
import archipel.http.Exchange;
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
    void handle(Exchange exchange) throws IOException {
        RequestPath path = exchange.path();
        switch (path.size()) {
            case 3 -> whole(exchange);
            case 4 -> {
                if (path.segment(3).equals("_reload")) {
                    reload(exchange);
                } else {
                    section(exchange, path.segment(3));
                }
            }
            case 5 -> value(exchange, new CouchKey(path.segment(3), path.segment(4)));
            default -> throw new RequestException(ErrorCode.MISSING);
        }
    }

    private void whole(Exchange exchange) throws IOException {
        NodeHandler.requireGet(exchange);
        JsonBuffer json = new JsonBuffer(4096).ascii('{');
        String separator = "";
        for (Map.Entry<String, SortedMap<String, String>> section : sections().entrySet()) {
            json.ascii(separator).string(section.getKey()).ascii(':');
            values(json, section.getValue());
            separator = ",";
        }
        exchange.json(200, json.ascii('}'));
    }

    private void section(Exchange exchange, String name) throws IOException {
        NodeHandler.requireGet(exchange);
        JsonBuffer json = new JsonBuffer(1024);
        values(json, sections().getOrDefault(name, new TreeMap<>()));
        exchange.json(200, json);
    }

    private SortedMap<String, SortedMap<String, String>> sections() {
        admins.awaitReady();
        return settings.sections();
    }

    private void reload(Exchange exchange) throws IOException {
        if (exchange.verb() != Verb.POST) {
            throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, "POST");
        }
        settings.reload();
        AdminLog.record(exchange, "settings_reloaded", "");
        exchange.ok(200);
    }

    private void value(Exchange exchange, CouchKey key) throws IOException {
        switch (exchange.verb()) {
            case GET, HEAD -> answer(exchange, known(key));
            case PUT -> put(exchange, key);
            case DELETE -> delete(exchange, key);
            default -> throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, "GET,PUT,DELETE");
        }
    }

    private void put(Exchange exchange, CouchKey key) throws IOException {
        requireOpen(key);
        JsonNode body = exchange.body().json();
        if (!body.isString()) {
            throw new RequestException(ErrorCode.SETTING_NOT_STRING);
        }
        String value = body.asString().strip();
        String old = old(key);
        boolean persist = isPersistent(exchange);
        try {
            if (key.section().equals(Admins.SECTION)) {
                admins.set(key.key(), value, persist);
            } else {
                change(exchange, key, value, persist);
            }
        } catch (SettingException refused) {
            throw new RequestException(ErrorCode.SETTING_REFUSED, String.valueOf(refused.getMessage()));
        }
        record(exchange, key, "changed");
        answer(exchange, old == null ? "" : old);
    }

    private void change(Exchange exchange, CouchKey key, String value, boolean persist) {
        if (value.equals(Settings.HIDDEN) && settings.catalog().isSecret(key)) {
            // What stands in for a secret comes back from tools that restore what they read; it must not become one.
            warn(exchange, key + " stays as it is: " + Settings.HIDDEN + " is only how it is shown.");
            return;
        }
        settings.change(key, value, persist);
        String fault = SettingFaults.of(key, value);
        String warning = fault == null ? settings.warning(key) : key + " cannot be used: " + fault + ".";
        if (warning != null) {
            warn(exchange, warning);
        }
    }

    private static void warn(Exchange exchange, String warning) {
        LOG.warn("{}", warning);
        exchange.set("Warning", "199 archipel \"" + UNQUOTABLE.matcher(warning).replaceAll("?") + "\"");
    }

    private void delete(Exchange exchange, CouchKey key) throws IOException {
        requireOpen(key);
        String old = known(key);
        if (settings.stored(key) == null) {
            // It has the value it has without anybody's doing; there is nothing to take back.
            throw unknown();
        }
        if (key.section().equals(Admins.SECTION)) {
            admins.remove(key.key(), isPersistent(exchange));
        } else {
            settings.change(key, null, isPersistent(exchange));
        }
        record(exchange, key, "removed");
        answer(exchange, old);
    }

    // Values can be secrets, so that none is logged.
    private static void record(Exchange exchange, CouchKey key, String how) {
        if (key.section().equals(Admins.SECTION)) {
            AdminLog.record(exchange, "admin_" + how, key.key());
        } else {
            AdminLog.record(exchange, "setting_" + how, key.section() + '/' + key.key());
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

    private static boolean isPersistent(Exchange exchange) {
        return !"false".equals(exchange.header("X-Couch-Persist"));
    }

    private static void answer(Exchange exchange, String value) throws IOException {
        exchange.json(200, new JsonBuffer(64).string(value));
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
