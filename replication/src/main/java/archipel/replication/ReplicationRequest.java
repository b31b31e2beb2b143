package archipel.replication;

import archipel.document.ErrorCode;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.ends.Selection;
import archipel.ends.SourceSequence;
import archipel.mango.Selector;
import archipel.mime.PercentCoding;
import archipel.remote.Login;
import archipel.remote.RemoteAddress;
import archipel.settings.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a body of {@code _replicate} or a document of {@code _replicator} asks for. Members that CouchDB does not know
 * are passed over, and those for parts of CouchDB that are not here ({@code socket_options}, {@code ibrowse_options})
 * have no effect.
 *
 * @param options null for a request to cancel a replication by its id alone
 * @param cancel whether the replication is to end rather than to begin
 * @param id of the one to cancel; null where the options say which
 */
public record ReplicationRequest(
        @Nullable ReplicationOptions options,
        boolean cancel,
        @Nullable String id) {
    private static final List<String> ID_NAMES = List.of("replication_id", "_local_id", "id");

    /**
     * @param body an object
     * @throws RequestException 400 with CouchDB's reasons; none of them repeats a URL, which may have a password
     */
    public static ReplicationRequest parse(JsonNode body, Settings settings) {
        ObjectNode object = JsonTree.object(body);
        boolean cancel = truth(object, "cancel", false);
        String id = null;
        for (String name : ID_NAMES) {
            JsonNode given = object.get(name);
            // A plus sign that somebody decoded on the way.
            id = id == null && given != null && given.isString()
                    ? given.stringValue().replace(' ', '+')
                    : id;
        }
        if (cancel && id != null) {
            return new ReplicationRequest(null, true, id);
        }
        return new ReplicationRequest(options(object, settings), cancel, null);
    }

    private static ReplicationOptions options(ObjectNode body, Settings settings) {
        return new ReplicationOptions(
                end(body.get("source")),
                end(body.get("target")),
                truth(body, "continuous", false),
                truth(body, "create_target", false),
                createParameters(body.get("create_target_params")),
                selection(body),
                truth(body, "winning_revs_only", false),
                body.has("since_seq") ? SourceSequence.of(body.get("since_seq")) : null,
                tuning(body, ReplicationSettings.tuning(settings)));
    }

    private static ReplicationOptions.Tuning tuning(ObjectNode body, ReplicationOptions.Tuning otherwise) {
        return new ReplicationOptions.Tuning(
                number(body, "worker_processes", 1, ReplicationSettings.MOST_WORKERS, otherwise.workers()),
                number(body, "worker_batch_size", 1, ReplicationSettings.LARGEST_BATCH, otherwise.batch()),
                number(body, "http_connections", 1, ReplicationSettings.MOST_CONNECTIONS, otherwise.connections()),
                duration(body, "connection_timeout", ReplicationSettings.LONGEST_TIMEOUT_MS, otherwise.timeout()),
                number(body, "retries_per_request", 0, ReplicationSettings.MOST_RETRIES, otherwise.retries()),
                truth(body, "use_bulk_get", otherwise.bulkGet()),
                truth(body, "use_checkpoints", otherwise.checkpoints()),
                duration(
                        body,
                        "checkpoint_interval",
                        ReplicationSettings.LONGEST_INTERVAL_MS,
                        otherwise.checkpointInterval()));
    }

    /** An end without credentials; null for what is none, of which nothing may be shown. */
    public static @Nullable String shown(JsonNode end) {
        try {
            return end(end).shown();
        } catch (RequestException e) {
            return null;
        }
    }

    private static EndAddress end(@Nullable JsonNode given) {
        if (given == null || given.isNull() || given.isMissingNode()) {
            throw new RequestException(ErrorCode.REPLICATION_END_MISSING);
        }
        if (given instanceof ObjectNode object) {
            JsonNode url = object.path("url");
            if (!url.isString()) {
                throw new RequestException(ErrorCode.REPLICATION_URL);
            }
            return end(url.stringValue(), login(object.path("auth")), headers(object.path("headers")));
        }
        if (!given.isString()) {
            throw new RequestException(ErrorCode.REPLICATION_URL);
        }
        return end(given.stringValue(), null, Map.of());
    }

    private static EndAddress end(String text, @Nullable Login login, Map<String, String> headers) {
        if (text.indexOf("://") < 0) {
            return new EndAddress.Local(text);
        }
        try {
            return new EndAddress.Remote(RemoteAddress.parse(text, login, headers));
        } catch (IllegalArgumentException e) {
            throw new RequestException(ErrorCode.REPLICATION_URL);
        }
    }

    private static @Nullable Login login(JsonNode auth) {
        JsonNode user = auth.path("basic").path("username");
        JsonNode password = auth.path("basic").path("password");
        return user.isString() && password.isString() ? new Login(user.stringValue(), password.stringValue()) : null;
    }

    private static Map<String, String> headers(JsonNode given) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        given.forEachEntry((name, value) -> {
            String text = value.asString("");
            if (!isToken(name) || text.chars().anyMatch(c -> c < ' ' && c != '\t' || c == 0x7F)) {
                throw new RequestException(ErrorCode.REPLICATION_HEADER);
            }
            headers.put(name, text);
        });
        return headers;
    }

    private static boolean isToken(String name) {
        return name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    }

    private static Map<String, String> createParameters(@Nullable JsonNode given) {
        if (given == null) {
            return Map.of();
        }
        if (!given.isObject()) {
            throw new RequestException(ErrorCode.REPLICATION_NOT_OBJECT, "create_target_params");
        }
        Map<String, String> parameters = new TreeMap<>();
        given.forEachEntry((name, value) -> parameters.put(name, value.asString(value.toString())));
        return parameters;
    }

    private static Selection selection(ObjectNode body) {
        JsonNode filter = body.get("filter");
        JsonNode ids = body.get("doc_ids");
        JsonNode selector = body.get("selector");
        ids = ids == null || ids.isNull() ? null : ids;
        if ((filter == null ? 0 : 1) + (ids == null ? 0 : 1) + (selector == null ? 0 : 1) > 1) {
            throw new RequestException(ErrorCode.REPLICATION_SELECTIONS);
        }
        ObjectNode parameters = parameters(body.get("query_params"));
        if (ids != null) {
            return new Selection.Ids(ids(ids));
        }
        if (selector != null) {
            if (!(selector instanceof ObjectNode object)) {
                throw new RequestException(ErrorCode.REPLICATION_NOT_OBJECT, "selector");
            }
            Selector.compile(object);
            return new Selection.Matching(object);
        }
        return filter == null ? Selection.ALL : filter(filter, parameters);
    }

    private static Selection filter(JsonNode filter, ObjectNode parameters) {
        String name = filter.isString() ? filter.stringValue() : "";
        boolean builtIn = name.startsWith("_");
        if (!builtIn && name.indexOf('/') < 0) {
            throw new RequestException(ErrorCode.REPLICATION_FILTER);
        }
        if (name.equals("_view") && parameters.path("view").asString("").split("/", -1).length != 2) {
            throw new RequestException(ErrorCode.REPLICATION_VIEW);
        }
        return new Selection.Filter(name, parameters);
    }

    private static ObjectNode parameters(@Nullable JsonNode given) {
        if (given == null) {
            return JsonNodeFactory.instance.objectNode();
        }
        if (!(given instanceof ObjectNode object)) {
            throw new RequestException(ErrorCode.REPLICATION_PARAMETERS);
        }
        object.forEachEntry((name, value) -> {
            if (!value.isString()) {
                throw new RequestException(ErrorCode.REPLICATION_PARAMETER, name);
            }
        });
        return object;
    }

    private static List<String> ids(JsonNode given) {
        if (!given.isArray()) {
            throw new RequestException(ErrorCode.REPLICATION_IDS);
        }
        TreeSet<String> ids = new TreeSet<>(Revision::compareUtf8);
        for (JsonNode id : given) {
            if (!id.isString()) {
                throw new RequestException(ErrorCode.REPLICATION_IDS);
            }
            ids.add(decoded(id.stringValue()));
        }
        return List.copyOf(ids);
    }

    /** CouchDB takes ids that are percent-encoded, and has to be given others so. */
    private static String decoded(String id) {
        try {
            return id.indexOf('%') < 0 ? id : PercentCoding.decode(id, 0, id.length(), false);
        } catch (PercentCoding.MalformedException e) {
            return id;
        }
    }

    private static boolean truth(ObjectNode body, String name, boolean otherwise) {
        JsonNode given = body.get(name);
        if (given == null) {
            return otherwise;
        }
        if (!given.isBoolean()) {
            throw new RequestException(ErrorCode.REPLICATION_NOT_BOOLEAN, name);
        }
        return given.booleanValue();
    }

    /** A number, or text that is one: what is above the most counts as the most. */
    private static int number(ObjectNode body, String name, int least, int most, int otherwise) {
        JsonNode given = body.get(name);
        if (given == null) {
            return otherwise;
        }
        try {
            long value = given.isString()
                    ? Long.parseLong(given.stringValue())
                    : given.isIntegralNumber() && given.canConvertToLong() ? given.longValue() : -1;
            if (value >= least) {
                return (int) Math.min(value, most);
            }
        } catch (NumberFormatException notANumber) {
            // Refused below, like one that is too small.
        }
        throw new RequestException(ErrorCode.REPLICATION_NOT_NUMBER, name, least);
    }

    private static Duration duration(ObjectNode body, String name, int mostMs, Duration otherwise) {
        return body.has(name) ? Duration.ofMillis(number(body, name, 1, mostMs, 0)) : otherwise;
    }
}
