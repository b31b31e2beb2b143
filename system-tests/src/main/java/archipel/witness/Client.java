package archipel.witness;

import archipel.testimony.Ask;
import archipel.testimony.Block;
import archipel.testimony.Event;
import archipel.testimony.Seen;
import java.io.IOException;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One client: asks one thing after the other, and puts each answer on record before it asks the next. */
abstract class Client {
    final Site site;
    final String name;
    final SplittableRandom random;
    private long lastRequestMs;
    /** The number of the newest block that this client was told of. */
    private long highest;

    Client(Site site, String name, SplittableRandom random) {
        this.site = site;
        this.name = name;
        this.random = random;
    }

    /** Does something that takes a few requests. */
    abstract void step() throws IOException, InterruptedException;

    /** Goes on until the run is over. */
    final void run() throws IOException, InterruptedException {
        while (!site.isOver()) {
            step();
        }
    }

    /** What to ask for in order never to go back: the newest block that this client saw, or that anybody saw. */
    final Ask.AtLeast onward() {
        return new Ask.AtLeast(random.nextInt(4) == 0 ? site.recorder().highest() : highest);
    }

    /** Asks, and puts on record what came. */
    final Asked ask(Question question) throws IOException, InterruptedException {
        return ask(question, answer -> answer == null ? new Seen.Lost("no whole answer") : seen(question, answer));
    }

    /** Asks, and puts on record what is made of the answer, or of null where no whole answer came. */
    final Asked ask(Question question, Function<@Nullable Answer, Seen> reading)
            throws IOException, InterruptedException {
        site.pause(lastRequestMs);
        lastRequestMs = site.now();
        long begin = site.recorder().begin();
        Answer answer;
        try {
            answer = send(question);
        } catch (IOException _) {
            Event event = site.recorder()
                    .add(begin, name, question.text(), question.ask(), 0, null, null, null, reading.apply(null));
            site.awaitNode();
            return new Asked(event, null);
        }
        return new Asked(record(begin, question, answer, reading.apply(answer)), answer);
    }

    /**
     * @param event as it is in the record
     * @param answer null where there was none
     */
    record Asked(Event event, @Nullable Answer answer) {}

    private static Seen seen(Question question, Answer answer) {
        if (answer.isSuccess() || question.reading().understands(answer)) {
            return question.reading().read(answer);
        }
        return answer.status() == 304 ? new Seen.Again() : Readings.refusal(answer);
    }

    private Answer send(Question question) throws IOException, InterruptedException {
        String path = "/" + site.plan().database() + question.path();
        return site.endpoint().send(question.method(), path, question.body(), question.headers());
    }

    /** A feed that waited shows later blocks than the one it began with, which its head names. */
    private static long newest(Event event, Block named) {
        if (!(event.seen() instanceof Seen.Feed feed)) {
            return named.number();
        }
        return feed.rows().stream()
                .map(Seen.Feed.Change::block)
                .filter(Objects::nonNull)
                .reduce(named.number(), Math::max);
    }

    private Event record(long begin, Question question, Answer answer, Seen seen) {
        Event event = site.recorder()
                .add(
                        begin,
                        name,
                        question.text(),
                        question.ask(),
                        answer.status(),
                        answer.block(),
                        answer.etag(),
                        answer.digest(),
                        seen);
        if (event.block() != null && event.showsState()) {
            highest = Math.max(highest, newest(event, event.block()));
            site.shelf().saw(event.block());
            if (question.ask() instanceof Ask.Pinned
                    && event.status() != 304
                    && !(event.seen() instanceof Seen.Chain)) {
                site.shelf().keep(question.again(), answer.etag(), random);
            }
        }
        return event;
    }
}
