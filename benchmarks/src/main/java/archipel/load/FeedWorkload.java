package archipel.load;

import archipel.rawhttp.HttpConnection;
import archipel.report.Round;
import archipel.report.Ticks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * Many continuous feeds open at once. An operation is one change, and takes until every feed has it. How much the
 * server's memory grew while the feeds were opened is in the notes.
 */
record FeedWorkload(int feeds) implements Workload {
    private static final Duration MOST_TO_OPEN = Duration.ofSeconds(60);
    private static final Duration MOST_TO_DELIVER = Duration.ofSeconds(30);
    private static final int MOST_CHANGES = 200;

    @Override
    public String name() {
        return "feeds";
    }

    @Override
    public String unit() {
        return "deliveries";
    }

    @Override
    public String description() {
        return feeds + " open continuous feeds: until one change has reached all";
    }

    @Override
    public Session open(Subject subject) throws IOException {
        return new FeedSession(subject, subject.newDatabase(name()));
    }

    private final class FeedSession implements Session {
        private final Subject subject;
        private final String database;
        private final DocumentRequest request;
        private final int series;
        private long index;
        private long openMs;
        private long feedBytes;

        FeedSession(Subject subject, String database) {
            this.subject = subject;
            this.database = database;
            this.request = DocumentRequest.put(subject.target(), database);
            this.series = subject.newSeries();
        }

        @Override
        public Round run(Duration duration) throws IOException {
            long residentBefore = subject.residentBytes();
            long start = Ticks.now();
            try (Feeds open = Feeds.open(subject, database, feeds, MOST_TO_OPEN)) {
                openMs = (Ticks.now() - start) / 1_000_000;
                // The server may still be busy with what it allocated for the last of them.
                Ticks.pause(Duration.ofMillis(200));
                feedBytes = Math.max(feedBytes, (subject.residentBytes() - residentBefore) / feeds);
                return deliver(open, duration);
            }
        }

        private Round deliver(Feeds open, Duration duration) throws IOException {
            Histogram latencies = Round.histogram();
            RoundClock clock = new RoundClock(subject);
            do {
                long before = Ticks.now();
                write();
                open.awaitChanges(latencies.getTotalCount() + 1, MOST_TO_DELIVER);
                latencies.recordValue(Ticks.now() - before);
            } while (clock.elapsedNs() < duration.toNanos() && latencies.getTotalCount() < MOST_CHANGES);
            return clock.end(latencies, (double) latencies.getTotalCount() * feeds);
        }

        private void write() throws IOException {
            try (HttpConnection connection = subject.target().connect()) {
                ByteBuffer bytes = request.of(series, index++, subject.documents());
                new Answer("PUT of a document").exchange(connection, bytes, 201);
            }
        }

        @Override
        public List<String> notes() {
            String opened = feeds + " feeds open after " + openMs + " ms";
            return feedBytes == 0
                    ? List.of(opened)
                    : List.of(opened, "+" + feedBytes / 1024 + " KiB resident per feed");
        }
    }
}
