package archipel.scheduler;

import archipel.document.CanonicalJson;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The members of documents of {@code _replicator}. */
final class JobMembers {
    static final String OWNER = "owner";
    static final String USER = "user_ctx";
    static final String STATE = "_replication_state";
    static final String STATE_TIME = "_replication_state_time";
    static final String STATE_REASON = "_replication_state_reason";
    static final String REPLICATION_ID = "_replication_id";
    static final String STATISTICS = "_replication_stats";

    /** What says what is replicated and how; a document that changes in nothing of this goes on. */
    private static final Set<String> ASKED = Set.of(
            "source",
            "target",
            "continuous",
            "create_target",
            "create_target_params",
            "doc_ids",
            "selector",
            "filter",
            "query_params",
            "since_seq",
            "winning_revs_only",
            "use_checkpoints",
            "use_bulk_get",
            "checkpoint_interval",
            "worker_processes",
            "worker_batch_size",
            "http_connections",
            "connection_timeout",
            "retries_per_request",
            "socket_options",
            "ibrowse_options",
            OWNER,
            USER);

    private static final Set<String> READ = with(ASKED, STATE, STATE_TIME, STATE_REASON, STATISTICS);

    private JobMembers() {}

    private static Set<String> with(Set<String> names, String... more) {
        Set<String> all = new TreeSet<>(names);
        all.addAll(Set.of(more));
        return Set.copyOf(all);
    }

    /** Reads what counts of a stored document. */
    static ObjectNode read(byte[] json) {
        return JsonTree.membersOfValid(json, READ);
    }

    /** A text member; null where there is none, or it is no text. */
    static @Nullable String text(JsonNode document, String name) {
        JsonNode value = document.path(name);
        return value.isString() ? value.stringValue() : null;
    }

    /** Whether nothing is to be done for it, since it was done or given up. */
    static boolean isOver(ObjectNode document) {
        String state = text(document, STATE);
        return "completed".equals(state) || "failed".equals(state);
    }

    /**
     * What two documents have in common that ask for the same on behalf of the same user.
     *
     * @param first 64 bits of a cryptographic hash
     * @param second another 64
     */
    record Fingerprint(long first, long second) {}

    static Fingerprint fingerprint(byte[] json) {
        byte[] asked = JsonTree.bytes(JsonTree.membersOfValid(json, ASKED));
        ByteBuffer digest = ByteBuffer.wrap(CanonicalJson.digest(asked, 0, asked.length));
        return new Fingerprint(digest.getLong(), digest.getLong());
    }

    /**
     * The same object with other members: those that it has stay where they are, new ones follow.
     *
     * @param json an object that was checked before
     * @param changes by name their new JSON; null takes a member away
     */
    static byte[] changed(byte[] json, Map<String, byte @Nullable []> changes) {
        Map<String, byte @Nullable []> members = new LinkedHashMap<>(JsonTree.textsOfValid(json));
        members.putAll(changes);
        JsonBuffer out = new JsonBuffer(json.length + 256);
        out.ascii('{');
        String separator = "";
        for (Map.Entry<String, byte @Nullable []> member : members.entrySet()) {
            byte[] value = member.getValue();
            if (value != null) {
                out.ascii(separator).string(member.getKey()).ascii(':').raw(value);
                separator = ",";
            }
        }
        return out.ascii('}').toByteArray();
    }
}
