package archipel.ensembles;

import archipel.changes.Waiter;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.ensemble.ElectionEvents;
import archipel.ensemble.Ensemble;
import archipel.feeds.Feed;
import archipel.feeds.FeedWriter;
import archipel.feeds.FeedWriter.Shape;
import archipel.http.Answer;
import archipel.http.Client;
import archipel.http.HttpSettings;
import archipel.http.JsonStream;
import archipel.http.Parameters;
import archipel.http.Request;
import java.io.IOException;
import java.time.Duration;

/** {@code _ensemble/events}: what this member has seen of elections, as a list or as a feed of what is to come. */
final class EventsHandler {
    private final HttpSettings settings;

    EventsHandler(HttpSettings settings) {
        this.settings = settings;
    }

    void get(Ensemble ensemble, Request request, Answer answer) throws IOException {
        Parameters parameters = request.parameters();
        Shape shape = Shape.of(parameters.get("feed", "normal"));
        if (shape == null) {
            throw new RequestException(ErrorCode.UPDATES_FEED_TYPE);
        }
        String id = request.header("Last-Event-ID");
        ElectionEvents events = ensemble.events();
        String since = parameters.get("since", id == null ? "0" : id);
        Source source = new Source(answer.client(), events, since.equals("now") ? events.last() : Feed.number(since));
        JsonStream stream = Feed.open(answer, shape);
        long longest = settings.changesTimeoutMs();
        String heartbeat = parameters.get("heartbeat");
        long heartbeatMs = heartbeat == null ? longest : Math.clamp(Feed.number(heartbeat), 1, longest);
        new Feed(request, answer.client(), FeedWriter.of(shape, stream), heartbeatMs, longest)
                .answer(request, stream, source, null);
    }

    private static final class Source implements Feed.Source {
        private final Client client;
        private final ElectionEvents events;
        private long last;

        private Source(Client client, ElectionEvents events, long since) {
            this.client = client;
            this.events = events;
            this.last = since;
        }

        @Override
        public boolean drain(FeedWriter writer, Waiter waiter) throws IOException {
            for (ElectionEvents.Event event : events.since(last)) {
                JsonBuffer json = writer.beginRow();
                event.appendTo(json);
                writer.endRow(json, Long.toString(event.number()));
                last = event.number();
            }
            return false;
        }

        @Override
        public boolean await(Duration atMost) {
            return client.await(() -> events.await(last, atMost));
        }

        @Override
        public boolean isClosed() {
            return client.isStopping();
        }

        @Override
        public void end(FeedWriter writer) {
            writer.end(json -> json.ascii("\"last_seq\":").number(last), -1);
        }
    }
}
