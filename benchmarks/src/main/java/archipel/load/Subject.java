package archipel.load;

import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.HttpTarget;
import archipel.rawhttp.MarkerCounter;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.ProcessTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A server under load, with the databases made on it, which go when it is closed. */
final class Subject implements AutoCloseable {
    /** The series of ids of the documents that reads ask for. */
    static final int READ_SERIES = 1;

    /** What a server may take beyond a round's length before it counts as hung. */
    private static final Duration GRACE = Duration.ofSeconds(60);

    private final String name;
    private final HttpTarget target;
    private final @Nullable ProcessTree processes;
    private final Documents documents = new Documents(20260101);
    private final Set<String> databases = new TreeSet<>();
    private final String prefix;
    private final int readDocuments;
    private int nextSeries = READ_SERIES + 1;
    private boolean readsLoaded;

    /**
     * @param name as tables show it
     * @param processes null where the server's processor time and memory cannot be seen
     * @param prefix of the names of the databases it makes
     * @param readDocuments how many documents the database for reads has
     */
    Subject(String name, HttpTarget target, @Nullable ProcessTree processes, String prefix, int readDocuments) {
        this.name = name;
        this.target = target;
        this.processes = processes;
        this.prefix = prefix;
        this.readDocuments = readDocuments;
    }

    /** The same server and database for reads under another name; closing it deletes nothing. */
    Subject sharing(String other) throws IOException {
        readDatabase();
        Subject shared = new Subject(other, target, processes, prefix, readDocuments);
        shared.readsLoaded = true;
        return shared;
    }

    String name() {
        return name;
    }

    /** Its URL and what it says of itself. */
    String describe() throws IOException {
        String json = target.call(200, "GET", "/");
        return target.url() + ", version " + Json.text(json, "version");
    }

    HttpTarget target() {
        return target;
    }

    Documents documents() {
        return documents;
    }

    int readDocuments() {
        return readDocuments;
    }

    /** A series of ids that nothing else on this server uses. */
    synchronized int newSeries() {
        return nextSeries++;
    }

    long cpuNs() {
        return processes == null ? -1 : processes.cpuNs();
    }

    /** Zero where it cannot be seen. */
    long compilerCpuNs() {
        return processes == null ? 0 : processes.compilerCpuNs();
    }

    /** Zero where it cannot be seen. */
    long residentBytes() {
        return processes == null ? 0 : processes.residentBytes();
    }

    Deadline deadline(Duration work) {
        return Deadline.in(work.plus(GRACE));
    }

    /** Makes an empty database. */
    String newDatabase(String suffix) throws IOException {
        String database = prefix + suffix;
        target.call(201, "PUT", "/" + database);
        databases.add(database);
        return database;
    }

    /** The database that reads share, filled at its first use with the documents of {@link #READ_SERIES}. */
    String readDatabase() throws IOException {
        String database = prefix + "read";
        if (!readsLoaded) {
            newDatabase("read");
            fill(database, 0, readDocuments);
            readsLoaded = true;
        }
        return database;
    }

    /** Writes the documents of {@link #READ_SERIES} from one index to another, both multiples of a bulk's size. */
    void fill(String database, long from, long to) throws IOException {
        BulkRequest request = new BulkRequest(target, database, documents);
        MarkerCounter revisions = new MarkerCounter("\"rev\":\"");
        try (Deadline deadline = deadline(Duration.ofMinutes(9));
                HttpConnection connection = deadline.closes(target.connect())) {
            for (long index = from; index < to; index += BulkRequest.DOCUMENTS) {
                revisions.reset();
                ByteBuffer bytes = request.of(READ_SERIES, index);
                expectAll(connection.exchange(bytes, revisions), revisions.count());
            }
        }
    }

    private static void expectAll(int status, long revisions) throws IOException {
        if (status != 201 || revisions != BulkRequest.DOCUMENTS) {
            throw new UnexpectedAnswerException(
                    "_bulk_docs", status + " with " + revisions + " revisions instead of " + BulkRequest.DOCUMENTS, "");
        }
    }

    /** The number of documents that a database says it has. */
    long documentCount(String database) throws IOException {
        String json = target.call(200, "GET", "/" + database);
        return Json.number(json, "doc_count");
    }

    /** Deletes the databases that were made. */
    @Override
    public void close() throws IOException {
        for (String database : databases) {
            target.call(200, "DELETE", "/" + database);
        }
        databases.clear();
    }
}
