package archipel.load;

import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.HttpTarget;
import archipel.report.Round;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** {@code PUT} of a next revision: each connection goes round documents of its own. */
record UpdateWorkload(int connections) implements Workload {
    /** Each connection's; few enough that all have a history soon. */
    private static final int DOCUMENTS = 100;

    @Override
    public String name() {
        return "update" + connections;
    }

    @Override
    public String unit() {
        return "docs";
    }

    @Override
    public String description() {
        return "PUT of next revisions, 1 KB, " + connections + " connection(s) with " + DOCUMENTS + " documents each";
    }

    @Override
    public Session open(Subject subject) throws IOException {
        String database = subject.newDatabase(name());
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            clients.add(new Client(subject, database));
        }
        return new Session() {
            @Override
            public Round run(Duration duration) throws IOException {
                return ClosedLoop.run(subject, clients, duration);
            }

            @Override
            public List<String> notes() {
                long updates = clients.stream().mapToLong(client -> client.next).sum();
                return List.of("up to generation " + (1 + updates / connections / DOCUMENTS));
            }
        };
    }

    private static final class Client implements ClosedLoop.Client {
        private static final byte[] QUERY = "?rev=".getBytes(StandardCharsets.US_ASCII);
        private final byte[][] revisions = new byte[DOCUMENTS][];
        private final Documents documents;
        private final Answer answer = new Answer("PUT of a next revision");
        private final byte[] lineStart;
        private final byte[] rest;
        private final int series;
        private long next;

        Client(Subject subject, String database) {
            HttpTarget target = subject.target();
            documents = subject.documents();
            series = subject.newSeries();
            lineStart = ("PUT " + target.path() + "/" + database + "/").getBytes(StandardCharsets.US_ASCII);
            byte[] request = target.request("PUT", "/" + database + "/", new byte[Documents.BODY_BYTES]);
            rest = Arrays.copyOfRange(request, lineStart.length, request.length);
        }

        @Override
        public double operate(HttpConnection connection) throws IOException {
            int document = (int) (next % DOCUMENTS);
            answer.exchange(connection, request(document), 201);
            revisions[document] = answer.revision();
            next++;
            return 1;
        }

        private ByteBuffer request(int document) {
            byte[] revision = revisions[document];
            int query = revision == null ? 0 : QUERY.length + revision.length;
            byte[] bytes = new byte[lineStart.length + Documents.ID_BYTES + query + rest.length];
            System.arraycopy(lineStart, 0, bytes, 0, lineStart.length);
            int at = lineStart.length;
            Documents.id(bytes, at, series, document);
            at += Documents.ID_BYTES;
            if (revision != null) {
                System.arraycopy(QUERY, 0, bytes, at, QUERY.length);
                System.arraycopy(revision, 0, bytes, at + QUERY.length, revision.length);
                at += query;
            }
            System.arraycopy(rest, 0, bytes, at, rest.length);
            int body = bytes.length - Documents.BODY_BYTES;
            System.arraycopy(documents.body(next), 0, bytes, body, Documents.BODY_BYTES);
            Documents.number(bytes, body, next);
            return ByteBuffer.wrap(bytes);
        }
    }
}
