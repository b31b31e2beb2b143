package archipel.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** That nothing is left of a transport that was closed. */
@Isolated("counts the descriptors and threads of the process")
class TransportLeakTest {
    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("archipel-to-")
                        || name.startsWith("archipel-from-")
                        || name.startsWith("archipel-transport-"))
                .toList();
    }

    private static long sockets() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .map(TransportLeakTest::target)
                    .filter(Objects::nonNull)
                    .filter(target -> target.startsWith("socket:"))
                    .count();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException closed) {
            return "";
        }
    }

    @Test
    void close_anyState_leavesNeitherThreadsNorDescriptors() throws Exception {
        use();
        long before = sockets();
        for (int i = 0; i < 5; i++) {
            use();
        }
        assertEquals(List.of(), threads());
        Awaitility.await().until(() -> sockets() <= before);
    }

    private static void use() throws Exception {
        List<Socket> strangers = new ArrayList<>();
        try (Members members = new Members()) {
            Transport a = members.echo("a");
            Transport b = members.echo("b");
            members.add("idle");
            for (Service service : Service.values()) {
                Outcome.of(a.link("b"), service, "x").answer();
                Outcome.of(b.link("a"), service, "x").answer();
            }
            members.addresses().put("gone", Members.loopback(1));
            a.link("gone").connect();
            strangers.add(RawMember.socket(a.port()));
            RawMember.connect(a.port(), "b", Members.ENSEMBLE, Members.SECRET).close();
            Outcome.of(a.link("b"), Service.FORWARD, "x");
            assertTrue(!threads().isEmpty());
        }
        for (Socket stranger : strangers) {
            stranger.close();
        }
    }
}
