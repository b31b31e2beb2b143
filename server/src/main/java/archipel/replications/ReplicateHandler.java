package archipel.replications;

import archipel.changes.Waiter;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.ends.ReplicationException;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.Request;
import archipel.http.Router;
import archipel.replication.ReplicationId;
import archipel.replication.ReplicationOptions;
import archipel.replication.ReplicationRequest;
import archipel.replication.ReplicationResult;
import archipel.scheduler.Scheduler;
import archipel.scheduler.Scheduler.Requested;
import archipel.settings.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.ExecutionException;

/**
 * {@code _replicate}: begins a replication and waits for its end, or begins one that goes on, or ends one. It reads and
 * writes databases of this node with the rights of whoever asks.
 */
final class ReplicateHandler {
    private final Scheduler scheduler;
    private final Settings settings;

    ReplicateHandler(Scheduler scheduler, Settings settings) {
        this.scheduler = scheduler;
        this.settings = settings;
    }

    void register(Router router) {
        router.server("_replicate", Access.USER, "POST").post(this::replicate);
    }

    private void replicate(Request request, Answer answer) throws IOException {
        byte[] json = request.body().requireJson().bytes();
        ReplicationRequest asked =
                ReplicationRequest.parse(JsonTree.object(request.body().json(json)), settings);
        try {
            if (asked.cancel()) {
                cancel(request, answer, asked);
            } else {
                start(request, answer, Objects.requireNonNull(asked.options()), json.length);
            }
        } catch (ReplicationException e) {
            answer.json(status(e), error(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(ErrorCode.STOPPING);
        }
    }

    private void cancel(Request request, Answer answer, ReplicationRequest asked)
            throws IOException, ReplicationException, InterruptedException {
        String given = asked.id();
        ReplicationId id = given == null
                ? scheduler.ends().id(Objects.requireNonNull(asked.options()), request.user())
                : ReplicationId.parse(given);
        if (!scheduler.cancel(id, request.user())) {
            throw new RequestException(ErrorCode.MISSING);
        }
        answer.json(200, ok(id));
    }

    private void start(Request request, Answer answer, ReplicationOptions options, int bytes)
            throws IOException, ReplicationException, InterruptedException {
        Requested started = scheduler.request(options, request.user(), bytes);
        if (options.continuous()) {
            answer.json(202, ok(started.id()));
            return;
        }
        try {
            // It goes on where nobody waits for it any more.
            Waiter waiter = answer.client()::check;
            ReplicationResult result = waiter.await(started.result().copy());
            byte[] members = result.answer().getBytes(StandardCharsets.UTF_8);
            answer.json(
                    200,
                    new JsonBuffer(members.length + 16)
                            .ascii("{\"ok\":true,")
                            .raw(members)
                            .ascii('}'));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ReplicationException failure) {
                throw failure;
            }
            throw new IllegalStateException(e);
        }
    }

    private static JsonBuffer ok(ReplicationId id) {
        return new JsonBuffer(96)
                .ascii("{\"ok\":true,\"_local_id\":")
                .string(id.toString())
                .ascii('}');
    }

    /** CouchDB's: 500 but for a few. */
    private static int status(ReplicationException e) {
        return switch (e.error()) {
            case "unauthorized" -> 401;
            case "forbidden" -> 403;
            case "filter_fetch_error" -> 404;
            default -> 500;
        };
    }

    private static JsonBuffer error(ReplicationException e) {
        String error = e.error().equals("filter_fetch_error") ? "not_found" : e.error();
        return new JsonBuffer(128)
                .ascii("{\"error\":")
                .string(error)
                .ascii(",\"reason\":")
                .string(e.reason())
                .ascii('}');
    }
}
