package archipel.calls;

import archipel.failures.AccessDeniedException;
import archipel.failures.AlreadyExistsException;
import archipel.failures.ArchipelException;
import archipel.failures.BadRequestException;
import archipel.failures.BlockNotReachedException;
import archipel.failures.BlockPrunedException;
import archipel.failures.ConflictException;
import archipel.failures.ErrorAnswer;
import archipel.failures.FencedException;
import archipel.failures.LockedException;
import archipel.failures.NotFoundException;
import archipel.failures.OtherHistoryException;
import archipel.failures.OutcomeUnknownException;
import archipel.failures.ServerFaultException;
import archipel.failures.TooLargeException;
import archipel.failures.UnavailableException;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Makes exceptions of answers that are errors. */
public final class Refusals {
    private static final JsonMapper JSON = new JsonMapper();

    private Refusals() {}

    /** What an error says, also where it is none of a node's but of a proxy before it. */
    public static ErrorAnswer read(int status, byte[] body) {
        Map<String, String> fields = new HashMap<>();
        try {
            JsonNode json = JSON.readTree(body);
            json.properties().forEach(member -> put(fields, member.getKey(), member.getValue()));
        } catch (JacksonException notJson) {
            fields.clear();
        }
        String error = fields.remove("error");
        String reason = fields.remove("reason");
        return new ErrorAnswer(
                status,
                error == null ? "" : error,
                reason == null ? "The answer is none of a node's." : reason,
                fields);
    }

    /** What is within an object goes by both names, such as {@code holder.owner}. */
    private static void put(Map<String, String> fields, String name, JsonNode value) {
        if (value.isObject()) {
            value.properties().forEach(member -> put(fields, name + "." + member.getKey(), member.getValue()));
        } else {
            fields.put(name, value.isString() ? value.stringValue() : value.toString());
        }
    }

    /**
     * What a refusal means. Where an attempt before it may have been carried out, it means so only if that attempt
     * cannot be carried out any more either; otherwise the outcome is unknown.
     */
    public static ArchipelException of(Reply reply) {
        ArchipelException refusal = of(reply.what(), read(reply.status(), reply.body()));
        boolean certain = !reply.repeated()
                || refusal instanceof ConflictException
                || refusal instanceof NotFoundException
                || refusal instanceof AlreadyExistsException
                || refusal instanceof LockedException
                || refusal instanceof FencedException;
        return certain ? refusal : new OutcomeUnknownException(reply.what(), refusal.answer(), refusal);
    }

    /** Whether one document of several that was refused so will not be written by an earlier attempt either. */
    public static boolean isCertain(String error) {
        return error.equals("conflict") || error.equals("fenced") || error.equals("not_found");
    }

    /** @param what which request, for messages */
    public static ArchipelException of(String what, ErrorAnswer answer) {
        switch (answer.error()) {
            case "block_unknown", "other_history":
                return new OtherHistoryException(what, answer);
            case "block_pruned":
                return new BlockPrunedException(what, answer);
            case "block_not_reached":
                return new BlockNotReachedException(what, answer);
            case "write_undecided":
                return new OutcomeUnknownException(what, answer, null);
            case "fenced":
                return new FencedException(what, answer);
            case "locked":
                return new LockedException(what, answer);
            case "file_exists":
                return new AlreadyExistsException(what, answer);
            default:
                return byStatus(what, answer);
        }
    }

    private static ArchipelException byStatus(String what, ErrorAnswer answer) {
        return switch (answer.status()) {
            case 401, 403 -> new AccessDeniedException(what, answer);
            case 404, 410 -> new NotFoundException(what, answer);
            case 409, 412 -> new ConflictException(what, answer);
            case 413 -> new TooLargeException(what, answer);
            case 429, 502, 503, 504 -> new UnavailableException(what, answer, null);
            default ->
                answer.status() >= 400 && answer.status() < 500
                        ? new BadRequestException(what, answer)
                        : new ServerFaultException(what, answer);
        };
    }

    /** Whether a write that was answered so may have been carried out all the same. */
    static boolean mayBeDone(ErrorAnswer answer) {
        return switch (answer.status()) {
            // Where a proxy answers, it does not say how far it has come.
            case 502, 504 -> true;
            case 503 -> answer.error().isEmpty() || answer.error().equals("write_undecided");
            case 500 -> answer.error().isEmpty() || answer.error().equals("storage_error") && !isUndone(answer);
            default -> false;
        };
    }

    /** Nodes have one word for all that befalls their disks, and say only in the sentence that nothing was written. */
    private static boolean isUndone(ErrorAnswer answer) {
        return answer.reason().contains("nothing was written")
                || answer.reason().contains("writes are refused");
    }
}
