package archipel.leases;

import java.util.List;
import org.jspecify.annotations.Nullable;
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
        List<String> waiting = answer.path("queue")
                .valueStream()
                .map(one -> one.path("owner").asString(""))
                .toList();
        return new LockStatus(
                answer.path("owner").asString(""), answer.path("token").asLong(0), waiting, answer);
    }

    /** Whether the same one has it and the same ones wait, whatever else has changed, such as until when. */
    boolean isAs(@Nullable LockStatus other) {
        return other != null && token == other.token && waiting.equals(other.waiting);
    }
}
