package archipel.locks;

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
import archipel.lock.Lock;
import archipel.lock.Locks;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Who holds a lock and who waits for it: now, or as it changes. A feed sends the lock's current state after each
 * change; a state that is followed by another before the feed reads it is left out.
 */
final class LockFeed {
    private final Locks locks;
    private final HttpSettings settings;

    LockFeed(Locks locks, HttpSettings settings) {
        this.locks = locks;
        this.settings = settings;
    }

    void get(String name, Request request, Answer answer) throws IOException {
        Parameters parameters = request.parameters();
        Shape shape = Shape.of(parameters.get("feed", "normal"));
        if (shape == null || shape == Shape.LONGPOLL) {
            throw new RequestException(ErrorCode.LOCK_FEED_TYPE);
        }
        long longest = settings.changesTimeoutMs();
        long heartbeatMs = Math.clamp(parameters.nonNegative("heartbeat", longest), 1, longest);
        locks.refresh();
        if (shape == Shape.NORMAL) {
            answer.json(200, LockJson.state(new JsonBuffer(512), name, locks.find(name)));
            return;
        }
        JsonStream stream = Feed.open(answer, shape);
        new Feed(request, answer.client(), FeedWriter.of(shape, stream), heartbeatMs, longest)
                .answer(request, stream, new Source(answer.client(), name), null);
    }

    private final class Source implements Feed.Source {
        private final Client client;
        private final String name;
        private @Nullable Lock told;
        private boolean begun;

        Source(Client client, String name) {
            this.client = client;
            this.name = name;
        }

        @Override
        public boolean drain(FeedWriter writer, Waiter waiter) throws IOException {
            Lock lock = locks.find(name);
            if (!begun || lock != told) {
                begun = true;
                told = lock;
                writer.endRow(LockJson.state(writer.beginRow(), name, lock), id(lock));
            }
            return false;
        }

        private static String id(@Nullable Lock lock) {
            return lock == null ? "0" : Long.toString(lock.position());
        }

        @Override
        public boolean await(Duration atMost) {
            return client.await(() -> locks.awaitChange(name, told, atMost));
        }

        @Override
        public boolean isClosed() {
            return client.isStopping();
        }

        @Override
        public void end(FeedWriter writer) {
            writer.end(json -> json.ascii("\"last_seq\":\"").ascii(id(told)).ascii('"'), -1);
        }
    }
}
