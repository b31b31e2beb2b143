package archipel.cli;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The lines of an answer that may take long, each as soon as it is there. The JDK's stream of a body has no time limit,
 * and forgets what it has when the connection breaks off.
 */
final class AnswerLines implements BodySubscriber<AnswerLines> {
    private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
    private final BodySubscriber<Void> text = BodySubscribers.fromLineSubscriber(new Listener(heard));
    private final Duration patience;

    /** @param patience for how long nothing may come before the sender is taken for gone */
    AnswerLines(Duration patience) {
        this.patience = patience;
    }

    /**
     * The next one; null after the last.
     *
     * @throws IOException when the answer breaks off, or nothing comes any more
     */
    @Nullable
    String next() throws IOException, InterruptedException {
        return switch (heard.poll(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            case null -> throw new HttpTimeoutException("nothing came for " + patience.toSeconds() + " s");
            case Heard.Line line -> line.text();
            case Heard.End _ -> null;
            case Heard.Break end -> throw new IOException("it broke off", end.cause());
        };
    }

    /** All that are left, with line feeds between them. */
    String rest() throws IOException, InterruptedException {
        StringBuilder rest = new StringBuilder();
        for (String line = next(); line != null; line = next()) {
            rest.append(line).append('\n');
        }
        return rest.toString();
    }

    /** Itself, at once: there are no lines yet. */
    @Override
    public CompletionStage<AnswerLines> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        text.onSubscribe(subscription);
    }

    @Override
    public void onNext(List<ByteBuffer> bytes) {
        text.onNext(bytes);
    }

    @Override
    public void onError(Throwable cause) {
        text.onError(cause);
    }

    @Override
    public void onComplete() {
        text.onComplete();
    }

    private sealed interface Heard {
        record Line(String text) implements Heard {}

        record End() implements Heard {}

        record Break(Throwable cause) implements Heard {}
    }

    private record Listener(BlockingQueue<Heard> heard) implements Flow.Subscriber<String> {
        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(String line) {
            heard.add(new Heard.Line(line));
        }

        @Override
        public void onError(Throwable cause) {
            heard.add(new Heard.Break(cause));
        }

        @Override
        public void onComplete() {
            heard.add(new Heard.End());
        }
    }
}
