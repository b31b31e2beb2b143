package archipel.testimony;

import archipel.testimony.Edit.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes records by hand, each request over before the next is sent unless said otherwise. */
final class Tale {
    private final List<Event> events = new ArrayList<>();
    private long tick;
    private @Nullable Long begun;
    private int listings;

    static Block block(long number) {
        return new Block(number, "0x" + Long.toHexString(0xabc000 + number));
    }

    static Ask pin(long number) {
        return new Ask.Pinned(block(number).hash());
    }

    /** A document by its id, version and writer: {@code a 3 w.1}. */
    static Row row(String id, long version, String token) {
        return new Row(id, rev(version, token), version, token, false);
    }

    static String rev(long version, String token) {
        return version + "-" + Digests.of(token).substring(0, 6);
    }

    static Edit done(String id, long version, String token) {
        return new Edit(id, version, false, Outcome.ACCEPTED, rev(version, token));
    }

    static Edit gone(String id, long version, String token) {
        return new Edit(id, version, true, Outcome.ACCEPTED, rev(version, token));
    }

    static Edit refused(String id, long version) {
        return new Edit(id, version, false, Outcome.REFUSED, null);
    }

    static Edit unknown(String id, long version, boolean deleted) {
        return new Edit(id, version, deleted, Outcome.UNKNOWN, null);
    }

    /** Now: for a request that is sent before others are over. */
    long now() {
        return ++tick;
    }

    /** The next request was sent at that time. */
    Tale begun(long at) {
        begun = at;
        return this;
    }

    Tale event(
            String client,
            String request,
            Ask ask,
            int status,
            @Nullable Block block,
            @Nullable String etag,
            @Nullable String digest,
            Seen seen) {
        long begin = begun == null ? now() : begun;
        begun = null;
        events.add(new Event(begin, now(), client, request, ask, status, block, etag, digest, seen));
        return this;
    }

    Tale read(String client, Ask ask, Block block, Seen seen) {
        return event(client, "GET /" + events.size(), ask, 200, block, null, "d" + events.size(), seen);
    }

    /** A pinned answer of which the bytes count. */
    Tale bytes(String request, Ask ask, Block block, String digest, String etag) {
        return event("again", request, ask, 200, block, etag, digest, new Seen.Again());
    }

    Tale write(Block block, String token, Edit... edits) {
        return event("writer", "PUT", Ask.LATEST, 201, block, null, "d", new Seen.Write(token, false, List.of(edits)));
    }

    Tale atomic(Block block, String token, Edit... edits) {
        return event("writer", "POST", Ask.LATEST, 201, block, null, "d", new Seen.Write(token, true, List.of(edits)));
    }

    Tale unanswered(String token, boolean atomic, Edit... edits) {
        return event("writer", "POST", Ask.LATEST, 0, null, null, null, new Seen.Write(token, atomic, List.of(edits)));
    }

    Tale document(String client, Ask ask, Block block, Row row) {
        return read(client, ask, block, new Seen.Documents(List.of(row), List.of()));
    }

    Tale missing(String client, Ask ask, Block block, String id) {
        return read(client, ask, block, new Seen.Documents(List.of(), List.of(id)));
    }

    Tale whole(Ask ask, Block block, Row... rows) {
        Seen seen = new Seen.Listing("l" + listings++, 0, true, -1, false, rows.length, List.of(rows));
        return read("pager", ask, block, seen);
    }

    /** Pages of at most {@code limit} rows each, all told to be of the same block. */
    Tale pages(Ask ask, Block block, int limit, Row... rows) {
        String name = "l" + listings++;
        for (int page = 0; page * limit <= rows.length; page++) {
            List<Row> some =
                    Stream.of(rows).skip((long) page * limit).limit(limit).toList();
            page(name, page, some.size() < limit, limit, rows.length, ask, block, some);
        }
        return this;
    }

    Tale page(String listing, int page, boolean last, int limit, long total, Ask ask, Block block, List<Row> rows) {
        return read("pager", ask, block, new Seen.Listing(listing, page, last, limit, false, total, rows));
    }

    Tale feed(String client, Ask ask, Block block, String since, String last, Seen.Feed.Change... rows) {
        return read(client, ask, block, new Seen.Feed(client, since, last, true, false, List.of(rows)));
    }

    static Seen.Feed.Change change(long seq, Row row) {
        return new Seen.Feed.Change(seq + "-0000abcd", row, null, false);
    }

    Tale refusal(String client, Ask ask, int status, String error, @Nullable Long horizon) {
        return event(client, "GET", ask, status, null, null, null, new Seen.Refusal(error, horizon));
    }

    Tale chain(Seen.Chain.Link... links) {
        return read("follower", Ask.LATEST, block(links[links.length - 1].number()), new Seen.Chain(List.of(links)));
    }

    static Seen.Chain.Link link(long number, long seq, long changes) {
        return new Seen.Chain.Link(
                number, block(number).hash(), block(number - 1).hash(), seq, seq + changes - 1, changes);
    }

    List<Event> events() {
        return events;
    }

    Report report() {
        return Analyser.analyse(Recording.of(events), true);
    }

    /** The rules that are broken, each once. */
    List<String> broken() {
        return List.copyOf(report().counts().keySet());
    }
}
