package archipel.topics;

import archipel.changes.Waiter;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.feeds.Feed;
import archipel.feeds.FeedWriter;
import archipel.feeds.FeedWriter.Shape;
import archipel.http.Answer;
import archipel.http.Client;
import archipel.http.HttpSettings;
import archipel.http.JsonStream;
import archipel.http.Parameters;
import archipel.http.Request;
import archipel.http.Verb;
import archipel.memory.Allowance;
import archipel.topic.Message;
import archipel.topic.Topic;
import archipel.topic.TopicState;
import archipel.topic.Topics;
import archipel.topic.Topics.Window;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a topic: those that are there, or also those that come. An event source gets each as it was
 * published; the other shapes get its number and time as well. Who asks for what is not kept any more is told how much
 * that is.
 */
final class TopicFeed {
    /** How much is read at once; each subscriber holds that while its client takes it. */
    private static final int MESSAGES = 200;

    private static final long BYTES = 64 << 10;
    /** The messages, the longest of them as it was read and as it is sent, and what is made of it to send it. */
    private static final int COPIES = 4;

    private final Topics topics;
    private final HttpSettings settings;

    TopicFeed(Topics topics, HttpSettings settings) {
        this.topics = topics;
        this.settings = settings;
    }

    void get(Topic topic, Shape shape, Request request, Answer answer) throws IOException {
        Parameters parameters = request.parameters();
        long longest = settings.changesTimeoutMs();
        long limit = parameters.nonNegative("limit", Long.MAX_VALUE);
        long heartbeatMs =
                Math.clamp(parameters.nonNegative("heartbeat", shape == Shape.NORMAL ? 0 : longest), 0, longest);
        long timeoutMs = Math.clamp(parameters.nonNegative("timeout", longest), 1, longest);
        topics.refresh(topic);
        Source source = new Source(topic, shape, answer.client(), since(topic, request, shape), limit);
        JsonStream stream = Feed.open(answer, shape);
        new Feed(request, answer.client(), FeedWriter.of(shape, stream), heartbeatMs, timeoutMs)
                .answer(request, stream, source, null);
    }

    /** What is asked for. */
    static Shape shape(Request request) {
        String accept = request.header("Accept");
        // Whoever does not say otherwise subscribes.
        boolean list = request.verb() == Verb.HEAD || accept != null && accept.contains("application/json");
        Shape shape = Shape.of(request.parameters().get("feed", list ? "normal" : "eventsource"));
        if (shape == null) {
            throw new RequestException(ErrorCode.UPDATES_FEED_TYPE);
        }
        return shape;
    }

    /** The number after which to begin. The id comes from a client that connects again, by the URL of its beginning. */
    private long since(Topic topic, Request request, Shape shape) {
        String id = request.header("Last-Event-ID");
        String since = request.parameters().get("since");
        String asked = id != null && !id.isEmpty() && (since == null || shape == Shape.EVENTSOURCE) ? id : since;
        TopicState state = topics.state(topic);
        if (asked == null) {
            return state.first() - 1;
        }
        if (asked.equals("now")) {
            return state.last();
        }
        long number = Feed.number(asked);
        if (number > state.last()) {
            throw new RequestException(ErrorCode.TOPIC_POSITION, number, state.last());
        }
        return number;
    }

    private final class Source implements Feed.Source {
        private final Topic topic;
        private final Shape shape;
        private final Client client;
        private long last;
        private long remaining;
        private @Nullable TopicState seen;

        Source(Topic topic, Shape shape, Client client, long since, long limit) {
            this.topic = topic;
            this.shape = shape;
            this.client = client;
            this.last = since;
            this.remaining = limit;
        }

        @Override
        public boolean drain(FeedWriter writer, Waiter waiter) throws IOException {
            while (remaining > 0) {
                Window window;
                try {
                    window = topics.read(topic, last, (int) Math.min(MESSAGES, remaining), BYTES);
                } catch (RequestException e) {
                    if (seen != null && isClosed()) {
                        return true;
                    }
                    throw e;
                }
                seen = window.state();
                // Held for as long as the client does not read.
                Allowance.current().pass(COPIES * window.bytes());
                tellMissed(writer, window.state());
                for (Message message : window.messages()) {
                    waiter.check();
                    write(writer, message);
                }
                if (window.messages().isEmpty()) {
                    return false;
                }
            }
            return true;
        }

        private void tellMissed(FeedWriter writer, TopicState state) throws IOException {
            long from = Math.max(last, state.start()) + 1;
            if (from < state.first()) {
                last = state.first() - 1;
                JsonBuffer json = writer.beginRow("missed");
                if (shape == Shape.EVENTSOURCE) {
                    TopicJson.missed(json, from, last);
                } else {
                    TopicJson.missed(json.ascii("{\"missed\":"), from, last).ascii('}');
                }
                writer.endRow(json, Long.toString(last));
            }
        }

        private void write(FeedWriter writer, Message message) throws IOException {
            JsonBuffer json = writer.beginRow();
            if (shape == Shape.EVENTSOURCE) {
                json.raw(message.json());
            } else {
                TopicJson.row(json, message);
            }
            writer.endRow(json, Long.toString(message.number()));
            last = message.number();
            remaining--;
        }

        @Override
        public boolean await(Duration atMost) {
            return client.await(() -> topics.await(topic, last, atMost));
        }

        @Override
        public boolean isClosed() {
            return client.isStopping() || topics.isGone(topic);
        }

        @Override
        public void end(FeedWriter writer) {
            TopicState state = seen == null ? topics.state(topic) : seen;
            writer.end(
                    json -> TopicJson.retention(
                            TopicJson.state(
                                            json.ascii("\"last_seq\":")
                                                    .number(last)
                                                    .ascii(','),
                                            state)
                                    .ascii(','),
                            topic.retention()),
                    -1);
        }
    }
}
