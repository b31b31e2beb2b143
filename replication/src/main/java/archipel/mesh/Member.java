package archipel.mesh;

import archipel.document.JsonBuffer;
import archipel.identity.Fingerprint;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A node that is a member of the mesh, or was removed from it, as all members tell each other.
 *
 * @param id the fingerprint of its key
 * @param epoch counts how often it was let in and removed; a greater one is newer, and of two equal ones the removal
 * @param record what it says of itself; null for one that was removed
 */
record Member(
        String id, long epoch, boolean removed, @Nullable NodeRecord record) {
    static Member joined(NodeRecord record, long epoch) {
        return new Member(record.id(), epoch, false, record);
    }

    /** The same after it was removed. */
    Member gone() {
        return new Member(id, epoch, true, null);
    }

    /** What is known of it once another member has told its part. */
    Member with(Member other) {
        boolean newer = other.epoch > epoch || other.epoch == epoch && other.removed && !removed;
        Member membership = newer ? other : this;
        if (membership.removed) {
            return membership;
        }
        NodeRecord ours = record;
        NodeRecord theirs = other.record;
        NodeRecord newest = ours == null || theirs != null && theirs.version() > ours.version() ? theirs : ours;
        return new Member(id, membership.epoch, false, newest);
    }

    void appendTo(JsonBuffer json) {
        json.ascii("{\"id\":").string(id).ascii(",\"epoch\":").number(epoch);
        if (removed) {
            json.ascii(",\"removed\":true");
        } else if (record != null) {
            record.appendTo(json);
        }
        json.ascii('}');
    }

    /** The same, as if it had been let in and removed less often. */
    Member at(long earlier) {
        return new Member(id, earlier, removed, record);
    }

    /** @throws MeshViolationException for what is malformed or forged */
    static Member parse(JsonNode json) throws MeshViolationException {
        return parse(json, _ -> null);
    }

    /**
     * As {@link #parse(JsonNode)}.
     *
     * @param known records whose signatures were checked before
     */
    static Member parse(JsonNode json, Function<String, @Nullable NodeRecord> known) throws MeshViolationException {
        String id = json.path("id").asString("");
        long epoch = json.path("epoch").asLong(-1);
        if (!Fingerprint.isOne(id) || epoch < 1) {
            throw new MeshViolationException("a member is malformed");
        }
        if (json.path("removed").asBoolean(false)) {
            return new Member(id, epoch, true, null);
        }
        NodeRecord record = NodeRecord.parse(json, known.apply(id));
        if (!record.id().equals(id)) {
            throw new MeshViolationException("a member has the key of another one");
        }
        return new Member(id, epoch, false, record);
    }
}
