package archipel.administration;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.engine.Backup.Taken;
import archipel.engine.Node;
import archipel.engine.NodeOpenException;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Answer;
import archipel.http.JsonStream;
import archipel.http.ProgressLines;
import archipel.http.Request;
import archipel.http.Router;
import archipel.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * POST to {@code /_backup}: adds a copy of the node to a directory of backups on its own machine, which has to lie
 * where the setting {@code backup_directory} allows it. Says once a second how far it has come, a JSON object a line,
 * and last what it made, or why it could not. Whoever comes while another backup is under way waits for its end, and is
 * told so.
 */
final class BackupHandler {
    private static final Logger LOG = LoggerFactory.getLogger(BackupHandler.class);
    private static final long LOOK_MS = 250;

    private final Node node;
    private final Settings settings;
    private final ReentrantLock turn = new ReentrantLock();

    BackupHandler(Node node, Settings settings) {
        this.node = node;
        this.settings = settings;
    }

    void register(Router router) {
        router.server("_backup", Access.ADMIN, "POST").post(this::backup);
    }

    private void backup(Request request, Answer answer) throws IOException {
        Path directory = directory(request.body().requireJson().jsonObject().get("directory"));
        JsonStream out = answer.feed(200, "application/json");
        ProgressLines lines = new ProgressLines(out);
        try {
            boolean waited = awaitTurn(answer, lines);
            Taken taken;
            try {
                if (waited) {
                    request.confirm();
                    lines.tellNow(json -> json.ascii("{\"waiting\":false}\n"));
                }
                taken = take(directory, lines);
            } finally {
                turn.unlock();
            }
            AdminLog.record(request, "backup_taken", directory.toString());
            lines.check();
            write(out.buffer(), directory, taken);
        } catch (RequestException e) {
            lines.fail(e);
        }
        out.finish();
    }

    /** Takes the turn; false where there was nobody to wait for. */
    private boolean awaitTurn(Answer answer, ProgressLines lines) throws IOException {
        if (turn.tryLock()) {
            return false;
        }
        lines.tellNow(json -> json.ascii("{\"waiting\":true}\n"));
        try {
            while (!turn.tryLock(LOOK_MS, TimeUnit.MILLISECONDS)) {
                lines.tell(json -> json.ascii("{\"waiting\":true}\n"));
                // A client that has gone before its turn gets no backup.
                lines.check();
                if (answer.client().isStopping()) {
                    throw new RequestException(ErrorCode.STOPPING);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(ErrorCode.STOPPING);
        }
        return true;
    }

    // A client that goes from now on does not end the copy, which cannot be cut off.
    private Taken take(Path directory, ProgressLines lines) {
        try {
            Taken taken = node.backup(
                    directory,
                    settings.get(AdministrationSettings.BACKUP_RATE_LIMIT),
                    (bytes, of) -> lines.tell(json -> json.ascii("{\"new_bytes\":")
                            .number(bytes)
                            .ascii(",\"of\":")
                            .number(of)
                            .ascii("}\n")));
            LOG.info(
                    "Backup {} in {}: {} bytes, {} of them new.",
                    taken.number(),
                    directory,
                    taken.bytes(),
                    taken.newBytes());
            return taken;
        } catch (NodeOpenException e) {
            throw new RequestException(ErrorCode.BACKUP_REFUSED, String.valueOf(e.getMessage()));
        } catch (UncheckedIOException e) {
            RequestException failure =
                    new RequestException(ErrorCode.BACKUP_FAILED, e.getMessage(), NodeOpenException.explain(e));
            LOG.warn("No backup in {}: {}", directory, failure.reason());
            throw failure;
        } catch (RequestException e) {
            // What failed is in the exception's own words; where it did says nothing more.
            LOG.warn("No backup in {}: {}", directory, e.toString());
            throw e;
        }
    }

    private static void write(JsonBuffer json, Path directory, Taken taken) {
        json.ascii("{\"ok\":true,\"backup\":").number(taken.number());
        json.ascii(",\"directory\":").string(directory.toString());
        json.ascii(",\"time\":").string(Instant.ofEpochMilli(taken.timeMs()).toString());
        json.ascii(",\"bytes\":").number(taken.bytes());
        json.ascii(",\"new_bytes\":").number(taken.newBytes()).ascii("}\n");
    }

    /** Where a request may have files written is the operator's to say, and nobody else's. */
    private Path directory(@Nullable JsonNode given) {
        Path allowed = settings.get(AdministrationSettings.BACKUP_DIRECTORY);
        if (allowed.toString().isEmpty()) {
            throw new RequestException(ErrorCode.BACKUPS_OFF);
        }
        if (given != null && !given.isString()) {
            throw new RequestException(ErrorCode.BACKUP_DIRECTORY_NOT_PATH);
        }
        Path root = allowed.toAbsolutePath().normalize();
        try {
            Path wanted = root.resolve(given == null ? "" : given.stringValue()).normalize();
            if (wanted.startsWith(root)) {
                return wanted;
            }
        } catch (InvalidPathException e) {
            // Refused below, like one that lies elsewhere.
        }
        throw new RequestException(ErrorCode.BACKUP_ELSEWHERE);
    }
}
