package archipel.mesh;

import archipel.discovery.Announced;
import archipel.discovery.LocalNetwork;
import archipel.document.RequestException;
import archipel.remote.RemoteAddress;
import archipel.replication.ReplicationEnvironment;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What comes of nodes that announce themselves on the local network. A member is looked for where it says it is now, if
 * it cannot be had elsewhere; a node that was never let in or removed is asked to join where this one has a secret,
 * which both have to prove. All others are shown and nothing more. An announcement is believed in nothing: whose key is
 * at the address shows when it is connected to, which happens so often a minute for all of them together.
 */
final class Discovery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Discovery.class);
    private static final int MOST_ADDRESSES = 4;
    private static final int AT_ONCE = 5;
    private static final long ASK_EVERY_MS = 60_000;
    private static final long FOLLOW_EVERY_MS = 15_000;
    /** Many announcements that come together are looked at together. */
    private static final long GATHER_MS = 200;

    /** Of two nodes that find each other one waits so long for the other to join it. */
    private static final long GRACE_MS = 2_000;

    private static final long FIRST_PAUSE_MS = 5_000;
    private static final long LONGEST_PAUSE_MS = 300_000;
    private static final long WITHDRAWAL_MS = 3_000;

    private final Mesh mesh;
    private final ReplicationEnvironment environment;
    private final String host;
    private final int port;
    private final boolean anyHost;
    private final int most;
    private final TokenBucket attempts;
    private final Thread thread;
    // Of its thread alone.
    private long askedMs;
    private long followMs;
    private List<InetAddress> on = List.of();
    private String failure = "";

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Under the lock.
    private final Map<String, Candidate> nodes = new LinkedHashMap<>();
    private boolean news;
    private boolean closed;
    private @Nullable LocalNetwork network;

    /** @param url of this node, whose host is the network that it is announced on */
    Discovery(Mesh mesh, ReplicationEnvironment environment, String url, int port, boolean anyHost) {
        this.mesh = mesh;
        this.environment = environment;
        this.host = RemoteAddress.parse(url, null, Map.of()).url().getHost();
        this.port = port;
        this.anyHost = anyHost;
        this.most = mesh.settings().get(MeshSettings.MAX_DISCOVERED);
        int perMinute = mesh.settings().get(MeshSettings.DISCOVER_ATTEMPTS);
        this.attempts = new TokenBucket(environment.steady(), Math.min(AT_ONCE, perMinute), perMinute / 60.0);
        this.thread = environment.threads().unstarted("peer-discovery", this::work);
    }

    private static final class Candidate {
        private final String id;
        private final Instant since;
        private List<String> urls = List.of();
        private int tries;
        private long notBeforeMs;
        private boolean asked;
        private @Nullable String error;

        private Candidate(String id, Instant since, long notBeforeMs) {
            this.id = id;
            this.since = since;
            this.notBeforeMs = notBeforeMs;
        }

        /** The next of its addresses, in turns. */
        private String url() {
            return urls.get(tries % urls.size());
        }
    }

    /** What is shown of a node. @param error why it was not joined the last time; null where it was not tried */
    record Stranger(
            String id, String url, Instant since, @Nullable String error) {}

    void start() {
        thread.start();
    }

    /** Those that are no members. */
    List<Stranger> strangers() {
        List<Stranger> found = new ArrayList<>();
        lock.lock();
        try {
            for (Candidate node : nodes.values()) {
                found.add(new Stranger(node.id, node.urls.getFirst(), node.since, node.error));
            }
        } finally {
            lock.unlock();
        }
        found.removeIf(one -> mesh.isMember(one.id()));
        return found;
    }

    private void work() {
        try {
            do {
                follow();
                LocalNetwork heard = network;
                if (heard != null) {
                    gather(heard);
                    pursue();
                }
                environment.pause().pause(GATHER_MS);
            } while (await());
        } catch (InterruptedException e) {
            LOG.debug("Looking for nodes on the local network was interrupted.");
        } catch (RuntimeException | Error e) {
            LOG.error("Looking for nodes on the local network has failed.", e);
        }
    }

    /** Listens on the networks that there are now, since a machine gets other addresses while the node runs. */
    private void follow() {
        long nowMs = environment.steady().millis();
        if (nowMs < followMs) {
            return;
        }
        followMs = nowMs + FOLLOW_EVERY_MS;
        try {
            List<InetAddress> now = LocalNetwork.addresses(host, anyHost);
            if (!now.equals(on)) {
                LocalNetwork former = network;
                replace(null);
                if (former != null) {
                    former.close();
                }
                on = List.of();
                replace(LocalNetwork.open(mesh.fingerprint(), port, now, environment.clock(), this::heard));
                on = now;
                askedMs = nowMs;
            }
        } catch (IOException e) {
            String why = String.valueOf(e.getMessage());
            if (!why.equals(failure)) {
                LOG.warn("Nodes on the local network cannot be found: {}", why);
            }
            failure = why;
        }
    }

    private void replace(@Nullable LocalNetwork now) {
        boolean late;
        lock.lock();
        try {
            network = now;
            late = closed;
        } finally {
            lock.unlock();
        }
        if (late && now != null) {
            now.close();
        }
    }

    private void heard() {
        lock.lock();
        try {
            news = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for news, or until somebody is to be tried or all are to be asked. @return false once it is closed */
    private boolean await() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nowMs = environment.steady().millis();
            long dueMs = nowMs + FOLLOW_EVERY_MS;
            for (Candidate node : nodes.values()) {
                dueMs = Math.min(dueMs, Math.max(nowMs + GATHER_MS, node.notBeforeMs));
            }
            long left = TimeUnit.MILLISECONDS.toNanos(dueMs - nowMs);
            while (!news && !closed && left > 0) {
                left = changed.awaitNanos(left);
            }
            news = false;
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /** Takes over who is announced now. */
    private void gather(LocalNetwork heard) {
        long nowMs = environment.steady().millis();
        if (nowMs - askedMs >= ASK_EVERY_MS) {
            askedMs = nowMs;
            heard.ask();
        }
        Map<String, List<String>> urls = new LinkedHashMap<>();
        for (Announced one : heard.announced()) {
            List<String> ofNode = urls.computeIfAbsent(one.id(), _ -> new ArrayList<>());
            if (ofNode.size() < MOST_ADDRESSES) {
                ofNode.add(one.url());
            }
        }
        urls.remove(mesh.fingerprint());
        lock.lock();
        try {
            nodes.keySet().retainAll(urls.keySet());
            urls.forEach((id, ofNode) -> {
                Candidate node = nodes.get(id);
                if (node == null && (nodes.size() < most || mesh.isMember(id))) {
                    long graceMs = mesh.fingerprint().compareTo(id) > 0 && mesh.isNew(id) ? GRACE_MS : 0;
                    node = new Candidate(id, environment.clock().instant(), nowMs + graceMs);
                    nodes.put(id, node);
                }
                if (node != null && !node.urls.equals(ofNode)) {
                    node.notBeforeMs = node.urls.isEmpty() ? node.notBeforeMs : nowMs;
                    node.urls = ofNode;
                    node.tries = 0;
                }
            });
        } finally {
            lock.unlock();
        }
    }

    /** Tries those whose time has come, as far as there are attempts left. */
    private void pursue() {
        List<Candidate> due = new ArrayList<>();
        long nowMs = environment.steady().millis();
        lock.lock();
        try {
            for (Candidate node : nodes.values()) {
                if (node.notBeforeMs <= nowMs && !node.asked) {
                    due.add(node);
                }
            }
        } finally {
            lock.unlock();
        }
        for (Candidate node : due) {
            pursue(node);
        }
    }

    private void pursue(Candidate node) {
        PeerLink link = mesh.linkOrNull(node.id);
        boolean lost = link != null && link.status().state() == PeerLink.State.RETRYING;
        boolean welcome = link == null && mesh.secret().isSet() && mesh.isNew(node.id);
        String next;
        lock.lock();
        try {
            boolean wanted = lost || welcome;
            if (!wanted || !attempts.take()) {
                long pauseMs = wanted ? GRACE_MS : link == null ? ASK_EVERY_MS : FIRST_PAUSE_MS;
                node.notBeforeMs = environment.steady().millis() + pauseMs;
                return;
            }
            next = node.url();
            node.asked = welcome;
            postpone(node);
        } finally {
            lock.unlock();
        }
        if (link != null) {
            link.hint(next);
        } else {
            environment
                    .threads()
                    .unstarted("peer-join-found", () -> join(node, next))
                    .start();
        }
    }

    // Under the lock. What succeeds is not tried again.
    private void postpone(Candidate node) {
        long pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << Math.min(node.tries++, 20));
        double chance = environment.chance().getAsDouble();
        node.notBeforeMs = environment.steady().millis() + pauseMs / 2 + (long) (pauseMs / 2 * chance);
    }

    private void join(Candidate node, String at) {
        String error = null;
        try {
            mesh.joining().joinFound(at, node.id);
            LOG.info("Node {} was found at {} and joined.", node.id, at);
        } catch (RequestException e) {
            error = e.reason();
        } catch (InterruptedException e) {
            error = "interrupted";
        } catch (RuntimeException | Error e) {
            LOG.error("Node {}, found at {}, cannot be joined.", node.id, at, e);
            error = "see the node's log";
        }
        lock.lock();
        try {
            node.asked = false;
            node.error = error;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Withdraws the announcement, for which it waits a moment. */
    @Override
    public void close() {
        LocalNetwork open;
        lock.lock();
        try {
            closed = true;
            open = network;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        thread.interrupt();
        if (open == null) {
            return;
        }
        Thread withdrawing = environment.threads().unstarted("peer-withdrawal", open::close);
        withdrawing.start();
        try {
            withdrawing.join(WITHDRAWAL_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
