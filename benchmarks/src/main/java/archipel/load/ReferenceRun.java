package archipel.load;

import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.HttpTarget;
import archipel.reference.BareHandler;
import archipel.reference.EngineAlone;
import archipel.reference.FsyncLoop;
import archipel.reference.RocksDbAlone;
import archipel.report.Measurement;
import archipel.report.ProcessTree;
import archipel.report.Round;
import archipel.report.Table;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.rocksdb.RocksDBException;

/** What this machine's disk, RocksDB and Jetty do on their own, in the same table as the server's figures. */
final class ReferenceRun {
    private final Path work;
    private final Duration warmup;
    private final Duration measured;
    private final Schedule.Recorder recorder;
    private final List<List<Measurement>> rows = new ArrayList<>();

    /** @param recorder of the rounds that run in this process */
    ReferenceRun(Path work, Duration warmup, Duration measured, Schedule.Recorder recorder) {
        this.work = work;
        this.warmup = warmup;
        this.measured = measured;
        this.recorder = recorder;
    }

    Table run() throws IOException {
        add("fsync", "appends", FsyncLoop.run(work, measured), FsyncLoop.APPEND_BYTES + " B appended, made durable");
        try {
            rocksDb();
        } catch (RocksDBException failed) {
            throw new IOException("RocksDB: " + failed.getMessage(), failed);
        }
        engine();
        bareHandler();
        return Results.single(rows);
    }

    private void engine() throws IOException {
        Documents documents = new Documents(1);
        try (EngineAlone engine =
                new EngineAlone(work.resolve("engine"), index -> Documents.id(1, index), documents::body)) {
            engine("engine write 1", "parsed, written, durable; 1 thread", time -> engine.write(1, 1, time));
            engine("engine write 16", "16 threads", time -> engine.write(16, 1, time));
            engine("engine bulk", "1,000 documents a command", time -> engine.write(1, 1000, time));
            engine("engine get 1", "record and body, at random; 1 thread", time -> engine.read(1, time));
            engine("engine get 16", "16 threads", time -> engine.read(16, time));
            engine("engine documents", "records and bodies, in order", engine::documents);
            engine("engine changes", "in order", engine::changes);
        }
    }

    private void engine(String name, String note, Function<Duration, Round> work) throws IOException {
        work.apply(warmup);
        Closeable recording = recorder.begin(name.replace(' ', '-'));
        try (recording) {
            add(name, "docs", work.apply(measured), note);
        }
    }

    private void rocksDb() throws RocksDBException {
        Documents documents = new Documents(1);
        byte[][] bodies = IntStream.range(0, 64).mapToObj(documents::body).toArray(byte[][]::new);
        try (RocksDbAlone database = new RocksDbAlone(work.resolve("rocksdb"), bodies)) {
            for (int group : new int[] {1, 16, 1000}) {
                database.write(group, warmup);
                add("rocksdb write " + group, "docs", database.write(group, measured), "one synced batch per " + group);
            }
            database.read(warmup);
            add("rocksdb get", "docs", database.read(measured), "record and body, at random");
            database.scan(warmup);
            add("rocksdb scan", "docs", database.scan(measured), "records and bodies, in order");
        }
    }

    private void add(String name, String unit, Round round, String note) {
        Measurement measurement = new Measurement(name, unit);
        measurement.add(round);
        measurement.note(note);
        rows.add(List.of(measurement));
    }

    private void bareHandler() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(
                        java, "-Xmx256m", "-cp", System.getProperty("java.class.path"), BareHandler.class.getName())
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        work.resolve("bare.log").toFile()))
                .start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
            HttpTarget target = HttpTarget.parse("http://127.0.0.1:" + output.readLine());
            Subject subject = new Subject("bare", target, ProcessTree.of(process.toHandle()), "", 0);
            for (int connections : new int[] {1, 16}) {
                bare(subject, "jetty get" + connections, connections, false);
                bare(subject, "jetty put" + connections, connections, true);
            }
        } finally {
            process.destroy();
        }
    }

    private void bare(Subject subject, String name, int connections, boolean put) throws IOException {
        List<ClosedLoop.Client> clients = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            clients.add(put ? new Put(subject, subject.newSeries()) : new Get(subject, i));
        }
        ClosedLoop.run(subject, clients, warmup);
        add(name, "requests", ClosedLoop.run(subject, clients, measured), "constant answer");
    }

    private static final class Get implements ClosedLoop.Client {
        private final DocumentRequest request;
        private final Answer answer = new Answer("GET of a constant");
        private long index;

        Get(Subject subject, int first) {
            request = DocumentRequest.get(subject.target(), "bare", "");
            index = first;
        }

        @Override
        public double operate(HttpConnection connection) throws IOException {
            answer.exchange(connection, request.of(Subject.READ_SERIES, index++), 200);
            return 1;
        }
    }

    private static final class Put implements ClosedLoop.Client {
        private final Documents documents;
        private final DocumentRequest request;
        private final Answer answer = new Answer("PUT to nowhere");
        private final int series;
        private long index;

        Put(Subject subject, int series) {
            this.documents = subject.documents();
            this.request = DocumentRequest.put(subject.target(), "bare");
            this.series = series;
        }

        @Override
        public double operate(HttpConnection connection) throws IOException {
            answer.exchange(connection, request.of(series, index++, documents), 201);
            return 1;
        }
    }
}
