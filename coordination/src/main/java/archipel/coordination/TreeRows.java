package archipel.coordination;

import archipel.log.Extension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.jute.BinaryInputArchive;
import org.apache.jute.BinaryOutputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.StatPersisted;
import org.apache.zookeeper.server.DataNode;
import org.apache.zookeeper.server.DataTree;
import org.apache.zookeeper.server.EphemeralType;
import org.apache.zookeeper.txn.CloseSessionTxn;
import org.apache.zookeeper.txn.CreateContainerTxn;
import org.apache.zookeeper.txn.CreateTTLTxn;
import org.apache.zookeeper.txn.CreateTxn;
import org.apache.zookeeper.txn.DeleteTxn;
import org.apache.zookeeper.txn.MultiTxn;
import org.apache.zookeeper.txn.SetACLTxn;
import org.apache.zookeeper.txn.SetDataTxn;
import org.apache.zookeeper.txn.Txn;
import org.apache.zookeeper.txn.TxnHeader;
import org.jspecify.annotations.Nullable;

/**
 * The tree as rows. A transaction changes them as {@link DataTree} changes what is in memory, so that the one can be
 * made of the other at any time: there are no snapshots to be taken and no transactions to be run again at a start.
 *
 * <p>A node is one row, and what its children change of it is another, since hardly any has children, and those that
 * have may have many: their rows are written once a round.
 */
final class TreeRows {
    // Before the nodes, whom it is read for.
    private static final byte CHILDREN = 'C';
    private static final byte NODE = 'N';
    private static final byte SESSION = 'S';
    private static final byte BEATS = 'B';
    private static final byte[] ZXID = {'Z'};
    /** What every tree begins with. Not changed. */
    private static final DataTree NEW = new DataTree();

    private final Extension.Rows rows;
    // What is written once a round.
    private final Map<String, Children> children = new HashMap<>();
    private long newest;

    TreeRows(Extension.Rows rows) {
        this.rows = rows;
    }

    /** Takes what is stored. */
    interface Reader {
        void session(long session, Sessions.Held held);

        void beats(String server, long beats);
    }

    /**
     * Fills a new tree.
     *
     * @return the newest transaction in it; 0 where there was none
     */
    long load(DataTree tree, Reader reader) {
        Map<String, Children> parents = new HashMap<>();
        rows.forEach((key, value) -> {
            switch (key[0]) {
                case CHILDREN -> parents.put(text(key), Children.read(value));
                case NODE -> node(tree, text(key), Node.read(value), parents.remove(text(key)));
                case SESSION ->
                    reader.session(ByteBuffer.wrap(key, 1, Long.BYTES).getLong(), Sessions.Held.read(value));
                case BEATS -> reader.beats(text(key), ByteBuffer.wrap(value).getLong());
                default -> {
                    // The newest transaction's number.
                }
            }
        });
        // Of those that are in every tree, and have no row of their own before they are changed.
        parents.forEach((path, one) -> one.into(tree.getNode(path).stat));
        return zxid();
    }

    // A parent's path is the beginning of its children's, so that it comes first.
    private static void node(DataTree tree, String path, Node row, @Nullable Children parent) {
        try {
            DataNode node = tree.getNode(path);
            Children own = parent;
            if (node == null) {
                // With a version that is not above the parent's own, which stays as it was stored.
                tree.createNode(
                        path,
                        row.data(),
                        row.acl(),
                        row.stat().getEphemeralOwner(),
                        0,
                        row.stat().getCzxid(),
                        row.stat().getCtime());
                node = tree.getNode(path);
            } else {
                own = parent == null ? Children.of(node.stat) : parent;
                tree.setData(path, row.data(), 0, 0, 0);
                if (!row.acl().isEmpty()) {
                    tree.setACL(path, row.acl(), 0);
                }
            }
            node.stat.copyFrom(row.stat());
            if (own != null) {
                own.into(node.stat);
            }
        } catch (KeeperException e) {
            throw new IllegalStateException("the stored tree has no place for " + path, e);
        }
    }

    /** The newest transaction; 0 where there was none. */
    long zxid() {
        byte[] value = rows.get(ZXID);
        return value == null ? 0 : ByteBuffer.wrap(value).getLong();
    }

    void zxid(long zxid) {
        newest = zxid;
    }

    /** What is written once a round. */
    void write() {
        children.forEach((path, one) -> rows.put(key(CHILDREN, path), one.bytes()));
        if (newest != 0) {
            rows.put(ZXID, number(newest));
        }
    }

    /** @param held null where the session has ended */
    void session(long session, Sessions.@Nullable Held held) {
        byte[] key = ByteBuffer.allocate(1 + Long.BYTES)
                .put(SESSION)
                .putLong(session)
                .array();
        if (held == null) {
            rows.delete(key);
        } else {
            rows.put(key, held.bytes());
        }
    }

    void beats(String server, long beats) {
        rows.put(key(BEATS, server), number(beats));
    }

    /** Applies a transaction; one that failed changes nothing. */
    void apply(TxnHeader header, Record txn) {
        try {
            apply(header.getType(), header, txn);
        } catch (IOException e) {
            throw new IllegalStateException("a transaction cannot be read", e);
        }
    }

    private void apply(int type, TxnHeader header, Record txn) throws IOException {
        switch (type) {
            case OpCode.create, OpCode.create2 -> {
                CreateTxn create = (CreateTxn) txn;
                long owner = create.getEphemeral() ? header.getClientId() : 0;
                create(header, create.getPath(), create.getData(), create.getAcl(), owner, create.getParentCVersion());
            }
            case OpCode.createTTL -> {
                CreateTTLTxn create = (CreateTTLTxn) txn;
                long owner = EphemeralType.TTL.toEphemeralOwner(create.getTtl());
                create(header, create.getPath(), create.getData(), create.getAcl(), owner, create.getParentCVersion());
            }
            case OpCode.createContainer -> {
                CreateContainerTxn create = (CreateContainerTxn) txn;
                long owner = EphemeralType.CONTAINER_EPHEMERAL_OWNER;
                create(header, create.getPath(), create.getData(), create.getAcl(), owner, create.getParentCVersion());
            }
            case OpCode.delete, OpCode.deleteContainer -> delete(header, ((DeleteTxn) txn).getPath());
            case OpCode.setData -> setData(header, (SetDataTxn) txn);
            case OpCode.setACL -> setAcl((SetACLTxn) txn);
            case OpCode.closeSession -> {
                if (txn instanceof CloseSessionTxn close) {
                    for (String path : close.getPaths2Delete()) {
                        delete(header, path);
                    }
                }
            }
            case OpCode.multi -> multi(header, (MultiTxn) txn);
            default -> {
                // The others change no node.
            }
        }
    }

    private void multi(TxnHeader header, MultiTxn multi) throws IOException {
        for (Txn part : multi.getTxns()) {
            if (part.getType() == OpCode.error) {
                return;
            }
        }
        for (Txn part : multi.getTxns()) {
            Record txn = switch (part.getType()) {
                case OpCode.create, OpCode.create2 -> new CreateTxn();
                case OpCode.createTTL -> new CreateTTLTxn();
                case OpCode.createContainer -> new CreateContainerTxn();
                case OpCode.delete, OpCode.deleteContainer -> new DeleteTxn();
                case OpCode.setData -> new SetDataTxn();
                default -> null;
            };
            if (txn != null) {
                txn.deserialize(RequestBytes.archive(part.getData()), "txn");
                apply(part.getType(), header, txn);
            }
        }
    }

    private void create(
            TxnHeader header, String path, byte @Nullable [] data, List<ACL> acl, long owner, int parentVersion) {
        String parent = parent(path);
        if (parentVersion > children(parent).version()) {
            change(parent, new Children(parentVersion, header.getZxid()));
        }
        put(path, new Node(acl, DataTree.createStat(header.getZxid(), header.getTime(), owner), data));
    }

    private void delete(TxnHeader header, String path) {
        String parent = parent(path);
        Children left = children(parent);
        if (header.getZxid() > left.zxid()) {
            change(parent, new Children(left.version(), header.getZxid()));
        }
        rows.delete(key(NODE, path));
        // It may come back in the round, as one without children.
        change(path, null);
        if (rows.get(key(CHILDREN, path)) != null) {
            rows.delete(key(CHILDREN, path));
        }
    }

    private void setData(TxnHeader header, SetDataTxn txn) {
        String path = path(txn.getPath());
        Node node = node(path);
        node.stat().setMtime(header.getTime());
        node.stat().setMzxid(header.getZxid());
        node.stat().setVersion(txn.getVersion());
        put(path, new Node(node.acl(), node.stat(), txn.getData()));
    }

    private void setAcl(SetACLTxn txn) {
        String path = path(txn.getPath());
        Node node = node(path);
        node.stat().setAversion(txn.getVersion());
        put(path, new Node(txn.getAcl(), node.stat(), node.data()));
    }

    private Children children(String path) {
        Children changed = children.get(path);
        if (changed != null) {
            return changed;
        }
        byte[] row = rows.get(key(CHILDREN, path));
        if (row != null) {
            return Children.read(row);
        }
        DataNode first = NEW.getNode(path);
        return first == null ? Children.NONE : Children.of(first.stat);
    }

    private void change(String path, @Nullable Children changed) {
        if (changed == null) {
            children.remove(path);
        } else {
            children.put(path, changed);
        }
    }

    // Those that are in every tree have no row before they are changed.
    private Node node(String path) {
        byte[] row = rows.get(key(NODE, path));
        if (row != null) {
            return Node.read(row);
        }
        DataNode first = NEW.getNode(path);
        StatPersisted stat = new StatPersisted();
        stat.copyFrom(first.stat);
        return new Node(List.of(), stat, first.getData());
    }

    private void put(String path, Node node) {
        rows.put(key(NODE, path), node.bytes());
    }

    // The root has two names.
    private static String path(String path) {
        return path.equals("/") ? "" : path;
    }

    private static String parent(String path) {
        return path.substring(0, path.lastIndexOf('/'));
    }

    private static byte[] key(byte kind, String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + text.length).put(kind).put(text).array();
    }

    private static String text(byte[] key) {
        return new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
    }

    private static byte[] number(long number) {
        return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }

    /**
     * What children change of a node.
     *
     * @param version how often there was another one or one less
     * @param zxid of the newest such change
     */
    private record Children(int version, long zxid) {
        private static final Children NONE = new Children(0, 0);

        static Children of(StatPersisted stat) {
            return new Children(stat.getCversion(), stat.getPzxid());
        }

        static Children read(byte[] row) {
            ByteBuffer bytes = ByteBuffer.wrap(row);
            return new Children(bytes.getInt(), bytes.getLong());
        }

        byte[] bytes() {
            return ByteBuffer.allocate(Integer.BYTES + Long.BYTES)
                    .putInt(version)
                    .putLong(zxid)
                    .array();
        }

        void into(StatPersisted stat) {
            stat.setCversion(version);
            stat.setPzxid(zxid);
        }
    }

    /**
     * What is known of a node but for what its children change.
     *
     * @param acl empty for one that is in every tree and has got no other
     */
    private record Node(List<ACL> acl, StatPersisted stat, byte @Nullable [] data) {
        static Node read(byte[] row) {
            try {
                BinaryInputArchive in = RequestBytes.archive(row);
                List<ACL> acl = new ArrayList<>();
                for (int left = in.readInt("acls"); left > 0; left--) {
                    ACL one = new ACL();
                    one.deserialize(in, "acl");
                    acl.add(one);
                }
                StatPersisted stat = new StatPersisted();
                stat.deserialize(in, "stat");
                return new Node(acl, stat, in.readBuffer("data"));
            } catch (IOException e) {
                throw new IllegalStateException("a row of the tree is damaged", e);
            }
        }

        byte[] bytes() {
            try {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream(128 + (data == null ? 0 : data.length));
                BinaryOutputArchive out = BinaryOutputArchive.getArchive(bytes);
                out.writeInt(acl.size(), "acls");
                for (ACL one : acl) {
                    one.serialize(out, "acl");
                }
                stat.serialize(out, "stat");
                out.writeBuffer(data, "data");
                return bytes.toByteArray();
            } catch (IOException e) {
                throw new IllegalStateException("a row of the tree cannot be written", e);
            }
        }
    }
}
