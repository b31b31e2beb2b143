package archipel.ends;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.json.JsonCursor;
import archipel.mime.PercentCoding;
import archipel.remote.RemoteAddress;
import archipel.remote.RemoteAnswer;
import archipel.remote.RemoteClient;
import archipel.remote.RemoteException;
import archipel.remote.RemoteRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A database behind HTTP: CouchDB's, PouchDB Server's, another node's. */
public final class RemoteEnd implements End.Source, End.Target {
    /** Each request takes a way there and back. */
    private static final int BATCH_BYTES = 1 << 20;

    private static final int SHORT_ANSWER = 1 << 20;
    private static final int LONG_ANSWER = 256 << 20;
    /** Errors of a node that does not have a block. */
    private static final Set<String> FORGOTTEN = Set.of("block_unknown", "block_not_reached");
    /** For a block that a target has made and cannot show yet, since another machine of it answers. */
    private static final String BLOCK_WAIT_MS = "2000";

    private final RemoteClient client;
    private final RemoteAddress address;
    private final Duration timeout;
    private final RemoteDocuments documents;
    // What waits for an answer or reads one, to be broken off.
    private final Set<RemoteAnswer> open = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable NamedBlock> newest = new AtomicReference<>();
    /** Whether the other side is known to run this software, which answers more than CouchDB does. */
    private volatile boolean ours;

    private volatile boolean closed;

    /**
     * @param timeout how long the other side may send nothing
     * @param bulkGet whether to ask for many documents at once, where the other side can answer that
     */
    public RemoteEnd(RemoteClient client, RemoteAddress address, Duration timeout, boolean bulkGet) {
        this.client = client;
        this.address = address;
        this.timeout = timeout;
        this.documents = new RemoteDocuments(this, bulkGet);
    }

    /** Of a member of the mesh. */
    public static RemoteEnd ofPeer(RemoteClient client, RemoteAddress address, Duration timeout) {
        RemoteEnd end = new RemoteEnd(client, address, timeout, true);
        end.ours = true;
        return end;
    }

    /** A block that an Archipel names in its answers, {@code number-0xhash}. */
    private record NamedBlock(long number, String text) {
        static @Nullable NamedBlock parse(@Nullable String header) {
            int dash = header == null ? -1 : header.indexOf('-');
            try {
                return header == null || dash < 1 ? null : new NamedBlock(Long.parseLong(header, 0, dash, 10), header);
            } catch (NumberFormatException otherSoftware) {
                return null;
            }
        }
    }

    @Override
    public String shown() {
        return address.shown();
    }

    Duration timeout() {
        return timeout;
    }

    /** Sends a request; the answer is broken off with this end. */
    RemoteAnswer send(RemoteRequest request) throws IOException, InterruptedException {
        if (closed) {
            throw new RemoteException(RemoteException.Kind.STOPPED, shown() + ": broken off", null);
        }
        RemoteAnswer answer = client.send(address, request.idle(timeout));
        open.add(answer);
        if (closed) {
            answer.close();
        }
        return answer;
    }

    /** To be called for each answer that {@link #send} gave, once it is done with. */
    void close(RemoteAnswer answer) {
        open.remove(answer);
        answer.close();
    }

    /** What is done with an answer. */
    @FunctionalInterface
    interface Reading<T extends @Nullable Object> {
        T read(RemoteAnswer answer) throws ReplicationException, IOException, InterruptedException;
    }

    <T extends @Nullable Object> T ask(RemoteRequest request, Reading<T> reading)
            throws ReplicationException, IOException, InterruptedException {
        RemoteAnswer answer = send(request);
        try {
            T read = reading.read(answer);
            answer.drain();
            return read;
        } catch (RequestException e) {
            throw new RemoteException(
                    RemoteException.Kind.MALFORMED, shown() + ": an answer is not what the protocol says", e);
        } finally {
            close(answer);
        }
    }

    JsonNode json(RemoteAnswer answer) throws IOException {
        return JsonTree.parse(answer.bytes(SHORT_ANSWER), JsonLimits.DEFAULT);
    }

    /** For an answer of a status that was not expected; its reason is shown, whatever it says. */
    IOException fault(RemoteAnswer answer, String what) {
        return fault(answer.status(), refused(answer), what);
    }

    private EndFaultException fault(int status, Refused refused, String what) {
        return new EndFaultException(
                status,
                refused.error.isEmpty() ? "http_error" : refused.error,
                what + " " + shown() + ": " + status + " " + refused.error + ": " + refused.reason);
    }

    /** What an answer says that is an error; empty texts where it says nothing. */
    record Refused(String error, String reason) {}

    Refused refused(RemoteAnswer answer) {
        try {
            JsonNode json = json(answer);
            return new Refused(
                    shortened(json.path("error").asString("")),
                    shortened(json.path("reason").asString("")));
        } catch (IOException | RequestException notJson) {
            return new Refused("", "");
        }
    }

    private static String shortened(String text) {
        return text.length() <= 500 ? text : text.substring(0, 500) + "…";
    }

    @Override
    public DatabaseInfo info() throws ReplicationException, IOException, InterruptedException {
        return ask(RemoteRequest.get(""), answer -> {
            if (answer.isSuccess()) {
                JsonNode info = json(answer);
                if (info.has("update_seq")) {
                    SourceSequence newest = SourceSequence.of(info.path("update_seq"));
                    ours = ours || newest.isOurs();
                    return new DatabaseInfo(
                            newest, info.path("instance_start_time").asString("0"));
                }
            }
            throw unusable(answer, "could not open ");
        });
    }

    /** In CouchDB's words. */
    private Exception refusal(RemoteAnswer answer, String what) {
        return switch (answer.status()) {
            case 401 ->
                new ReplicationException(
                        "unauthorized", "unauthorized to access or create database " + shown(), true, null);
            case 403 -> new ReplicationException("forbidden", "forbidden to access database " + shown(), true, null);
            default ->
                answer.status() >= 500 || answer.status() == 408 || answer.status() == 429
                        ? fault(answer, what)
                        : new ReplicationException("db_not_found", what + shown(), true, null);
        };
    }

    private ReplicationException unusable(RemoteAnswer answer, String what) throws IOException {
        return switch (refusal(answer, what)) {
            case ReplicationException e -> e;
            case IOException e -> throw e;
            case Exception e -> throw new IllegalStateException(e);
        };
    }

    @Override
    public void create(Map<String, String> parameters) throws ReplicationException, IOException, InterruptedException {
        RemoteRequest request = RemoteRequest.of("PUT", "");
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            request = request.query(parameter.getKey(), parameter.getValue());
        }
        ask(request, answer -> {
            boolean there = answer.isSuccess() || answer.status() == 412;
            if (!there && (answer.status() == 401 || answer.status() == 403 || answer.status() >= 500)) {
                throw unusable(answer, "could not create ");
            }
            return there;
        });
    }

    @Override
    public String commit() throws ReplicationException, IOException, InterruptedException {
        return ask(RemoteRequest.post("_ensure_full_commit", new byte[0]), answer -> {
            if (answer.status() >= 500) {
                throw fault(answer, "committing");
            }
            // Whoever does not know it commits at once, or has to be trusted to.
            return answer.isSuccess() ? json(answer).path("instance_start_time").asString("0") : "0";
        });
    }

    @Override
    public @Nullable StoredLog readLog(String id) throws ReplicationException, IOException, InterruptedException {
        return ask(RemoteRequest.get("_local/" + PercentCoding.encode(id)), answer -> {
            if (answer.status() == 404) {
                return null;
            }
            if (!answer.isSuccess()) {
                throw unusable(answer, "could not read a checkpoint of ");
            }
            byte[] json = answer.bytes(SHORT_ANSWER);
            return new StoredLog(
                    JsonTree.parse(json, JsonLimits.DEFAULT).path("_rev").asString("0-0"), json);
        });
    }

    @Override
    public String writeLog(String id, @Nullable String revision, byte[] json)
            throws ReplicationException, IOException, InterruptedException {
        JsonBuffer body = new JsonBuffer(json.length + 128).ascii("{\"_id\":").string("_local/" + id);
        if (revision != null) {
            body.ascii(",\"_rev\":").string(revision);
        }
        body.ascii(',').raw(json, 1, json.length - 1);
        return ask(RemoteRequest.put("_local/" + PercentCoding.encode(id), body.toByteArray()), answer -> {
            if (answer.isSuccess()) {
                return json(answer).path("rev").asString("0-0");
            }
            if (answer.status() == 409) {
                throw new ReplicationException(CONFLICT, "another checkpoint is there", true, null);
            }
            throw unusable(answer, "could not write a checkpoint to ");
        });
    }

    @Override
    public ChangesFeed changes(ChangesQuery query) {
        return ours && query.isOfAll() ? new RemoteLeaves(this, query) : new RemoteChanges(this, query);
    }

    @Override
    public OptionalLong pending(SourceSequence after) throws ReplicationException, IOException, InterruptedException {
        RemoteRequest request =
                RemoteRequest.get("_changes").query("since", after.parameter()).query("limit", "0");
        return ask(request, answer -> {
            JsonNode pending =
                    answer.isSuccess() ? json(answer).path("pending") : JsonTree.parse("null", JsonLimits.DEFAULT);
            return pending.isIntegralNumber() ? OptionalLong.of(pending.longValue()) : OptionalLong.empty();
        });
    }

    @Override
    public ReplicationStatistics fetch(Iterable<MissingRevisions> wanted, Content content, Sink sink)
            throws ReplicationException, IOException, InterruptedException {
        return documents.fetch(wanted, content, sink);
    }

    @Override
    public void stream(MissingRevisions wanted, AttachedSink sink)
            throws ReplicationException, IOException, InterruptedException {
        documents.stream(wanted, sink);
    }

    @Override
    public String filterCode(Selection.Filter filter) throws ReplicationException, IOException, InterruptedException {
        return ask(RemoteRequest.get("_design/" + PercentCoding.encode(filter.design())), answer -> {
            JsonNode code = answer.isSuccess()
                    ? json(answer).path("filters").path(filter.function())
                    : JsonTree.parse("null", JsonLimits.DEFAULT);
            if (!code.isString()) {
                throw filter.missing(shown());
            }
            return code.stringValue();
        });
    }

    @Override
    public Iterable<MissingRevisions> missing(Iterable<ChangedDocument> changed)
            throws ReplicationException, IOException, InterruptedException {
        JsonBuffer json = new JsonBuffer(64 << 10);
        char separator = '{';
        for (ChangedDocument one : changed) {
            json.ascii(separator).string(one.id()).ascii(":[");
            separator = ',';
            for (int i = 0; i < one.revisions().size(); i++) {
                json.ascii(i == 0 ? "" : ",").string(one.revisions().get(i).toString());
            }
            json.ascii(']');
        }
        if (separator == '{') {
            return List.of();
        }
        json.ascii('}');
        RemoteRequest request = RemoteRequest.of("POST", "_revs_diff")
                .body(new RemoteRequest.Bytes("application/json", json.array(), json.size()));
        NamedBlock seen = newest.get();
        if (seen != null) {
            request = request.header("Archipel-Min-Block", seen.text).query("wait", BLOCK_WAIT_MS);
        }
        return ask(request, answer -> {
            if (!answer.isSuccess()) {
                if (seen != null && (answer.status() == 404 || answer.status() == 503)) {
                    requireKnown(answer, seen);
                }
                throw unusable(answer, "could not compare revisions with ");
            }
            byte[] body = answer.bytes(LONG_ANSWER);
            return missing(new JsonCursor(body, 0, body.length));
        });
    }

    /**
     * A target that refuses what names a block that it had made was put back to before that block: it has another one
     * in its place, or none even after a while.
     */
    private void requireKnown(RemoteAnswer answer, NamedBlock seen) throws HistoryChangedException, EndFaultException {
        Refused refused = refused(answer);
        if (FORGOTTEN.contains(refused.error)) {
            // What it names from now on is of its present history.
            newest.compareAndSet(seen, null);
            throw new HistoryChangedException(shown() + " does not know its block " + seen.text + " any more");
        }
        if (answer.status() == 503) {
            throw fault(503, refused, "could not compare revisions with ");
        }
    }

    private static List<MissingRevisions> missing(JsonCursor cursor) {
        List<MissingRevisions> all = new ArrayList<>();
        boolean isObject = cursor.enterObject();
        while (isObject && cursor.nextMember()) {
            String id = cursor.key();
            List<Revision> missing = List.of();
            List<Revision> ancestors = List.of();
            if (!cursor.enterObject()) {
                throw new RequestException(ErrorCode.INVALID_JSON);
            }
            while (cursor.nextMember()) {
                if (cursor.isKey("missing")) {
                    missing = revisions(cursor);
                } else if (cursor.isKey("possible_ancestors")) {
                    ancestors = revisions(cursor);
                } else {
                    cursor.skip();
                }
            }
            if (!missing.isEmpty()) {
                all.add(new MissingRevisions(id, missing, ancestors));
            }
        }
        return all;
    }

    static List<Revision> revisions(JsonCursor cursor) {
        List<Revision> revisions = new ArrayList<>(1);
        if (!cursor.enterArray()) {
            cursor.skip();
            return revisions;
        }
        while (cursor.nextElement()) {
            revisions.add(Revision.parse(cursor.text()));
        }
        return revisions;
    }

    @Override
    public int batchBytes() {
        return BATCH_BYTES;
    }

    @Override
    public WriteReport write(WriteBatch batch) throws ReplicationException, IOException, InterruptedException {
        byte[] text = batch.close();
        RemoteRequest request = RemoteRequest.of("POST", "_bulk_docs")
                .body(new RemoteRequest.Bytes("application/json", text, batch.size()));
        return ask(request, answer -> switch (answer.status()) {
            case 200, 201, 202 -> {
                saw(answer.header("Archipel-Block"));
                yield written(batch.documents(), answer.bytes(LONG_ANSWER));
            }
            case 412 -> throw new MissingStubException(refused(answer).reason);
            case 400, 413 -> {
                Refused refused = refused(answer);
                throw new BatchRefusedException(
                        refused.error.isEmpty() ? "request_body_too_large" : refused.error, refused.reason);
            }
            default -> throw unusable(answer, "could not write to ");
        });
    }

    private static WriteReport written(int documents, byte[] rows) {
        List<WriteReport.Refusal> refusals = new ArrayList<>();
        JsonNode answer = JsonTree.parse(rows, JsonLimits.DEFAULT);
        for (JsonNode row : answer) {
            if (row.has("error")) {
                refusals.add(new WriteReport.Refusal(
                        row.path("id").asString(""),
                        row.path("rev").asString(""),
                        row.path("error").asString(""),
                        shortened(row.path("reason").asString(""))));
            }
        }
        return new WriteReport(Math.max(0, documents - refusals.size()), refusals);
    }

    private void saw(@Nullable String header) {
        NamedBlock block = NamedBlock.parse(header);
        if (block != null) {
            newest.accumulateAndGet(
                    block, (old, now) -> old == null || now != null && now.number > old.number ? now : old);
        }
    }

    @Override
    public WriteReport writeAttached(AttachedDocument attached)
            throws ReplicationException, IOException, InterruptedException {
        FetchedDocument document = attached.document();
        RemoteRequest request = RemoteRequest.of("PUT", path(document.id())).query("new_edits", "false");
        if (attached.following().isEmpty()) {
            request = request.body(new RemoteRequest.Bytes("application/json", document.bytes(), document.length()));
        } else {
            byte[] boundary = new byte[16];
            new java.security.SecureRandom().nextBytes(boundary);
            RelatedBody body = new RelatedBody(attached, HexFormat.of().formatHex(boundary));
            request = request.body(new RemoteRequest.Streamed(body.contentType(), body.length(), body::write));
        }
        return ask(request, answer -> switch (answer.status()) {
            case 200, 201, 202 -> {
                saw(answer.header("Archipel-Block"));
                yield WriteReport.stored(1);
            }
            case 412 -> throw new MissingStubException(refused(answer).reason);
            case 400, 401, 403, 413, 415 -> {
                Refused refused = refused(answer);
                throw new BatchRefusedException(
                        refused.error.isEmpty() ? "http_" + answer.status() : refused.error, refused.reason);
            }
            default -> throw unusable(answer, "could not write to ");
        });
    }

    /** Of a document: a design document's slash stands as it is. */
    static String path(String id) {
        return id.startsWith("_design/")
                ? "_design/" + PercentCoding.encode(id.substring("_design/".length()))
                : PercentCoding.encode(id);
    }

    static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }

    @Override
    public void close() {
        closed = true;
        open.forEach(RemoteAnswer::close);
    }
}
