package archipel.replications;

import archipel.document.JsonBuffer;
import archipel.scheduler.JobEvent;
import archipel.scheduler.JobInfo;
import archipel.scheduler.JobState;
import archipel.scheduler.JobView;
import archipel.scheduler.StoredJob;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Jobs as {@code _scheduler} shows them, with CouchDB's members in CouchDB's order. */
final class JobJson {
    private JobJson() {}

    /** As {@code _scheduler/jobs} does. */
    static void job(JsonBuffer json, JobView job, String node) {
        json.ascii("{\"database\":").stringOrNull(job.database());
        json.ascii(",\"id\":").stringOrNull(job.id());
        json.ascii(",\"pid\":").stringOrNull(job.run() == 0 ? null : "<0." + job.run() + ".0>");
        json.ascii(",\"source\":").string(job.source());
        json.ascii(",\"target\":").string(job.target());
        json.ascii(",\"user\":").stringOrNull(job.user());
        json.ascii(",\"doc_id\":").stringOrNull(job.document());
        info(json.ascii(",\"info\":"), job.info());
        json.ascii(",\"history\":[");
        String separator = "";
        for (JobEvent event : job.history()) {
            json.ascii(separator).ascii("{\"timestamp\":").string(time(event.time()));
            json.ascii(",\"type\":").string(event.kind().word());
            if (event.reason() != null) {
                json.ascii(",\"reason\":").string(event.reason());
            }
            json.ascii('}');
            separator = ",";
        }
        json.ascii("],\"node\":").string(node);
        json.ascii(",\"start_time\":").string(time(job.started())).ascii('}');
    }

    /** As {@code _scheduler/docs} does one that the node has a job for. */
    static void document(JsonBuffer json, JobView job, String node) {
        json.ascii("{\"database\":").stringOrNull(job.database());
        json.ascii(",\"doc_id\":").stringOrNull(job.document());
        json.ascii(",\"id\":").stringOrNull(job.id());
        boolean scheduled = job.state() != JobState.INITIALIZING && job.state() != JobState.ERROR;
        if (scheduled) {
            json.ascii(",\"node\":").string(node);
            json.ascii(",\"source\":").string(job.source());
            json.ascii(",\"target\":").string(job.target());
        }
        json.ascii(",\"state\":").string(job.state().word());
        json.ascii(",\"info\":");
        if (job.error() != null) {
            json.ascii("{\"error\":").string(job.error()).ascii('}');
        } else {
            info(json, job.info());
        }
        json.ascii(",\"error_count\":").number(job.errors());
        if (!scheduled) {
            json.ascii(",\"node\":").string(node);
        }
        json.ascii(",\"last_updated\":").string(time(job.updated()));
        json.ascii(",\"start_time\":").string(time(job.started()));
        json.ascii(scheduled ? ",\"source_proxy\":null,\"target_proxy\":null}" : "}");
    }

    /** As {@code _scheduler/docs} does one that says itself what became of it. */
    static void document(JsonBuffer json, String database, String id, StoredJob stored) {
        json.ascii("{\"database\":").string(database);
        json.ascii(",\"doc_id\":").string(id);
        json.ascii(",\"id\":null");
        json.ascii(",\"source\":").stringOrNull(stored.source());
        json.ascii(",\"target\":").stringOrNull(stored.target());
        JobState state = stored.state();
        json.ascii(",\"state\":").stringOrNull(state == null ? null : state.word());
        json.ascii(",\"error_count\":").number(state == JobState.FAILED ? 1 : 0);
        json.ascii(",\"info\":");
        byte[] info = stored.info();
        if (info == null) {
            json.ascii("null");
        } else {
            json.raw(info);
        }
        json.ascii(",\"start_time\":").stringOrNull(stored.started());
        json.ascii(",\"last_updated\":").stringOrNull(stored.updated());
        json.ascii('}');
    }

    /** One that another node has a job for, which alone knows how it is. */
    static void elsewhere(JsonBuffer json, String database, String id, StoredJob stored, String node) {
        json.ascii("{\"database\":").string(database);
        json.ascii(",\"doc_id\":").string(id);
        json.ascii(",\"id\":null,\"node\":").string(node);
        json.ascii(",\"source\":").stringOrNull(stored.source());
        json.ascii(",\"target\":").stringOrNull(stored.target());
        json.ascii(",\"state\":null,\"info\":null,\"error_count\":null,\"last_updated\":")
                .stringOrNull(stored.updated());
        json.ascii(",\"start_time\":null}");
    }

    /** One that waits until there is memory for it. */
    static void waiting(JsonBuffer json, String database, String id, StoredJob stored, String node) {
        json.ascii("{\"database\":").string(database);
        json.ascii(",\"doc_id\":").string(id);
        json.ascii(",\"id\":null,\"node\":").string(node);
        json.ascii(",\"source\":").stringOrNull(stored.source());
        json.ascii(",\"target\":").stringOrNull(stored.target());
        json.ascii(",\"state\":").string(JobState.INITIALIZING.word());
        json.ascii(",\"info\":{\"error\":\"waits for other documents to be completed; see replicator_max_documents\"}");
        json.ascii(",\"error_count\":0,\"last_updated\":null,\"start_time\":null}");
    }

    private static void info(JsonBuffer json, @Nullable JobInfo info) {
        if (info == null) {
            json.ascii("null");
            return;
        }
        info.appendTo(json.ascii('{'));
        json.ascii(",\"source_seq\":").string(info.source());
        json.ascii(",\"through_seq\":").string(info.through()).ascii('}');
    }

    private static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
