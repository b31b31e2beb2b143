package archipel.coordination;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.StatPersisted;
import org.apache.zookeeper.server.PrepRequestProcessor;
import org.apache.zookeeper.server.ZooKeeperServer;

/**
 * The library's notes of what is prepared and not in the tree in memory yet, by which it prepares what comes next. In
 * ZooKeeper they are one server's, so it does not matter where they say less than the tree will; here all servers have
 * to come to the same, however far the tree in memory of each is. So what the library does not note is noted here:
 *
 * <ul>
 *   <li>that the end of a session, which deletes its nodes, leaves their parents with fewer children;
 *   <li>another access list of a node, of which it notes the version alone, and of the root, which has two names;
 *   <li>that a request came to nothing of which it has made notes: it takes them back where a part of a multi is
 *       refused, by the names that were asked for and not by those that were made of them, and nowhere else.
 * </ul>
 *
 * <p>The notes are the library's own, and are reached by method handles.
 */
final class PendingChanges {
    private static final String ROOT = "/";
    /** As the library calls it where it looks for the parent of a node. */
    private static final String ROOT_AS_PARENT = "";

    private static final MethodHandle FIND;
    private static final MethodHandle COPY;
    private static final MethodHandle ADD;
    private static final VarHandle STAT;
    private static final VarHandle CHILDREN;
    private static final VarHandle ACCESS;
    private static final VarHandle ZXID;
    private static final VarHandle PATH;
    private static final VarHandle ALL;
    private static final VarHandle BY_PATH;

    static {
        try {
            MethodHandles.Lookup lookup =
                    MethodHandles.privateLookupIn(PrepRequestProcessor.class, MethodHandles.lookup());
            Class<?> note = Class.forName(ZooKeeperServer.class.getName() + "$ChangeRecord");
            FIND = lookup.findVirtual(
                            PrepRequestProcessor.class, "getRecordForPath", MethodType.methodType(note, String.class))
                    .asType(MethodType.methodType(Object.class, PrepRequestProcessor.class, String.class));
            COPY = lookup.findVirtual(note, "duplicate", MethodType.methodType(note, long.class))
                    .asType(MethodType.methodType(Object.class, Object.class, long.class));
            ADD = lookup.findVirtual(
                            PrepRequestProcessor.class, "addChangeRecord", MethodType.methodType(void.class, note))
                    .asType(MethodType.methodType(void.class, PrepRequestProcessor.class, Object.class));
            STAT = lookup.findVarHandle(note, "stat", StatPersisted.class);
            CHILDREN = lookup.findVarHandle(note, "childCount", int.class);
            ACCESS = lookup.findVarHandle(note, "acl", List.class);
            ZXID = lookup.findVarHandle(note, "zxid", long.class);
            PATH = lookup.findVarHandle(note, "path", String.class);
            MethodHandles.Lookup server = MethodHandles.privateLookupIn(ZooKeeperServer.class, MethodHandles.lookup());
            ALL = server.findVarHandle(ZooKeeperServer.class, "outstandingChanges", Deque.class);
            BY_PATH = server.findVarHandle(ZooKeeperServer.class, "outstandingChangesForPath", Map.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private PendingChanges() {}

    /** A node is to go, which its parent does not know yet. @param zxid of the change */
    static void deleted(PrepRequestProcessor preparer, String path, long zxid) {
        String parent = path.substring(0, path.lastIndexOf('/'));
        try {
            Object after = copy(preparer, parent, zxid);
            ((StatPersisted) STAT.get(after)).setPzxid(zxid);
            CHILDREN.set(after, (int) CHILDREN.get(after) - 1);
            ADD.invokeExact(preparer, after);
        } catch (Throwable e) {
            throw new IllegalStateException("the parent of " + path + " cannot be found", e);
        }
    }

    /** A node is to have that access list, of which its newest note says nothing. @param zxid of the change */
    static void access(PrepRequestProcessor preparer, String path, List<ACL> list, long zxid) {
        try {
            ACCESS.set(FIND.invokeExact(preparer, path), List.copyOf(list));
            if (path.equals(ROOT)) {
                Object parent = copy(preparer, ROOT_AS_PARENT, zxid);
                ACCESS.set(parent, List.copyOf(list));
                ADD.invokeExact(preparer, parent);
            }
        } catch (Throwable e) {
            throw new IllegalStateException("node " + path + " cannot be found", e);
        }
    }

    private static Object copy(PrepRequestProcessor preparer, String path, long zxid) throws Throwable {
        Object before = FIND.invokeExact(preparer, path);
        return COPY.invokeExact(before, zxid);
    }

    /** Nothing comes of a change. @param multi whether the library may have taken back some of it by itself */
    @SuppressWarnings("unchecked")
    static void undo(ZooKeeperServer server, long zxid, boolean multi) {
        Deque<Object> all = (Deque<Object>) ALL.get(server);
        Map<String, Object> byPath = (Map<String, Object>) BY_PATH.get(server);
        // As the library does.
        synchronized (all) {
            boolean wrong = multi;
            while (!all.isEmpty() && (long) ZXID.get(all.peekLast()) == zxid) {
                all.removeLast();
                wrong = true;
            }
            if (wrong) {
                byPath.clear();
                all.forEach(note -> byPath.put((String) PATH.get(note), note));
            }
        }
    }
}
