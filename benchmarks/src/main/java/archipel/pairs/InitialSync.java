package archipel.pairs;

import archipel.pairs.Pair.Way;
import archipel.report.Measurement;
import archipel.report.Table;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/**
 * How fast a server gets all documents of another one: from the moment that it is told to until it has them, durably
 * and for all to read. Cold is the first time after both were started; warm are further databases, one after the other.
 */
final class InitialSync {
    private static final Duration MOST = Duration.ofMinutes(10);

    private final Table table;
    private final int documents;
    private final int warmRounds;

    /** @param documents a multiple of a thousand, of 1 KB each */
    InitialSync(int documents, int warmRounds, Table table) {
        this.documents = documents;
        this.warmRounds = warmRounds;
        this.table = table;
    }

    /** For the rows. */
    static Table table() {
        return new Table(
                3,
                "servers",
                "way",
                "when",
                "documents",
                "s",
                "documents/s",
                "source µs/doc",
                "target µs/doc",
                "source MiB",
                "target MiB",
                "notes");
    }

    /** Fills the database that the first time copies; the first server may be started anew after it. */
    void prepare(Pair pair) throws IOException {
        pair.make(database(0));
        pair.fill(database(0), documents);
    }

    /** @return documents a second in the best of the warm rounds, or cold where there are none */
    double run(String servers, Pair pair, Way way) throws IOException {
        double best = 0;
        for (int round = 0; round <= warmRounds; round++) {
            String database = database(way == Way.MESH ? round : 0);
            if (way == Way.MESH && round > 0) {
                pair.pause(true);
                pair.make(database);
                pair.fill(database, documents);
            }
            String copy = way == Way.MESH ? database : "copy-" + round;
            Stretch stretch = new Stretch(pair);
            pair.copy(way, database, copy);
            pair.awaitDocuments(copy, documents, MOST);
            Stretch.Passed passed = stretch.end();
            row(servers, way, round == 0 ? "cold" : "warm " + round, passed, pair);
            best = round < 2 ? documents / passed.seconds() : Math.max(best, documents / passed.seconds());
        }
        return best;
    }

    private static String database(int round) {
        return "load-" + round;
    }

    private void row(String servers, Way way, String when, Stretch.Passed passed, Pair pair) {
        table.row(
                servers,
                way.toString(),
                when,
                String.format(Locale.ROOT, "%,d", documents),
                Measurement.number(passed.seconds()),
                Measurement.number(documents / passed.seconds()),
                Measurement.number(passed.sourceNs() / 1e3 / documents),
                Measurement.number(passed.targetNs() / 1e3 / documents),
                Measurement.number(pair.sourceServer().processes().residentBytes() / 1048576.0),
                Measurement.number(pair.targetServer().processes().residentBytes() / 1048576.0),
                passed.compiling());
    }
}
