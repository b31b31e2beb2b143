package org.apache.zookeeper.test;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import archipel.suites.EmptyTree;
import archipel.suites.Link;
import java.io.File;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.zookeeper.TestableZooKeeper;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZKTestCase;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.FourLetterWordMain;
import org.apache.zookeeper.common.X509Exception.SSLContextException;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What most of ZooKeeper's tests of clients extend. There it begins a server in the test's own process; here it leads
 * to one that runs already, with an empty tree. Fields and methods are those that the tests use.
 */
public abstract class ClientBase extends ZKTestCase {
    protected static final Logger LOG = LoggerFactory.getLogger(ClientBase.class);

    public static int CONNECTION_TIMEOUT = 30_000;
    private static final int POLL_MS = 50;
    private static final int WORD_TIMEOUT_MS = 5_000;

    private static final Link LINK = Link.toAny(0);

    static {
        try {
            LINK.open();
        } catch (IOException e) {
            throw new IllegalStateException("no port to listen at", e);
        }
    }

    protected String hostPort = "127.0.0.1:" + LINK.port();
    protected int maxCnxns = 0;
    /** None: the server is in another process. */
    protected @Nullable ServerCnxnFactory serverFactory = null;

    protected @Nullable File tmpDir = null;
    protected boolean exceptionOnFailedConnect = false;
    long initialFdCount;
    private final List<ZooKeeper> clients = Collections.synchronizedList(new ArrayList<>());

    /** Waits for states of a client. */
    public static class CountdownWatcher implements Watcher {
        volatile CountDownLatch clientConnected = new CountDownLatch(1);
        volatile boolean connected;
        volatile boolean syncConnected;
        volatile boolean readOnlyConnected;

        public synchronized void reset() {
            clientConnected = new CountDownLatch(1);
            connected = false;
            syncConnected = false;
            readOnlyConnected = false;
        }

        @Override
        public synchronized void process(WatchedEvent event) {
            syncConnected = event.getState() == Event.KeeperState.SyncConnected;
            readOnlyConnected = event.getState() == Event.KeeperState.ConnectedReadOnly;
            connected = syncConnected || readOnlyConnected;
            notifyAll();
            if (connected) {
                clientConnected.countDown();
            }
        }

        public synchronized boolean isConnected() {
            return connected;
        }

        protected synchronized String connectionDescription() {
            return "connected %s, synchronously %s, read only %s"
                    .formatted(connected, syncConnected, readOnlyConnected);
        }

        /** What a watcher waits for. */
        @FunctionalInterface
        private interface Condition {
            boolean holds();
        }

        private synchronized void await(long timeoutMs, Condition condition)
                throws InterruptedException, TimeoutException {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
            while (!condition.holds()) {
                long leftMs = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (leftMs <= 0) {
                    throw new TimeoutException("still " + connectionDescription());
                }
                wait(leftMs);
            }
        }

        public void waitForConnected(long timeoutMs) throws InterruptedException, TimeoutException {
            await(timeoutMs, () -> connected);
        }

        public void waitForSyncConnected(long timeoutMs) throws InterruptedException, TimeoutException {
            await(timeoutMs, () -> syncConnected);
        }

        public void waitForReadOnlyConnected(long timeoutMs) throws InterruptedException, TimeoutException {
            await(timeoutMs, () -> readOnlyConnected);
        }

        public void waitForDisconnected(long timeoutMs) throws InterruptedException, TimeoutException {
            await(timeoutMs, () -> !connected);
        }
    }

    /** An address in a list of them. */
    public static class HostPort {
        final String host;
        final int port;

        public HostPort(String host, int port) {
            this.host = host;
            this.port = port;
        }
    }

    protected TestableZooKeeper createClient() throws IOException, InterruptedException {
        return createClient(hostPort);
    }

    protected TestableZooKeeper createClient(String address) throws IOException, InterruptedException {
        return createClient(new CountdownWatcher(), address);
    }

    protected TestableZooKeeper createClient(CountdownWatcher watcher) throws IOException, InterruptedException {
        return createClient(watcher, hostPort);
    }

    protected TestableZooKeeper createClient(String address, int timeoutMs) throws IOException, InterruptedException {
        return createClient(new CountdownWatcher(), address, timeoutMs);
    }

    protected TestableZooKeeper createClient(CountdownWatcher watcher, String address)
            throws IOException, InterruptedException {
        return createClient(watcher, address, CONNECTION_TIMEOUT);
    }

    protected TestableZooKeeper createClient(CountdownWatcher watcher, String address, int timeoutMs)
            throws IOException, InterruptedException {
        watcher.reset();
        TestableZooKeeper client = new TestableZooKeeper(address, timeoutMs, watcher);
        if (!watcher.clientConnected.await(timeoutMs, TimeUnit.MILLISECONDS)) {
            if (exceptionOnFailedConnect) {
                throw new ProtocolException("Unable to connect to server");
            }
            fail("Unable to connect to server");
        }
        clients.add(client);
        return client;
    }

    public static List<HostPort> parseHostPortList(String addresses) {
        List<HostPort> all = new ArrayList<>();
        for (String address : addresses.split(",")) {
            // A client's root may stand behind its port.
            int slash = address.indexOf('/');
            String server = slash < 0 ? address : address.substring(0, slash);
            int colon = server.lastIndexOf(':');
            all.add(new HostPort(server.substring(0, colon), Integer.parseInt(server.substring(colon + 1))));
        }
        return all;
    }

    private static boolean answers(String addresses, boolean secure) {
        HostPort first = parseHostPortList(addresses).getFirst();
        try {
            return FourLetterWordMain.send4LetterWord(first.host, first.port, "stat", secure, WORD_TIMEOUT_MS)
                    .startsWith("Zookeeper version:");
        } catch (IOException | SSLContextException down) {
            return false;
        }
    }

    private static boolean await(String addresses, long timeoutMs, boolean secure, boolean up) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (answers(addresses, secure) != up) {
            if (System.nanoTime() > end) {
                return false;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    public static boolean waitForServerUp(String addresses, long timeoutMs) {
        return await(addresses, timeoutMs, false, true);
    }

    public static boolean waitForServerUp(String addresses, long timeoutMs, boolean secure) {
        return await(addresses, timeoutMs, secure, true);
    }

    public static boolean waitForServerDown(String addresses, long timeoutMs) {
        return await(addresses, timeoutMs, false, false);
    }

    public static boolean waitForServerDown(String addresses, long timeoutMs, boolean secure) {
        return await(addresses, timeoutMs, secure, false);
    }

    static void verifyThreadTerminated(Thread thread, long timeoutMs) throws InterruptedException {
        thread.join(timeoutMs);
        assertFalse(thread.isAlive(), "thread " + thread.getName() + " still alive after join");
    }

    public static File createTmpDir() throws IOException {
        return Files.createTempDirectory("suites").toFile();
    }

    public static File createEmptyTestDir() throws IOException {
        return createTmpDir();
    }

    public static void setupTestEnv() {
        // Of a server in the test's process.
    }

    protected void setUpAll() throws Exception {
        // Clients are known in any case.
    }

    @BeforeEach
    public void setUp() throws Exception {
        setUpWithServerId(1);
    }

    protected void setUpWithServerId(int serverId) throws Exception {
        setupCustomizedEnv();
        setUpAll();
        LINK.cut();
        EmptyTree.make(LINK.choose());
        startServer();
    }

    public void setupCustomizedEnv() {
        // For tests to do more.
    }

    public void cleanUpCustomizedEnv() {
        // For tests to do more.
    }

    protected void startServer() throws Exception {
        LINK.open();
        assertTrue(waitForServerUp(hostPort, CONNECTION_TIMEOUT), "waiting for server up");
    }

    protected void stopServer() throws Exception {
        LINK.cut();
        assertTrue(waitForServerDown(hostPort, CONNECTION_TIMEOUT), "waiting for server down");
    }

    protected void tearDownAll() throws Exception {
        for (ZooKeeper client : List.copyOf(clients)) {
            client.close();
        }
        clients.clear();
    }

    @AfterEach
    public void tearDown() throws Exception {
        // Clients that still look for their server end sooner where there is one.
        LINK.open();
        tearDownAll();
        LINK.cut();
        cleanUpCustomizedEnv();
    }

    protected static String getHexSessionId(long sessionId) {
        return "0x" + Long.toHexString(sessionId);
    }

    public static boolean recursiveDelete(File directory) {
        File[] files = directory.listFiles();
        if (files != null) {
            for (File file : files) {
                recursiveDelete(file);
            }
        }
        return directory.delete();
    }

    public static void logAllStackTraces() {
        Thread.getAllStackTraces().forEach((thread, stack) -> LOG.info("{}: {}", thread.getName(), List.of(stack)));
    }

    public static ZooKeeper createZKClient(String addresses) throws Exception {
        return createZKClient(addresses, CONNECTION_TIMEOUT);
    }

    public static ZooKeeper createZKClient(String addresses, int sessionMs) throws IOException {
        return createZKClient(addresses, sessionMs, CONNECTION_TIMEOUT);
    }

    public static ZooKeeper createZKClient(String addresses, int sessionMs, long timeoutMs) throws IOException {
        CountdownWatcher watcher = new CountdownWatcher();
        ZooKeeper client = new ZooKeeper(addresses, sessionMs, watcher);
        try {
            watcher.waitForConnected(timeoutMs);
        } catch (InterruptedException | TimeoutException e) {
            throw new IOException("unable to connect", e);
        }
        return client;
    }
}
