package archipel.load;

import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.HttpTarget;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.Measurement;
import archipel.report.ProcessTree;
import archipel.report.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What history costs: those who read and write the newest state, beside a database without any; and those who read a
 * block of some time ago. All on one server, the compared databases in turn.
 */
final class HistoryRun {
    /** Of how many documents one has changed since the block that is listed. */
    private static final int CHANGED_ONE_IN = 10;

    private static final String KEEP_ALL = "{\"keep\":\"all\"}";
    private static final Duration PRUNING_PATIENCE = Duration.ofMinutes(10);

    private static final Pattern ROW =
            Pattern.compile("\"id\":\"([^\"]+)\",\"key\":\"[^\"]+\",\"value\":\\{\"rev\":\"([^\"]+)\"");
    private static final Pattern REVISION = Pattern.compile("\"rev\":\"([^\"]+)\"");

    private final Schedule schedule;
    private final HttpTarget target;
    private final ProcessTree processes;
    private final int documents;

    /** @param documents in each database, a multiple of a bulk's size */
    HistoryRun(Schedule schedule, HttpTarget target, ProcessTree processes, int documents) {
        this.schedule = schedule;
        this.target = target;
        this.processes = processes;
        this.documents = documents;
    }

    /** A was written once, B so often that it has that many superseded versions, spread evenly over its documents. */
    Table latest(int versions) throws IOException {
        try (Subject plain = subject("A", "history-none-");
                Subject written = subject("B", "history-much-")) {
            horizon(plain, KEEP_ALL);
            horizon(written, KEEP_ALL);
            rewrite(written, versions);
            return newest(List.of(plain, written));
        }
    }

    /** Both were written as often; A's superseded versions are pruned and gone, B's are kept. */
    Table kept(int versions) throws IOException {
        try (Subject pruned = subject("A", "history-pruned-");
                Subject keeping = subject("B", "history-kept-")) {
            horizon(pruned, "{\"blocks\":1}");
            horizon(keeping, KEEP_ALL);
            rewrite(pruned, versions);
            rewrite(keeping, versions);
            awaitPruned(pruned);
            return newest(List.of(pruned, keeping));
        }
    }

    private Table newest(List<Subject> subjects) throws IOException {
        List<List<Measurement>> rows = new ArrayList<>();
        // Puts last: they add documents.
        for (Workload workload : List.of(new GetWorkload(1), ScanWorkload.allDocs(), new Put())) {
            System.err.println("… " + workload.description());
            rows.add(schedule.run(workload, subjects, Schedule.Recorder.NONE));
        }
        return Results.pair(rows);
    }

    private void rewrite(Subject subject, int versions) throws IOException {
        if (versions % documents != 0) {
            throw new IllegalArgumentException(
                    "--history takes a multiple of --docs, " + documents + ", not " + versions);
        }
        List<Current> current = current(subject);
        System.err.println("… writing each document anew, " + versions / documents + " times");
        for (int i = 0; i < versions / documents; i++) {
            update(subject, current);
        }
    }

    private void awaitPruned(Subject subject) throws IOException {
        System.err.println("… waiting until what was superseded is pruned");
        Instant last = Instant.now().plus(PRUNING_PATIENCE);
        String path = "/" + subject.readDatabase() + "/_horizon";
        while (Instant.now().isBefore(last)) {
            String answer = target.call(200, "GET", path);
            String head = Json.text(answer, "head");
            if (Json.number(answer, "pruned_to") >= Long.parseLong(head.substring(0, head.indexOf('-'))) - 1) {
                return;
            }
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
        throw new UnexpectedAnswerException("_horizon", "is not pruned after " + PRUNING_PATIENCE, "");
    }

    /** A lists the newest state, B a block since which a tenth of the documents changed. */
    Table pinned() throws IOException {
        try (Subject newest = subject("A", "history-pin-");
                Subject earlier = newest.sharing("B")) {
            horizon(newest, KEEP_ALL);
            String block = Json.text(target.call(200, "GET", "/" + newest.readDatabase()), "block");
            String pin = "block=" + block.substring(0, block.indexOf('-'));
            List<Current> changing = new ArrayList<>();
            List<Current> current = current(newest);
            for (int i = 0; i < documents; i += CHANGED_ONE_IN) {
                changing.add(current.get(i));
            }
            update(newest, changing);
            List<List<Measurement>> rows = new ArrayList<>();
            for (ScanWorkload scan : List.of(ScanWorkload.allDocs(), ScanWorkload.changes())) {
                System.err.println("… " + scan.description() + ", the newest and pinned");
                String pinned = scan.path() + (scan.path().contains("?") ? "&" : "?") + pin;
                UnaryOperator<String> path = name -> name.equals("A") ? scan.path() : pinned;
                rows.add(schedule.run(new ByName(scan, path), List.of(newest, earlier), Schedule.Recorder.NONE));
            }
            return Results.pair(rows);
        }
    }

    private Subject subject(String name, String prefix) {
        return new Subject(name, target, processes, prefix, documents);
    }

    private void horizon(Subject subject, String policy) throws IOException {
        byte[] json = policy.getBytes(StandardCharsets.US_ASCII);
        target.call(200, "PUT", "/" + subject.readDatabase() + "/_horizon", json);
    }

    private List<Current> current(Subject subject) throws IOException {
        Map<String, String> revisions = new HashMap<>();
        Matcher rows = ROW.matcher(target.call(200, "GET", "/" + subject.readDatabase() + "/_all_docs"));
        while (rows.find()) {
            revisions.put(rows.group(1), rows.group(2));
        }
        List<Current> found = new ArrayList<>();
        for (int i = 0; i < documents; i++) {
            String id = Documents.id(Subject.READ_SERIES, i);
            String revision = revisions.get(id);
            if (revision == null) {
                throw new UnexpectedAnswerException("_all_docs", "document " + i + " is not there", "");
            }
            found.add(new Current(i, id, revision));
        }
        return found;
    }

    /** Writes each document anew, and takes its new revision down. */
    private void update(Subject subject, List<Current> current) throws IOException {
        Answer answer = new Answer("_bulk_docs");
        try (Deadline deadline = subject.deadline(Duration.ofMinutes(5));
                HttpConnection connection = deadline.closes(target.connect())) {
            for (int from = 0; from < current.size(); from += BulkRequest.DOCUMENTS) {
                List<Current> part = current.subList(from, Math.min(current.size(), from + BulkRequest.DOCUMENTS));
                byte[] json = json(subject.documents(), part);
                byte[] request = target.request("POST", "/" + subject.readDatabase() + "/_bulk_docs", json);
                answer.exchange(connection, ByteBuffer.wrap(request), 201);
                Matcher revisions = REVISION.matcher(answer.text());
                for (Current one : part) {
                    if (!revisions.find()) {
                        throw new UnexpectedAnswerException("_bulk_docs", "a document was refused", answer.text());
                    }
                    one.revision = revisions.group(1);
                }
            }
        }
    }

    private static byte[] json(Documents documents, List<Current> part) {
        StringBuilder json = new StringBuilder(part.size() * (Documents.BODY_BYTES + 96)).append("{\"docs\":[");
        for (Current one : part) {
            json.append(json.length() == 9 ? "" : ",").append("{\"_id\":\"").append(one.id);
            json.append("\",\"_rev\":\"").append(one.revision).append("\",");
            // Another text with each revision, under the document's own number.
            byte[] body =
                    documents.body(one.revision.hashCode() & Integer.MAX_VALUE).clone();
            Documents.number(body, 0, one.index);
            json.append(new String(body, StandardCharsets.US_ASCII), 1, Documents.BODY_BYTES);
        }
        return json.append("]}").toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** A document and the revision that it stands at. */
    private static final class Current {
        private final int index;
        private final String id;
        private String revision;

        Current(int index, String id, String revision) {
            this.index = index;
            this.id = id;
            this.revision = revision;
        }
    }

    /** A listing whose path depends on the subject. */
    private record ByName(ScanWorkload scan, UnaryOperator<String> path) implements Workload {
        @Override
        public String name() {
            return scan.name();
        }

        @Override
        public String unit() {
            return scan.unit();
        }

        @Override
        public String description() {
            return scan.description();
        }

        @Override
        public Session open(Subject subject) throws IOException {
            return new ScanWorkload(name(), path.apply(subject.name()), scan.rowMarker()).open(subject);
        }
    }

    /** New documents into the database that is there. */
    private record Put() implements Workload {
        @Override
        public String name() {
            return "put1";
        }

        @Override
        public String unit() {
            return "docs";
        }

        @Override
        public String description() {
            return "PUT of new 1 KB documents, 1 connection";
        }

        @Override
        public Session open(Subject subject) throws IOException {
            DocumentRequest request = DocumentRequest.put(subject.target(), subject.readDatabase());
            Answer answer = new Answer("PUT of a document");
            int series = subject.newSeries();
            long[] next = new long[1];
            ClosedLoop.Client client = connection -> {
                answer.exchange(connection, request.of(series, next[0]++, subject.documents()), 201);
                return 1;
            };
            return duration -> ClosedLoop.run(subject, List.of(client), duration);
        }
    }
}
