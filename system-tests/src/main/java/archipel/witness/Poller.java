package archipel.witness;

import archipel.testimony.Ask;
import archipel.testimony.Block;
import archipel.testimony.Seen;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Follows the changes feed, the chain of blocks and single documents; always names the newest block it saw, so that it
 * never goes back, whichever node answers.
 */
final class Poller extends Client {
    private static final int LONG_POLL_MS = 500;

    private String since = "0";
    private long lastBlock;

    Poller(Site site, String name, SplittableRandom random) {
        super(site, name, random);
    }

    @Override
    void step() throws IOException, InterruptedException {
        int kind = random.nextInt(100);
        if (kind < 40) {
            changes();
        } else if (kind < 60) {
            document();
        } else if (kind < 80) {
            group();
        } else if (kind < 95) {
            blocks();
        } else {
            block();
        }
    }

    private void changes() throws IOException, InterruptedException {
        boolean wait = random.nextInt(5) == 0;
        String path = "/_changes?include_docs=true&blocks=true&since=" + since
                + (wait ? "&feed=longpoll&timeout=" + LONG_POLL_MS : "")
                + (random.nextInt(4) == 0 ? "&limit=" + random.nextInt(1, 20) : "");
        String from = since;
        Asked asked = ask(Question.get(path, onward(), answer -> Readings.feed(answer, name, from, wait)));
        if (asked.event().seen() instanceof Seen.Feed feed) {
            since = feed.lastSeq();
        }
    }

    private void document() throws IOException, InterruptedException {
        String id = Names.document(random.nextInt(site.plan().documents()));
        Question.Reading reading = new Readings.OfDocument(id);
        ask(
                random.nextBoolean()
                        ? Question.getWithHeader("/" + id, onward(), reading)
                        : Question.get("/" + id, onward(), reading));
    }

    private void group() throws IOException, InterruptedException {
        String keys = Names.group(random.nextInt(site.plan().groups())).stream()
                .collect(Collectors.joining("\",\"", "{\"keys\":[\"", "\"]}"));
        ask(Question.post("/_all_docs?include_docs=true", keys, onward(), Readings::keys));
    }

    private void blocks() throws IOException, InterruptedException {
        boolean wait = random.nextInt(5) == 0;
        String path = "/_blocks?since=" + lastBlock + "&limit=" + random.nextInt(1, 100)
                + (wait ? "&feed=longpoll&timeout=" + LONG_POLL_MS : "");
        if (ask(Question.get(path, Ask.LATEST, Readings::chain)).event().seen() instanceof Seen.Chain(var links)
                && !links.isEmpty()) {
            lastBlock = links.getLast().number();
        }
    }

    private void block() throws IOException, InterruptedException {
        Block block = site.shelf().block(random);
        if (block != null) {
            String name = random.nextBoolean() ? block.hash() : Long.toString(block.number());
            ask(Question.naming("/_block/" + name, new Ask.Pinned(name), Readings::chain));
        }
    }
}
