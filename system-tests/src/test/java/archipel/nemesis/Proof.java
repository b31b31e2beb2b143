package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.linearizability.DocumentModel;
import archipel.linearizability.History;
import archipel.linearizability.LinearizabilityChecker;
import archipel.linearizability.Model;
import archipel.linearizability.PresenceModel;
import archipel.linearizability.RegisterModel;
import archipel.linearizability.Verdict;
import archipel.nemesis.NodeClient.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What has to hold once all faults are over and no client writes any more. */
final class Proof {
    private static final Duration MOST = Duration.ofSeconds(60);

    private final NodeClient nodes;
    private final Clients clients;

    Proof(NodeClient nodes, Clients clients) {
        this.nodes = nodes;
        this.clients = clients;
    }

    /** Fails on anything that one copy without faults would not have done. */
    void check() throws IOException {
        assertEquals("", String.join("\n", clients.heads().violations()));
        checkOrder("documents", clients.documentHistory(), DocumentModel.of(clients.documentHistory()));
        checkOrder("registers", clients.registerHistory(), new RegisterModel());
        checkOrder("databases", clients.databaseHistory(), new PresenceModel());
        checkSame();
        checkNothingLost();
        System.out.println("nemesis: " + new TreeMap<>(clients.counts()));
    }

    private static <S, C, R> void checkOrder(String what, History<C, R> history, Model<S, C, R> model) {
        Verdict verdict = LinearizabilityChecker.check(history, model);
        System.out.println("nemesis: " + what + ": " + verdict);
        assertInstanceOf(Verdict.Linearizable.class, verdict, verdict::toString);
    }

    /** All nodes have the same changes in the same order, up to the same block. */
    private void checkSame() {
        Awaitility.await().atMost(MOST).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
            Answer first = get(0, "/_blocks?include_changes=true&consistency=any");
            for (int node = 1; node < nodes.nodes(); node++) {
                Answer other = get(node, "/_blocks?include_changes=true&consistency=any");
                assertEquals(first.block(), other.block());
                assertEquals(first.body(), other.body());
            }
            String changes = get(0, "/_changes?style=all_docs&include_docs=true&consistency=any")
                    .body();
            for (int node = 1; node < nodes.nodes(); node++) {
                assertEquals(
                        changes,
                        get(node, "/_changes?style=all_docs&include_docs=true&consistency=any")
                                .body());
            }
        });
    }

    private void checkNothingLost() throws IOException {
        int revisions = 0;
        ObjectNode asked = NodeClient.JSON.createObjectNode();
        for (Map.Entry<String, Set<String>> entry : clients.acknowledged().entrySet()) {
            ArrayNode list = asked.putArray(entry.getKey());
            entry.getValue().forEach(list::add);
            revisions += entry.getValue().size();
        }
        assertTrue(revisions > 0, "nothing was acknowledged");
        for (int node = 0; node < nodes.nodes(); node++) {
            Answer answer = nodes.send(node, "POST", "/" + Clients.DATABASE + "/_revs_diff", asked.toString(), MOST);
            assertEquals("{}", answer.body().strip(), "acknowledged, and missing on node " + node);
        }
        System.out.println("nemesis: " + revisions + " revisions acknowledged, none lost");
    }

    private Answer get(int node, String path) throws IOException {
        Answer answer = nodes.send(node, "GET", "/" + Clients.DATABASE + path, "", MOST);
        assertEquals(200, answer.status(), answer::toString);
        return answer;
    }
}
