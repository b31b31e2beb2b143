package archipel.leases;

import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Who has a lock, and who waits for it.
 *
 * @param owner what the holder calls itself; empty where nobody has it
 * @param token of the holder; 0 where nobody has it
 * @param waiting what those who wait call themselves, next one first
 * @param answer all that the node says
 */
public record LockStatus(String owner, long token, List<String> waiting, JsonNode answer) {
    public LockStatus {
        waiting = List.copyOf(waiting);
    }

    public boolean isHeld() {
        return token > 0;
    }

    static LockStatus of(JsonNode answer) {
        JsonNode holder = answer.path("holder").isObject() ? answer.path("holder") : answer;
        JsonNode queue = answer.has("queue") ? answer.path("queue") : answer.path("waiting");
        List<String> waiting = queue.valueStream()
                .map(one ->
                        one.isString() ? one.stringValue() : one.path("owner").asString(""))
                .toList();
        return new LockStatus(
                holder.path("owner").asString(""), holder.path("token").asLong(0), waiting, answer);
    }
}
