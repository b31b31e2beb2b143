package archipel.replications;

import archipel.document.JsonBuffer;
import archipel.ends.ReplicationStatistics;
import archipel.replication.ReplicationProgress;
import archipel.scheduler.Scheduler;
import archipel.scheduler.Scheduler.Running;
import java.util.List;

/** Replications as {@code _active_tasks} shows them. */
public final class ReplicationTasks {
    private ReplicationTasks() {}

    /** The members of a row for each that runs, but for those that every task has, with a comma before each. */
    public static List<byte[]> rows(Scheduler scheduler) {
        return scheduler.running().stream()
                .map(running -> row(running).toByteArray())
                .toList();
    }

    private static JsonBuffer row(Running running) {
        ReplicationProgress progress = running.progress();
        ReplicationStatistics done = progress.statistics();
        JsonBuffer json = new JsonBuffer(1024);
        json.ascii(",\"process_status\":\"waiting\"");
        json.ascii(",\"bulk_get_attempts\":").number(done.bulkGetAttempts());
        json.ascii(",\"bulk_get_docs\":").number(done.bulkGetDocuments());
        json.ascii(",\"changes_pending\":").number(progress.pending());
        json.ascii(",\"checkpoint_interval\":")
                .number(running.options().tuning().checkpointInterval().toMillis());
        json.ascii(",\"checkpointed_source_seq\":")
                .string(progress.checkpointed().toString());
        json.ascii(",\"continuous\":").bool(running.options().continuous());
        json.ascii(",\"database\":").stringOrNull(running.job().database());
        json.ascii(",\"doc_id\":").stringOrNull(running.job().document());
        json.ascii(",\"doc_write_failures\":").number(done.writeFailures());
        json.ascii(",\"docs_read\":").number(done.documentsRead());
        json.ascii(",\"docs_written\":").number(done.documentsWritten());
        json.ascii(",\"missing_revisions_found\":").number(done.missingFound());
        json.ascii(",\"replication_id\":").string(String.valueOf(running.job().id()));
        json.ascii(",\"revisions_checked\":").number(done.missingChecked());
        json.ascii(",\"source\":").string(running.job().source());
        json.ascii(",\"source_seq\":").string(progress.source().toString());
        json.ascii(",\"started_on\":").number(progress.started().getEpochSecond());
        json.ascii(",\"target\":").string(running.job().target());
        json.ascii(",\"through_seq\":").string(progress.through().toString());
        json.ascii(",\"type\":\"replication\"");
        json.ascii(",\"updated_on\":").number(progress.updated().getEpochSecond());
        json.ascii(",\"user\":").stringOrNull(running.job().user());
        return json;
    }
}
