package archipel.load;

import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.MarkerCounter;
import archipel.rawhttp.UnexpectedAnswerException;
import java.io.IOException;
import java.util.List;

/** {@code POST _bulk_docs} of a thousand new documents of 1 KB, one request after the other. */
record BulkWorkload() implements Workload {
    @Override
    public String name() {
        return "bulk";
    }

    @Override
    public String unit() {
        return "docs";
    }

    @Override
    public String description() {
        return "POST _bulk_docs of " + BulkRequest.DOCUMENTS + " new 1 KB documents, 1 connection";
    }

    @Override
    public Session open(Subject subject) throws IOException {
        Client client = new Client(subject, subject.newDatabase(name()));
        return duration -> ClosedLoop.run(subject, List.of(client), duration);
    }

    private static final class Client implements ClosedLoop.Client {
        private final BulkRequest request;
        private final MarkerCounter revisions = new MarkerCounter("\"rev\":\"1-");
        private final int series;
        private long index;

        Client(Subject subject, String database) {
            request = new BulkRequest(subject.target(), database, subject.documents());
            series = subject.newSeries();
        }

        @Override
        public double operate(HttpConnection connection) throws IOException {
            revisions.reset();
            int status = connection.exchange(request.of(series, index), revisions);
            if (status != 201 || revisions.count() != BulkRequest.DOCUMENTS) {
                throw new UnexpectedAnswerException(
                        "_bulk_docs", status + " with " + revisions.count() + " first revisions", "");
            }
            index += BulkRequest.DOCUMENTS;
            return BulkRequest.DOCUMENTS;
        }
    }
}
