package archipel.load;

import archipel.rawhttp.BodySink;
import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.MarkerCounter;
import archipel.rawhttp.UnexpectedAnswerException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What is measured on one connection at every size of a database; its costs must not follow the size. */
enum GrowthProbe implements Workload {
    GET("GET of a document at random") {
        @Override
        ClosedLoop.Client client(Subject subject) {
            DocumentRequest request = DocumentRequest.get(subject.target(), DATABASE, "");
            Answer answer = new Answer(description());
            long[] count = new long[1];
            return connection -> {
                long index = Long.remainderUnsigned(Documents.mix(count[0]++), subject.readDocuments());
                answer.exchange(connection, request.of(Subject.READ_SERIES, index), 200);
                return 1;
            };
        }
    },
    NOTHING_NEW("_changes since the newest") {
        @Override
        ClosedLoop.Client client(Subject subject) throws IOException {
            byte[] request = subject.target().request("GET", "/" + DATABASE + "/_changes?since=" + newest(subject));
            MarkerCounter rows = new MarkerCounter("\"changes\":");
            return connection -> {
                rows.reset();
                expectNone(connection.exchange(ByteBuffer.wrap(request), rows), rows);
                return 1;
            };
        }
    },
    FEED("opening of a continuous feed since the newest") {
        @Override
        ClosedLoop.Client client(Subject subject) throws IOException {
            String query = "/_changes?feed=continuous&heartbeat=60000&since=" + newest(subject);
            byte[] request = subject.target().request("GET", "/" + DATABASE + query);
            return ignored -> {
                try (HttpConnection connection = subject.target().connect()) {
                    connection.send(ByteBuffer.wrap(request));
                    expectNone(connection.readHead(), new MarkerCounter("\"changes\":"));
                }
                return 1;
            };
        }
    },
    STATE("GET of the database") {
        @Override
        ClosedLoop.Client client(Subject subject) {
            byte[] request = subject.target().request("GET", "/" + DATABASE);
            return connection -> {
                int status = connection.exchange(ByteBuffer.wrap(request), BodySink.DISCARD);
                if (status != 200) {
                    throw new UnexpectedAnswerException(description(), status + " instead of 200", "");
                }
                return 1;
            };
        }
    },
    PUT("PUT of a new document") {
        @Override
        ClosedLoop.Client client(Subject subject) {
            DocumentRequest request = DocumentRequest.put(subject.target(), DATABASE);
            Answer answer = new Answer(description());
            // A series for each size, and numbers that no session before had, since the documents stay.
            int series = PUT_SERIES + subject.readDocuments();
            return connection -> {
                long index = subject.newSeries();
                answer.exchange(connection, request.of(series, index, subject.documents()), 201);
                return 1;
            };
        }
    };

    static final String DATABASE = "growth";
    private static final int PUT_SERIES = 1_000_000;
    private final String description;

    GrowthProbe(String description) {
        this.description = description;
    }

    abstract ClosedLoop.Client client(Subject subject) throws IOException;

    @Override
    public String unit() {
        return "operations";
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public Session open(Subject subject) throws IOException {
        ClosedLoop.Client client = client(subject);
        return duration -> ClosedLoop.run(subject, List.of(client), duration);
    }

    private static String newest(Subject subject) throws IOException {
        String json = subject.target().call(200, "GET", "/" + DATABASE);
        return URLEncoder.encode(Json.text(json, "update_seq"), StandardCharsets.UTF_8);
    }

    private static void expectNone(int status, MarkerCounter rows) throws IOException {
        if (status != 200 || rows.count() != 0) {
            throw new UnexpectedAnswerException("_changes", status + " with " + rows.count() + " rows", "");
        }
    }
}
