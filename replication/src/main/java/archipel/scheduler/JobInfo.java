package archipel.scheduler;

import archipel.document.JsonBuffer;
import archipel.ends.ReplicationStatistics;
import archipel.ends.SourceSequence;
import archipel.replication.ReplicationProgress;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * How far a replication has come, as jobs and documents show it.
 *
 * @param pending changes that are left; empty where the source does not say
 * @param checkpointed the position in the source that both ends remember
 * @param source up to where its feed was read
 * @param through up to where all is at the target
 */
public record JobInfo(
        ReplicationStatistics statistics, OptionalLong pending, String checkpointed, String source, String through) {
    /** Positions come from other servers. */
    private static final int POSITION_CHARS = 2_000;

    static @Nullable JobInfo of(@Nullable ReplicationProgress progress) {
        return progress == null
                ? null
                : new JobInfo(
                        progress.statistics(),
                        progress.pending(),
                        text(progress.checkpointed()),
                        text(progress.source()),
                        text(progress.through()));
    }

    /** The same at the end of a replication that has copied all. */
    JobInfo completed() {
        return new JobInfo(statistics, OptionalLong.of(0), checkpointed, source, through);
    }

    /** Members of an object, as CouchDB names and orders them, without a comma before the first. */
    public void appendTo(JsonBuffer json) {
        json.ascii("\"revisions_checked\":").number(statistics.missingChecked());
        json.ascii(",\"missing_revisions_found\":").number(statistics.missingFound());
        json.ascii(",\"docs_read\":").number(statistics.documentsRead());
        json.ascii(",\"docs_written\":").number(statistics.documentsWritten());
        json.ascii(",\"changes_pending\":").number(pending);
        json.ascii(",\"doc_write_failures\":").number(statistics.writeFailures());
        json.ascii(",\"bulk_get_docs\":").number(statistics.bulkGetDocuments());
        json.ascii(",\"bulk_get_attempts\":").number(statistics.bulkGetAttempts());
        json.ascii(",\"checkpointed_source_seq\":").string(checkpointed);
    }

    private static String text(SourceSequence position) {
        String text = position.toString();
        return text.length() <= POSITION_CHARS ? text : text.substring(0, POSITION_CHARS);
    }
}
