package archipel.witness;

import archipel.testimony.Ask;
import archipel.testimony.Block;
import archipel.testimony.Seen;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** Pages through all documents as they were at one block, and reads the same in other ways: whole, as a feed, alone. */
final class Pager extends Client {
    private int listings;

    Pager(Site site, String name, SplittableRandom random) {
        super(site, name, random);
    }

    @Override
    void step() throws IOException, InterruptedException {
        Block block = site.shelf().block(random);
        if (block == null) {
            ask(Question.get("/_all_docs?limit=0", Ask.LATEST, _ -> new Seen.Again()));
            return;
        }
        Ask.Pinned pin = new Ask.Pinned(random.nextInt(4) == 0 ? Long.toString(block.number()) : block.hash());
        if (random.nextBoolean()) {
            pages(pin);
            whole(pin);
        } else {
            whole(pin);
            pages(pin);
        }
        if (random.nextInt(3) == 0) {
            feed(pin);
        }
        switch (random.nextInt(3)) {
            case 0 -> document(pin);
            case 1 -> documents(pin);
            default -> attachment(pin);
        }
    }

    private void pages(Ask.Pinned pin) throws IOException, InterruptedException {
        String listing = name + "." + listings++;
        boolean descending = random.nextInt(4) == 0;
        int limit = random.nextInt(5, 40);
        String path = "/_all_docs?limit=" + limit + (descending ? "&descending=true" : "")
                + (random.nextBoolean() ? "&include_docs=true" : "");
        String start = "";
        for (int page = 0; !site.isOver(); ) {
            int number = page;
            Question question =
                    Question.get(path + start, pin, answer -> listing(answer, listing, number, limit, descending));
            switch (ask(question).event().seen()) {
                case Seen.Listing one
                when !one.last() -> {
                    page++;
                    start = "&startkey=%22" + one.rows().getLast().id() + "%22&skip=1";
                }
                case Seen.Lost _ -> {}
                default -> {
                    return;
                }
            }
        }
    }

    private void whole(Ask.Pinned pin) throws IOException, InterruptedException {
        String listing = name + "." + listings++;
        String path = "/_all_docs" + (random.nextBoolean() ? "?include_docs=true" : "");
        ask(Question.get(path, pin, answer -> listing(answer, listing, 0, -1, false)));
    }

    private static Seen listing(Answer answer, String listing, int page, int limit, boolean descending) {
        var json = answer.json();
        var rows = json.path("rows").valueStream().map(Readings::listed).toList();
        boolean last = limit < 0 || rows.size() < limit;
        return new Seen.Listing(
                listing, page, last, limit, descending, json.path("total_rows").longValue(-1), rows);
    }

    private void feed(Ask.Pinned pin) throws IOException, InterruptedException {
        ask(Question.get(
                "/_changes?include_docs=true&since=0", pin, answer -> Readings.feed(answer, name, "0", false)));
    }

    /** Several at once. */
    private void documents(Ask.Pinned pin) throws IOException, InterruptedException {
        List<String> ids =
                new ArrayList<>(Names.group(random.nextInt(site.plan().groups())));
        ids.add(Names.document(random.nextInt(site.plan().documents())));
        String body = ids.stream().collect(Collectors.joining("\"},{\"id\":\"", "{\"docs\":[{\"id\":\"", "\"}]}"));
        ask(Question.post("/_bulk_get", body, pin, Readings::bulk));
    }

    /** That has been there before: else there are no bytes to compare. */
    private void attachment(Ask.Pinned pin) throws IOException, InterruptedException {
        String id = Names.document(random.nextInt(site.plan().documents()));
        Asked asked = ask(Question.get("/" + id, pin, new Readings.OfDocument(id)));
        Answer answer = asked.answer();
        if (answer != null && answer.json().has("_attachments")) {
            ask(Question.get("/" + id + "/" + Names.ATTACHMENT, pin, _ -> new Seen.Again()));
        }
    }

    private void document(Ask.Pinned pin) throws IOException, InterruptedException {
        String id = Names.document(random.nextInt(site.plan().documents()));
        ask(Question.get("/" + id, pin, new Readings.OfDocument(id)));
    }
}
