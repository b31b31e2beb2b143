package archipel.coordination;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import org.apache.zookeeper.data.StatPersisted;
import org.apache.zookeeper.server.PrepRequestProcessor;
import org.apache.zookeeper.server.ZooKeeperServer;

/**
 * The library's notes of what is prepared and not in the tree in memory yet, by which it prepares what comes next. The
 * end of a session deletes its nodes and notes nothing of their parents: a parent that is deleted next still has
 * children, or has none, as far as the tree in memory is. In ZooKeeper that is one server's; here all have to come to
 * the same, so it is noted here. The notes are the library's own, and are reached by method handles.
 */
final class PendingChanges {
    private static final MethodHandle FIND;
    private static final MethodHandle COPY;
    private static final MethodHandle ADD;
    private static final VarHandle STAT;
    private static final VarHandle CHILDREN;

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
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private PendingChanges() {}

    /** A node is to go, which its parent does not know yet. @param zxid of the change */
    static void deleted(PrepRequestProcessor preparer, String path, long zxid) {
        int slash = path.lastIndexOf('/');
        String parent = slash == 0 ? "/" : path.substring(0, slash);
        try {
            Object before = FIND.invokeExact(preparer, parent);
            Object after = COPY.invokeExact(before, zxid);
            ((StatPersisted) STAT.get(after)).setPzxid(zxid);
            CHILDREN.set(after, (int) CHILDREN.get(after) - 1);
            ADD.invokeExact(preparer, after);
        } catch (Throwable e) {
            throw new IllegalStateException("the parent of " + path + " cannot be found", e);
        }
    }
}
