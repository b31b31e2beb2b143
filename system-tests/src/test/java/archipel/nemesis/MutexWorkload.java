package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryNTimes;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * Programs with Curator that take its mutex and stand in its elections, and write under them with the number of the
 * lock's node for a token.
 */
final class MutexWorkload implements Workload {
    private static final int SESSION_MS = 3_000;
    private static final int CONNECTION_MS = 2_000;

    private final List<String> servers;
    private final NodeClient nodes;
    private final ClientThreads clients = new ClientThreads();
    private final FencedWrites writes;
    private final List<CuratorFramework> frameworks = new ArrayList<>();
    private final List<Program> programs = new ArrayList<>();
    private volatile int round;

    /** @param servers where each node is for clients of ZooKeeper */
    MutexWorkload(List<String> servers, NodeClient nodes) {
        this.servers = List.copyOf(servers);
        this.nodes = nodes;
        this.writes = new FencedWrites(nodes, "mutexes", clients);
    }

    @Override
    public void begin(SplittableRandom random) {
        writes.begin();
        for (int node = 0; node < nodes.nodes(); node++) {
            List<String> turned = new ArrayList<>(servers);
            Collections.rotate(turned, -node);
            CuratorFramework framework = CuratorFrameworkFactory.builder()
                    .connectString(String.join(",", turned))
                    .sessionTimeoutMs(SESSION_MS)
                    .connectionTimeoutMs(CONNECTION_MS)
                    .retryPolicy(new RetryNTimes(3, 100))
                    .build();
            framework.start();
            frameworks.add(framework);
            Program program = new Program("c" + node, framework, random.split());
            programs.add(program);
            clients.begin(program.name + "m", program::lock);
            clients.begin(program.name + "l", program::lead);
        }
    }

    @Override
    public void nextRound() {
        round++;
    }

    @Override
    public void close() {
        clients.end();
        programs.forEach(Program::close);
        frameworks.forEach(CuratorFramework::close);
    }

    @Override
    public void check() throws IOException {
        writes.check(clients.violations());
        System.out.println("nemesis: mutexes: " + clients.counts());
        clients.violations().check();
        assertTrue(clients.counted("fenced writes accepted") > 0, "nothing was written");
    }

    /** Tells the node that the lock is. */
    private static final class KnownMutex extends InterProcessMutex {
        KnownMutex(CuratorFramework client, String path) {
            super(client, path);
        }

        @Nullable
        String node() {
            return getLockPath();
        }
    }

    /** One program: with a thread that locks, and one that stands in an election. */
    private final class Program {
        private final String name;
        private final CuratorFramework framework;
        private final SplittableRandom random;
        private @Nullable LeaderLatch latch;

        Program(String name, CuratorFramework framework, SplittableRandom random) {
            this.name = name;
            this.framework = framework;
            this.random = random;
        }

        private int node() {
            return Math.floorMod(System.nanoTime() / 1_000, nodes.nodes());
        }

        private long token(String node) throws Exception {
            Stat stat = framework.checkExists().forPath(node);
            return stat == null ? 0 : stat.getCzxid();
        }

        private void lock() throws Exception {
            String lock = "mutex-" + round;
            KnownMutex mutex = new KnownMutex(framework, "/" + lock);
            try {
                if (mutex.acquire(3, TimeUnit.SECONDS)) {
                    clients.count("mutexes taken");
                    try {
                        String node = mutex.node();
                        long token = node == null ? 0 : token(node);
                        for (int i = 0; token > 0 && i < 4; i++) {
                            writes.write(node(), lock, token);
                            clients.pause(i == 2 && lateNext() ? SESSION_MS : 30);
                        }
                    } finally {
                        mutex.release();
                    }
                }
            } catch (KeeperException | IllegalStateException | IllegalMonitorStateException lost) {
                clients.count("mutex: " + lost.getClass().getSimpleName());
            }
            clients.pause(20);
        }

        private synchronized boolean lateNext() {
            return random.nextInt(20) == 0;
        }

        private void lead() throws Exception {
            LeaderLatch standing = latch;
            if (standing == null) {
                standing = new LeaderLatch(framework, "/latch", name);
                standing.start();
                latch = standing;
            }
            try {
                String node = standing.getOurPath();
                if (standing.hasLeadership() && node != null) {
                    long token = token(node);
                    for (int i = 0; token > 0 && i < 3; i++) {
                        writes.write(node(), "latch", token);
                        clients.pause(40);
                    }
                    clients.count("terms led");
                    if (lateNext()) {
                        latch = null;
                        standing.close();
                    }
                }
            } catch (KeeperException | IllegalStateException lost) {
                clients.count("latch: " + lost.getClass().getSimpleName());
            }
            clients.pause(50);
        }

        private void close() {
            try {
                if (latch != null) {
                    latch.close();
                }
            } catch (IOException e) {
                // Its session ends with the program.
                clients.count("latches left");
            }
        }
    }
}
