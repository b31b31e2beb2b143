package archipel.replication;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.ends.End;
import archipel.ends.End.StoredLog;
import archipel.ends.ReplicationException;
import archipel.ends.ReplicationStatistics;
import archipel.ends.SourceSequence;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Notes at both ends how far one run of a replication has come, as CouchDB does, so that either replicator can go on
 * from the other's. For one thread at a time.
 */
final class Checkpoints {
    private static final int MOST_SESSIONS = 50;
    private static final DateTimeFormatter HTTP_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT);

    private final String id;
    private final End source;
    private final End target;
    private final ReplicationEnvironment environment;
    private final Retries retries;
    private final boolean ofIds;
    private final String session;
    private final Instant startTime;

    private ReplicationLog sourceLog = ReplicationLog.EMPTY;
    private ReplicationLog targetLog = ReplicationLog.EMPTY;
    private ReplicationLog.Start start = ReplicationLog.Start.BEGINNING;
    private @Nullable String sourceRevision;
    private @Nullable String targetRevision;
    private SourceSequence first = SourceSequence.ZERO;

    /**
     * @param id what the {@code _local} documents are called
     * @param ofIds whether it is a replication of some ids, whose checkpoints say more at their top
     */
    Checkpoints(String id, End source, End target, ReplicationEnvironment environment, Retries retries, boolean ofIds) {
        this.id = id;
        this.source = source;
        this.target = target;
        this.environment = environment;
        this.retries = retries;
        this.ofIds = ofIds;
        this.session = environment.sessionIds().get();
        this.startTime = environment.now();
    }

    /** Reads what both ends remember, and says where to begin. */
    ReplicationLog.Start read() throws ReplicationException, IOException, InterruptedException {
        sourceLog = ReplicationLog.of(retries.call("reading a checkpoint", () -> source.readLog(id)));
        targetLog = ReplicationLog.of(retries.call("reading a checkpoint", () -> target.readLog(id)));
        sourceRevision = sourceLog.revision();
        targetRevision = targetLog.revision();
        start = ReplicationLog.compare(sourceLog, targetLog);
        return start;
    }

    /** What this run has begun with, whatever it read. */
    void beginAt(SourceSequence sequence) {
        first = sequence;
    }

    /** What was done before this run, as the newest session says. */
    ReplicationStatistics earlier() {
        return start.history().isEmpty()
                ? ReplicationStatistics.NONE
                : ReplicationStatistics.of(start.history().getFirst());
    }

    /** What the source remembers, as a client is answered that had nothing to replicate. */
    @Nullable
    JsonNode stored() {
        return sourceLog.body();
    }

    /**
     * Notes a position, first at the source. A crash between the two leaves the target with the earlier position, which
     * is the one that counts.
     *
     * @param through all that lies up to it is at the target
     * @return what is stored
     * @throws ReplicationException {@code checkpoint_commit_failure} where another replicator has written there
     */
    byte[] write(SourceSequence through, ReplicationStatistics statistics)
            throws ReplicationException, IOException, InterruptedException {
        byte[] body = body(through, statistics);
        sourceRevision = write(source, "source", sourceRevision, body);
        targetRevision = write(target, "target", targetRevision, body);
        return body;
    }

    private String write(End end, String which, @Nullable String revision, byte[] body)
            throws ReplicationException, IOException, InterruptedException {
        try {
            return retries.call("writing a checkpoint", () -> end.writeLog(id, revision, body));
        } catch (ReplicationException e) {
            if (!e.error().equals(End.CONFLICT)) {
                throw new ReplicationException(
                        Replication.CHECKPOINT_FAILED,
                        "Error updating the " + which + " checkpoint document: " + e.reason(),
                        e.isPassing(),
                        e);
            }
            // Perhaps the answer to a write of ours was lost.
            StoredLog stored = retries.call("reading a checkpoint", () -> end.readLog(id));
            if (stored != null && isSame(stored, body)) {
                return stored.revision();
            }
            throw new ReplicationException(
                    Replication.CHECKPOINT_FAILED,
                    "Error updating the " + which + " checkpoint document: conflict",
                    true,
                    e);
        }
    }

    private static boolean isSame(StoredLog stored, byte[] body) {
        JsonNode there = ReplicationLog.of(stored).body();
        JsonNode ours = JsonTree.ofValid(body);
        return there != null
                && List.of("session_id", "source_last_seq", "history").stream()
                        .allMatch(name -> there.path(name).equals(ours.path(name)));
    }

    private byte[] body(SourceSequence through, ReplicationStatistics statistics) {
        String started = date(startTime);
        String ended = date(environment.now());
        JsonBuffer json = new JsonBuffer(1024);
        json.ascii("{\"session_id\":").string(session);
        json.ascii(",\"source_last_seq\":").raw(utf8(through.json()));
        json.ascii(",\"replication_id_version\":").number(ReplicationId.VERSION);
        if (ofIds) {
            json.ascii(",\"start_time\":").string(started);
            json.ascii(",\"end_time\":").string(ended);
            json.ascii(",\"docs_read\":").number(statistics.documentsRead());
            json.ascii(",\"docs_written\":").number(statistics.documentsWritten());
            json.ascii(",\"doc_write_failures\":").number(statistics.writeFailures());
        }
        json.ascii(",\"history\":[{\"session_id\":").string(session);
        json.ascii(",\"start_time\":").string(started);
        json.ascii(",\"end_time\":").string(ended);
        json.ascii(",\"start_last_seq\":").raw(utf8(first.json()));
        json.ascii(",\"end_last_seq\":").raw(utf8(through.json()));
        json.ascii(",\"recorded_seq\":").raw(utf8(through.json()));
        statistics.appendTo(json);
        json.ascii('}');
        List<JsonNode> earlier = start.history();
        for (JsonNode entry : earlier.subList(0, Math.min(MOST_SESSIONS - 1, earlier.size()))) {
            json.ascii(',').raw(JsonTree.bytes(entry));
        }
        return json.ascii("]}").toByteArray();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }

    private static String date(Instant time) {
        return HTTP_DATE.format(time.atOffset(ZoneOffset.UTC));
    }
}
