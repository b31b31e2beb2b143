package archipel.trios;

import archipel.load.Documents;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.jspecify.annotations.Nullable;

/** ZooKeeper's own asynchronous client, a session with each member, over which operations follow without waiting. */
final class ZooKeeperClients implements Clients {
    private static final int SESSION_MS = 30_000;

    private final List<ZooKeeper> sessions = new ArrayList<>();
    private final Documents documents = new Documents(20260101);

    ZooKeeperClients(List<Integer> ports) throws IOException {
        for (int port : ports) {
            sessions.add(new ZooKeeper("127.0.0.1:" + port, SESSION_MS, event -> {}));
        }
    }

    @Override
    public void start(Operation operation, int slot, int member, long number, Completion completion) {
        ZooKeeper session = sessions.get(member);
        String path = "/" + Documents.id(HttpClients.SERIES, number);
        switch (operation) {
            case WRITE ->
                session.create(
                        path,
                        documents.body(number),
                        ZooDefs.Ids.OPEN_ACL_UNSAFE,
                        CreateMode.PERSISTENT,
                        (code, at, context, name) -> completion.ended(failure(code, at)),
                        null);
            case OVERWRITE ->
                session.setData(
                        path,
                        documents.body(number),
                        -1,
                        (code, at, context, stat) -> completion.ended(failure(code, at)),
                        null);
            case LINEARIZABLE_READ -> {
                // Answers of one session come in order: the read's says that the sync is over.
                session.sync(path, (code, at, context) -> {}, null);
                read(session, path, completion);
            }
            case STALE_READ -> read(session, path, completion);
            case BULK -> throw new IllegalArgumentException();
        }
    }

    private static void read(ZooKeeper session, String path, Completion completion) {
        session.getData(
                path,
                false,
                (code, at, context, data, stat) -> completion.ended(
                        code == Code.OK.intValue() && data.length != Documents.BODY_BYTES
                                ? new IOException("not the value that was written")
                                : failure(code, at)),
                null);
    }

    private static @Nullable Throwable failure(int code, String path) {
        return code == Code.OK.intValue() ? null : KeeperException.create(Code.get(code), path);
    }

    @Override
    public void close() throws IOException {
        for (ZooKeeper session : sessions) {
            try {
                session.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
    }
}
