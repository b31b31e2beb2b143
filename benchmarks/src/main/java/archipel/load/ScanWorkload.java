package archipel.load;

import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.MarkerCounter;
import archipel.rawhttp.UnexpectedAnswerException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A whole listing of the database for reads, from the first row to the last.
 *
 * @param path behind the database's, with its query
 * @param rowMarker what stands once in every row
 */
record ScanWorkload(String name, String path, String rowMarker) implements Workload {
    static ScanWorkload allDocs() {
        return new ScanWorkload("alldocs", "/_all_docs?include_docs=true", "\"value\":{\"rev\":\"");
    }

    static ScanWorkload changes() {
        return new ScanWorkload("changes", "/_changes", "\"changes\":[{\"rev\":\"");
    }

    @Override
    public String unit() {
        return "rows";
    }

    @Override
    public String description() {
        return "GET " + path.substring(1) + ", all rows, 1 connection";
    }

    @Override
    public Session open(Subject subject) throws IOException {
        byte[] request = subject.target().request("GET", "/" + subject.readDatabase() + path);
        MarkerCounter rows = new MarkerCounter(rowMarker);
        ClosedLoop.Client client = connection -> scan(connection, request, rows, subject.readDocuments());
        return duration -> ClosedLoop.run(subject, List.of(client), duration);
    }

    private double scan(HttpConnection connection, byte[] request, MarkerCounter rows, int expected)
            throws IOException {
        rows.reset();
        int status = connection.exchange(ByteBuffer.wrap(request), rows);
        if (status != 200 || rows.count() != expected) {
            throw new UnexpectedAnswerException(path, status + " with " + rows.count() + " rows of " + expected, "");
        }
        return rows.count();
    }
}
