package archipel.trees;

import archipel.report.Ticks;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;

/**
 * A lock by ZooKeeper's recipe: the client with the lowest ephemeral node holds it, and each client watches the node
 * before its own. Measures the time from a release until the next client knows that it holds the lock.
 */
final class HandOver {
    private static final Duration SESSION = Duration.ofSeconds(30);
    private static final String LOCK = "/lock";

    private HandOver() {}

    /** @param members where contenders connect, in turn */
    static Latencies measure(List<String> members, int contenders, int warmUp, int turns) throws IOException {
        Latencies taken = new Latencies();
        AtomicLong released = new AtomicLong();
        AtomicLong turn = new AtomicLong();
        try (TreeSession maker = TreeSession.at(members.getFirst(), SESSION);
                ExecutorService threads = Executors.newFixedThreadPool(contenders)) {
            maker.create(LOCK, CreateMode.PERSISTENT);
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < contenders; i++) {
                String member = members.get(i % members.size());
                all.add(threads.submit(() -> {
                    try (TreeSession session = TreeSession.at(member, SESSION)) {
                        while (turn.get() < warmUp + turns) {
                            String own = acquire(session);
                            // One holds at a time: nobody else is here.
                            long since = released.get();
                            if (since != 0 && turn.incrementAndGet() > warmUp) {
                                taken.since(since);
                            }
                            released.set(Ticks.now());
                            delete(session, own);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return taken;
    }

    private static String acquire(TreeSession session) throws IOException {
        String own =
                session.create(LOCK + "/n-", CreateMode.EPHEMERAL_SEQUENTIAL).substring(LOCK.length() + 1);
        while (true) {
            List<String> queue = new ArrayList<>(session.ask(client -> client.getChildren(LOCK, false)));
            Collections.sort(queue);
            int place = queue.indexOf(own);
            if (place == 0) {
                return own;
            }
            CountDownLatch gone = new CountDownLatch(1);
            String before = LOCK + "/" + queue.get(place - 1);
            if (session.ask(client -> client.exists(before, event -> gone.countDown())) != null) {
                await(gone);
            }
        }
    }

    private static void await(CountDownLatch gone) throws IOException {
        try {
            if (!gone.await(SESSION.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("nobody releases the lock");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private static void delete(TreeSession session, String own) throws IOException {
        session.ask(client -> {
            try {
                client.delete(LOCK + "/" + own, -1);
            } catch (KeeperException.NoNodeException e) {
                throw new IllegalStateException("the lock was lost", e);
            }
            return true;
        });
    }
}
