package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.ServerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import tools.jackson.databind.JsonNode;

/** While the nodes of an ensemble are restarted one after the other, no request fails that one retry does not cure. */
@Isolated // Whoever takes the processors for a second makes elections.
final class RollingRestartTest {
    private static final Duration MOST = Duration.ofSeconds(20);
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    private final NodeClient client = new NodeClient();

    @Test
    @Tag("soak") // An upgrade is one, and more.
    void restart_ofOneNodeAfterTheOther_failsNothingThatOneRetryDoesNotCure() throws Exception {
        try (Network network = new LoopbackNetwork(3);
                EnsembleFleet fleet = new EnsembleFleet(network, client)) {
            fleet.start(directory, 3, RollingRestartTest::asSetUpByNobody);
            PatientClients clients = clients();
            for (int node = 0; node < fleet.size(); node++) {
                restart(fleet, node);
            }
            assertEquals("", clients.end("a rolling restart"));
            assertTrue(clients.requests() > 100, () -> "only " + clients.requests() + " requests");
            fleet.stopAndCheck();
        } finally {
            client.close();
        }
    }

    /** Commands that only the new program can read are written once all members have it, and not before. */
    @Test
    void upgrade_ofOneNodeAfterTheOther_failsNothingThatOneRetryDoesNotCure() throws Exception {
        Path next = Files.createDirectory(directory.resolve("next"));
        NextBuild.compile(next);
        List<Path> installed = new ArrayList<>();
        try (Network network = new LoopbackNetwork(3);
                EnsembleFleet fleet = new EnsembleFleet(network, client)) {
            List<ServerOptions> options = new ArrayList<>();
            for (int node = 0; node < 3; node++) {
                Path own = directory.resolve(Network.name(node));
                Path classes = own.resolve("classes");
                installed.add(classes);
                options.add(asSetUpByNobody(EnsembleFleet.options(own)).withClasses(classes));
            }
            fleet.start(options);
            PatientClients clients = clients();
            for (int node : new int[] {0, 1}) {
                Files.createSymbolicLink(installed.get(node), next);
                restart(fleet, node);
            }
            awaitFormats(fleet, NextBuild.FORMAT - 1);
            // As long as one member has the former program there is a way back.
            Files.delete(installed.get(1));
            restart(fleet, 1);
            for (int node : new int[] {1, 2}) {
                Files.createSymbolicLink(installed.get(node), next);
                restart(fleet, node);
            }
            awaitFormats(fleet, NextBuild.FORMAT);
            assertEquals(
                    201, client.send(2, "PUT", "/islands/after", "{}", MOST).status());
            assertEquals("", clients.end("a rolling upgrade"));
            assertTrue(clients.requests() > 100, () -> "only " + clients.requests() + " requests");
            assertSameChains(fleet);
            fleet.stopAndCheck();
            Files.delete(installed.getFirst());
            ServerOptions former = options.getFirst();
            assertTrue(
                    assertFails(former).contains(Integer.toString(NextBuild.FORMAT)),
                    "the former program does not say why it cannot open the data");
        } finally {
            client.close();
        }
    }

    private static String assertFails(ServerOptions former) throws IOException, InterruptedException {
        try {
            former.check();
        } catch (AssertionError | IllegalStateException e) {
            return String.valueOf(e.getMessage());
        }
        throw new AssertionError("the former program opens data that it cannot read");
    }

    // As a node has it that nobody has set up otherwise.
    private static ServerOptions asSetUpByNobody(ServerOptions options) {
        return options.with("ensemble_leader_timeout_ms", "8000").with("ensemble_write_timeout_ms", "15000");
    }

    private PatientClients clients() throws IOException {
        assertEquals(201, client.send(0, "PUT", "/islands", "", MOST).status());
        PatientClients clients = new PatientClients(client, "islands");
        clients.start();
        return clients;
    }

    private void restart(EnsembleFleet fleet, int node) throws IOException {
        fleet.stop(node);
        fleet.restart(node);
        fleet.node(node).awaitServing();
        fleet.awaitLeaders();
    }

    private void awaitFormats(EnsembleFleet fleet, int format) {
        Awaitility.await().atMost(LONG).untilAsserted(() -> {
            Set<Integer> formats = new HashSet<>();
            for (int node = 0; node < fleet.size(); node++) {
                JsonNode status =
                        client.send(node, "GET", "/_ensemble", "", MOST).json();
                assertNotEquals(0, status.path("groups").size());
                status.path("groups")
                        .forEach(group -> formats.add(group.path("format").asInt()));
            }
            assertEquals(Set.of(format), formats);
        });
    }

    private void assertSameChains(EnsembleFleet fleet) {
        Awaitility.await().atMost(LONG).untilAsserted(() -> {
            Set<String> chains = new HashSet<>();
            for (int node = 0; node < fleet.size(); node++) {
                chains.add(client.send(node, "GET", "/islands/_blocks?include_changes=true&consistency=any", "", MOST)
                        .body());
            }
            assertEquals(1, chains.size());
        });
    }
}
