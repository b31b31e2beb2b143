package archipel.nemesis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/**
 * Watches all that happens below a node, by a watch that stays; and reads one node again and again, with a watch that
 * goes off once. It notes, on the one thread on which its client tells it of things: the changes, and writes of its own
 * in between, whose numbers say how far the client was. Between two of these on one connection it must have heard of
 * each change that lies between them, and of no other.
 */
final class WatchFollower {
    private static final int SESSION_MS = 4_000;

    private final ClientThreads clients;
    private final String name;
    private final String servers;
    private final String mark;
    private final String read;
    // What the client tells. Guarded by itself.
    private final List<Entry> log = new ArrayList<>();
    private volatile Follow follow;

    /** @param read the node that is read, below the one that is watched */
    WatchFollower(ClientThreads clients, String name, String servers, String mark, String read) throws IOException {
        this.clients = clients;
        this.name = name;
        this.servers = servers;
        this.mark = mark;
        this.read = read;
        this.follow = new Follow();
    }

    private sealed interface Entry {}

    /** A change of a node. @param zxid its number */
    record Change(long zxid, EventType type, String path) implements Entry {}

    /** The client has come that far. */
    private record Mark(long zxid) implements Entry {}

    /** From here on changes may have been missed. */
    private record Gap() implements Entry {}

    /** One session. */
    private final class Follow {
        private final ZooKeeper client;
        private final AtomicBoolean marking = new AtomicBoolean();
        private final AtomicBoolean adding = new AtomicBoolean();
        private volatile boolean watching;
        private volatile boolean over;
        // On the client's thread.
        private volatile long readZxid = -1;
        private boolean fired = true;
        private final AtomicBoolean arming = new AtomicBoolean();

        Follow() throws IOException {
            client = new ZooKeeper(servers, SESSION_MS, this::told);
        }

        private void told(WatchedEvent event) {
            if (event.getState() == KeeperState.Disconnected || event.getState() == KeeperState.Expired) {
                note(new Gap());
                over = event.getState() == KeeperState.Expired;
            }
        }

        private void changed(WatchedEvent event) {
            if (event.getType() != EventType.None) {
                note(new Change(event.getZxid(), event.getType(), event.getPath()));
            }
        }

        void step() throws IOException {
            if (over) {
                clients.count("sessions of watchers that were lost");
                close();
                follow = new Follow();
                return;
            }
            if (!watching && adding.compareAndSet(false, true)) {
                client.addWatch(
                        "/watched",
                        this::changed,
                        AddWatchMode.PERSISTENT_RECURSIVE,
                        (code, _, _) -> {
                            watching = code == Code.OK.intValue();
                            adding.set(false);
                        },
                        null);
            }
            if (watching && marking.compareAndSet(false, true)) {
                client.setData(
                        mark,
                        new byte[0],
                        -1,
                        (code, _, _, stat) -> {
                            if (code == Code.OK.intValue()) {
                                note(new Mark(stat.getMzxid()));
                            }
                            marking.set(false);
                        },
                        null);
            }
            if (fired && arming.compareAndSet(false, true)) {
                client.getData(
                        read,
                        this::fired,
                        (code, _, _, _, stat) -> {
                            if (code == Code.OK.intValue()) {
                                readZxid = stat.getMzxid();
                                fired = false;
                            }
                            arming.set(false);
                        },
                        null);
            } else {
                client.getData(read, false, (code, _, _, _, stat) -> looked(code, stat), null);
            }
        }

        private void fired(WatchedEvent event) {
            if (event.getType() == EventType.NodeDataChanged) {
                clients.count("watches that went off");
                fired = true;
            }
        }

        private void looked(int code, Stat stat) {
            if (code == Code.OK.intValue() && !fired && stat.getMzxid() > readZxid) {
                clients.violations()
                        .add(name + " read " + TreeHistory.hex(stat.getMzxid())
                                + " before its watch had told of a change since " + TreeHistory.hex(readZxid));
            }
        }

        void close() {
            try {
                client.close(0);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void note(Entry entry) {
        synchronized (log) {
            log.add(entry);
        }
    }

    /** Sends what is due; to be called again and again. */
    void step() throws IOException {
        follow.step();
        clients.pause(60);
    }

    /** As of which change it has read the node that it reads, without a word of a later one. */
    long readZxid() {
        return follow.readZxid;
    }

    void close() {
        follow.close();
    }

    /** What it was told. */
    List<Change> changes() {
        synchronized (log) {
            return log.stream()
                    .filter(Change.class::isInstance)
                    .map(Change.class::cast)
                    .toList();
        }
    }

    /**
     * Adds every violation that it was told of, or was not.
     *
     * @param known all changes that anybody knows of
     * @return how many changes it had to be told of, and was
     */
    int check(Collection<Change> known, Violations violations) {
        TreeMap<Long, Set<Change>> all = new TreeMap<>();
        known.forEach(change ->
                all.computeIfAbsent(change.zxid(), _ -> new HashSet<>()).add(change));
        int proved = 0;
        long from = -1;
        List<Change> told = new ArrayList<>();
        synchronized (log) {
            for (Entry entry : log) {
                switch (entry) {
                    case Change change -> told.add(change);
                    case Gap _ -> {
                        from = -1;
                        told.clear();
                    }
                    case Mark(long to) -> {
                        if (from >= 0) {
                            check(from, to, told, all, violations);
                            proved += told.size();
                        }
                        from = to;
                        told.clear();
                    }
                }
            }
        }
        return proved;
    }

    private void check(long from, long to, List<Change> told, TreeMap<Long, Set<Change>> all, Violations violations) {
        String where = name + " between " + TreeHistory.hex(from) + " and " + TreeHistory.hex(to) + " ";
        long last = from;
        for (Change change : told) {
            if (change.zxid() < last || change.zxid() > to) {
                violations.add(where + "was told out of order: " + told);
                return;
            }
            last = change.zxid();
        }
        Set<Change> wanted = new HashSet<>();
        all.subMap(from, false, to, false).values().forEach(wanted::addAll);
        Set<Change> got = new HashSet<>(told);
        if (got.size() < told.size()) {
            violations.add(where + "was told twice: " + told);
        }
        if (!got.equals(wanted)) {
            wanted.removeAll(got);
            violations.add(where + "was not told of " + wanted);
        }
    }
}
