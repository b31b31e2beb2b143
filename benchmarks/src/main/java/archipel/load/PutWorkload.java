package archipel.load;

import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.Round;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code PUT} of new documents of 1 KB. */
record PutWorkload(int connections) implements Workload {
    private static final int SAMPLE = 127;

    @Override
    public String name() {
        return "put" + connections;
    }

    @Override
    public String unit() {
        return "docs";
    }

    @Override
    public String description() {
        return "PUT of new 1 KB documents, " + connections + " connection(s)";
    }

    @Override
    public Session open(Subject subject) throws IOException {
        String database = subject.newDatabase(name());
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            clients.add(new Client(subject, database));
        }
        return duration -> {
            Round round = ClosedLoop.run(subject, clients, duration);
            long written = clients.stream().mapToLong(client -> client.index).sum();
            long counted = subject.documentCount(database);
            if (counted != written) {
                throw new UnexpectedAnswerException("GET /" + database, counted + " documents of " + written, "");
            }
            return round;
        };
    }

    private static final class Client implements ClosedLoop.Client {
        private final Documents documents;
        private final DocumentRequest request;
        private final Answer answer = new Answer("PUT of a document");
        private final int series;
        private long index;

        Client(Subject subject, String database) {
            documents = subject.documents();
            request = DocumentRequest.put(subject.target(), database);
            series = subject.newSeries();
        }

        @Override
        public double operate(HttpConnection connection) throws IOException {
            answer.exchange(connection, request.of(series, index, documents), 201);
            if (index % SAMPLE == 0) {
                answer.contains("\"id\":\"" + Documents.id(series, index) + "\"");
                answer.contains("\"rev\":\"1-");
            }
            index++;
            return 1;
        }
    }
}
