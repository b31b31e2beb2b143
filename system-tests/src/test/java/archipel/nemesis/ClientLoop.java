package archipel.nemesis;

import archipel.linearizability.DocumentCall;
import archipel.linearizability.DocumentResult;
import archipel.linearizability.HistoryRecorder.Pending;
import archipel.linearizability.PresenceCall;
import archipel.linearizability.PresenceModel;
import archipel.linearizability.RegisterCall;
import archipel.linearizability.RegisterResult;
import archipel.nemesis.NodeClient.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One client: sends one request after the other. Documents of one kind are created, replaced and deleted by the
 * revision that the client saw last; those of another kind are written several at once, all or none. Each write has a
 * value of its own. Now and then a database is made or dropped.
 */
final class ClientLoop {
    private static final Duration MOST = Duration.ofMillis(Integer.getInteger("nemesis.timeout", 6_000));
    private static final int DOCUMENTS = 4;
    private static final int REGISTERS = 4;
    private static final int DATABASES = 2;
    private static final int MOST_PAUSE_MS = 12;

    private final Clients clients;
    private final String name;
    private final int home;
    private final SplittableRandom random;
    /** The revisions that this client saw last. */
    private final Map<String, String> revisions = new HashMap<>();
    /** The newest block that this client saw of each node. */
    private final Map<Integer, Long> seen = new HashMap<>();

    private int writes;

    /** @param home the node that it keeps to; -1 to go round */
    ClientLoop(Clients clients, String name, int home, SplittableRandom random) {
        this.clients = clients;
        this.name = name;
        this.home = home;
        this.random = random;
    }

    void run() {
        while (!clients.isOver()) {
            try {
                step();
            } catch (RuntimeException e) {
                clients.heads().violated(name + " got what it does not understand: " + e);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(MOST_PAUSE_MS)));
        }
    }

    private void step() {
        int node = home >= 0 ? home : random.nextInt(clients.nodes().nodes());
        String document = "doc-" + clients.round() + "-" + random.nextInt(DOCUMENTS);
        int dice = random.nextInt(100);
        if (dice < 3) {
            touchDatabase(node);
        } else if (dice < 30) {
            read(node, document);
        } else if (dice < 60) {
            write(node, document);
        } else if (dice < 72) {
            writeTogether(node);
        } else if (dice < 84) {
            readTogether(node, registers());
        } else if (dice < 90) {
            readTogether(node, List.of(registers().getFirst()));
        } else {
            readAny(node, document);
        }
    }

    private List<String> registers() {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < REGISTERS; i++) {
            all.add("reg-" + clients.round() + "-" + i);
        }
        for (int drop = random.nextInt(3); drop > 0; drop--) {
            all.remove(random.nextInt(all.size()));
        }
        return all;
    }

    private String value() {
        return name + "-" + ++writes;
    }

    private static String path(String document) {
        return "/" + Clients.DATABASE + "/" + document;
    }

    /** Sends it; null where no answer came. */
    private @Nullable Answer send(int node, String method, String path, String body, Pending<?, ?> pending) {
        try {
            Answer answer = clients.nodes().send(node, method, path, body, MOST);
            clients.count(method + " " + answer.status());
            if (answer.isUndecided()) {
                pending.unknown(answer.reason());
                return null;
            }
            if (answer.isUnavailable()) {
                clients.count(answer.reason());
                pending.failed(answer.reason());
                return null;
            }
            return answer;
        } catch (IOException e) {
            clients.count(e.getClass().getSimpleName());
            if (NodeClient.neverSent(e)) {
                pending.failed(e.getClass().getSimpleName());
            } else {
                pending.unknown(String.valueOf(e));
            }
            return null;
        }
    }

    private void surprise(String what, Answer answer, Pending<?, ?> pending) {
        pending.unknown(answer.reason());
        clients.heads().violated(name + ": " + what + " got " + answer);
    }

    private void saw(String what, int node, long asked, long askedMs, Answer answer) {
        clients.heads()
                .linearizable(name + " of node " + node + " that asked at " + askedMs + " for " + what, asked, answer);
        if (answer.block() != null) {
            seen.merge(node, answer.block().number(), Math::max);
        }
    }

    private void read(int node, String document) {
        long asked = clients.heads().newest();
        long askedMs = Heads.nowMs();
        Pending<DocumentCall, DocumentResult> pending =
                clients.documents().invoke(name, new DocumentCall.Read(document));
        Answer answer = send(node, "GET", path(document), "", pending);
        if (answer == null) {
            return;
        }
        switch (answer.status()) {
            case 200 -> {
                String revision = answer.json().path("_rev").asString();
                revisions.put(document, revision);
                pending.returned(new DocumentResult.Found(
                        revision, answer.json().path("value").asString()));
                saw("read", node, asked, askedMs, answer);
            }
            case 404 -> {
                if (answer.json().path("reason").asString().contains("Database")) {
                    surprise("GET", answer, pending);
                    return;
                }
                revisions.remove(document);
                pending.returned(new DocumentResult.Absent());
                saw("read", node, asked, askedMs, answer);
            }
            default -> surprise("GET", answer, pending);
        }
    }

    private void write(int node, String document) {
        long asked = clients.heads().newest();
        long askedMs = Heads.nowMs();
        String revision = revisions.get(document);
        String value = value();
        ObjectNode body = NodeClient.JSON.createObjectNode().put("value", value);
        DocumentCall call;
        if (revision == null) {
            call = new DocumentCall.Create(document, value);
        } else if (random.nextInt(6) == 0) {
            call = new DocumentCall.Delete(document, revision);
        } else {
            call = new DocumentCall.Update(document, revision, value);
            body.put("_rev", revision);
        }
        Pending<DocumentCall, DocumentResult> pending = clients.documents().invoke(name, call);
        Answer answer = call instanceof DocumentCall.Delete
                ? send(node, "DELETE", path(document) + "?rev=" + revision, "", pending)
                : send(node, "PUT", path(document), body.toString(), pending);
        if (answer == null) {
            return;
        }
        switch (answer.status()) {
            case 200, 201, 202 -> {
                String made = answer.json().path("rev").asString();
                pending.returned(new DocumentResult.Stored(made));
                clients.acknowledged(document, made);
                saw("write", node, asked, askedMs, answer);
                if (call instanceof DocumentCall.Delete) {
                    revisions.remove(document);
                } else {
                    revisions.put(document, made);
                }
            }
            case 409, 404 -> {
                pending.returned(new DocumentResult.Refused());
                revisions.remove(document);
                read(node, document);
            }
            default -> surprise(call.toString(), answer, pending);
        }
    }

    private @Nullable Map<String, String> readTogether(int node, List<String> keys) {
        long asked = clients.heads().newest();
        long askedMs = Heads.nowMs();
        Pending<RegisterCall, RegisterResult> pending = clients.registers().invoke(name, new RegisterCall.Read(keys));
        ObjectNode body = NodeClient.JSON.createObjectNode();
        ArrayNode wanted = body.putArray("keys");
        keys.forEach(wanted::add);
        Answer answer = keys.size() == 1
                ? send(node, "GET", path(keys.getFirst()), "", pending)
                : send(node, "POST", path("_all_docs?include_docs=true"), body.toString(), pending);
        if (answer == null) {
            return null;
        }
        boolean absent = keys.size() == 1
                && answer.status() == 404
                && !answer.json().path("reason").asString().contains("Database");
        if (answer.status() != 200 && !absent) {
            surprise("_all_docs", answer, pending);
            return null;
        }
        Map<String, String> values = new TreeMap<>();
        Map<String, String> found = new TreeMap<>();
        if (keys.size() == 1 && !absent) {
            add(answer.json(), values, found);
        }
        answer.json().path("rows").forEach(row -> add(row.path("doc"), values, found));
        pending.returned(new RegisterResult.Values(values));
        saw("write", node, asked, askedMs, answer);
        return found;
    }

    private static void add(JsonNode document, Map<String, String> values, Map<String, String> found) {
        if (document.has("_id")) {
            values.put(document.path("_id").asString(), document.path("value").asString());
            found.put(document.path("_id").asString(), document.path("_rev").asString());
        }
    }

    private void writeTogether(int node) {
        List<String> keys = registers();
        Map<String, String> found = readTogether(node, keys);
        if (found == null) {
            return;
        }
        long asked = clients.heads().newest();
        long askedMs = Heads.nowMs();
        String value = value();
        Map<String, String> values = new TreeMap<>();
        ObjectNode body = NodeClient.JSON.createObjectNode().put("atomic", true);
        ArrayNode documents = body.putArray("docs");
        for (String key : keys) {
            values.put(key, value);
            ObjectNode document = documents.addObject().put("_id", key).put("value", value);
            if (found.containsKey(key)) {
                document.put("_rev", found.get(key));
            }
        }
        Pending<RegisterCall, RegisterResult> pending =
                clients.registers().invoke(name, new RegisterCall.Write(values));
        Answer answer = send(node, "POST", path("_bulk_docs"), body.toString(), pending);
        if (answer == null) {
            return;
        }
        switch (answer.status()) {
            case 201 -> {
                pending.returned(new RegisterResult.Written());
                answer.json()
                        .forEach(row -> clients.acknowledged(
                                row.path("id").asString(), row.path("rev").asString()));
                saw("writeTogether", node, asked, askedMs, answer);
            }
            case 409 -> pending.failed(answer.reason());
            default -> surprise("_bulk_docs", answer, pending);
        }
    }

    private void touchDatabase(int node) {
        String database = "sea-" + clients.round() + "-" + random.nextInt(DATABASES);
        PresenceCall call = switch (random.nextInt(4)) {
            case 0 -> new PresenceCall.Create(database);
            case 1 -> new PresenceCall.Drop(database);
            default -> new PresenceCall.Look(database);
        };
        Pending<PresenceCall, PresenceModel.Answer> pending =
                clients.databases().invoke(name, call);
        Answer answer = switch (call) {
            case PresenceCall.Create _ -> send(node, "PUT", "/" + database, "", pending);
            case PresenceCall.Drop _ -> send(node, "DELETE", "/" + database, "", pending);
            case PresenceCall.Look _ -> send(node, "GET", "/" + database + "/none", "", pending);
        };
        if (answer == null) {
            return;
        }
        PresenceModel.Answer meant = meaning(call, answer);
        if (meant == null) {
            surprise(call.toString(), answer, pending);
        } else {
            pending.returned(meant);
        }
    }

    private static PresenceModel.@Nullable Answer meaning(PresenceCall call, Answer answer) {
        return switch (answer.status()) {
            case 200, 201 -> call instanceof PresenceCall.Look ? null : PresenceModel.Answer.DONE;
            case 412 -> call instanceof PresenceCall.Create ? PresenceModel.Answer.REFUSED : null;
            case 404 -> {
                boolean none = answer.json().path("reason").asString().contains("Database");
                yield switch (call) {
                    case PresenceCall.Create _ -> null;
                    case PresenceCall.Drop _ -> PresenceModel.Answer.REFUSED;
                    case PresenceCall.Look _ -> none ? PresenceModel.Answer.ABSENT : PresenceModel.Answer.THERE;
                };
            }
            default -> null;
        };
    }

    /** What may be behind, though never behind what this client saw of the node. */
    private void readAny(int node, String document) {
        long least = seen.getOrDefault(node, 0L);
        try {
            Answer answer =
                    clients.nodes().send(node, "GET", path(document) + "?consistency=any&min_block=" + least, "", MOST);
            clients.count("any " + answer.status());
            if (answer.status() == 200) {
                clients.heads().any(name + " of node " + node, least, answer);
                if (answer.block() != null) {
                    seen.merge(node, answer.block().number(), Math::max);
                }
            } else if (answer.status() != 404 && !answer.isUnavailable()) {
                clients.heads().violated(name + ": consistency=any got " + answer);
            }
        } catch (IOException e) {
            clients.count(e.getClass().getSimpleName());
        }
    }
}
