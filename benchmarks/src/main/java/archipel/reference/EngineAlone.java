package archipel.reference;

import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.command.WriteResult;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser;
import archipel.document.JsonLimits;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.read.ChangeCursor;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.report.Repeat;
import archipel.report.Round;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;

/** Our engine without HTTP before it: what a handler does with it, from the document's bytes to the durable answer. */
public final class EngineAlone implements AutoCloseable {
    private final Node node;
    private final Database database;
    private final DocumentParser parser = new DocumentParser(JsonLimits.DEFAULT);
    private final LongFunction<String> ids;
    private final LongFunction<byte[]> bodies;
    private final AtomicLong documents = new AtomicLong();

    /**
     * @param ids of the documents by number
     * @param bodies of the documents by number, JSON
     */
    public EngineAlone(Path directory, LongFunction<String> ids, LongFunction<byte[]> bodies) {
        this.node = Node.open(directory, NodeOptions.DEFAULT);
        this.database = node.create("reference");
        this.ids = ids;
        this.bodies = bodies;
    }

    private DocumentEdit edit() {
        long number = documents.getAndIncrement();
        byte[] sent = bodies.apply(number);
        byte[] json = parser.parse(sent, 0, sent.length).json();
        byte[] digest = CanonicalJson.digest(json, 0, json.length);
        return new DocumentEdit.Update(ids.apply(number), null, false, new DocumentBody(json, List.of()), digest);
    }

    /** New documents, {@code group} in each command, from so many virtual threads. */
    public Round write(int threads, int group, Duration duration) {
        List<Repeat.Operation<RuntimeException>> writers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            writers.add(() -> write(group));
        }
        return Repeat.together(duration, writers);
    }

    private double write(int group) {
        List<DocumentEdit> edits = new ArrayList<>(group);
        for (int i = 0; i < group; i++) {
            edits.add(edit());
        }
        WriteResult result = database.write(edits, false);
        for (EditResult one : result.results()) {
            if (!(one instanceof EditResult.Accepted)) {
                throw new IllegalStateException("refused: " + one);
            }
        }
        return group;
    }

    /** Documents with their bodies, at random among what was written, from so many virtual threads. */
    public Round read(int threads, Duration duration) {
        List<Repeat.Operation<RuntimeException>> readers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            long[] next = {i * 1_000_003L};
            readers.add(() -> read((next[0] += 7919) % documents.get()));
        }
        return Repeat.together(duration, readers);
    }

    private double read(long number) {
        String id = ids.apply(number);
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find(id);
            if (record == null || reader.documents().body(id, record.winner().revision()) == null) {
                throw new IllegalStateException("document " + number + " is not there");
            }
        }
        return 1;
    }

    /** All documents with their bodies, in order. */
    public Round documents(Duration duration) {
        return Repeat.run(duration, () -> {
            long rows = 0;
            try (Reader reader = database.door().newest(Visibility.EVERYTHING);
                    DocumentCursor cursor = reader.documents().cursor(null, false, true)) {
                while (cursor.next()) {
                    rows += cursor.id().isEmpty() || cursor.body() == null ? 0 : 1;
                }
            }
            return expectAll(rows);
        });
    }

    /** All changes, in order. */
    public Round changes(Duration duration) {
        return Repeat.run(duration, () -> {
            long rows = 0;
            try (Reader reader = database.door().newest(Visibility.EVERYTHING);
                    ChangeCursor cursor = reader.changes().after(0, false)) {
                while (cursor.next()) {
                    rows += cursor.change().id().isEmpty() ? 0 : 1;
                }
            }
            return expectAll(rows);
        });
    }

    private double expectAll(long rows) {
        if (rows != documents.get()) {
            throw new IllegalStateException(rows + " rows of " + documents.get());
        }
        return rows;
    }

    @Override
    public void close() {
        node.close();
    }
}
