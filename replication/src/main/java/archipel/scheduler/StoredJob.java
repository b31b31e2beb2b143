package archipel.scheduler;

import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.replication.ReplicationRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a document of {@code _replicator} says itself of its replication, for one that no job runs for.
 *
 * @param source without credentials; null where it is malformed. As the target
 * @param state {@link JobState#COMPLETED} or {@link JobState#FAILED}; null where it says nothing
 * @param info a JSON object; null where there is nothing to say
 * @param started as it is noted; null where it is not
 * @param updated as it is noted; null where it is not
 */
public record StoredJob(
        @Nullable String source,
        @Nullable String target,
        @Nullable JobState state,
        byte @Nullable [] info,
        @Nullable String started,
        @Nullable String updated) {
    private static final String START_TIME = "start_time";

    /** @param json of the document, without its id and revision */
    public static StoredJob of(byte[] json) {
        ObjectNode members = JobMembers.read(json);
        String source = ReplicationRequest.shown(members.path("source"));
        String target = ReplicationRequest.shown(members.path("target"));
        String updated = JobMembers.text(members, JobMembers.STATE_TIME);
        String state = JobMembers.text(members, JobMembers.STATE);
        if ("completed".equals(state)) {
            JsonNode statistics = members.path(JobMembers.STATISTICS);
            ObjectNode info = statistics instanceof ObjectNode object
                    ? object.deepCopy().remove(List.of(START_TIME))
                    : JsonTree.object(JsonTree.ofValid(new byte[] {'{', '}'}));
            return new StoredJob(
                    source,
                    target,
                    JobState.COMPLETED,
                    JsonTree.bytes(info),
                    JobMembers.text(statistics, START_TIME),
                    updated);
        }
        if ("failed".equals(state)) {
            String reason = JobMembers.text(members, JobMembers.STATE_REASON);
            return new StoredJob(
                    source, target, JobState.FAILED, reason == null ? null : error(reason), updated, updated);
        }
        return new StoredJob(source, target, null, null, null, updated);
    }

    private static byte[] error(String reason) {
        return new JsonBuffer(reason.length() + 16)
                .ascii("{\"error\":")
                .string(reason)
                .ascii('}')
                .toByteArray();
    }
}
