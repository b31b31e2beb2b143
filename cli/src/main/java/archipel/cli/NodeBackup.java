package archipel.cli;

import archipel.document.ErrorCode;
import archipel.node.NodeFailure;
import java.io.IOException;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Has a running node add a copy of itself to a directory of backups on its own machine. */
final class NodeBackup {
    private final NodeClient client;
    private final CopyProgress progress;
    private final PrintWriter err;
    private volatile boolean waiting;

    NodeBackup(NodeClient client, PrintWriter err) {
        this.client = client;
        this.progress = new CopyProgress(err);
        this.err = err;
    }

    /**
     * Returns once the copy is whole, with what is to be said of it.
     *
     * @param directory at or below the node's directory of backups; null for that itself
     */
    String run(@Nullable String directory) throws InterruptedException {
        client.greet();
        Thread farewell = new Thread(this::tellWhatGoesOn, "archipel-farewell");
        Runtime.getRuntime().addShutdownHook(farewell);
        try {
            JsonNode made = client.converse("/_backup", request(directory), this::show);
            return "Backup " + made.path("backup").asInt() + " in "
                    + made.path("directory").asString("") + " on the machine of " + client.url() + ": "
                    + made.path("bytes").asLong() + " bytes, "
                    + made.path("new_bytes").asLong() + " of them new.";
        } catch (IOException e) {
            throw new NodeFailure("The connection to " + client.url() + " was lost before the backup ended ("
                    + e.getMessage() + "), so it may be incomplete. Earlier backups are unaffected. Check that the "
                    + "node is running and see its log, then try again.");
        } catch (NodeFailure e) {
            throw explained(e);
        } finally {
            Runtime.getRuntime().removeShutdownHook(farewell);
        }
    }

    private static String request(@Nullable String directory) {
        ObjectNode request = JsonNodeFactory.instance.objectNode();
        return (directory == null ? request : request.put("directory", directory)).toString();
    }

    private void show(JsonNode line) {
        JsonNode turn = line.path("waiting");
        waiting = turn.asBoolean(false);
        if (waiting) {
            progress.show("The node is making another backup; this one starts when that is done.");
        } else if (turn.isMissingNode()) {
            progress.at(line.path("new_bytes").asLong(), line.path("of").asLong());
        }
    }

    private void tellWhatGoesOn() {
        err.println(
                waiting
                        ? "archipel: stopped while waiting; the node will not start this backup."
                        : "archipel: the node continues and completes the backup; another one waits for it.");
        err.flush();
    }

    private NodeFailure explained(NodeFailure failure) {
        if (failure.status() == 403 && failure.reason().equals(ErrorCode.BACKUPS_OFF.reasonTemplate())) {
            return new NodeFailure(client.url() + " has no directory for backups: start it with --backup-directory "
                    + "PATH, or set backup_directory in its settings file.");
        }
        if (failure.status() == 404 || failure.status() == 405) {
            return new NodeFailure(client.url() + " runs a version that cannot make backups over HTTP: update it.");
        }
        return failure;
    }
}
