package archipel.documents;

import archipel.auth.DatabaseAccess;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.engine.Database;
import archipel.http.DatabaseInfo;
import archipel.http.DatabaseRequest;
import archipel.http.Parameters;
import archipel.read.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A request as functions of design documents see it: CouchDB's request object. Credentials are left out. */
public final class FunctionRequest {
    private static final Set<String> SECRET = secret();
    private static final Set<String> JSON_PARAMETERS = Set.of("startkey", "endkey", "key", "descending");
    private static final byte[] NO_BODY = "\"undefined\"".getBytes(StandardCharsets.US_ASCII);

    private final DatabaseRequest request;
    private final DatabaseAccess access;

    public FunctionRequest(DatabaseRequest request, DatabaseAccess access) {
        this.request = request;
        this.access = access;
    }

    /** Of a request that brings nothing. */
    public byte[] withoutBody(Reader reader) {
        return of(reader, null, NO_BODY, null);
    }

    /** @param id that the request names; null for none */
    byte[] of(Reader reader, @Nullable String id, byte[] content) {
        String type = request.body().contentType();
        boolean form = type != null && type.startsWith("application/x-www-form-urlencoded");
        String text = new String(content, StandardCharsets.UTF_8);
        byte[] body = content.length == 0 && !hasBody()
                ? NO_BODY
                : new JsonBuffer(content.length + 16).string(text).toByteArray();
        return of(reader, id, body, form ? request.body().form(text) : null);
    }

    private boolean hasBody() {
        return switch (request.verb()) {
            case PUT, POST -> true;
            default -> request.body().announcedLength() != 0;
        };
    }

    /**
     * @param body JSON
     * @param form what an HTML form sent; null for none
     * @throws archipel.document.RequestException 400 for a key in the query that is not JSON
     */
    public byte[] of(Reader reader, @Nullable String id, byte[] body, @Nullable Parameters form) {
        Database database = request.database();
        JsonBuffer json = new JsonBuffer(1024 + body.length).ascii("{\"info\":");
        DatabaseInfo.write(json, database, reader);
        json.ascii(",\"uuid\":").string(UUID.randomUUID().toString().replace("-", ""));
        json.ascii(",\"id\":");
        if (id == null) {
            json.ascii("null");
        } else {
            json.string(id);
        }
        String method = request.method();
        json.ascii(",\"method\":").string(method.equals("HEAD") ? "GET" : method);
        path(json.ascii(",\"requested_path\":["));
        path(json.ascii(",\"path\":["));
        json.ascii(",\"raw_path\":").string(request.target());
        query(json.ascii(",\"query\":"));
        headers(json.ascii(",\"headers\":"));
        json.ascii(",\"body\":").raw(body);
        json.ascii(",\"peer\":").string(request.peer());
        strings(json.ascii(",\"form\":"), form == null ? Map.of() : form.last());
        json.ascii(",\"cookie\":{},\"userCtx\":").raw(request.user().json(database.name()));
        json.ascii(",\"secObj\":").raw(access.securityJson(reader.security()));
        return json.ascii('}').toByteArray();
    }

    private void path(JsonBuffer json) {
        String separator = "";
        for (String segment : request.path().segments()) {
            json.ascii(separator).string(segment);
            separator = ",";
        }
        json.ascii(']');
    }

    private void query(JsonBuffer json) {
        String separator = "{";
        for (Map.Entry<String, String> one : request.parameters().last().entrySet()) {
            json.ascii(separator).string(one.getKey()).ascii(':');
            separator = ",";
            if (JSON_PARAMETERS.contains(one.getKey())) {
                json.raw(JsonTree.bytes(request.parameters().readJson(one.getValue())));
            } else {
                json.string(one.getValue());
            }
        }
        json.ascii(separator.equals("{") ? "{}" : "}");
    }

    private void headers(JsonBuffer json) {
        Map<String, String> headers = request.headers();
        headers.keySet().removeIf(SECRET::contains);
        strings(json, headers);
    }

    private static void strings(JsonBuffer json, Map<String, String> strings) {
        String separator = "{";
        for (Map.Entry<String, String> one : strings.entrySet()) {
            json.ascii(separator).string(one.getKey()).ascii(':').string(one.getValue());
            separator = ",";
        }
        json.ascii(strings.isEmpty() ? "{}" : "}");
    }

    private static Set<String> secret() {
        Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        names.addAll(Set.of("Authorization", "Cookie", "X-Auth-CouchDB-Token"));
        return names;
    }
}
