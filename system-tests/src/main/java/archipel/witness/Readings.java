package archipel.witness;

import archipel.testimony.Row;
import archipel.testimony.Seen;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Understands answers: what of them goes into the record. */
final class Readings {
    /** A document by its id, which may be missing. */
    record OfDocument(String id) implements Question.Reading {
        @Override
        public Seen read(Answer answer) {
            JsonNode json = answer.json();
            return answer.isSuccess()
                    ? new Seen.Documents(List.of(row(id, json.path("_rev").stringValue(""), false, json)), List.of())
                    : new Seen.Documents(List.of(), List.of(id));
        }

        @Override
        public boolean understands(Answer answer) {
            return isMissing(answer);
        }
    }

    private Readings() {}

    /** Whether it says that there is no such document; not that there is no such block or database. */
    static boolean isMissing(Answer answer) {
        if (answer.status() != 404) {
            return false;
        }
        JsonNode json = answer.json();
        return json.path("error").stringValue("").equals("not_found")
                && List.of("missing", "deleted").contains(json.path("reason").stringValue(""));
    }

    /** @param body the document itself; missing or null where it was not shown */
    private static Row row(String id, String rev, boolean deleted, JsonNode body) {
        boolean shown = body.has("by");
        return new Row(
                id,
                rev,
                shown ? body.path("n").longValue() : null,
                shown ? body.path("by").stringValue("") : null,
                deleted || body.path("_deleted").booleanValue(false));
    }

    /** {@code _all_docs} for given keys. */
    static Seen keys(Answer answer) {
        List<Row> rows = new ArrayList<>();
        List<String> absent = new ArrayList<>();
        for (JsonNode row : answer.json().path("rows")) {
            String key = row.path("key").stringValue("");
            if (row.has("error")) {
                absent.add(key);
            } else {
                rows.add(listed(row));
            }
        }
        return new Seen.Documents(rows, absent);
    }

    /** {@code _bulk_get} of documents without their revisions. */
    static Seen bulk(Answer answer) {
        List<Row> rows = new ArrayList<>();
        List<String> absent = new ArrayList<>();
        for (JsonNode result : answer.json().path("results")) {
            String id = result.path("id").stringValue("");
            JsonNode document = result.path("docs").path(0).path("ok");
            String rev = document.path("_rev").stringValue("");
            if (rev.isEmpty()) {
                absent.add(id);
            } else {
                rows.add(row(id, rev, false, document));
            }
        }
        return new Seen.Documents(rows, absent);
    }

    /** A row of {@code _all_docs}. */
    static Row listed(JsonNode row) {
        JsonNode value = row.path("value");
        return row(
                row.path("id").stringValue(""),
                value.path("rev").stringValue(""),
                value.path("deleted").booleanValue(false),
                row.path("doc"));
    }

    /** A piece of {@code _changes}, with the documents and the blocks. */
    static Seen feed(Answer answer, String feed, String since, boolean waited) {
        JsonNode json = answer.json();
        List<Seen.Feed.Change> rows = new ArrayList<>();
        for (JsonNode row : json.path("results")) {
            String rev = row.path("changes").path(0).path("rev").stringValue("");
            boolean deleted = row.path("deleted").booleanValue(false);
            rows.add(new Seen.Feed.Change(
                    seq(row.path("seq")),
                    row(row.path("id").stringValue(""), rev, deleted, row.path("doc")),
                    row.has("block") ? row.path("block").longValue() : null,
                    row.path("last").booleanValue(false)));
        }
        boolean complete = json.path("pending").longValue(-1) == 0;
        return new Seen.Feed(feed, since, seq(json.path("last_seq")), complete, waited, rows);
    }

    /** {@code _blocks}, or one block alone. */
    static Seen chain(Answer answer) {
        JsonNode json = answer.json();
        List<Seen.Chain.Link> links = new ArrayList<>();
        if (json.has("hash")) {
            links.add(link(json));
        }
        json.path("results").forEach(one -> links.add(link(one)));
        json.path("blocks").forEach(one -> links.add(link(one)));
        return new Seen.Chain(links);
    }

    private static Seen.Chain.Link link(JsonNode json) {
        return new Seen.Chain.Link(
                json.path("number").longValue(),
                hash(json.path("hash")),
                hash(json.path("parent")),
                number(json.path("first_seq")),
                number(json.path("last_seq")),
                json.path("changes").longValue(0));
    }

    private static String hash(JsonNode json) {
        String text = json.stringValue("");
        return text.isEmpty() || text.startsWith("0x") ? text : "0x" + text;
    }

    private static String seq(JsonNode json) {
        return json.isNumber() ? json.toString() : json.stringValue("0");
    }

    private static long number(JsonNode json) {
        String text = seq(json);
        int dash = text.indexOf('-');
        return Long.parseLong(dash < 0 ? text : text.substring(0, dash));
    }

    /** Anything that is no success. */
    static Seen refusal(Answer answer) {
        JsonNode json = answer.json();
        JsonNode horizon = json.path("horizon");
        return new Seen.Refusal(json.path("error").stringValue("http " + answer.status()), longOrNull(horizon));
    }

    private static @Nullable Long longOrNull(JsonNode json) {
        return json.isNumber() ? json.longValue() : null;
    }
}
