package archipel.client;

import archipel.calls.Call;
import archipel.calls.Refusals;
import archipel.calls.Reply;
import archipel.failures.AlreadyExistsException;
import archipel.failures.ArchipelException;
import archipel.failures.ConflictException;
import archipel.failures.NotFoundException;
import archipel.failures.OutcomeUnknownException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One database. Safe for use by many threads; holds nothing on any node.
 *
 * <p><b>Reads</b> show the newest state, and never an older one than this client has seen before, whichever node
 * answers. They are sent again as often as it takes.
 *
 * <p><b>Writes</b> of documents are sent again as well where no answer came. A write that had been carried out the
 * first time is recognised by what it wrote (see {@link OutcomeUnknownException} for where it cannot be), so that a
 * conflict always means that somebody else came first. Two callers that write equal contents over the same revision
 * make the same revision, and after a lost answer both may be told that they have written it.
 *
 * <p>All methods throw an {@link ArchipelException} if they cannot do what they are for: {@link NotFoundException} if
 * the database is not there, {@link archipel.failures.UnavailableException} if no node can do it in time,
 * {@link archipel.failures.AccessDeniedException}, {@link archipel.failures.ServerFaultException}, and those that they
 * name.
 */
public final class Database {
    private final DatabaseCalls calls;
    private final DocumentWrites writes;
    private final Attachments attachments;
    private final Snapshot newest;

    Database(DatabaseCalls calls) {
        this.calls = calls;
        this.writes = new DocumentWrites(calls);
        this.attachments = new Attachments(calls, writes);
        this.newest = new Snapshot(calls, new Pin.Newest(Consistency.LINEARIZABLE));
    }

    public String name() {
        return calls.name();
    }

    /**
     * Makes the database. Carries no lock's token, since there is nothing yet that could know of it; but is sent only
     * while the locks of {@link Archipel#under} are held.
     *
     * @return false where it was there already
     */
    public boolean create() {
        Reply reply = calls.transport().send(calls.held(Call.write("PUT", calls.path())));
        if (reply.isSuccess()) {
            if (!reply.repeated()) {
                forget();
            }
            return true;
        }
        ArchipelException refusal = Refusals.of(reply);
        if (refusal instanceof AlreadyExistsException) {
            return false;
        }
        throw refusal;
    }

    /**
     * Deletes the database with all that is in it. Sent once only: after a lost answer it could hit another one of the
     * same name. Carries no lock's token; but is sent only while the locks of {@link Archipel#under} are held.
     *
     * @throws OutcomeUnknownException where no answer came
     */
    public void delete() {
        Reply reply = calls.transport().send(calls.held(Call.once("DELETE", calls.path())));
        if (!reply.isSuccess()) {
            throw Refusals.of(reply);
        }
        forget();
    }

    /** Whether it is there. */
    public boolean exists() {
        Reply reply = calls.transport().send(Call.read(calls.path()));
        if (reply.status() == 404) {
            return false;
        }
        if (!reply.isSuccess()) {
            throw Refusals.of(reply);
        }
        return true;
    }

    /** What the node says of it, as {@code GET /db} does. */
    public JsonNode info() {
        return calls.json().read(calls.read(Call.read(calls.path()), new Pin.Newest(Consistency.LINEARIZABLE)));
    }

    /**
     * Makes an index for queries, unless it is there.
     *
     * @param fields members of documents, in the order of the index
     */
    public void createIndex(String indexName, String... fields) {
        ObjectNode body = calls.json().mapper().createObjectNode();
        body.put("name", indexName).put("type", "json");
        var names = body.putObject("index").putArray("fields");
        List.of(fields).forEach(names::add);
        Reply reply = calls.write(
                Call.write("POST", calls.path("_index")).json(calls.json().bytes(body)));
        if (!reply.isSuccess()) {
            throw Refusals.of(reply);
        }
    }

    /** The newest block. */
    public Block newestBlock() {
        return DatabaseCalls.block(
                calls.read(Call.read(calls.path("_block")), new Pin.Newest(Consistency.LINEARIZABLE)));
    }

    /** The newest block that this client has seen; empty before it has seen one. */
    public Optional<Block> seenBlock() {
        return Optional.ofNullable(calls.newest());
    }

    /** Forgets which blocks were seen: for a database that was made again, or restored from a backup. */
    public void forget() {
        calls.seen().forget(calls.name());
    }

    /** That block, as long as it can be read, whatever comes after it. */
    public Snapshot at(Block block) {
        return new Snapshot(calls, new Pin.Exactly(block));
    }

    /** That block or a later one. A node that is not there yet waits for it, or another one answers. */
    public Snapshot atLeast(Block block) {
        return new Snapshot(calls, new Pin.AtLeast(block, Consistency.LINEARIZABLE));
    }

    /** The newest state by that consistency, and none before what this client has seen. */
    public Snapshot reading(Consistency consistency) {
        return new Snapshot(calls, new Pin.Newest(consistency));
    }

    /** @see Snapshot#get(String) */
    public Document<JsonNode> get(String id) {
        return newest.get(id);
    }

    /** @see Snapshot#get(String, Class) */
    public <T> Document<T> get(String id, Class<T> type) {
        return newest.get(id, type);
    }

    /** @see Snapshot#find(String, Class) */
    public <T> Optional<Document<T>> find(String id, Class<T> type) {
        return newest.find(id, type);
    }

    /** @see Snapshot#documents(Listing, Class) */
    public <T> Cursor<Document<T>> documents(Listing listing, Class<T> type) {
        return newest.documents(listing, type);
    }

    /** @see Snapshot#ids(Listing) */
    public Cursor<Written> ids(Listing listing) {
        return newest.ids(listing);
    }

    /** @see Snapshot#query(Query, Class) */
    public <T> Cursor<Document<T>> query(Query query, Class<T> type) {
        return newest.query(query, type);
    }

    /**
     * Makes a document.
     *
     * @param value JSON as bytes or as a tree, or what Jackson makes an object of
     * @throws ConflictException where there is one of that id
     * @throws OutcomeUnknownException where it may have been written
     */
    public Written create(String id, Object value) {
        return put(id, null, value);
    }

    /**
     * Replaces a document, whose attachments go; {@link #replace(Document)} keeps them.
     *
     * @param revision that is replaced
     * @throws ConflictException where it is not the document's any more
     * @throws OutcomeUnknownException where it may have been written
     */
    public Written replace(String id, String revision, Object value) {
        return put(id, revision, value);
    }

    /** Writes a document over the one that was read, with the attachments that it had. */
    public Written replace(Document<?> document) {
        ObjectNode object = calls.json().object(document.value());
        Json.keep(object, document.attachments());
        return writes.put(
                document.id(), document.revision(), Json.envelope(object, document.id(), document.revision()));
    }

    private Written put(String id, @Nullable String revision, Object value) {
        return writes.put(id, revision, Json.envelope(calls.json().object(value), id, revision));
    }

    /** Deletes a document that has that revision; errors are those of {@link #replace}. */
    public Written delete(String id, String revision) {
        return writes.delete(id, revision);
    }

    /**
     * Writes several documents, each for itself: some may be refused.
     *
     * @return what became of each, in the order of the edits
     * @throws OutcomeUnknownException where some may have been written
     */
    public List<BulkOutcome> write(BulkWrite write) {
        return writes.bulk(write, false);
    }

    /**
     * Writes several documents in one block, or none of them.
     *
     * @return what became of each; all are stored
     * @throws ConflictException where one of them conflicts, so that none is written
     * @throws OutcomeUnknownException where they may have been written
     */
    public List<BulkOutcome> writeAtomically(BulkWrite write) {
        return writes.bulk(write, true);
    }

    /** @see Snapshot#attachment(String, String) */
    public AttachmentContent attachment(String id, String name) {
        return newest.attachment(id, name);
    }

    /**
     * Stores an attachment.
     *
     * @param revision of the document; null to make one that has nothing else
     * @param content opened again for each attempt; read as it is sent
     * @throws ConflictException where the revision is not the document's any more
     * @throws OutcomeUnknownException where it may have been written
     * @throws java.io.UncheckedIOException where the content cannot be read, and nothing was written
     */
    public Written putAttachment(
            String id, @Nullable String revision, String name, String contentType, AttachmentSource content) {
        return attachments.put(id, revision, name, contentType, content);
    }

    /** Removes an attachment; errors are those of {@link #putAttachment}. */
    public Written deleteAttachment(String id, String revision, String name) {
        return attachments.delete(id, revision, name);
    }

    /** Follows the database's changes; the feed is to be closed. */
    public ChangeFeed changes(FeedOptions options) {
        return new ChangeFeed(calls, options);
    }
}
