package archipel.tree;

import archipel.cluster.ServerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryOneTime;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A program that takes a lock once it is told to, makes sure that it has it, and then writes once it is told to: what
 * may happen to a process between the two is up to the test.
 */
final class LockHolder implements AutoCloseable {
    private static final String LOCK = "job";
    private static final int SESSION_MS = 1_500;
    private static final String HOLDS = "holds it";

    private final Process process;
    private final BufferedReader out;
    private final PrintWriter in;

    private LockHolder(Process process) {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.in = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /** How it locks, and what it shows when it writes. */
    enum Kind {
        /** By Curator's mutex, as it comes: the store learns nothing of it. */
        MUTEX,
        /** By Curator's mutex, with the number of its node for a token. */
        FENCED_MUTEX,
        /** By {@code _locks}. */
        LOCK
    }

    /**
     * @param locks where the lock is
     * @param target what it writes to
     */
    static LockHolder start(Kind kind, String locks, String target, String value) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LockHolder.class.getName()));
        command.addAll(List.of(kind.name(), locks, target, value));
        return new LockHolder(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    void tellToTake() {
        in.println("take");
    }

    /** Returns once it has the lock and has made sure of it. */
    void awaitHolding() throws IOException {
        String line = out.readLine();
        if (!HOLDS.equals(line)) {
            throw new IOException("the holder says " + line);
        }
    }

    /** @param signal such as {@code STOP} */
    void signal(String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /** Also while it is stopped: it does so as soon as it can. */
    void tellToWrite() {
        in.println("write");
    }

    /** What it got for its write: the status and the body. */
    String answer() throws IOException {
        return out.readLine();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    public static void main(String... args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        in.readLine();
        String fence = switch (Kind.valueOf(args[0])) {
            case MUTEX -> {
                takeMutex(args[1]);
                yield "";
            }
            case FENCED_MUTEX -> takeMutex(args[1]);
            case LOCK -> takeLock(args[1]);
        };
        System.out.println(HOLDS);
        in.readLine();
        HttpResponse<String> answer = write(args[2], args[3], fence);
        System.out.println(answer.statusCode() + " " + answer.body().strip());
        in.readLine();
    }

    private static String takeMutex(String servers) throws Exception {
        CuratorFramework framework =
                CuratorFrameworkFactory.newClient(servers, SESSION_MS, SESSION_MS, new RetryOneTime(100));
        framework.start();
        String[] path = new String[1];
        InterProcessMutex mutex = new InterProcessMutex(framework, "/" + LOCK) {
            @Override
            public void acquire() throws Exception {
                super.acquire();
                path[0] = getLockPath();
            }
        };
        mutex.acquire();
        long czxid = framework.checkExists().forPath(path[0]).getCzxid();
        if (!mutex.isOwnedByCurrentThread()) {
            throw new IllegalStateException("the mutex is another's");
        }
        return LOCK + "=" + czxid;
    }

    private static String takeLock(String url) throws Exception {
        HttpResponse<String> answer = send(request(url + "/_locks/" + LOCK)
                .POST(BodyPublishers.ofString("{\"owner\":\"holder\",\"ttl\":" + SESSION_MS + ",\"wait\":20000}")));
        JsonNode lock = new JsonMapper().readTree(answer.body());
        return LOCK + "=" + lock.path("token").asLong();
    }

    private static HttpResponse<String> write(String url, String value, String fence) throws Exception {
        HttpRequest.Builder request = request(url).PUT(BodyPublishers.ofString("{\"value\":\"" + value + "\"}"));
        return send(fence.isEmpty() ? request : request.header("Archipel-Fence", fence));
    }

    private static HttpRequest.Builder request(String url) {
        return HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .header("Authorization", ServerProcess.authorization());
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), BodyHandlers.ofString());
        }
    }
}
