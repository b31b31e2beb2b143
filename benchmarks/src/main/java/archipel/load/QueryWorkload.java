package archipel.load;

import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.HttpTarget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.Collectors;

/**
 * Queries of the database for reads, one after the other on one connection.
 *
 * @param setUp makes the indexes, and asks each once, so that they are built
 * @param requests what is sent the nth time
 * @param marker what an answer has to contain
 * @param weight how much an answer counts, given the documents of the database
 */
record QueryWorkload(
        String name,
        String unit,
        String description,
        SetUp setUp,
        Requests requests,
        String marker,
        LongFunction<Double> weight)
        implements Workload {
    private static final String BY_NUMBER = "/_design/bench/_view/by_number";
    private static final List<String> FIELDS = List.of("number", "owner", "due", "weight", "title", "done", "type");
    private static final Duration BUILD_PATIENCE = Duration.ofMinutes(9);

    @FunctionalInterface
    interface SetUp {
        void prepare(Subject subject, String database) throws IOException;
    }

    @FunctionalInterface
    interface Requests {
        List<byte[]> of(Subject subject, String database, long index);
    }

    /** All of them. */
    static List<Workload> all() {
        return List.of(
                viewBuild(),
                viewScan(),
                viewRange(),
                viewReduce(),
                viewFirst(),
                indexBuild(),
                findByIndex(),
                findByScan());
    }

    private static QueryWorkload viewBuild() {
        return new QueryWorkload(
                "viewbuild",
                "docs",
                "a new JavaScript view over all documents, and its first query",
                (subject, database) -> {},
                (subject, database, index) -> {
                    String design = "/" + database + "/_design/build" + index;
                    return List.of(
                            design(
                                    subject.target(),
                                    design,
                                    "function (doc) { emit([doc.owner, doc.number], " + "doc.weight); } // " + index),
                            subject.target().request("GET", design + "/_view/by_number?reduce=false&limit=1"));
                },
                "\"total_rows\":",
                documents -> (double) documents);
    }

    private static QueryWorkload viewScan() {
        return view("viewscan", "rows", "GET of all rows of a view", "?reduce=false", documents -> (double) documents);
    }

    private static QueryWorkload viewRange() {
        return new QueryWorkload(
                "viewrange",
                "queries",
                "GET of 10 rows of a view, anywhere",
                QueryWorkload::views,
                (subject, database, index) -> List.of(subject.target()
                        .request(
                                "GET",
                                "/" + database + BY_NUMBER + "?reduce=false&limit=10&startkey="
                                        + number(subject, index, 20))),
                "\"value\":",
                documents -> 1.0);
    }

    private static QueryWorkload viewReduce() {
        return new QueryWorkload(
                "viewreduce",
                "queries",
                "_sum over a range of half a view's rows, anywhere",
                QueryWorkload::views,
                (subject, database, index) -> {
                    long start = number(subject, index, subject.readDocuments() / 2);
                    return List.of(subject.target()
                            .request(
                                    "GET",
                                    "/" + database + BY_NUMBER + "?startkey=" + start + "&endkey="
                                            + (start + subject.readDocuments() / 2)));
                },
                "\"key\":null",
                documents -> 1.0);
    }

    private static QueryWorkload viewFirst() {
        return new QueryWorkload(
                "viewfirst",
                "queries",
                "one write, then a query of a view that shows it",
                QueryWorkload::views,
                (subject, database, index) -> {
                    String id = "first-" + index;
                    byte[] json =
                            ("{\"number\":" + (-1 - index) + ",\"weight\":1}").getBytes(StandardCharsets.US_ASCII);
                    return List.of(
                            subject.target().request("PUT", "/" + database + "/" + id, json),
                            subject.target()
                                    .request("GET", "/" + database + BY_NUMBER + "?reduce=false&key=" + (-1 - index)));
                },
                "\"key\":-",
                documents -> 1.0);
    }

    private static QueryWorkload indexBuild() {
        return new QueryWorkload(
                "mangobuild",
                "docs",
                "a new Mango index of two fields (from the 43rd on, three) over all documents, and its first query",
                (subject, database) -> {},
                (subject, database, index) -> {
                    List<String> fields = fields(index);
                    String name = "numbers" + index;
                    String selector = fields.stream()
                            .map(field -> "\"" + field + "\":{\"$gt\":null}")
                            .collect(Collectors.joining(",", "{", "}"));
                    return List.of(
                            index(
                                    subject.target(),
                                    database,
                                    name,
                                    fields.stream().collect(Collectors.joining("\",\"", "\"", "\"]"))),
                            find(
                                    subject.target(),
                                    database,
                                    "{\"selector\":" + selector + ",\"limit\":1,\"use_index\":\"" + name + "\"}"));
                },
                "\"_id\":",
                documents -> (double) documents);
    }

    /** Two at first, then three, and each time others: what holds the same would be there already. */
    private static List<String> fields(long index) {
        int count = FIELDS.size();
        int pairs = count * (count - 1);
        if (index >= pairs + (long) pairs * (count - 2)) {
            throw new IllegalStateException("no more indexes to build: take more documents, or less time");
        }
        int pair = (int) (index < pairs ? index : (index - pairs) % pairs);
        List<String> left = new ArrayList<>(FIELDS);
        List<String> fields = new ArrayList<>();
        fields.add(left.remove(pair % count));
        fields.add(left.remove(pair / count));
        if (index >= pairs) {
            fields.add(left.get((int) ((index - pairs) / pairs)));
        }
        return fields;
    }

    private static QueryWorkload findByIndex() {
        return new QueryWorkload(
                "findindex",
                "queries",
                "_find of 10 documents by an index",
                (subject, database) -> {
                    call(subject, index(subject.target(), database, "bench-mango", "\"number\"]"));
                    call(
                            subject,
                            find(subject.target(), database, "{\"selector\":{\"number\":{\"$gt\":0}},\"limit\":1}"));
                },
                (subject, database, index) -> {
                    long start = number(subject, index, 20);
                    return List.of(find(
                            subject.target(),
                            database,
                            "{\"selector\":{\"number\":{\"$gte\":" + start + ",\"$lt\":" + (start + 10) + "}}}"));
                },
                "\"_id\":",
                documents -> 1.0);
    }

    private static QueryWorkload findByScan() {
        return new QueryWorkload(
                "findscan",
                "docs",
                "_find without an index that finds nothing; counts the documents looked at",
                (subject, database) -> {},
                (subject, database, index) ->
                        List.of(find(subject.target(), database, "{\"selector\":{\"text\":{\"$gt\":{}}},\"limit\":1}")),
                "\"docs\":",
                documents -> (double) documents);
    }

    private static QueryWorkload view(
            String name, String unit, String description, String query, LongFunction<Double> weight) {
        return new QueryWorkload(
                name,
                unit,
                description,
                QueryWorkload::views,
                (subject, database, index) ->
                        List.of(subject.target().request("GET", "/" + database + BY_NUMBER + query)),
                "\"rows\":",
                weight);
    }

    private static void views(Subject subject, String database) throws IOException {
        HttpTarget target = subject.target();
        String design = "/" + database + "/_design/bench";
        call(subject, design(target, design, "function (doc) { emit(doc.number, doc.weight); }"));
        call(subject, target.request("GET", "/" + database + BY_NUMBER));
    }

    private static byte[] design(HttpTarget target, String path, String map) {
        String json = "{\"views\":{\"by_number\":{\"map\":\"" + map + "\",\"reduce\":\"_sum\"}}}";
        return target.request("PUT", path, json.getBytes(StandardCharsets.US_ASCII));
    }

    /** @param rest of the index's definition, from the first field on */
    private static byte[] index(HttpTarget target, String database, String name, String rest) {
        String json = "{\"index\":{\"fields\":[" + rest + "},\"ddoc\":\"" + name + "\",\"name\":\"" + name + "\"}";
        return target.request("POST", "/" + database + "/_index", json.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] find(HttpTarget target, String database, String json) {
        return target.request("POST", "/" + database + "/_find", json.getBytes(StandardCharsets.US_ASCII));
    }

    private static long number(Subject subject, long index, int room) {
        return Documents.FIRST_NUMBER
                + Long.remainderUnsigned(Documents.mix(index), Math.max(1, subject.readDocuments() - room));
    }

    /** What was made before, by another workload, may be there. */
    private static void call(Subject subject, byte[] request) throws IOException {
        Answer answer = new Answer("set-up of a query");
        try (Deadline deadline = subject.deadline(BUILD_PATIENCE);
                HttpConnection connection = deadline.closes(subject.target().connect())) {
            answer.exchange(connection, ByteBuffer.wrap(request), 200, 201, 409);
        }
    }

    @Override
    public Session open(Subject subject) throws IOException {
        String database = subject.readDatabase();
        setUp.prepare(subject, database);
        Answer answer = new Answer(name);
        double counted = weight.apply(subject.readDocuments());
        long[] next = new long[1];
        ClosedLoop.Client client = connection -> {
            for (byte[] request : requests.of(subject, database, next[0]++)) {
                answer.exchange(connection, ByteBuffer.wrap(request), 200, 201);
            }
            answer.contains(marker);
            return counted;
        };
        return duration -> ClosedLoop.run(subject, List.of(client), duration);
    }
}
