package archipel.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.client.Archipel;
import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs in {@code examples}, at a node, and the page that shows parts of them. */
final class ExamplesTest {
    private static final Path SOURCES = Path.of("../examples/src/main/java/archipel/examples");
    private static final Path PAGE = Path.of("../docs/JAVA.md");
    private static final int MOST_LINES = 60;
    private static final Pattern CODE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @TempDir
    private static Path directory;

    private static ServerProcess server;

    @BeforeAll
    static void start() throws IOException {
        server = ServerProcess.start(ServerOptions.in(directory));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @FunctionalInterface
    private interface Program {
        void run(PrintStream out) throws Exception;
    }

    private static List<String> output(Program program) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        program.run(new PrintStream(bytes, true, UTF_8));
        return bytes.toString(UTF_8).lines().toList();
    }

    @Test
    void islands_aNode_writesAndFinds() throws Exception {
        List<String> lines = output(out -> Islands.run(server.adminUrl(), out));
        assertEquals("Island[name=Ouessant, area=15.6, visitors=1]", lines.get(0));
        assertEquals("molene", lines.get(1).substring(0, 6));
        assertEquals("2 are small", lines.get(4));
    }

    @Test
    void follower_aNode_goesOnWhereItEnded() throws Exception {
        List<String> lines = output(out -> Follower.run(server.adminUrl(), out));
        assertEquals("1 Enez Eussa III", lines.get(0));
        assertTrue(lines.get(1).startsWith("2 2-"), lines::toString);
        assertEquals(2, lines.size());
    }

    @Test
    void pinnedReads_aNode_showsBothStates() throws Exception {
        assertEquals(
                List.of("from 1 to 2", "{\"metres\":1.2}", "{\"metres\":7.1}"),
                output(out -> PinnedReads.run(server.adminUrl(), out)));
    }

    @Test
    void captain_aNode_leadsAndWrites() throws Exception {
        assertEquals(
                List.of("ann leads", "captain: ann", "ann leads no more"),
                output(out -> Captain.run(server.adminUrl(), "ann", out)));
    }

    @Test
    void sharedCart_aNode_isThereForTheNextProgram() throws Exception {
        assertEquals(List.of("3 ropes", "{rope=3}"), output(out -> SharedCart.run(server.adminUrl(), out)));
        assertEquals(List.of("6 ropes", "{rope=6}"), output(out -> SharedCart.run(server.adminUrl(), out)));
    }

    @Test
    void voyagePlan_aNode_saysWhatWasForgotten() throws Exception {
        assertEquals(
                List.of("1 written", "forgotten: [UnreplicatedChange[address=plans/spring, calls=[call]]]"),
                output(out -> VoyagePlan.run(server.adminUrl(), out)));
    }

    @Test
    void seaCharts_aNode_keepsTheAttachment() throws Exception {
        assertEquals(List.of("[chart]", "rocks"), output(out -> SeaCharts.run(server.adminUrl(), out)));
    }

    @Test
    void visits_twoWebServers_areOneSession() throws Exception {
        HttpClient browser =
                HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
        try (browser) {
            for (int visit = 1; visit <= 2; visit++) {
                assertEquals("visit " + visit, visitAtANewServer(browser));
            }
        }
    }

    private static String visitAtANewServer(HttpClient browser) throws Exception {
        try (Archipel archipel = Archipel.connect(server.adminUrl())) {
            Tomcat tomcat = Visits.serve(archipel);
            URI page = URI.create("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/");
            String answer = browser.send(HttpRequest.newBuilder(page).build(), BodyHandlers.ofString())
                    .body();
            tomcat.stop();
            tomcat.destroy();
            return answer;
        }
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.list(SOURCES)) {
            return files.toList();
        }
    }

    @Test
    void programs_each_areShort() throws IOException {
        for (Path source : sources()) {
            int lines = Files.readAllLines(source).size();
            assertTrue(lines <= MOST_LINES, source + " has " + lines + " lines");
        }
    }

    /** What the page shows is what runs here: each of its lines stands in one program, in the same order. */
    @Test
    void page_code_isThatOfThePrograms() throws IOException {
        List<List<String>> programs = new ArrayList<>();
        for (Path source : sources()) {
            programs.add(Files.readAllLines(source).stream().map(String::strip).toList());
        }
        Matcher code = CODE.matcher(Files.readString(PAGE));
        int found = 0;
        while (code.find()) {
            List<String> shown = code.group(1)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
            assertTrue(programs.stream().anyMatch(program -> has(program, shown)), () -> String.join("\n", shown));
            found++;
        }
        assertTrue(found > 5);
    }

    private static boolean has(List<String> program, List<String> shown) {
        int next = 0;
        for (String line : program) {
            if (next < shown.size() && line.equals(shown.get(next))) {
                next++;
            }
        }
        return next == shown.size();
    }
}
