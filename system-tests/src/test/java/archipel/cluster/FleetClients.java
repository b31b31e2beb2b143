package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What clients write to the nodes of a mesh, one request after the other, as a seed has it: documents of one node alone
 * and some that all edit and delete, attachments, many at once, whole databases. Remembers what a node said was done.
 */
final class FleetClients implements AutoCloseable {
    private static final Duration MOST = Duration.ofSeconds(20);
    private static final int DATABASES = 5;
    private static final int SHARED = 20;
    private static final int BULK = 20;
    /** Of a write: done, in conflict, there already. */
    private static final Set<Integer> USUAL = Set.of(200, 201, 202, 409, 412);

    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final SplittableRandom random;
    /** Revisions by database and document. */
    private final Map<String, Map<String, Set<String>>> acknowledged = new TreeMap<>();

    private int written;

    FleetClients(SplittableRandom random) {
        this.random = random;
    }

    /** An answer, whatever its status. */
    HttpResponse<String> send(ServerProcess node, String method, String path, String body)
            throws IOException, InterruptedException {
        return client.send(
                node.request(path)
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json")
                        .timeout(MOST)
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    JsonNode json(ServerProcess node, String method, String path, String body)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = send(node, method, path, body);
        assertEquals(2, answer.statusCode() / 100, () -> method + " " + path + ": " + answer.body());
        return JSON.readTree(answer.body());
    }

    /** How many revisions some node said it has stored. */
    int acknowledged() {
        return acknowledged.values().stream()
                .flatMap(documents -> documents.values().stream())
                .mapToInt(Set::size)
                .sum();
    }

    /** One write of some kind at a node. */
    void write(ServerProcess node) throws IOException, InterruptedException {
        String database = "db" + random.nextInt(DATABASES);
        String shared = "shared-" + random.nextInt(SHARED);
        String own = "own-" + written++;
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> put(node, database, own, object());
            case 3, 4, 5 -> edit(node, database, shared, false);
            case 6 -> edit(node, database, shared, true);
            case 7 -> put(node, database, own, attached(object()));
            case 8 -> edit(node, database, shared, false, attached(object()));
            case 9 -> bulk(node, database, own);
            case 10 -> foreign(node, database, shared);
            default -> put(node, database, "_design/d" + random.nextInt(3), views());
        }
    }

    /** So many documents in a database of their own. */
    void fill(ServerProcess node, String database, int documents) throws IOException, InterruptedException {
        make(node, database);
        for (int from = 0; from < documents; from += 500) {
            List<String> all = new ArrayList<>();
            for (int i = from; i < Math.min(documents, from + 500); i++) {
                all.add("{\"_id\":\"d" + i + "\",\"text\":\"" + text(600) + "\"}");
            }
            note(database, json(node, "POST", "/" + database + "/_bulk_docs", docs(all)));
        }
    }

    private static String docs(List<String> documents) {
        return "{\"docs\":[" + String.join(",", documents) + "]}";
    }

    private static ObjectNode object() {
        return JSON.createObjectNode();
    }

    private String text(int bytes) {
        byte[] content = new byte[bytes];
        random.nextBytes(content);
        return Base64.getEncoder().encodeToString(content);
    }

    private ObjectNode attached(ObjectNode document) {
        ObjectNode attachments = document.putObject("_attachments");
        for (int i = random.nextInt(1, 3); i > 0; i--) {
            attachments
                    .putObject("a" + i)
                    .put("content_type", random.nextBoolean() ? "text/plain" : "image/png")
                    .put("data", text(random.nextInt(1, 3_000)));
        }
        return document;
    }

    private ObjectNode views() {
        ObjectNode document = object();
        document.putObject("views").putObject("v").put("map", "function (doc) { emit(" + random.nextInt(9) + "); }");
        return document;
    }

    /** A document as the node does not have it yet; in conflict with what other nodes make of the same name. */
    private void put(ServerProcess node, String database, String id, ObjectNode document)
            throws IOException, InterruptedException {
        document.put("from", node.data().toString()).put("n", written++);
        String path = "/" + database + "/" + id;
        HttpResponse<String> answer = send(node, "PUT", path, document.toString());
        if (answer.statusCode() == 404) {
            make(node, database);
            answer = send(node, "PUT", path, document.toString());
        }
        note(database, answer);
    }

    private void edit(ServerProcess node, String database, String id, boolean delete)
            throws IOException, InterruptedException {
        edit(node, database, id, delete, object());
    }

    private void edit(ServerProcess node, String database, String id, boolean delete, ObjectNode document)
            throws IOException, InterruptedException {
        HttpResponse<String> before = send(node, "GET", "/" + database + "/" + id, "");
        if (before.statusCode() == 200) {
            document.put("_rev", JSON.readTree(before.body()).get("_rev").asString());
            if (delete) {
                document.put("_deleted", true);
            }
        }
        put(node, database, id, document);
    }

    private void bulk(ServerProcess node, String database, String id) throws IOException, InterruptedException {
        make(node, database);
        List<String> documents = new ArrayList<>();
        for (int i = 0; i < BULK; i++) {
            documents.add("{\"_id\":\"" + id + "-" + i + "\",\"text\":\"" + text(200) + "\"}");
        }
        note(database, json(node, "POST", "/" + database + "/_bulk_docs", docs(documents)));
    }

    /** A branch that was made elsewhere, as PouchDB and other replicators bring it. */
    private void foreign(ServerProcess node, String database, String id) throws IOException, InterruptedException {
        make(node, database);
        String first = String.format("%032x", random.nextLong() & Long.MAX_VALUE);
        String second = String.format("%032x", random.nextLong() & Long.MAX_VALUE);
        String document = "{\"_id\":\"" + id + "\",\"_rev\":\"2-" + second
                + "\",\"_revisions\":{\"start\":2,\"ids\":[\"" + second + "\",\"" + first + "\"]},\"foreign\":true}";
        String body = "{\"new_edits\":false,\"docs\":[" + document + "]}";
        assertEquals(0, json(node, "POST", "/" + database + "/_bulk_docs", body).size());
        note(database, id, "2-" + second);
    }

    private void make(ServerProcess node, String database) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(node, "PUT", "/" + database, "");
        assertTrue(USUAL.contains(answer.statusCode()), answer::body);
    }

    private void note(String database, HttpResponse<String> answer) {
        assertTrue(USUAL.contains(answer.statusCode()), () -> answer.statusCode() + " " + answer.body());
        if (answer.statusCode() / 100 == 2) {
            JsonNode json = JSON.readTree(answer.body());
            note(database, json.get("id").asString(), json.get("rev").asString());
        }
    }

    private void note(String database, JsonNode results) {
        for (JsonNode one : results) {
            if (one.has("rev")) {
                note(database, one.get("id").asString(), one.get("rev").asString());
            }
        }
    }

    private void note(String database, String id, String revision) {
        acknowledged
                .computeIfAbsent(database, _ -> new TreeMap<>())
                .computeIfAbsent(id, _ -> new TreeSet<>())
                .add(revision);
    }

    /** Fails unless a node has all that any of them said was stored. */
    void assertNothingLost(ServerProcess node) throws IOException, InterruptedException {
        for (Map.Entry<String, Map<String, Set<String>>> database : acknowledged.entrySet()) {
            String body = JSON.writeValueAsString(database.getValue());
            JsonNode missing = json(node, "POST", "/" + database.getKey() + "/_revs_diff", body);
            assertEquals("{}", missing.toString(), () -> node.url() + "/" + database.getKey());
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
