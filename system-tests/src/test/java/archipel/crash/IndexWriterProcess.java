package archipel.crash;

import archipel.command.DocumentEdit;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.testkit.JavaProcess;
import archipel.view.IndexKeeper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A process that writes documents, updates and deletes them, and has an index follow them, until it is killed. Every
 * other one begins a second index, which is built from the first document on; now and then an index is dropped.
 */
final class IndexWriterProcess {
    static final String DATABASE = "indexed";
    private static final int DOCUMENTS = 3_000;
    private static final int BULK = 100;

    private IndexWriterProcess() {}

    /** Small write buffers, so that files are written and rewritten meanwhile. */
    static NodeOptions options() {
        return new NodeOptions(NodeOptions.Durability.FSYNC, 4 << 20, 4 << 20, 8 << 20, 256 << 10);
    }

    static Process start(Path data, int round) throws IOException {
        return JavaProcess.start(IndexWriterProcess.class, data, round);
    }

    /** @param arguments data directory, round */
    public static void main(String[] arguments) {
        int round = Integer.parseInt(arguments[1]);
        Node node = Node.open(Path.of(arguments[0]), options());
        Database database = node.find(DATABASE) == null ? node.create(DATABASE) : node.database(DATABASE);
        IndexKeeper keeper = new IndexKeeper(InstantSource.system());
        SplittableRandom random = new SplittableRandom(round);
        Thread.ofPlatform().daemon().start(() -> query(database, keeper, round));
        write(database, random);
        System.out.println("ready");
        System.out.flush();
        while (true) {
            write(database, random);
        }
    }

    private static void query(Database database, IndexKeeper keeper, int round) {
        while (true) {
            try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
                keeper.open(database, reader, NumberIndex.FIRST).close();
                if (round % 2 == 0) {
                    keeper.open(database, reader, NumberIndex.SECOND).close();
                }
            }
            if (round % 5 == 0) {
                database.indexes().drop(NumberIndex.SECOND.signature());
            }
        }
    }

    private static void write(Database database, SplittableRandom random) {
        List<DocumentEdit> edits = new ArrayList<>();
        int first = random.nextInt(DOCUMENTS);
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            for (int i = first; i < first + BULK; i++) {
                String id = "d" + i;
                DocumentRecord known = reader.documents().find(id);
                byte[] json = ("{\"n\":" + random.nextInt(1000) + ",\"pad\":\"" + "x".repeat(random.nextInt(200))
                                + "\"}")
                        .getBytes(StandardCharsets.UTF_8);
                edits.add(new DocumentEdit.Update(
                        id,
                        known == null ? null : known.winner().revision(),
                        known != null && !known.winner().deleted() && random.nextInt(10) == 0,
                        new DocumentBody(json, List.of()),
                        CanonicalJson.digest(json, 0, json.length)));
            }
        }
        database.write(edits, false);
    }
}
