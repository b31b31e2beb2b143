package archipel.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.log.Extension;
import archipel.log.LogPosition;
import archipel.testkit.Seeded;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.apache.jute.BinaryOutputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.MultiOperationRecord;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.proto.CheckVersionRequest;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.CreateTTLRequest;
import org.apache.zookeeper.proto.DeleteRequest;
import org.apache.zookeeper.proto.SetACLRequest;
import org.apache.zookeeper.proto.SetDataRequest;
import org.apache.zookeeper.server.DataNode;
import org.apache.zookeeper.server.DataTree;
import org.apache.zookeeper.txn.CreateSessionTxn;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Servers that are given the same commands, in rounds of other sizes, have the same rows and the same tree; and the
 * tree that is made of the rows is the one in memory.
 */
class TreeFuzz {
    private static final List<String> NAMES = List.of("a", "b", "a-b", "é");
    private static final List<String> SERVERS = List.of("one", "two");

    @Test
    void apply_anyCommandsInAnyRounds_rowsAndTreesAreTheSame() {
        Seeded.check(600, TreeFuzz::run);
    }

    /** Another server takes longer requests than this one: it has to apply them, and to read them again. */
    @Test
    void apply_requestLongerThanThisServerTakes_isStored() {
        byte[] data = new byte[3 << 20];
        List<byte[]> commands = new ArrayList<>();
        commands.add(TreeCommand.encode(submit("two", 1, 1, OpCode.createSession, new CreateSessionTxn(1000))));
        commands.add(TreeCommand.encode(
                submit("two", 2, 1, OpCode.create2, new CreateRequest("/a", data, Ids.OPEN_ACL_UNSAFE, 0))));
        Op set = Op.setData("/a", data, 0);
        commands.add(TreeCommand.encode(submit("two", 3, 1, OpCode.multi, new MultiOperationRecord(List.of(set)))));
        try (Server server = new Server()) {
            server.apply(commands, 0, commands.size());
            server.drain();
            String tree = server.text();
            assertTrue(tree.length() > data.length, tree);
            server.restart();
            assertEquals(tree, server.text());
        }
    }

    private static void run(SplittableRandom random) {
        List<byte[]> commands = new ArrayList<>();
        int count = 20 + random.nextInt(200);
        for (int i = 0; i < count; i++) {
            commands.add(TreeCommand.encode(command(random, i)));
        }
        try (Server slow = new Server();
                Server fast = new Server()) {
            for (int i = 0; i < count; i++) {
                slow.apply(commands, i, i + 1);
                slow.drain();
            }
            for (int from = 0; from < count; ) {
                int to = Math.min(count, from + 1 + random.nextInt(20));
                fast.apply(commands, from, to);
                if (random.nextInt(10) == 0) {
                    fast.restart();
                }
                from = to;
            }
            fast.drain();
            assertEquals(text(slow.rows), text(fast.rows));
            String tree = slow.text();
            assertEquals(tree, fast.text());
            slow.restart();
            assertEquals(tree, slow.text());
            assertTrue(tree.length() > 1);
        }
    }

    private static TreeCommand command(SplittableRandom random, int number) {
        long session = 1 + random.nextInt(4);
        String server = SERVERS.get(random.nextInt(2));
        return switch (random.nextInt(20)) {
            case 0, 1 -> submit(server, number, session, OpCode.createSession, new CreateSessionTxn(1000));
            case 2 -> new TreeCommand.Move(server, session);
            case 3 -> new TreeCommand.Beat(server);
            case 4 -> new TreeCommand.Expire(session, server, random.nextInt(4) - 1);
            case 5 -> submit(server, number, session, OpCode.closeSession, null);
            case 6 -> multi(random, server, number, session);
            case 7 ->
                new TreeCommand.Submit(
                        server, number, session, number, OpCode.create, new byte[] {1, 2}, List.of(), List.of());
            default -> change(random, server, number, session);
        };
    }

    private static TreeCommand multi(SplittableRandom random, String server, int number, long session) {
        List<Op> ops = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            String path = path(random);
            ops.add(
                    switch (random.nextInt(6)) {
                        case 0 -> Op.create(path, data(random), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
                        case 4 -> Op.create(path, data(random), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL);
                        case 5 -> Op.create(path, data(random), broken(random), CreateMode.PERSISTENT);
                        case 1 -> Op.delete(path, version(random));
                        case 2 -> Op.setData(path, data(random), version(random));
                        default -> Op.check(path, version(random));
                    });
        }
        return submit(server, number, session, OpCode.multi, new MultiOperationRecord(ops));
    }

    // Of an entry that the library cannot read it finds out by an exception that it does not expect.
    private static List<ACL> broken(SplittableRandom random) {
        return random.nextInt(3) == 0 ? List.of(new ACL(Perms.ALL, new Id("world", null))) : Ids.OPEN_ACL_UNSAFE;
    }

    private static TreeCommand change(SplittableRandom random, String server, int number, long session) {
        String path = path(random);
        List<ACL> acl = random.nextInt(5) == 0 ? readable(random) : Ids.OPEN_ACL_UNSAFE;
        return switch (random.nextInt(8)) {
            case 0, 1, 2 ->
                submit(
                        server,
                        number,
                        session,
                        OpCode.create2,
                        new CreateRequest(path, data(random), acl, random.nextInt(4)));
            case 3 ->
                submit(
                        server,
                        number,
                        session,
                        OpCode.createContainer,
                        new CreateRequest(path, data(random), acl, CreateMode.CONTAINER.toFlag()));
            case 4 ->
                submit(
                        server,
                        number,
                        session,
                        OpCode.createTTL,
                        new CreateTTLRequest(
                                path,
                                data(random),
                                acl,
                                CreateMode.PERSISTENT_WITH_TTL.toFlag(),
                                1 + random.nextInt(9)));
            case 5 -> submit(server, number, session, OpCode.delete, new DeleteRequest(path, version(random)));
            case 6 ->
                random.nextBoolean()
                        ? submit(server, number, session, OpCode.setACL, new SetACLRequest(path, acl, version(random)))
                        : submit(
                                server,
                                number,
                                session,
                                OpCode.setData,
                                new SetDataRequest(path, data(random), version(random)));
            default -> submit(server, number, session, OpCode.check, new CheckVersionRequest(path, version(random)));
        };
    }

    // Whoever has no right to more may give itself that right again, or not.
    private static List<ACL> readable(SplittableRandom random) {
        return random.nextInt(4) == 0
                ? Ids.READ_ACL_UNSAFE
                : List.of(new ACL(Perms.READ | Perms.ADMIN, Ids.ANYONE_ID_UNSAFE));
    }

    private static String path(SplittableRandom random) {
        StringBuilder path = new StringBuilder();
        for (int depth = random.nextInt(3); depth >= 0; depth--) {
            path.append('/').append(NAMES.get(random.nextInt(NAMES.size())));
        }
        return switch (random.nextInt(40)) {
            case 0, 1 -> "/";
            case 2 -> "/zookeeper" + (random.nextBoolean() ? "" : path);
            case 3 -> "/zookeeper/config";
            default -> path.toString();
        };
    }

    private static byte @Nullable [] data(SplittableRandom random) {
        byte[] data = new byte[random.nextInt(5)];
        random.nextBytes(data);
        return random.nextInt(6) == 0 ? null : data;
    }

    private static int version(SplittableRandom random) {
        return random.nextInt(3) - 1;
    }

    private static TreeCommand submit(String server, int number, long session, int type, @Nullable Record body) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            if (body != null) {
                body.serialize(BinaryOutputArchive.getArchive(bytes), "request");
            }
            return new TreeCommand.Submit(
                    server, number, session, number, type, bytes.toByteArray(), List.of(), List.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Map<byte[], byte[]> rows) {
        StringBuilder text = new StringBuilder();
        rows.forEach((key, value) -> text.append(new String(key, java.nio.charset.StandardCharsets.ISO_8859_1))
                .append(' ')
                .append(HexFormat.of().formatHex(value))
                .append('\n'));
        return text.toString();
    }

    /** One whose log is the test, and whose rows are in a map. */
    private static final class Server implements AutoCloseable {
        private final CoordinationOptions options = new CoordinationOptions(
                () -> "one",
                null,
                true,
                Duration.ofSeconds(2),
                Duration.ofSeconds(4),
                Duration.ofSeconds(40),
                0,
                1 << 20,
                1 << 20,
                Duration.ofSeconds(60),
                () -> "standalone");
        private TreeMap<byte[], byte[]> rows = new TreeMap<>(Arrays::compareUnsigned);
        private Coordination coordination = Coordination.of(options);

        void apply(List<byte[]> commands, int from, int to) {
            TreeMap<byte[], byte[]> written = new TreeMap<>(rows);
            Extension.Round round = coordination.tree().begin(new MapRows(rows, written));
            for (int i = from; i < to; i++) {
                round.apply(new LogPosition(i + 1, 1 + i / 50), commands.get(i), 1000L + i);
            }
            round.write();
            Runnable shown = round.commit();
            rows = written;
            shown.run();
        }

        void drain() {
            Tree.State state = coordination.tree().state();
            CompletableFuture<Void> done = new CompletableFuture<>();
            state.committer().add(() -> done.complete(null));
            done.join();
        }

        void restart() {
            coordination.close();
            coordination = Coordination.of(options);
            coordination.tree().load(new MapRows(rows, rows));
        }

        String text() {
            Tree.State state = coordination.tree().state();
            DataTree tree = state.server().getZKDatabase().getDataTree();
            StringBuilder text = new StringBuilder();
            append(tree, "/", text);
            new TreeMap<>(tree.getEphemerals())
                    .forEach((session, paths) ->
                            append(session, paths.stream().sorted().toList(), text));
            text.append(tree.getContainers().stream().sorted().toList())
                    .append(tree.getTtls().stream().sorted().toList())
                    .append(new TreeMap<>(state.sessions().all()))
                    .append(state.server().getZKDatabase().getDataTreeLastProcessedZxid());
            return text.toString();
        }

        private static void append(DataTree tree, String path, StringBuilder text) {
            DataNode node = tree.getNode(path);
            Stat stat = new Stat();
            node.copyStat(stat);
            text.append(path)
                    .append(' ')
                    .append(node.getData() == null ? "-" : HexFormat.of().formatHex(node.getData()))
                    .append(' ')
                    .append(stat.toString().strip())
                    .append(' ')
                    .append(acl(tree, path))
                    .append('\n');
            node.getChildren().stream()
                    .sorted()
                    .forEach(child -> append(tree, path.equals("/") ? "/" + child : path + "/" + child, text));
        }

        // The library keeps the set of a session that has none any more.
        private static void append(long session, List<String> paths, StringBuilder text) {
            if (!paths.isEmpty()) {
                text.append(session).append(paths).append('\n');
            }
        }

        private static List<ACL> acl(DataTree tree, String path) {
            try {
                return tree.getACL(path, new Stat());
            } catch (KeeperException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            coordination.close();
        }
    }

    private record MapRows(TreeMap<byte[], byte[]> stored, TreeMap<byte[], byte[]> written) implements Extension.Rows {
        @Override
        public byte @Nullable [] get(byte[] key) {
            return written.get(key);
        }

        @Override
        public void put(byte[] key, byte[] value) {
            written.put(key, value);
        }

        @Override
        public void delete(byte[] key) {
            written.remove(key);
        }

        @Override
        public void forEach(BiConsumer<byte[], byte[]> visitor) {
            stored.forEach(visitor);
        }
    }
}
