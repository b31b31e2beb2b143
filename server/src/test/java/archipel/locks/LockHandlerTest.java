package archipel.locks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer;
import archipel.server.TestServer.Answer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(120)
class LockHandlerTest {
    private static final String ALICE = TestServer.basic("alice", "a");
    private static final String BOB = TestServer.basic("bob", "b");

    @TempDir
    private static Path data;

    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(
                data, Map.of("max_lock_waiters", "2", "max_locks_per_user", "5", "max_lock_name", "40"));
        for (String name : List.of("alice", "bob")) {
            String user = "{\"name\":\"" + name + "\",\"password\":\"" + name.charAt(0)
                    + "\",\"type\":\"user\",\"roles\":[]}";
            assertEquals(
                    201, server.put("/_users/org.couchdb.user:" + name, user).status());
        }
        assertEquals(201, server.put("/db", "").status());
        assertEquals(
                200,
                server.put("/db/_security", "{\"members\":{\"names\":[\"alice\",\"bob\"]}}")
                        .status());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Answer as(String user, String method, String path, String body) {
        try {
            return server.send(method, path, body, "Authorization", user, "Content-Type", "application/json");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Answer take(String user, String name, String owner, long ttlMs, long waitMs) {
        return as(
                user,
                "POST",
                "/_locks/" + name,
                "{\"owner\":\"" + owner + "\",\"ttl\":" + ttlMs + ",\"wait\":" + waitMs + "}");
    }

    private static Future<Answer> taking(String name, String owner, long waitMs) {
        FutureTask<Answer> taking = new FutureTask<>(() -> take(ALICE, name, owner, 60_000, waitMs));
        Thread.ofVirtual().start(taking);
        return taking;
    }

    private static long token(Answer answer) {
        assertEquals(200, answer.status(), answer::toString);
        return answer.json().path("token").longValue();
    }

    private static void release(String name, long token) {
        assertEquals(
                "200 {\"ok\":true,\"token\":" + token + "}",
                as(ALICE, "DELETE", "/_locks/" + name + "?token=" + token, null).toString());
    }

    private static List<String> queue(String name) {
        JsonNode queue = as(ALICE, "GET", "/_locks/" + name, null).json().path("queue");
        List<String> owners = new ArrayList<>();
        queue.forEach(waiter -> owners.add(waiter.path("owner").asString()));
        return owners;
    }

    @Test
    void post_aFreeLock_isHeldUntilItIsReleased() {
        Answer taken = take(ALICE, "free", "a", 60_000, 0);
        assertTrue(
                taken.body()
                        .matches("\\{\"name\":\"free\",\"owner\":\"a\",\"token\":\\d+,\"ttl\":60000,"
                                + "\"expires\":\"20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z\"}\n"),
                taken::toString);
        JsonNode shown = as(BOB, "GET", "/_locks/free", null).json();
        assertTrue(shown.path("held").booleanValue());
        assertEquals("a", shown.path("owner").asString());
        assertEquals("alice", shown.path("user").asString());
        release("free", token(taken));
        assertEquals(
                "200 {\"name\":\"free\",\"held\":false,\"queue\":[]}",
                as(BOB, "GET", "/_locks/free", null).toString());
        assertTrue(token(take(ALICE, "free", "a", 60_000, 0)) > token(taken));
    }

    @Test
    void post_aHeldLock_isRefusedWithItsHolder() {
        long token = token(take(ALICE, "held", "a", 60_000, 0));
        for (long waitMs : new long[] {0, 100}) {
            Answer refused = take(BOB, "held", "b", 60_000, waitMs);
            assertEquals(409, refused.status());
            assertEquals("locked", refused.json().path("error").asString());
            assertEquals("a", refused.json().path("holder").path("owner").asString());
            assertEquals(token, refused.json().path("holder").path("token").longValue());
        }
        assertEquals(List.of(), queue("held"));
        release("held", token);
    }

    @Test
    void post_manyWait_areServedInTheOrderInWhichTheyCame() throws Exception {
        long token = token(take(ALICE, "order", "a", 60_000, 0));
        Future<Answer> second = taking("order", "b", 60_000);
        Awaitility.await().until(() -> queue("order").equals(List.of("b")));
        Future<Answer> third = taking("order", "c", 60_000);
        Awaitility.await().until(() -> queue("order").equals(List.of("b", "c")));
        assertEquals(429, take(BOB, "order", "d", 60_000, 60_000).status());
        release("order", token);
        long next = token(second.get());
        assertTrue(next > token);
        assertEquals(List.of("c"), queue("order"));
        release("order", next);
        long last = token(third.get());
        assertTrue(last > next);
        release("order", last);
    }

    @Test
    void post_holderDoesNotRenew_isPassedOnOnceItsTimeIsOver() {
        long token = token(take(ALICE, "expiring", "a", 300, 0));
        long next = token(take(BOB, "expiring", "b", 60_000, 60_000));
        assertTrue(next > token);
        Answer late = as(ALICE, "PUT", "/_locks/expiring", "{\"token\":" + token + "}");
        assertEquals(
                "409 {\"error\":\"not_held\",\"reason\":\"The lock expiring is not held with the token " + token
                        + ".\"}",
                late.toString());
        as(BOB, "DELETE", "/_locks/expiring?token=" + next, null);
    }

    @Test
    void put_theHolder_goesOnHoldingIt() {
        long token = token(take(ALICE, "renewed", "a", 1_000, 0));
        for (int i = 0; i < 5; i++) {
            assertEquals(409, take(BOB, "renewed", "b", 1_000, 400).status());
            assertEquals(token, token(as(ALICE, "PUT", "/_locks/renewed", "{\"token\":" + token + "}")));
        }
        Answer longer = as(ALICE, "PUT", "/_locks/renewed", "{\"token\":" + token + ",\"ttl\":50000}");
        assertEquals(50_000, longer.json().path("ttl").longValue());
        release("renewed", token);
    }

    @Test
    void post_theSameRequestAgain_getsWhatItGot() {
        String body = "{\"owner\":\"a\",\"ttl\":60000,\"wait\":0,\"request\":\"once\"}";
        long token = token(as(ALICE, "POST", "/_locks/again", body));
        assertEquals(token, token(as(ALICE, "POST", "/_locks/again", body)));
        assertEquals(409, as(BOB, "POST", "/_locks/again", body).status());
        release("again", token);
    }

    private static Socket sending(String name, String body) throws IOException {
        Socket socket = new Socket("127.0.0.1", server.server().port());
        String head = "POST /_locks/" + name + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + ALICE
                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n";
        socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    void post_sentAgainWhileItWaits_keepsItsPlaceWhenTheFormerClientGoes() throws Exception {
        long token = token(take(ALICE, "resent", "a", 60_000, 0));
        String body = "{\"owner\":\"b\",\"ttl\":60000,\"wait\":60000,\"request\":\"resent\"}";
        FutureTask<Answer> again = new FutureTask<>(() -> as(ALICE, "POST", "/_locks/resent", body));
        try (Socket _ = sending("resent", body)) {
            Awaitility.await().until(() -> queue("resent").equals(List.of("b")));
            Thread.ofVirtual().start(again);
            Awaitility.await().until(() -> attempts("resent") == 2);
        }
        Awaitility.await().until(() -> attempts("resent") == 1);
        assertEquals(List.of("b"), queue("resent"));
        release("resent", token);
        release("resent", token(again.get()));
    }

    private static int attempts(String name) {
        return server.server().node().locks().find(name).queue().stream()
                .mapToInt(waiter -> waiter.attempts().size())
                .sum();
    }

    @Test
    void post_clientGoesWhileItWaits_leavesItsPlace() throws IOException {
        long token = token(take(ALICE, "gone", "a", 60_000, 0));
        String body = "{\"owner\":\"b\",\"ttl\":60000,\"wait\":60000}";
        try (Socket _ = sending("gone", body)) {
            Awaitility.await().until(() -> queue("gone").equals(List.of("b")));
        }
        Awaitility.await().until(() -> queue("gone").isEmpty());
        release("gone", token);
    }

    @Test
    void delete_ofAnothersLock_isForAdminsWhoForceIt() throws IOException {
        long token = token(take(ALICE, "forced", "a", 60_000, 0));
        assertEquals(
                409, as(BOB, "DELETE", "/_locks/forced?token=" + token, null).status());
        assertEquals(401, as(BOB, "DELETE", "/_locks/forced?force=true", null).status());
        assertEquals(
                "200 {\"ok\":true,\"token\":" + token + "}",
                server.delete("/_locks/forced?force=true").toString());
        assertEquals(409, server.delete("/_locks/forced?force=true").status());
    }

    @Test
    void post_moreThanAUserMay_isRefused() {
        List<Long> tokens = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            tokens.add(token(take(BOB, "many/" + i, "b", 60_000, 0)));
        }
        Answer refused = take(BOB, "many/5", "b", 60_000, 0);
        assertEquals(
                "429 {\"error\":\"too_many_requests\","
                        + "\"reason\":\"A user may hold and wait for 5 locks at the most.\"}",
                refused.toString());
        JsonNode all = as(BOB, "GET", "/_locks", null).json().path("locks");
        List<String> names = new ArrayList<>();
        all.forEach(lock -> names.add(lock.path("name").asString()));
        assertTrue(names.containsAll(List.of("many/0", "many/4")), names::toString);
        for (int i = 0; i < 5; i++) {
            as(BOB, "DELETE", "/_locks/many/" + i + "?token=" + tokens.get(i), null);
        }
    }

    @Test
    void requests_malformed_areRefusedWithWhatIsWrong() throws IOException {
        String most = "x".repeat(41);
        for (String body : List.of(
                "{}",
                "{\"owner\":\"\"}",
                "{\"owner\":7}",
                "{\"owner\":\"" + most + "\"}",
                "{\"owner\":\"a\",\"ttl\":0}",
                "{\"owner\":\"a\",\"ttl\":\"1\"}",
                "{\"owner\":\"a\",\"ttl\":99999999999999999999}",
                "{\"owner\":\"a\",\"wait\":-1}",
                "{\"owner\":\"a\",\"request\":\"\\u0000\"}",
                "[]")) {
            assertEquals(400, as(ALICE, "POST", "/_locks/bad", body).status(), body);
        }
        assertEquals(400, take(ALICE, most, "a", 1_000, 0).status());
        assertEquals(400, take(ALICE, "a%0Ab", "a", 1_000, 0).status());
        assertEquals(405, as(ALICE, "POST", "/_locks", "{\"owner\":\"a\"}").status());
        assertEquals(400, as(ALICE, "PUT", "/_locks/bad", "{}").status());
        assertEquals(400, as(ALICE, "DELETE", "/_locks/bad", null).status());
        assertEquals(400, as(ALICE, "DELETE", "/_locks/bad?token=x", null).status());
        assertEquals(400, as(ALICE, "GET", "/_locks/bad?feed=longpoll", null).status());
        assertEquals(401, server.send("GET", "/_locks", null).status());
    }

    @Test
    void get_eventsource_followsTheLock() throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<InputStream> response = client.send(
                    HttpRequest.newBuilder(URI.create(
                                    "http://127.0.0.1:" + server.server().port() + "/_locks/followed?feed=eventsource"))
                            .header("Authorization", BOB)
                            .build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            BufferedReader feed = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
            assertEquals("data: {\"name\":\"followed\",\"held\":false,\"queue\":[]}", feed.readLine());
            assertEquals("id: 0", feed.readLine());
            assertEquals("", feed.readLine());
            long token = token(take(ALICE, "followed", "a", 60_000, 0));
            assertTrue(feed.readLine().contains("\"token\":" + token));
            assertNotEquals("id: 0", feed.readLine());
            assertEquals("", feed.readLine());
            release("followed", token);
            assertEquals("data: {\"name\":\"followed\",\"held\":false,\"queue\":[]}", feed.readLine());
            response.body().close();
        }
    }

    private static Answer write(String user, String fence, String path, String body) throws IOException {
        return server.send(
                "PUT", path, body, "Authorization", user, "Content-Type", "application/json", "Archipel-Fence", fence);
    }

    @Test
    void write_byAHolderThatWasPaused_isRefused() throws Exception {
        long first = token(take(ALICE, "jobs/nightly", "a", 300, 0));
        // While a is paused, b waits for the lock and gets it.
        long second = token(take(BOB, "jobs/nightly", "b", 60_000, 60_000));
        assertEquals(
                201,
                write(BOB, "jobs/nightly=" + second, "/db/report", "{\"by\":\"b\"}")
                        .status());
        // a wakes, and does not know.
        Answer stale = write(ALICE, "jobs/nightly=" + first, "/db/late", "{\"by\":\"a\"}");
        assertEquals(
                "412 {\"error\":\"fenced\",\"reason\":\"The database has seen token " + second
                        + " of the lock jobs/nightly; the token " + first + " is of a former holder.\"}",
                stale.toString());
        assertEquals(404, server.get("/db/late").status());
        assertEquals(
                201,
                write(BOB, "jobs/nightly=" + second, "/db/more", "{\"by\":\"b\"}")
                        .status());
        as(BOB, "DELETE", "/_locks/jobs/nightly?token=" + second, null);
    }

    @Test
    void write_tokenOfAHeldLockThatWasNeverGiven_isRefused() throws IOException {
        long token = token(take(ALICE, "honest", "a", 60_000, 0));
        Answer refused = write(BOB, "honest=" + (token + 1_000), "/db/dishonest", "{}");
        assertEquals(
                "400 {\"error\":\"bad_request\",\"reason\":\"The token " + (token + 1_000)
                        + " of the lock honest was never given; the greatest that was is " + token + ".\"}",
                refused.toString());
        assertEquals(201, write(ALICE, "honest=" + token, "/db/honest", "{}").status());
        release("honest", token);
    }

    @Test
    void fences_ofADatabase_areShownToItsAdminsWhoHaveItForgetThem() throws IOException {
        assertEquals(201, server.put("/shut", "").status());
        assertEquals(
                200,
                server.put("/shut/_security", "{\"members\":{\"names\":[\"alice\"]}}")
                        .status());
        assertEquals(
                201, write(ALICE, "a/b=999999999999999999,c=7", "/shut/x", "{}").status());
        assertEquals(412, write(ALICE, "a/b=3", "/shut/y", "{}").status());
        assertEquals(401, as(ALICE, "GET", "/shut/_fences", null).status());
        assertEquals(401, as(ALICE, "DELETE", "/shut/_fences/a/b", null).status());
        assertEquals(
                "200 {\"fences\":[{\"name\":\"a/b\",\"token\":999999999999999999},\n{\"name\":\"c\",\"token\":7}]}",
                server.get("/shut/_fences").toString());
        assertEquals("200 {\"ok\":true}", server.delete("/shut/_fences/a%2Fb").toString());
        assertEquals(404, server.delete("/shut/_fences/a/b").status());
        assertEquals(405, server.get("/shut/_fences/a/b").status());
        assertEquals(201, write(ALICE, "a/b=3", "/shut/y", "{}").status());
        assertEquals(412, write(ALICE, "c=6", "/shut/z", "{}").status());
        assertEquals("200 {\"ok\":true}", server.delete("/shut/_fences").toString());
        assertEquals("200 {\"fences\":[]}", server.get("/shut/_fences").toString());
        assertEquals(201, write(ALICE, "c=6", "/shut/z", "{}").status());
    }

    @Test
    void write_fenceIsMalformed_isRefusedNamingTheHeader() throws IOException {
        for (String fence :
                List.of("x", "=1", "x=", "x=0", "x=-1", "x=1,", "x=1,x=2", "%zz=1", "x=9999999999999999999")) {
            Answer refused = write(ALICE, fence, "/db/never", "{}");
            assertEquals(400, refused.status(), fence);
            assertTrue(refused.body().contains("Archipel-Fence"), refused::toString);
        }
        assertEquals(404, server.get("/db/never").status());
        Answer database = server.send("PUT", "/other", null, "Authorization", TestServer.ROOT, "Archipel-Fence", "x=1");
        assertEquals(400, database.status());
        for (String path : List.of("_fork", "_compact", "_compact/x", "_view_cleanup", "_sync_shards", "_verify")) {
            Answer unchecked = server.send(
                    "POST",
                    "/db/" + path,
                    "{\"target\":\"forked\"}",
                    "Authorization",
                    TestServer.ROOT,
                    "Content-Type",
                    "application/json",
                    "Archipel-Fence",
                    "x=1");
            assertEquals(400, unchecked.status(), path);
            assertTrue(unchecked.body().contains("Archipel-Fence"), unchecked::toString);
        }
        assertEquals(201, write(ALICE, "m%3D%2C=5, n=7", "/db/several", "{}").status());
        assertEquals(412, write(ALICE, "n=7, m%3D%2C=4", "/db/several2", "{}").status());
    }
}
