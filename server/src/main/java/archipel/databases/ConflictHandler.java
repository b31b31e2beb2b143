package archipel.databases;

import archipel.access.ConflictChoice;
import archipel.access.ConflictResolver;
import archipel.access.DocumentOutcome;
import archipel.access.WriteOutcome;
import archipel.databases.DocumentListQuery.Builder;
import archipel.document.DocumentParser;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.QueryArgument;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.HttpSettings;
import archipel.http.JsonStream;
import archipel.http.Router;
import archipel.merge.MergePolicy;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code _conflicts}: which documents have more than one leaf that is not deleted, and the end of that. */
final class ConflictHandler {
    private final ConflictResolver resolver;
    private final HttpSettings settings;

    ConflictHandler(ConflictResolver resolver, HttpSettings settings) {
        this.resolver = resolver;
        this.settings = settings;
    }

    void register(Router router) {
        router.databaseTree("_conflicts", Access.MEMBER, "GET,HEAD,POST")
                .get(this::get)
                .post(this::resolve)
                .closedInSystemDatabases();
    }

    private void get(DatabaseRequest request, Answer answer) throws IOException {
        if (request.path().size() > 2) {
            one(request, answer);
            return;
        }
        Builder builder = new Builder(request.parameters()::readJson, false);
        for (String name : request.parameters().names()) {
            builder.set(name, QueryArgument.ofQuery(request.parameters().get(name, "")));
        }
        DocumentListQuery query = builder.build();
        try (Reader reader = request.reader()) {
            if (!request.isPinnedUnchanged()) {
                list(reader, query, answer.stream(200));
            }
        }
    }

    private static void list(Reader reader, DocumentListQuery query, JsonStream out) throws IOException {
        out.buffer().ascii("{\"rows\":[");
        long skip = query.skip();
        long left = query.isEmptyRange() ? 0 : query.limit();
        String separator = "\r\n";
        String start = query.start() instanceof ListKey.Id id ? id.id() : null;
        try (DocumentCursor cursor = reader.documents().conflicts(start, query.descending())) {
            while (left > 0 && cursor.next() && !query.isPastEnd(cursor.id())) {
                if (skip-- > 0) {
                    continue;
                }
                left--;
                out.buffer().ascii(separator).ascii("{\"id\":").string(cursor.id());
                out.buffer().ascii(",\"key\":").string(cursor.id()).ascii(",\"value\":");
                value(out.buffer(), cursor.record());
                out.buffer().ascii('}');
                out.drain();
                separator = ",\r\n";
            }
        }
        out.buffer().ascii("\r\n]}\n");
        out.finish();
    }

    private static void one(DatabaseRequest request, Answer answer) throws IOException {
        try (Reader reader = request.reader()) {
            DocumentRecord record = reader.documents().find(request.path().rest(2));
            if (record == null) {
                throw new RequestException(ErrorCode.MISSING);
            }
            if (record.winner().deleted()) {
                throw new RequestException(ErrorCode.DELETED);
            }
            JsonBuffer json = new JsonBuffer(256);
            value(json, record);
            answer.json(200, json);
        }
    }

    private static void value(JsonBuffer json, DocumentRecord record) {
        json.ascii("{\"rev\":").string(record.winner().revision().toString()).ascii(",\"conflicts\":[");
        String separator = "";
        for (Revision conflict : record.tree().conflicts()) {
            json.ascii(separator).string(conflict.toString());
            separator = ",";
        }
        json.ascii("]}");
    }

    private void resolve(DatabaseRequest request, Answer answer) throws IOException {
        if (request.path().size() == 2) {
            throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, "GET,HEAD");
        }
        request.requireNewest();
        String id = request.path().rest(2);
        byte[] body = request.body().requireJson().bytes();
        ObjectNode given = JsonTree.object(JsonTree.parse(body, settings.jsonLimits()));
        WriteOutcome outcome = resolver.resolve(
                request.database(), request.user(), id, leaves(given.get("revs")), choice(given, body));
        answer.block(outcome.head());
        Revision revision = switch (outcome.documents().getFirst()) {
            case DocumentOutcome.Stored stored -> stored.revision();
            case DocumentOutcome.Refused refused -> throw refused.refusal();
            case DocumentOutcome.Failed failed -> throw failed.cause();
            case DocumentOutcome.Untried untried -> throw new IllegalStateException(untried.toString());
        };
        JsonBuffer json = new JsonBuffer(128).ascii("{\"ok\":true,\"id\":").string(id);
        answer.json(201, json.ascii(",\"rev\":").string(revision.toString()).ascii('}'));
    }

    private static List<Revision> leaves(JsonNode revs) {
        if (revs == null || !revs.isArray() || revs.isEmpty()) {
            throw new RequestException(ErrorCode.RESOLUTION_MALFORMED);
        }
        List<Revision> leaves = new ArrayList<>(revs.size());
        for (JsonNode rev : revs) {
            leaves.add(revision(rev));
        }
        return leaves;
    }

    private static Revision revision(JsonNode rev) {
        if (!rev.isString()) {
            throw new RequestException(ErrorCode.RESOLUTION_MALFORMED);
        }
        return Revision.parse(rev.stringValue());
    }

    private ConflictChoice choice(ObjectNode given, byte[] body) {
        JsonNode winner = given.get("winner");
        JsonNode merge = given.get("merge");
        boolean document = given.has("doc");
        if ((winner == null ? 0 : 1) + (merge == null ? 0 : 1) + (document ? 1 : 0) != 1) {
            throw new RequestException(ErrorCode.RESOLUTION_MALFORMED);
        }
        if (winner != null) {
            return new ConflictChoice.Winner(revision(winner));
        }
        if (merge != null) {
            return new ConflictChoice.Merge(MergePolicy.of(merge));
        }
        // The text as it came, so that numbers and the order of members stay.
        byte[] text = Objects.requireNonNull(JsonTree.textsOfValid(body).get("doc"));
        JsonLimits limits = settings.jsonLimits();
        return new ConflictChoice.Document(new DocumentParser(limits).parse(text, 0, text.length));
    }
}
