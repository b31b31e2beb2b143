package archipel.pairs;

import archipel.load.BulkRequest;
import archipel.load.Deadline;
import archipel.load.Documents;
import archipel.load.Json;
import archipel.rawhttp.BodyCollector;
import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.HttpTarget;
import archipel.rawhttp.MarkerCounter;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.Ticks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Two servers, of which the second gets what the first has. */
final class Pair implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(10);
    private static final int SERIES = 7;

    private final Member source;
    private final Member target;
    private @Nullable String peer;

    Pair(Member source, Member target) {
        this.source = source;
        this.target = target;
    }

    HttpTarget source() {
        return source.target();
    }

    HttpTarget target() {
        return target.target();
    }

    Member sourceServer() {
        return source;
    }

    Member targetServer() {
        return target;
    }

    /** How the second server is brought to copy. */
    enum Way {
        /** As members of a mesh, by themselves. */
        MESH,
        /** By {@code _replicate} at the second server. */
        PULL,
        /** By {@code _replicate} at the first server. */
        PUSH;

        @Override
        public String toString() {
            return this == MESH ? "mesh" : "`_replicate`, " + name().toLowerCase(Locale.ROOT);
        }
    }

    /** Makes both members of a mesh. */
    void join() throws IOException {
        String json = "{\"url\":\"" + source.url() + "\"}";
        peer = Json.text(target().call(201, "POST", "/_peers", bytes(json)), "id");
    }

    /** Has the second server take nothing from the first for a while, or go on. */
    void pause(boolean whether) throws IOException {
        if (peer != null) {
            target().call(200, "PUT", "/_peers/" + peer, bytes("{\"paused\":" + whether + "}"));
        }
    }

    /**
     * Begins to copy a database; returns once that is done, or for a mesh once it is about to be.
     *
     * @param to another name where the way knows any
     */
    void copy(Way way, String database, String to) throws IOException {
        if (way == Way.MESH) {
            if (peer == null) {
                join();
            } else {
                pause(false);
            }
            return;
        }
        boolean pull = way == Way.PULL;
        replicate(pull, pull ? source.url() + "/" + database : database, pull ? to : target.url() + "/" + to, "");
    }

    /** Has the second server copy a database from the first for ever. */
    void follow(String database) throws IOException {
        if (peer == null) {
            replicate(true, source.url() + "/" + database, database, ",\"continuous\":true");
        }
    }

    private void replicate(boolean pull, String from, String to, String more) throws IOException {
        String json = "{\"source\":\"" + from + "\",\"target\":\"" + to + "\",\"create_target\":true" + more + "}";
        String answer = post(pull ? target() : source(), "/_replicate", json);
        if (!answer.contains("\"ok\":true")) {
            throw new UnexpectedAnswerException("_replicate", "not ok", answer);
        }
    }

    /** A POST whose status says little: PouchDB Server answers 200 where others say 202. */
    private static String post(HttpTarget server, String path, String json) throws IOException {
        BodyCollector body = new BodyCollector();
        try (HttpConnection connection = server.connect()) {
            int status = connection.exchange(ByteBuffer.wrap(server.request("POST", path, bytes(json))), body);
            if (status / 100 != 2) {
                throw new UnexpectedAnswerException("POST " + path, Integer.toString(status), body.text());
            }
        }
        return body.text();
    }

    /** Makes a database at the first server. */
    void make(String database) throws IOException {
        source().call(201, "PUT", "/" + database);
    }

    /** Writes documents of the load to a database of the first server, a multiple of a thousand. */
    void fill(String database, int documents) throws IOException {
        BulkRequest request = new BulkRequest(source(), database, new Documents(20260101));
        MarkerCounter revisions = new MarkerCounter("\"rev\":\"");
        try (Deadline deadline = Deadline.in(Duration.ofMinutes(9));
                HttpConnection connection = deadline.closes(source().connect())) {
            for (int index = 0; index < documents; index += BulkRequest.DOCUMENTS) {
                revisions.reset();
                int status = connection.exchange(request.of(SERIES, index), revisions);
                if (status != 201 || revisions.count() != BulkRequest.DOCUMENTS) {
                    throw new UnexpectedAnswerException("_bulk_docs", status + ", " + revisions.count(), "");
                }
            }
        }
    }

    /** Waits until a database of the second server has so many documents. */
    void awaitDocuments(String database, long documents, Duration atMost) throws IOException {
        long until = Ticks.now() + atMost.toNanos();
        for (long there = count(database); there < documents; there = count(database)) {
            if (Ticks.now() > until) {
                throw new UnexpectedAnswerException(
                        database, there + " of " + documents + " documents in " + atMost.toSeconds() + " s", "");
            }
            Ticks.pause(LOOK);
        }
    }

    /** How many documents a database of the second server has; 0 where there is none. */
    private long count(String database) throws IOException {
        try {
            return Json.number(target().call(200, "GET", "/" + database), "doc_count");
        } catch (UnexpectedAnswerException notYet) {
            return 0;
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        source.close();
        target.close();
    }
}
