package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.nemesis.LockHistory.Grant;
import archipel.nemesis.LockHistory.Holding;
import archipel.nemesis.LockHistory.Telling;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryNTimes;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * Programs with Curator that take its mutex and stand in its elections, and write under them with the number of the
 * lock's node for a token.
 *
 * <p>A program counts as a holder only by what the tree has answered to the session that owns the lock's node, not by
 * what Curator concludes from a clock: a program that did not run for a while would conclude wrongly. A node that is
 * the first one stays so until it is deleted. So an answer that it is there says that the lock was held at some moment
 * between the request and the answer, and two such answers say that it was held all the time between them. An answer
 * also says how long the session lives at the least: a server that others may take for dead closes its clients'
 * connections after two thirds of their timeout, so that a third is left.
 */
final class MutexWorkload implements Workload {
    private static final int SESSION_MS = 3_000;
    private static final int CONNECTION_MS = 2_000;
    /** How late servers may look at their clocks: a tick. */
    private static final int LATE_MS = 400;
    /** How long a session lives at the least after it has sent a request that is answered. */
    private static final int SURE_MS = SESSION_MS / 3 - LATE_MS;

    private final List<String> servers;
    private final NodeClient nodes;
    private final ClientThreads clients = new ClientThreads();
    private final LockHistory history = new LockHistory();
    private final FencedWrites writes;
    private final List<CuratorFramework> frameworks = new ArrayList<>();
    private final List<Program> programs = new ArrayList<>();
    private volatile int round;

    /** @param servers where each node is for clients of ZooKeeper */
    MutexWorkload(List<String> servers, NodeClient nodes) {
        this.servers = List.copyOf(servers);
        this.nodes = nodes;
        this.writes = new FencedWrites(nodes, "mutexes", clients, history);
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
        String counts = clients.counts();
        int stale = writes.showOldTokens();
        history.check(clients.violations());
        writes.check(clients.violations());
        System.out.println("nemesis: mutexes: " + history.grants() + " grants, " + history.holdings()
                + " times held as " + history.tellings() + " answers say, " + counts + ", in the end " + stale
                + " stale writes");
        clients.violations().check();
        assertTrue(history.holdings() > 0, "nobody held a lock");
        assertTrue(stale > 0, "no token was stale in the end");
        assertTrue(clients.counted("fenced writes accepted") > 0, "nothing was written");
    }

    /** Shows the path of the lock's node. */
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

        private void lock() throws Exception {
            String lock = "mutex-" + round;
            KnownMutex mutex = new KnownMutex(framework, "/" + lock);
            try {
                long begunNs = System.nanoTime();
                if (mutex.acquire(3, TimeUnit.SECONDS)) {
                    Hold hold = new Hold(lock, name + "m", mutex.node(), SURE_MS);
                    long acquiredNs = System.nanoTime();
                    clients.count("mutexes taken");
                    try {
                        if (hold.ask(false)) {
                            history.granted(
                                    new Grant(lock, hold.holder, hold.token, begunNs, acquiredNs, true, Set.of()));
                            work(hold);
                        }
                    } finally {
                        hold.end();
                        mutex.release();
                    }
                }
            } catch (KeeperException | IllegalStateException | IllegalMonitorStateException lost) {
                clients.count("mutex: " + lost.getClass().getSimpleName());
            }
            clients.pause(20);
        }

        private void work(Hold hold) throws Exception {
            try {
                boolean holds = true;
                for (int i = 0; i < 4 && holds; i++) {
                    writes.write(node(), hold.lock, hold.token);
                    clients.pause(i == 2 && lateNext() ? SESSION_MS : 30);
                    holds = hold.ask(i % 2 == 0);
                }
                if (holds) {
                    return;
                }
            } catch (KeeperException lost) {
                clients.count("mutex: " + lost.getClass().getSimpleName());
            }
            // As a program that was paused: it writes without another look, when its session may be over.
            clients.count("mutexes in doubt");
            clients.pause(SESSION_MS + 500);
            writes.write(node(), hold.lock, hold.token);
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
                    lead(standing, node);
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

        private void lead(LeaderLatch standing, String node) throws Exception {
            if (!isFirst(node)) {
                // It may have got another node between the two questions.
                clients.count("latches without the first node");
                return;
            }
            // It deletes its node by itself when it has lost its connection for a moment.
            Hold hold = new Hold("latch", name + "l", node, 0);
            try {
                for (int i = 0; i < 3 && hold.ask(false) && standing.hasLeadership(); i++) {
                    writes.write(node(), "latch", hold.token);
                    clients.pause(40);
                }
            } finally {
                hold.end();
            }
            clients.count("terms led");
        }

        /** Whether a node has the least number of all beside it, as the server has it. */
        private boolean isFirst(String node) throws Exception {
            String own = node.substring(node.lastIndexOf('/') + 1);
            return framework.getZookeeperClient().getZooKeeper().getChildren("/latch", false).stream()
                    .min(Comparator.comparing(child -> child.substring(child.lastIndexOf('-') + 1)))
                    .filter(own::equals)
                    .isPresent();
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

        /** What this program knows of a lock that it holds. */
        private final class Hold {
            private final String lock;
            private final String holder;
            private final @Nullable String node;
            private final int sureMs;
            private long token;
            private long fromNs;
            private long toNs;

            /**
             * @param node that was the first
             * @param sureMs how long it is there after an answer that it is
             */
            Hold(String lock, String holder, @Nullable String node, int sureMs) {
                this.lock = lock;
                this.holder = holder;
                this.node = node;
                this.sureMs = sureMs;
            }

            /**
             * Whether the node is there and belongs to this session. Of other sessions' nodes a server may be behind.
             *
             * @param changing through the log, instead of as the server has it
             */
            boolean ask(boolean changing) throws Exception {
                if (node == null) {
                    return false;
                }
                ZooKeeper session = framework.getZookeeperClient().getZooKeeper();
                long begunNs = System.nanoTime();
                Stat stat = changing ? session.setData(node, new byte[0], -1) : session.exists(node, false);
                long endedNs = System.nanoTime();
                if (stat == null || stat.getEphemeralOwner() != session.getSessionId()) {
                    return false;
                }
                token = stat.getCzxid();
                fromNs = fromNs == 0 ? endedNs : fromNs;
                toNs = begunNs;
                history.told(new Telling(lock, token, begunNs, endedNs, sureMs));
                return true;
            }

            /** To be called before the lock is released. */
            void end() {
                if (token > 0) {
                    history.releasing(token, System.nanoTime());
                    if (toNs > fromNs) {
                        history.held(new Holding(lock, holder, token, fromNs, toNs));
                    }
                }
            }
        }
    }
}
