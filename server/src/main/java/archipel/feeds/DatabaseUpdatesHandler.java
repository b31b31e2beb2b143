package archipel.feeds;

import archipel.changes.Waiter;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.engine.EventPosition;
import archipel.engine.Node;
import archipel.engine.Node.DatabaseEvent;
import archipel.feeds.FeedWriter.Shape;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.Client;
import archipel.http.ETags;
import archipel.http.HttpSettings;
import archipel.http.JsonStream;
import archipel.http.Parameters;
import archipel.http.Request;
import archipel.http.Router;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** {@code _db_updates}: which databases were made, changed and deleted. */
final class DatabaseUpdatesHandler {
    private final Node node;
    private final HttpSettings settings;

    DatabaseUpdatesHandler(Node node, HttpSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    void register(Router router) {
        router.server("_db_updates", Access.ADMIN, "GET").get(this::updates);
    }

    private void updates(Request request, Answer answer) throws IOException {
        Parameters parameters = request.parameters();
        Shape shape = Shape.of(parameters.get("feed", "normal"));
        if (shape == null) {
            throw new RequestException(ErrorCode.UPDATES_FEED_TYPE);
        }
        long longest = settings.changesTimeoutMs();
        Updates updates = new Updates(
                answer.client(),
                node,
                parameters.get("since", "0"),
                nonNegative(parameters, "limit", Long.MAX_VALUE),
                parameters.isTrue("descending"));
        if (shape == Shape.NORMAL) {
            updates.awaitStart(request.blockWait());
        }
        if (shape == Shape.NORMAL && answer.notModified(ETags.of("updates " + node.position()))) {
            return;
        }
        long heartbeatMs = switch (parameters.get("heartbeat", "false")) {
            case "false" -> 0;
            case "true" -> longest;
            default -> Math.min(longest, nonNegative(parameters, "heartbeat", 0));
        };
        long timeoutMs = Math.min(longest, nonNegative(parameters, "timeout", longest));
        JsonStream stream = Feed.open(answer, shape);
        new Feed(request, answer.client(), FeedWriter.of(shape, stream), heartbeatMs, timeoutMs)
                .answer(request, stream, updates, null);
    }

    private static long nonNegative(Parameters parameters, String name, long absent) {
        String value = parameters.get(name);
        if (value == null) {
            return absent;
        }
        try {
            long number = Long.parseLong(value);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below, like what is negative.
        }
        throw new RequestException(ErrorCode.INVALID_FEED_INTEGER);
    }

    private static final class Updates implements Feed.Source {
        private final Client client;
        private final Node node;
        private final boolean descending;
        private EventPosition last;
        private long remaining;

        private Updates(Client client, Node node, String since, long limit, boolean descending) {
            this.client = client;
            this.node = node;
            this.descending = descending;
            this.remaining = limit;
            this.last = since.equals("now") ? node.position() : EventPosition.parse(since);
        }

        /** @throws RequestException 503 for a position that is not there in time */
        private void awaitStart(Duration atMost) {
            if (!client.await(() -> node.awaitPosition(last, atMost))) {
                throw new RequestException(ErrorCode.POSITION_NOT_REACHED, last, node.position());
            }
        }

        @Override
        public boolean drain(FeedWriter writer, Waiter waiter) throws IOException {
            EventPosition position = node.position();
            List<DatabaseEvent> events = node.eventsSince(descending ? EventPosition.START : last);
            for (DatabaseEvent event : descending ? events.reversed() : events) {
                if (remaining == 0) {
                    return true;
                }
                JsonBuffer json = writer.beginRow();
                json.ascii("{\"db_name\":").string(event.database());
                json.ascii(",\"type\":").string(event.kind()).ascii(",\"seq\":");
                event.position().appendTo(json).ascii('}');
                writer.endRow(json, event.position().toString());
                last = event.position();
                remaining--;
            }
            if (remaining > 0 && !descending) {
                last = last.and(position);
            }
            return remaining == 0 || descending;
        }

        @Override
        public boolean await(Duration atMost) {
            return client.await(() -> node.awaitEvent(last, atMost));
        }

        @Override
        public boolean isClosed() {
            return client.isStopping();
        }

        @Override
        public void end(FeedWriter writer) {
            writer.end(json -> last.appendTo(json.ascii("\"last_seq\":")), -1);
        }
    }
}
