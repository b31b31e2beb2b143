package archipel.load;

import archipel.rawhttp.HttpConnection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code GET} of documents of 1 KB, in no order. */
record GetWorkload(int connections) implements Workload {
    private static final int SAMPLE = 127;

    @Override
    public String name() {
        return "get" + connections;
    }

    @Override
    public String unit() {
        return "docs";
    }

    @Override
    public String description() {
        return "GET of 1 KB documents at random, " + connections + " connection(s)";
    }

    @Override
    public Session open(Subject subject) throws IOException {
        String database = subject.readDatabase();
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            clients.add(new Client(subject, database, i));
        }
        return duration -> ClosedLoop.run(subject, clients, duration);
    }

    private static final class Client implements ClosedLoop.Client {
        private final DocumentRequest request;
        private final Answer answer = new Answer("GET of a document");
        private final int documents;
        private final long seed;
        private long count;

        Client(Subject subject, String database, int seed) {
            request = DocumentRequest.get(subject.target(), database, "");
            documents = subject.readDocuments();
            this.seed = (long) seed << 40;
        }

        @Override
        public double operate(HttpConnection connection) throws IOException {
            long index = Long.remainderUnsigned(Documents.mix(seed + count), documents);
            answer.exchange(connection, request.of(Subject.READ_SERIES, index), 200);
            if (count % SAMPLE == 0) {
                answer.contains("\"_id\":\"" + Documents.id(Subject.READ_SERIES, index) + "\"");
                answer.contains("\"number\":" + (Documents.FIRST_NUMBER + index));
            }
            count++;
            return 1;
        }
    }
}
