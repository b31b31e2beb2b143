package archipel.client;

import archipel.calls.Call;
import archipel.calls.Reply;
import archipel.calls.StreamedReply;
import archipel.client.Cursor.Page;
import archipel.failures.NotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads of one database, all of the same state or as fresh as was asked for: {@link Database#at},
 * {@link Database#atLeast}, {@link Database#reading}. Holds nothing on the node. Safe for use by many threads.
 *
 * <p>All methods throw an {@link archipel.failures.ArchipelException} if they cannot read, among them
 * {@link archipel.failures.BlockPrunedException}, {@link archipel.failures.BlockNotReachedException} and
 * {@link archipel.failures.OtherHistoryException} for blocks.
 */
public final class Snapshot {
    private static final String NO_BOOKMARK = "nil";

    private final DatabaseCalls calls;
    private final Pin pin;

    Snapshot(DatabaseCalls calls, Pin pin) {
        this.calls = calls;
        this.pin = pin;
    }

    /** A document's members as JSON. @throws NotFoundException where it is not there, or deleted */
    public Document<JsonNode> get(String id) {
        return get(id, JsonNode.class);
    }

    /**
     * A document.
     *
     * @param type what Jackson makes of its members; {@link JsonNode} and {@code byte[]} give them as they are
     * @throws NotFoundException where it is not there, or deleted
     * @throws IllegalArgumentException where its members do not make a value of the type
     */
    public <T> Document<T> get(String id, Class<T> type) {
        Reply reply = calls.read(Call.read(calls.path(DatabaseCalls.id(id))), pin);
        return calls.json().document(reply, DatabaseCalls.block(reply), type);
    }

    /** As {@link #get(String, Class)}; empty where it is not there, or deleted. */
    public <T> Optional<Document<T>> find(String id, Class<T> type) {
        try {
            return Optional.of(get(id, type));
        } catch (NotFoundException e) {
            if (e.reason().equals("missing") || e.reason().equals("deleted")) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** An attachment's content, as it comes. */
    public AttachmentContent attachment(String id, String name) {
        StreamedReply reply = calls.open(Call.read(calls.path(DatabaseCalls.id(id), Call.encode(name))), pin);
        return new AttachmentContent(reply.header("Content-Type"), reply.body());
    }

    /** Documents in the order of their ids, all from one block. */
    public <T> Cursor<Document<T>> documents(Listing listing, Class<T> type) {
        return rows(listing, true, (row, block) -> calls.json().document(row.path("doc"), block, type));
    }

    /** Ids and revisions in the order of ids, all from one block. */
    public Cursor<Written> ids(Listing listing) {
        return rows(
                listing,
                false,
                (row, block) -> new Written(
                        row.path("id").asString(), row.path("value").path("rev").asString(), block));
    }

    private interface RowReader<T> {
        T read(JsonNode row, Block block);
    }

    private <T> Cursor<T> rows(Listing listing, boolean withDocuments, RowReader<T> reader) {
        return new Cursor<>(before -> {
            String from = before == null ? listing.from() : before.mark();
            Call call = Call.read(calls.path("_all_docs"))
                    .with("limit", Integer.toString(listing.pageSize()))
                    .with("include_docs", Boolean.toString(withDocuments));
            if (listing.descending()) {
                call = call.with("descending", "true");
            }
            if (from != null) {
                call = call.with("start_key", quoted(from));
            }
            if (listing.to() != null) {
                call = call.with("end_key", quoted(listing.to()));
            }
            if (before != null) {
                call = call.with("skip", "1");
            }
            return page(
                    call,
                    before,
                    "rows",
                    listing.pageSize(),
                    answer -> {
                        JsonNode rows = answer.path("rows");
                        return rows.isEmpty()
                                ? ""
                                : rows.get(rows.size() - 1).path("id").asString();
                    },
                    reader);
        });
    }

    private <T> Page<T> page(
            Call call,
            @Nullable Page<T> before,
            String member,
            int pageSize,
            Function<JsonNode, String> mark,
            RowReader<T> reader) {
        // What comes after the first page is read from the same block.
        Pin from = before == null ? pin : new Pin.Exactly(before.block());
        Reply reply = calls.read(call, from);
        JsonNode answer = calls.json().read(reply);
        Block block = before == null ? DatabaseCalls.block(reply) : before.block();
        List<T> rows = new ArrayList<>();
        answer.path(member).forEach(row -> rows.add(reader.read(row, block)));
        return new Page<>(rows, block, rows.size() < pageSize ? "" : mark.apply(answer));
    }

    private static String quoted(String text) {
        return new JsonMapper().writeValueAsString(text);
    }

    /** The documents that a query finds, all from one block. Those of a query with {@code fields} have these alone. */
    public <T> Cursor<Document<T>> query(Query query, Class<T> type) {
        return new Cursor<>(before -> {
            ObjectNode body = calls.json().mapper().createObjectNode();
            body.set("selector", query.selector());
            body.put("limit", query.pageSize());
            if (!query.fields().isEmpty()) {
                body.putArray("fields").add("_id").add("_rev");
                query.fields().forEach(((tools.jackson.databind.node.ArrayNode) body.get("fields"))::add);
            }
            if (!query.sort().isEmpty()) {
                var sort = body.putArray("sort");
                query.sort().forEach(sort::add);
            }
            if (before != null) {
                body.put("bookmark", before.mark());
            }
            Call call = Call.query(calls.path("_find"), calls.json().bytes(body));
            return page(
                    call,
                    before,
                    "docs",
                    query.pageSize(),
                    answer -> {
                        String bookmark = answer.path("bookmark").asString("");
                        return bookmark.equals(NO_BOOKMARK) ? "" : bookmark;
                    },
                    (row, block) -> calls.json().document(row, block, type));
        });
    }
}
