package archipel.replications;

import archipel.document.JsonBuffer;
import archipel.ends.ReplicationStatistics;
import archipel.replication.ReplicationProgress;
import archipel.replication.TransientReplications;
import archipel.replication.TransientReplications.Running;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Replications as {@code _active_tasks} shows them. */
public final class ReplicationTasks {
    private ReplicationTasks() {}

    /** The members of a row for each that runs, but for those that every task has, with a comma before each. */
    public static List<byte[]> rows(TransientReplications replications) {
        return replications.running().stream()
                .map(running -> row(running, null, null).toByteArray())
                .toList();
    }

    /**
     * @param database with the document that asked for it; null where a request did
     * @param document its id
     */
    public static JsonBuffer row(Running running, @Nullable String database, @Nullable String document) {
        ReplicationProgress progress = running.progress();
        ReplicationStatistics done = progress.statistics();
        JsonBuffer json = new JsonBuffer(1024);
        json.ascii(",\"process_status\":\"waiting\"");
        json.ascii(",\"bulk_get_attempts\":").number(done.bulkGetAttempts());
        json.ascii(",\"bulk_get_docs\":").number(done.bulkGetDocuments());
        json.ascii(",\"changes_pending\":");
        if (progress.pending().isPresent()) {
            json.number(progress.pending().getAsLong());
        } else {
            json.ascii("null");
        }
        json.ascii(",\"checkpoint_interval\":")
                .number(running.options().tuning().checkpointInterval().toMillis());
        json.ascii(",\"checkpointed_source_seq\":")
                .string(progress.checkpointed().toString());
        json.ascii(",\"continuous\":").bool(running.options().continuous());
        text(json.ascii(",\"database\":"), database);
        text(json.ascii(",\"doc_id\":"), document);
        json.ascii(",\"doc_write_failures\":").number(done.writeFailures());
        json.ascii(",\"docs_read\":").number(done.documentsRead());
        json.ascii(",\"docs_written\":").number(done.documentsWritten());
        json.ascii(",\"missing_revisions_found\":").number(done.missingFound());
        json.ascii(",\"replication_id\":").string(running.id().toString());
        json.ascii(",\"revisions_checked\":").number(done.missingChecked());
        json.ascii(",\"source\":").string(running.options().source().shown());
        json.ascii(",\"source_seq\":").string(progress.source().toString());
        json.ascii(",\"started_on\":").number(progress.started().getEpochSecond());
        json.ascii(",\"target\":").string(running.options().target().shown());
        json.ascii(",\"through_seq\":").string(progress.through().toString());
        json.ascii(",\"type\":\"replication\"");
        json.ascii(",\"updated_on\":").number(progress.updated().getEpochSecond());
        text(json.ascii(",\"user\":"), running.user());
        return json;
    }

    private static void text(JsonBuffer json, @Nullable String text) {
        if (text == null) {
            json.ascii("null");
        } else {
            json.string(text);
        }
    }
}
