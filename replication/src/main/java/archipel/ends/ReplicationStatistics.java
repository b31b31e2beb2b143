package archipel.ends;

import archipel.document.JsonBuffer;
import tools.jackson.databind.JsonNode;

/**
 * What a replication has done, counted as CouchDB counts it.
 *
 * @param missingChecked revisions that the target was asked about
 * @param missingFound those that it lacked
 * @param documentsRead revisions that the source sent
 * @param documentsWritten revisions that the target stored
 * @param writeFailures revisions that the target refused for good
 * @param bulkGetDocuments revisions that came in bulk
 * @param bulkGetAttempts revisions that were asked for in bulk
 */
public record ReplicationStatistics(
        long missingChecked,
        long missingFound,
        long documentsRead,
        long documentsWritten,
        long writeFailures,
        long bulkGetDocuments,
        long bulkGetAttempts) {
    public static final ReplicationStatistics NONE = new ReplicationStatistics(0, 0, 0, 0, 0, 0, 0);

    /** Those of an entry of a checkpoint's history. */
    public static ReplicationStatistics of(JsonNode entry) {
        return new ReplicationStatistics(
                entry.path("missing_checked").asLong(0),
                entry.path("missing_found").asLong(0),
                entry.path("docs_read").asLong(0),
                entry.path("docs_written").asLong(0),
                entry.path("doc_write_failures").asLong(0),
                entry.path("bulk_get_docs").asLong(0),
                entry.path("bulk_get_attempts").asLong(0));
    }

    public ReplicationStatistics plus(ReplicationStatistics more) {
        return new ReplicationStatistics(
                missingChecked + more.missingChecked,
                missingFound + more.missingFound,
                documentsRead + more.documentsRead,
                documentsWritten + more.documentsWritten,
                writeFailures + more.writeFailures,
                bulkGetDocuments + more.bulkGetDocuments,
                bulkGetAttempts + more.bulkGetAttempts);
    }

    public ReplicationStatistics minus(ReplicationStatistics less) {
        return new ReplicationStatistics(
                missingChecked - less.missingChecked,
                missingFound - less.missingFound,
                documentsRead - less.documentsRead,
                documentsWritten - less.documentsWritten,
                writeFailures - less.writeFailures,
                bulkGetDocuments - less.bulkGetDocuments,
                bulkGetAttempts - less.bulkGetAttempts);
    }

    public ReplicationStatistics max(ReplicationStatistics other) {
        return new ReplicationStatistics(
                Math.max(missingChecked, other.missingChecked),
                Math.max(missingFound, other.missingFound),
                Math.max(documentsRead, other.documentsRead),
                Math.max(documentsWritten, other.documentsWritten),
                Math.max(writeFailures, other.writeFailures),
                Math.max(bulkGetDocuments, other.bulkGetDocuments),
                Math.max(bulkGetAttempts, other.bulkGetAttempts));
    }

    public static ReplicationStatistics compared(long checked, long missing) {
        return new ReplicationStatistics(checked, missing, 0, 0, 0, 0, 0);
    }

    public static ReplicationStatistics read(long documents) {
        return new ReplicationStatistics(0, 0, documents, 0, 0, 0, 0);
    }

    public static ReplicationStatistics written(long documents, long failures) {
        return new ReplicationStatistics(0, 0, 0, documents, failures, 0, 0);
    }

    public static ReplicationStatistics bulk(long documents, long attempts) {
        return new ReplicationStatistics(0, 0, 0, 0, 0, documents, attempts);
    }

    /** As members of a checkpoint's history, with a comma before each. */
    public void appendTo(JsonBuffer json) {
        json.ascii(",\"missing_checked\":").number(missingChecked);
        json.ascii(",\"missing_found\":").number(missingFound);
        json.ascii(",\"docs_read\":").number(documentsRead);
        json.ascii(",\"docs_written\":").number(documentsWritten);
        json.ascii(",\"doc_write_failures\":").number(writeFailures);
        json.ascii(",\"bulk_get_docs\":").number(bulkGetDocuments);
        json.ascii(",\"bulk_get_attempts\":").number(bulkGetAttempts);
    }
}
