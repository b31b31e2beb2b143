package archipel.administration;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.engine.Backup.Taken;
import archipel.engine.NodeOpenException;
import archipel.http.Access;
import archipel.http.Exchange;
import archipel.http.JsonStream;
import archipel.http.ProgressLines;
import archipel.http.Router;
import archipel.settings.Declared;
import archipel.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * POST to {@code /_backup}: adds a copy of the node to a directory of backups on its own machine, which has to lie
 * where the setting {@code backup_directory} allows it. Says once a second how far it has come, a JSON object a line,
 * and last what it made.
 */
final class BackupHandler {
    private final Settings settings;

    BackupHandler(Settings settings) {
        this.settings = settings;
    }

    void register(Router router) {
        router.server("_backup", Access.ADMIN, "POST").post(this::backup);
    }

    private void backup(Exchange exchange) throws IOException {
        Path directory = directory(exchange.body().requireJson().jsonObject().get("directory"));
        JsonStream out = exchange.feed(200, "application/json");
        ProgressLines lines = new ProgressLines(out);
        Taken taken;
        try {
            // A client that has gone does not end the copy, which cannot be cut off.
            taken = exchange.node()
                    .backup(
                            directory,
                            bytes -> lines.tell(json ->
                                    json.ascii("{\"new_bytes\":").number(bytes).ascii("}\n")));
        } catch (NodeOpenException e) {
            throw new RequestException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()));
        } catch (UncheckedIOException e) {
            throw new RequestException(ErrorCode.STORAGE, e.getMessage() + ": " + e.getCause());
        }
        lines.check();
        JsonBuffer json = out.buffer().ascii("{\"ok\":true,\"backup\":").number(taken.number());
        json.ascii(",\"directory\":").string(directory.toString());
        json.ascii(",\"time\":").string(Instant.ofEpochMilli(taken.timeMs()).toString());
        json.ascii(",\"bytes\":").number(taken.bytes());
        json.ascii(",\"new_bytes\":").number(taken.newBytes()).ascii("}\n");
        out.finish();
    }

    /** Where a request may have files written is the operator's to say, and nobody else's. */
    private Path directory(@Nullable JsonNode given) {
        Path allowed = settings.get(Declared.BACKUP_DIRECTORY);
        if (allowed.toString().isEmpty()) {
            throw new RequestException(ErrorCode.BACKUPS_OFF);
        }
        if (given != null && !given.isString()) {
            throw new RequestException(ErrorCode.BAD_REQUEST, "`directory` must be a path.");
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
