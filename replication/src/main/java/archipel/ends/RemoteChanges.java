package archipel.ends;

import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.json.JsonCursor;
import archipel.remote.RemoteAnswer;
import archipel.remote.RemoteException;
import archipel.remote.RemoteRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The changes of a database behind HTTP. What is there already comes in pages, since a feed that is read as slowly as
 * documents can be copied would have the source hold an old state for as long. One that goes on then listens to a feed
 * of the source, which sends a sign of life three times as often as silence ends it.
 */
final class RemoteChanges implements ChangesFeed {
    private static final int ROW_BYTES = 16 << 20;

    private final RemoteEnd end;
    private final ChangesQuery query;
    private SourceSequence position;
    private boolean caughtUp;
    // Rows left of those that were there when the first page came: what comes later need not be waited for.
    private long toRead = Long.MAX_VALUE;
    private volatile @Nullable RemoteAnswer listening;
    private volatile boolean closed;
    private @Nullable FeedLines lines;
    private boolean ended;

    RemoteChanges(RemoteEnd end, ChangesQuery query) {
        this.end = end;
        this.query = query;
        this.position = query.since();
    }

    @Override
    public Changes next(int most) throws IOException, InterruptedException {
        if (!caughtUp) {
            SourceSequence before = position;
            Changes page = page(most);
            boolean nothing = page.documents().isEmpty() && position.equals(before);
            if (!query.continuous() || !nothing) {
                return page;
            }
            caughtUp = true;
        }
        return listen(most);
    }

    private Changes page(int most) throws IOException, InterruptedException {
        RemoteRequest request = request("normal").query("limit", Integer.toString(most));
        try {
            return end.ask(request, answer -> {
                requireSuccess(answer);
                AnswerElements rows = new AnswerElements(answer.body(), "results", ROW_BYTES);
                List<ChangedDocument> documents = new ArrayList<>();
                int count = 0;
                SourceSequence last = position;
                while (rows.next()) {
                    if (++count > most) {
                        throw new RemoteException(
                                RemoteException.Kind.MALFORMED,
                                end.shown() + " sends more changes than were asked for",
                                null);
                    }
                    Row row = row(rows.cursor());
                    last = row.sequence == null ? last : row.sequence;
                    if (row.document != null) {
                        documents.add(row.document);
                    }
                }
                String lastSeq = rows.member("last_seq");
                String pending = rows.member("pending");
                position = lastSeq == null || lastSeq.equals("null") ? last : new SourceSequence(lastSeq);
                if (toRead == Long.MAX_VALUE && pending != null) {
                    toRead = count + Long.parseLong(pending);
                }
                toRead -= toRead == Long.MAX_VALUE ? 0 : count;
                boolean atEnd = count < most || "0".equals(pending) || toRead <= 0;
                caughtUp = atEnd;
                return new Changes(documents, position, atEnd && !query.continuous());
            });
        } catch (ReplicationException e) {
            throw new EndFaultException(e.isPassing() ? 503 : 400, e.error(), e.reason());
        } catch (NumberFormatException e) {
            throw new RemoteException(RemoteException.Kind.MALFORMED, end.shown() + ": `pending` is no number", e);
        }
    }

    private Changes listen(int most) throws IOException, InterruptedException {
        FeedLines open = lines;
        if (ended) {
            throw new RemoteException(RemoteException.Kind.CUT, end.shown() + " has ended its feed", null);
        }
        if (open == null) {
            RemoteAnswer answer = end.send(request("continuous"));
            listening = answer;
            if (closed) {
                answer.close();
            }
            requireSuccess(answer);
            open = new FeedLines(answer.body(), ROW_BYTES);
            lines = open;
        }
        List<ChangedDocument> documents = new ArrayList<>();
        try {
            // What has come already goes together; nothing is waited for beyond the first.
            do {
                JsonCursor line = open.next();
                if (line == null) {
                    ended = true;
                    return new Changes(documents, position, false);
                }
                Row row = row(line);
                position = row.sequence == null ? position : row.sequence;
                if (row.document != null) {
                    documents.add(row.document);
                }
            } while (documents.size() < most && open.hasMore());
        } catch (RequestException e) {
            throw new RemoteException(RemoteException.Kind.MALFORMED, end.shown() + ": a change is malformed", e);
        }
        return new Changes(documents, position, false);
    }

    private void requireSuccess(RemoteAnswer answer) throws IOException {
        if (!answer.isSuccess()) {
            throw end.fault(answer, "reading changes of");
        }
    }

    private RemoteRequest request(String feed) {
        long heartbeat = Math.max(1, end.timeout().toMillis() / 3);
        RemoteRequest request = RemoteRequest.get("_changes")
                .query("feed", feed)
                .query("style", query.winnersOnly() ? "main_only" : "all_docs")
                .query("since", position.parameter())
                .query("heartbeat", Long.toString(heartbeat));
        return switch (query.selection()) {
            case Selection.All _ -> request;
            case Selection.Ids ids -> {
                JsonBuffer json = new JsonBuffer().ascii("{\"doc_ids\":[");
                String separator = "";
                for (String id : ids.ids()) {
                    json.ascii(separator).string(id);
                    separator = ",";
                }
                yield posted(
                        request.query("filter", "_doc_ids"), json.ascii("]}").toByteArray());
            }
            case Selection.Matching matching -> {
                JsonBuffer json = new JsonBuffer().ascii("{\"selector\":").raw(JsonTree.bytes(matching.selector()));
                yield posted(
                        request.query("filter", "_selector"), json.ascii('}').toByteArray());
            }
            case Selection.Filter filter -> {
                RemoteRequest filtered = request.query("filter", filter.name());
                for (var parameter : filter.parameters().properties()) {
                    if (!isOurs(parameter.getKey())) {
                        JsonNode value = parameter.getValue();
                        filtered = filtered.query(parameter.getKey(), value.asString(value.toString()));
                    }
                }
                yield filtered;
            }
        };
    }

    private static boolean isOurs(String parameter) {
        return List.of("feed", "style", "since", "heartbeat", "filter", "limit", "timeout")
                .contains(parameter);
    }

    private static RemoteRequest posted(RemoteRequest request, byte[] json) {
        return new RemoteRequest(
                "POST",
                request.path(),
                request.query(),
                request.headers(),
                new RemoteRequest.Bytes("application/json", json, json.length),
                request.idle());
    }

    /** One line or element of a feed: a change, or the last position. */
    record Row(@Nullable SourceSequence sequence, @Nullable ChangedDocument document) {}

    static Row row(JsonCursor cursor) {
        SourceSequence sequence = null;
        String id = "";
        List<Revision> revisions = List.of();
        boolean isObject = cursor.enterObject();
        while (isObject && cursor.nextMember()) {
            if (cursor.isKey("seq") || cursor.isKey("last_seq")) {
                sequence = cursor.peek() == 'n' ? null : new SourceSequence(cursor.raw());
                if (sequence == null) {
                    cursor.skip();
                }
            } else if (cursor.isKey("id")) {
                id = cursor.text();
            } else if (cursor.isKey("changes") && cursor.enterArray()) {
                revisions = leaves(cursor);
            } else {
                cursor.skip();
            }
        }
        // CouchDB once let documents in whose id is empty; they cannot be asked for.
        boolean usable = !id.isEmpty() && !revisions.isEmpty();
        return new Row(sequence, usable ? new ChangedDocument(id, revisions) : null);
    }

    private static List<Revision> leaves(JsonCursor cursor) {
        List<Revision> revisions = new ArrayList<>(1);
        while (cursor.nextElement()) {
            boolean isObject = cursor.enterObject();
            while (isObject && cursor.nextMember()) {
                if (cursor.isKey("rev")) {
                    revisions.add(Revision.parse(cursor.text()));
                } else {
                    cursor.skip();
                }
            }
            if (!isObject) {
                cursor.skip();
            }
        }
        return revisions;
    }

    @Override
    public void close() {
        closed = true;
        RemoteAnswer answer = listening;
        if (answer != null) {
            end.close(answer);
        }
    }
}
