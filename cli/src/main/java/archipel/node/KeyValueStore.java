package archipel.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.CanonicalJson;
import archipel.document.JsonBuffer;
import archipel.json.JsonSlice;
import archipel.node.NodeConnection.Answer;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keys with JSON values in a database of a running node. A key is a document whose id {@link KeyName} makes of it, and
 * whose member {@code value} is the value; what else is in the document is kept when the value is replaced.
 *
 * <p>Documents are asked for in bodies, never in paths: keys such as {@code ..} and {@code a/b} would not pass every
 * proxy there.
 *
 * <p>All throw {@link NodeFailure}; its status is 404 where there is no such database.
 */
public final class KeyValueStore {
    /** Of each answer; the node's limits on time are shorter. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int PAGE = 1000;
    /** Each time that a write comes too late, somebody else's came in time. */
    private static final int TRIES = 100;

    private static final String VALUE = "value";

    private final NodeConnection node;
    private final String database;

    public KeyValueStore(NodeConnection node, String database) {
        this.node = node;
        this.database = database;
    }

    /** What is there; null for nothing. */
    public @Nullable KeyEntry get(String key) {
        byte[] wanted = ids(KeyName.id(key));
        JsonSlice answer = ask("POST", path("/_all_docs?include_docs=true&conflicts=true"), wanted);
        List<JsonSlice> rows = elements(answer, "rows");
        JsonSlice document = rows.isEmpty() ? null : rows.getFirst().member("doc");
        return document == null || !document.isObject() ? null : entry(document);
    }

    static KeyEntry entry(JsonSlice document) {
        List<String> conflicts =
                elements(document, "_conflicts").stream().map(JsonSlice::string).toList();
        return new KeyEntry(document.text("_rev"), document.member(VALUE), conflicts, document);
    }

    /** An entry's conflicts, with their values. */
    public List<KeyEntry> conflicts(String key, KeyEntry entry) {
        if (entry.conflicts().isEmpty()) {
            return List.of();
        }
        JsonBuffer body = new JsonBuffer().ascii("{\"docs\":[");
        for (String revision : entry.conflicts()) {
            body.ascii(body.size() == 9 ? "" : ",");
            begin(body, "id", KeyName.id(key))
                    .ascii(",\"rev\":")
                    .string(revision)
                    .ascii('}');
        }
        JsonSlice answer = ask("POST", path("/_bulk_get"), body.ascii("]}").toByteArray());
        List<KeyEntry> found = new ArrayList<>();
        for (JsonSlice result : elements(answer, "results")) {
            for (JsonSlice leaf : elements(result, "docs")) {
                JsonSlice document = leaf.member("ok");
                if (document != null) {
                    found.add(entry(document));
                }
            }
        }
        return found;
    }

    /**
     * Sets a key that has no value. Of several that do so at a time, one wins. Creates the database if need be.
     *
     * @param value JSON
     */
    public SetOutcome set(String key, byte[] value) {
        byte[] canonical = CanonicalJson.canonicalize(value, 0, value.length);
        for (int i = 0; i < TRIES; i++) {
            String revision = write(List.of(document(key, value, null)), true);
            if (revision != null) {
                return new SetOutcome.Written(revision);
            }
            KeyEntry there = get(key);
            if (there != null) {
                return isEqual(canonical, there) ? new SetOutcome.Equal(there) : new SetOutcome.Different(there);
            }
        }
        throw contended(key);
    }

    /** Sets a key whatever it has, and deletes conflicting values. Creates the database if need be. */
    public SetOutcome replace(String key, byte[] value) {
        byte[] canonical = CanonicalJson.canonicalize(value, 0, value.length);
        for (int i = 0; i < TRIES; i++) {
            KeyEntry there = getOrNone(key);
            if (there != null && there.conflicts().isEmpty() && isEqual(canonical, there)) {
                return new SetOutcome.Equal(there);
            }
            List<byte[]> documents = new ArrayList<>();
            documents.add(document(key, value, there));
            if (there != null) {
                there.conflicts().forEach(conflict -> documents.add(tombstone(key, conflict)));
            }
            String revision = write(documents, true);
            if (revision != null) {
                return new SetOutcome.Written(revision);
            }
        }
        throw contended(key);
    }

    /** Also where there is no database yet. */
    private @Nullable KeyEntry getOrNone(String key) {
        try {
            return get(key);
        } catch (NodeFailure failure) {
            if (failure.status() == 404) {
                return null;
            }
            throw failure;
        }
    }

    /** Deletes what a key has, conflicting values too; gives the last revision, null where there was nothing. */
    public @Nullable String remove(String key) {
        String removed = null;
        for (int i = 0; i < TRIES; i++) {
            KeyEntry there = get(key);
            if (there == null) {
                return removed;
            }
            // Should it be gone the next time, it was there when this began.
            removed = there.revision();
            List<byte[]> tombstones = new ArrayList<>();
            tombstones.add(tombstone(key, there.revision()));
            there.conflicts().forEach(conflict -> tombstones.add(tombstone(key, conflict)));
            String revision = write(tombstones, false);
            if (revision != null) {
                return revision;
            }
        }
        throw contended(key);
    }

    /** Visits keys with a prefix, by the bytes of their documents' ids, as they stood at one time. */
    public void keys(String prefix, KeyVisitor visitor) {
        String idPrefix = KeyName.idPrefix(prefix);
        String end = KeyName.afterAll(idPrefix);
        String block = "";
        String next = idPrefix;
        int skip = 0;
        while (true) {
            String range = "?limit=" + PAGE + "&startkey=" + json(next) + (skip > 0 ? "&skip=1" : "")
                    + (end.isEmpty() ? "" : "&inclusive_end=false&endkey=" + json(end))
                    + (block.isEmpty() ? "" : "&block=" + encode(block));
            JsonSlice page;
            try (Answer answer = node.send("GET", path("/_all_docs" + range), null, PATIENCE)) {
                block = answer.block();
                page = checked(answer);
            }
            List<JsonSlice> rows = elements(page, "rows");
            for (JsonSlice row : rows) {
                next = row.text("id");
                String key = KeyName.key(next);
                JsonSlice value = row.member(VALUE);
                if (key != null
                        && key.startsWith(prefix)
                        && !visitor.visit(key, value == null ? "" : value.text("rev"))) {
                    return;
                }
            }
            if (rows.size() < PAGE) {
                return;
            }
            skip = 1;
        }
    }

    /** What is done with each key. */
    @FunctionalInterface
    public interface KeyVisitor {
        /** Returns whether to go on. */
        boolean visit(String key, String revision);
    }

    private static boolean isEqual(byte[] canonical, KeyEntry entry) {
        JsonSlice value = entry.value();
        if (value == null) {
            return false;
        }
        byte[] text = value.compact();
        return Arrays.equals(canonical, CanonicalJson.canonicalize(text, 0, text.length));
    }

    /** A key's document with another value, and all else that it has now. */
    private static byte[] document(String key, byte[] value, @Nullable KeyEntry now) {
        JsonBuffer body = begin(new JsonBuffer(value.length + 256), "_id", KeyName.id(key));
        if (now != null) {
            body.ascii(",\"_rev\":").string(now.revision());
        }
        body.ascii(",\"value\":").raw(value);
        if (now != null) {
            for (Map.Entry<String, JsonSlice> member : now.document().members().entrySet()) {
                String name = member.getKey();
                if (!name.startsWith("_") && !name.equals(VALUE) || name.equals("_attachments")) {
                    body.ascii(',')
                            .string(name)
                            .ascii(':')
                            .raw(member.getValue().compact());
                }
            }
        }
        return body.ascii('}').toByteArray();
    }

    private static byte[] tombstone(String key, String revision) {
        return begin(new JsonBuffer(), "_id", KeyName.id(key))
                .ascii(",\"_rev\":")
                .string(revision)
                .ascii(",\"_deleted\":true}")
                .toByteArray();
    }

    private static JsonBuffer begin(JsonBuffer body, String member, String text) {
        return body.ascii("{\"").ascii(member).ascii("\":").string(text);
    }

    private static byte[] ids(String id) {
        return new JsonBuffer().ascii("{\"keys\":[").string(id).ascii("]}").toByteArray();
    }

    /** Writes documents of one id; gives the first one's new revision, null where somebody else was faster. */
    private @Nullable String write(List<byte[]> documents, boolean create) {
        JsonBuffer body = new JsonBuffer().ascii("{\"docs\":[");
        for (int i = 0; i < documents.size(); i++) {
            body.ascii(i == 0 ? "" : ",").raw(documents.get(i));
        }
        byte[] request = body.ascii("]}").toByteArray();
        JsonSlice answer;
        try {
            answer = ask("POST", path("/_bulk_docs"), request);
        } catch (NodeFailure failure) {
            if (!create || failure.status() != 404) {
                throw failure;
            }
            createDatabase();
            answer = ask("POST", path("/_bulk_docs"), request);
        }
        List<JsonSlice> rows = answer.elements();
        for (JsonSlice row : rows) {
            String error = row.text("error");
            if (error.equals("conflict")) {
                return null;
            } else if (!error.isEmpty()) {
                String reason = row.text("reason");
                throw error.equals("unauthorized")
                        ? node.unauthorized(reason)
                        : new NodeFailure(403, reason, node.url() + " refused the write (" + error + "): " + reason);
            }
        }
        if (rows.isEmpty()) {
            throw NodeFailure.notArchipel(node.url());
        }
        return rows.getFirst().text("rev");
    }

    private void createDatabase() {
        try (Answer answer = node.send("PUT", path(""), null, PATIENCE)) {
            int status = answer.status();
            String reason = answer.json().text("reason");
            if (status == 401 || status == 403) {
                throw new NodeFailure(
                        status,
                        reason,
                        "There is no database \"" + database + "\" yet, and " + node.who() + " may not create it ("
                                + reason + "): log in as a server admin, in the URL (http://NAME:PASSWORD@...) or with "
                                + "--admin and ARCHIPEL_ADMIN_PASSWORD, or have one create it.");
            }
            // 412, or 409 while it is being made: somebody else was faster.
            if (status / 100 != 2 && status != 412 && status != 409) {
                throw refusal(status, reason);
            }
        }
    }

    private JsonSlice ask(String method, String path, byte @Nullable [] body) {
        try (Answer answer = node.send(method, path, body, PATIENCE)) {
            return checked(answer);
        }
    }

    JsonSlice checked(Answer answer) {
        JsonSlice json = answer.json();
        if (answer.status() / 100 != 2) {
            throw refusal(answer.status(), json.text("reason"));
        }
        return json;
    }

    /** What the user is told of an answer that is an error. */
    NodeFailure refusal(int status, String reason) {
        return switch (status) {
            case 401 -> node.unauthorized(reason);
            case 403 ->
                new NodeFailure(
                        status,
                        reason,
                        node.who() + " may not do this in the database \"" + database + "\" (" + reason
                                + "): have an admin add the user to the database's members (_security), or log in as "
                                + "a server admin with --admin and ARCHIPEL_ADMIN_PASSWORD.");
            case 404 ->
                new NodeFailure(
                        status,
                        reason,
                        "There is no database \"" + database + "\" at " + node.url() + ": the first set creates it.");
            default -> new NodeFailure(status, reason, node.url() + " refused the request (" + status + "): " + reason);
        };
    }

    private static NodeFailure contended(String key) {
        return new NodeFailure(
                new JsonBuffer().string(key) + " changed " + TRIES + " times while it was to be written: try again.");
    }

    private String path(String rest) {
        return "/" + encode(database) + rest;
    }

    static List<JsonSlice> elements(JsonSlice object, String member) {
        JsonSlice array = object.member(member);
        return array == null ? List.of() : array.elements();
    }

    private static String json(String text) {
        return encode(new JsonBuffer().string(text).toString());
    }

    static String encode(String text) {
        return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }
}
