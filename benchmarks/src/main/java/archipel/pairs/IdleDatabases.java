package archipel.pairs;

import archipel.rawhttp.BodySink;
import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.Measurement;
import archipel.report.Round;
import archipel.report.Table;
import archipel.report.Ticks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/** What many databases cost that are replicated and do not change, and how soon a change in one of them arrives. */
final class IdleDatabases {
    private static final Duration MOST = Duration.ofMinutes(5);
    /** For what goes on after the databases were made. */
    private static final Duration SETTLE = Duration.ofSeconds(15);

    private static final Duration APART = Duration.ofMillis(50);
    private static final int CHANGES = 200;
    private static final String ESTABLISHED = "01";

    private final int databases;
    private final Duration idle;

    IdleDatabases(int databases, Duration idle) {
        this.databases = databases;
        this.idle = idle;
    }

    /** For the rows. */
    static Table table() {
        return new Table(
                1,
                "servers",
                "databases",
                "ready after s",
                "source CPU ms/min",
                "target CPU ms/min",
                "source MiB",
                "target MiB",
                "connections",
                "change visible p50 ms",
                "p99 ms",
                "max ms");
    }

    void run(String servers, Pair pair, Table table) throws IOException {
        long began = Ticks.now();
        try (HttpConnection connection = pair.source().connect()) {
            for (int i = 0; i < databases; i++) {
                put(connection, pair, "/" + name(i), "");
                put(connection, pair, "/" + name(i) + "/first", "{\"n\":1}");
            }
        }
        for (int i = 0; i < databases; i++) {
            pair.follow(name(i));
        }
        for (int i = 0; i < databases; i++) {
            pair.awaitDocuments(name(i), 1, MOST);
        }
        double ready = (Ticks.now() - began) / 1e9;
        Ticks.pause(SETTLE);
        Stretch stretch = new Stretch(pair);
        Ticks.pause(idle);
        Stretch.Passed passed = stretch.end();
        double perMinute = 60.0 / passed.seconds() / 1e6;
        long connections = connections(pair);
        String source = mib(pair.sourceServer());
        String target = mib(pair.targetServer());
        Histogram visible = changes(pair);
        table.row(
                servers,
                String.format(Locale.ROOT, "%,d", databases),
                Measurement.number(ready),
                Measurement.number(passed.sourceNs() * perMinute),
                Measurement.number(passed.targetNs() * perMinute),
                source,
                target,
                connections < 0 ? "-" : Long.toString(connections),
                LiveLatency.ms(visible, 50),
                LiveLatency.ms(visible, 99),
                LiveLatency.ms(visible, 100));
    }

    private static String mib(Member server) {
        return Measurement.number(server.processes().residentBytes() / 1048576.0);
    }

    private static String name(int index) {
        return "idle-" + index;
    }

    private static void put(HttpConnection connection, Pair pair, String path, String json) throws IOException {
        byte[] request = json.isEmpty()
                ? pair.source().request("PUT", path)
                : pair.source().request("PUT", path, Pair.bytes(json));
        int status = connection.exchange(ByteBuffer.wrap(request), BodySink.DISCARD);
        if (status != 201) {
            throw new UnexpectedAnswerException("PUT " + path, status + " instead of 201", "");
        }
    }

    /** One after the other, each in a database of its own. */
    private Histogram changes(Pair pair) throws IOException {
        Histogram visible = Round.histogram();
        SplittableRandom random = new SplittableRandom(7);
        try (HttpConnection connection = pair.source().connect()) {
            for (int i = 0; i < CHANGES; i++) {
                String database = name(random.nextInt(databases));
                try (Arrivals arrivals = Arrivals.of(pair.target(), database, CHANGES)) {
                    long sent = Ticks.now();
                    put(connection, pair, "/" + database + "/" + RowNumbers.id(i), "{\"n\":2}");
                    arrivals.await(1, MOST);
                    visible.recordValue(arrivals.at(i) - sent);
                }
                Ticks.pause(APART);
            }
        }
        return visible;
    }

    /**
     * TCP connections that the two servers have with each other or with themselves, once nobody else has any; -1 where
     * that cannot be seen.
     */
    private static long connections(Pair pair) throws IOException {
        String source = port(pair.sourceServer());
        String target = port(pair.targetServer());
        long count = 0;
        for (Path file : List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"))) {
            if (!Files.exists(file)) {
                return -1;
            }
            // The side that was connected to has the port of the server as its own.
            count += Files.readAllLines(file).stream()
                    .map(line -> line.strip().split("\\s+"))
                    .filter(fields -> fields.length > 3 && fields[3].equals(ESTABLISHED))
                    .filter(fields -> fields[1].endsWith(source) || fields[1].endsWith(target))
                    .count();
        }
        return count;
    }

    private static String port(Member server) {
        return String.format(Locale.ROOT, ":%04X", server.target().address().getPort());
    }
}
