package archipel.cli;

import archipel.document.ErrorCode;
import archipel.node.NodeFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/** Has a running node compute the hash chain of each of its databases again. */
final class NodeVerification {
    private final NodeClient client;
    private final PrintWriter out;
    private final PrintWriter err;

    NodeVerification(NodeClient client, PrintWriter out, PrintWriter err) {
        this.client = client;
        this.out = out;
        this.err = err;
    }

    /** Prints a line for each database; false when one does not hold. */
    boolean run() throws InterruptedException {
        client.greet();
        boolean holds = true;
        try {
            for (JsonNode name : client.get("/_all_dbs")) {
                holds &= verify(name.asString());
            }
            return holds;
        } catch (IOException e) {
            throw new NodeFailure("The connection to " + client.url() + " was lost before everything was verified ("
                    + e.getMessage() + "). Check that the node is running and see its log, then try again.");
        }
    }

    private boolean verify(String database) throws IOException, InterruptedException {
        String path = "/" + URLEncoder.encode(database, StandardCharsets.UTF_8) + "/_verify";
        try {
            JsonNode report = client.converse(path, "", line -> show(database, line));
            JsonNode fault = report.path("fault");
            if (fault.isMissingNode() && !report.path("complete").asBoolean(false)) {
                throw new IOException("the node stopped while verifying " + database);
            }
            out.println(
                    fault.isMissingNode()
                            ? VerifyCommand.holds(
                                    database,
                                    report.path("head").asString(""),
                                    report.path("changes").asLong())
                            : VerifyCommand.fault(
                                    database,
                                    fault.path("block").asLong(),
                                    fault.path("reason").asString("")));
            return fault.isMissingNode();
        } catch (NodeFailure e) {
            if (!e.reason().equals(ErrorCode.NO_DATABASE.reasonTemplate())) {
                throw e;
            }
            out.println(database + ": deleted while verifying");
            return true;
        }
    }

    private void show(String database, JsonNode line) {
        long block = line.path("block").asLong();
        long of = line.path("of").asLong();
        err.println(database + ": block " + block + " of " + of + (of > 0 ? " (" + 100 * block / of + " %)" : ""));
    }
}
