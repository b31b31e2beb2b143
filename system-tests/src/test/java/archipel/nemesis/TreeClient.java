package archipel.nemesis;

import archipel.linearizability.DocumentCall;
import archipel.linearizability.DocumentResult;
import archipel.linearizability.HistoryRecorder.Pending;
import archipel.linearizability.RegisterCall;
import archipel.linearizability.RegisterResult;
import archipel.nemesis.TreeHistory.Ephemeral;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.BadVersionException;
import org.apache.zookeeper.KeeperException.NoNodeException;
import org.apache.zookeeper.KeeperException.NodeExistsException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.OpResult.GetDataResult;
import org.apache.zookeeper.OpResult.SetDataResult;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * One client of the tree: begins a session, sends one request after the other, and ends it, with or without a word.
 * Each write has a value of its own.
 */
final class TreeClient {
    private static final int MOST_TO_BEGIN_MS = 8_000;
    private static final int REGISTERS = 3;
    private static final List<String> PAIR = List.of("a", "b", "c");

    private final TreeWorkload home;
    private final ClientThreads clients;
    private final String name;
    private final String servers;
    private final boolean sits;
    private final SplittableRandom random;
    private final Map<String, Integer> versions = new HashMap<>();
    private final List<String> own = new ArrayList<>();
    private @Nullable TreeSession session;
    private int steps;
    private int values;
    private boolean toggled;

    /** @param sits makes one ephemeral node and then only reads, so that no answer waits for the log */
    TreeClient(
            TreeWorkload home,
            ClientThreads clients,
            String name,
            String servers,
            boolean sits,
            SplittableRandom random) {
        this.sits = sits;
        this.home = home;
        this.clients = clients;
        this.name = name;
        this.servers = servers;
        this.random = random;
    }

    /** One request, or a session's begin or end. */
    void step() throws IOException, InterruptedException {
        TreeSession open = session;
        if (open == null) {
            begin();
            return;
        }
        if (open.isExpired() || steps-- < 0) {
            end();
            return;
        }
        try {
            ask(open);
        } catch (KeeperException e) {
            clients.count(e.code().toString());
            switch (e.code()) {
                case CONNECTIONLOSS, SESSIONEXPIRED, SESSIONMOVED, OPERATIONTIMEOUT, AUTHFAILED -> clients.pause(20);
                default -> clients.violations().add(name + " got " + e + " at " + e.getStackTrace()[2]);
            }
        }
        clients.pause(random.nextInt(20));
    }

    private void begin() throws IOException, InterruptedException {
        TreeSession opened = TreeSession.open(servers, sits || random.nextBoolean() ? 1_500 : 5_000);
        if (!opened.awaitBegun(MOST_TO_BEGIN_MS)) {
            opened.abandon();
            return;
        }
        home.history().begun(opened);
        clients.count("sessions");
        own.clear();
        steps = sits ? random.nextInt(1_000, 4_000) : random.nextInt(20, 600);
        session = opened;
    }

    /** Ends the session, also one that has expired. */
    void end() {
        TreeSession open = session;
        session = null;
        if (open == null) {
            return;
        }
        if (random.nextInt(3) == 0) {
            clients.count("sessions abandoned");
            open.abandon();
        } else {
            open.end();
        }
    }

    private void ask(TreeSession in) throws KeeperException, InterruptedException {
        int dice = random.nextInt(100);
        String register = "/registers/r-" + home.round() + "-" + random.nextInt(REGISTERS);
        if (sits) {
            if (own.isEmpty()) {
                makeEphemeral(in);
            } else {
                readAny(in, register);
            }
        } else if (dice < 12) {
            readNow(in, register);
        } else if (dice < 24) {
            write(in, register);
        } else if (dice < 36) {
            readAny(in, random.nextBoolean() ? register : "/watched/k-" + random.nextInt(TreeWorkload.WATCHED));
        } else if (dice < 46) {
            writeTogether(in);
        } else if (dice < 54) {
            readTogether(in);
        } else if (dice < 64) {
            number(in);
        } else if (dice < 72) {
            makeEphemeral(in);
        } else if (dice < 75) {
            deleteEphemeral(in);
        } else if (dice < 85) {
            list(in);
        } else if (dice < 95) {
            change(in);
        } else {
            toggle(in);
        }
    }

    private String value() {
        return name + "-" + ++values;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte @Nullable [] bytes) {
        return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    }

    private void readNow(TreeSession in, String path) throws KeeperException, InterruptedException {
        Pending<DocumentCall, DocumentResult> pending = home.registers().invoke(name, new DocumentCall.Read(path));
        long begunNs = System.nanoTime();
        in.syncNow(path);
        try {
            Stat stat = new Stat();
            String value = text(in.getData(path, false, stat));
            pending.returned(new DocumentResult.Found(Integer.toString(stat.getVersion()), value));
            versions.put(path, stat.getVersion());
            in.saw(path, stat.getMzxid());
        } catch (NoNodeException absent) {
            pending.returned(new DocumentResult.Absent());
            versions.remove(path);
        }
        in.answered(begunNs);
    }

    private void write(TreeSession in, String path) throws KeeperException, InterruptedException {
        Integer version = versions.get(path);
        String value = value();
        long begunNs = System.nanoTime();
        Pending<DocumentCall, DocumentResult> pending = home.registers()
                .invoke(
                        name,
                        version == null
                                ? new DocumentCall.Create(path, value)
                                : new DocumentCall.Update(path, version.toString(), value));
        try {
            Stat stat = new Stat();
            if (version == null) {
                in.create(path, bytes(value), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, stat);
            } else {
                stat = in.setData(path, bytes(value), version);
            }
            pending.returned(new DocumentResult.Stored(Integer.toString(stat.getVersion())));
            versions.put(path, stat.getVersion());
            in.saw(path, stat.getMzxid());
            in.answered(begunNs);
        } catch (BadVersionException | NodeExistsException refused) {
            pending.returned(new DocumentResult.Refused());
            in.answered(begunNs);
            readNow(in, path);
        }
    }

    /** Without {@code sync}: what the server has that the client is connected to. */
    private void readAny(TreeSession in, String path) throws KeeperException, InterruptedException {
        long begunNs = System.nanoTime();
        try {
            Stat stat = new Stat();
            in.getData(path, false, stat);
            in.saw(path, stat.getMzxid());
        } catch (NoNodeException absent) {
            clients.count("absent");
        }
        in.answered(begunNs);
    }

    private List<String> pair() {
        List<String> keys = new ArrayList<>();
        PAIR.forEach(key -> keys.add("/pairs/" + home.round() + key));
        if (random.nextInt(3) == 0) {
            keys.remove(random.nextInt(keys.size()));
        }
        return keys;
    }

    private void writeTogether(TreeSession in) throws KeeperException, InterruptedException {
        List<String> keys = pair();
        String value = value();
        boolean fails = random.nextInt(3) == 0;
        List<Op> ops = new ArrayList<>();
        Map<String, String> written = new TreeMap<>();
        for (String key : keys) {
            ops.add(Op.setData(key, bytes(value), -1));
            written.put(key, value);
        }
        if (fails) {
            ops.add(random.nextInt(ops.size() + 1), Op.check(keys.getFirst(), 1_000_000));
        }
        Pending<RegisterCall, RegisterResult> pending = home.pairs().invoke(name, new RegisterCall.Write(written));
        long begunNs = System.nanoTime();
        if (fails) {
            // Whatever the answer is, nobody may ever see its value.
            pending.failed("one part of it cannot be");
        }
        try {
            List<OpResult> results = in.multi(ops);
            if (fails) {
                clients.violations().add(name + ": " + keys + " were written to " + value + " with a check that fails");
                return;
            }
            pending.returned(new RegisterResult.Written());
            long zxid = ((SetDataResult) results.getFirst()).getStat().getMzxid();
            for (int i = 0; i < keys.size(); i++) {
                long each = ((SetDataResult) results.get(i)).getStat().getMzxid();
                in.saw(keys.get(i), each);
                if (each != zxid) {
                    clients.violations().add(name + ": one multi has several numbers: " + results);
                }
            }
            in.answered(begunNs);
        } catch (NoNodeException absent) {
            if (!fails) {
                pending.failed("there is nothing yet");
            }
            in.answered(begunNs);
            make(in);
        } catch (BadVersionException refused) {
            in.answered(begunNs);
            if (!fails) {
                clients.violations().add(name + " was refused: " + ops);
            }
        }
    }

    private void make(TreeSession in) throws KeeperException, InterruptedException {
        int round = home.round();
        List<Op> ops = new ArrayList<>();
        PAIR.forEach(key ->
                ops.add(Op.create("/pairs/" + round + key, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT)));
        try {
            in.multi(ops);
        } catch (NodeExistsException there) {
            clients.count("pairs were there");
        }
    }

    private void readTogether(TreeSession in) throws KeeperException, InterruptedException {
        List<String> keys = pair();
        Pending<RegisterCall, RegisterResult> pending = home.pairs().invoke(name, new RegisterCall.Read(keys));
        long begunNs = System.nanoTime();
        in.syncNow(keys.getFirst());
        List<Op> ops = new ArrayList<>();
        keys.forEach(key -> ops.add(Op.getData(key)));
        List<OpResult> results = in.multi(ops);
        Map<String, String> found = new TreeMap<>();
        for (int i = 0; i < keys.size(); i++) {
            if (results.get(i) instanceof GetDataResult data) {
                in.saw(keys.get(i), data.getStat().getMzxid());
                String value = text(data.getData());
                if (!value.isEmpty()) {
                    found.put(keys.get(i), value);
                }
            }
        }
        pending.returned(new RegisterResult.Values(found));
        in.answered(begunNs);
    }

    private void number(TreeSession in) throws KeeperException, InterruptedException {
        String parent = "/numbers/" + home.round();
        long begunNs = System.nanoTime();
        try {
            Stat stat = new Stat();
            String made =
                    in.create(parent + "/n-", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL, stat);
            long number = Long.parseLong(made.substring(made.lastIndexOf('-') + 1));
            home.history().numbered(parent, number, stat.getCzxid(), begunNs);
            in.answered(begunNs);
        } catch (NoNodeException absent) {
            try {
                in.create(parent, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            } catch (NodeExistsException there) {
                clients.count("parents were there");
            }
        }
    }

    private void makeEphemeral(TreeSession in) throws KeeperException, InterruptedException {
        String node = Long.toHexString(in.number()) + "-" + ++values;
        Ephemeral made = home.history().making(in, node);
        long begunNs = System.nanoTime();
        in.create("/ephemeral/" + node, bytes(name), Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        made.made();
        own.add(node);
        home.made(node, made);
        in.answered(begunNs);
    }

    private void deleteEphemeral(TreeSession in) throws KeeperException, InterruptedException {
        if (own.isEmpty()) {
            return;
        }
        String node = own.removeLast();
        home.deleting(node);
        long begunNs = System.nanoTime();
        in.delete("/ephemeral/" + node, -1);
        in.answered(begunNs);
    }

    private void list(TreeSession in) throws KeeperException, InterruptedException {
        long begunNs = System.nanoTime();
        in.syncNow("/ephemeral");
        HashSet<String> names = new HashSet<>(in.getChildren("/ephemeral", false));
        home.history().listed(begunNs, names);
        in.answered(begunNs);
    }

    /** Changes a node that others watch. */
    private void change(TreeSession in) throws KeeperException, InterruptedException {
        String path = "/watched/k-" + random.nextInt(TreeWorkload.WATCHED);
        long begunNs = System.nanoTime();
        Stat stat = in.setData(path, bytes(value()), -1);
        home.changes().add(new WatchFollower.Change(stat.getMzxid(), EventType.NodeDataChanged, path));
        in.saw(path, stat.getMzxid());
        in.answered(begunNs);
    }

    /** Makes a node that others watch, or deletes it together with a change that tells the number. */
    private void toggle(TreeSession in) throws KeeperException, InterruptedException {
        String path = "/watched/t-" + name;
        long begunNs = System.nanoTime();
        try {
            if (toggled) {
                String beside = "/watched/k-0";
                List<OpResult> results = in.multi(List.of(Op.delete(path, -1), Op.setData(beside, bytes(value()), -1)));
                long zxid = ((SetDataResult) results.get(1)).getStat().getMzxid();
                home.changes().add(new WatchFollower.Change(zxid, EventType.NodeDeleted, path));
                home.changes().add(new WatchFollower.Change(zxid, EventType.NodeDataChanged, beside));
            } else {
                Stat stat = new Stat();
                in.create(path, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, stat);
                home.changes().add(new WatchFollower.Change(stat.getCzxid(), EventType.NodeCreated, path));
            }
            toggled = !toggled;
        } catch (NoNodeException | NodeExistsException other) {
            // An earlier one whose answer was lost.
            toggled = other instanceof NodeExistsException;
        }
        in.answered(begunNs);
    }
}
