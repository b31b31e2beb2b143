package archipel.trios;

import archipel.load.BulkRequest;
import archipel.load.DocumentRequest;
import archipel.load.Documents;
import archipel.rawhttp.HttpTarget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Clients of ours over HTTP/1.1: a connection for each slot and member, all on one thread, which asks the kernel once
 * for all that have been answered. So 256 clients cost little more than one.
 */
final class HttpClients implements Clients {
    /** Of the ids that numbers stand for. */
    static final int SERIES = 1;

    private static final int BULK_SERIES = 2;

    private final List<HttpTarget> members;
    private final String database;
    private final Documents documents = new Documents(20260101);
    private final Selector selector = Selector.open();
    private final Queue<Runnable> asked = new ConcurrentLinkedQueue<>();
    private final List<Connection> connections = new ArrayList<>();
    private final Thread thread =
            Thread.ofPlatform().daemon().name("http-clients").unstarted(this::run);
    private volatile boolean over;

    /** @param database which all members have */
    HttpClients(List<HttpTarget> members, String database) throws IOException {
        this.members = members;
        this.database = database;
        thread.start();
    }

    @Override
    public void start(Operation operation, int slot, int member, long number, Completion completion) {
        if (Thread.currentThread() == thread) {
            send(operation, slot, member, number, completion);
        } else {
            asked.add(() -> send(operation, slot, member, number, completion));
            selector.wakeup();
        }
    }

    private void run() {
        try {
            while (!over) {
                selector.select();
                for (Runnable next = asked.poll(); next != null; next = asked.poll()) {
                    next.run();
                }
                Iterator<SelectionKey> ready = selector.selectedKeys().iterator();
                while (ready.hasNext()) {
                    Connection connection = (Connection) ready.next().attachment();
                    ready.remove();
                    connection.wire.proceed();
                }
            }
        } catch (IOException failed) {
            connections.forEach(connection -> connection.wire.fail(failed));
        } finally {
            connections.forEach(connection -> connection.wire.close());
        }
    }

    private void send(Operation operation, int slot, int member, long number, Completion completion) {
        int place = slot * Contender.MEMBERS + member;
        try {
            while (connections.size() <= place) {
                connections.add(new Connection(connections.size() % Contender.MEMBERS));
            }
            Connection connection = connections.get(place);
            int expected = operation.isRead() ? 200 : 201;
            connection.wire.exchange(connection.request(operation, number), expected, completion);
        } catch (IOException failed) {
            completion.ended(failed);
        }
    }

    @Override
    public void close() {
        over = true;
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** With its requests, which are made once and then patched. */
    private final class Connection {
        private final HttpTarget target;
        private final HttpWire wire;
        private final DocumentRequest put;
        private final DocumentRequest get;
        private final DocumentRequest getAny;
        private final BulkRequest[] bulk = new BulkRequest[1];

        Connection(int member) throws IOException {
            target = members.get(member);
            put = DocumentRequest.put(target, database);
            get = DocumentRequest.get(target, database, "");
            getAny = DocumentRequest.get(target, database, "?consistency=any");
            wire = new HttpWire(target.address(), selector, this);
        }

        ByteBuffer request(Operation operation, long number) {
            return switch (operation) {
                case WRITE -> put.of(SERIES, number, documents);
                case LINEARIZABLE_READ -> get.of(SERIES, number);
                case STALE_READ -> getAny.of(SERIES, number);
                case BULK -> bulk(number);
                case OVERWRITE -> throw new IllegalArgumentException("needs the revision before");
            };
        }

        private ByteBuffer bulk(long number) {
            if (bulk[0] == null) {
                bulk[0] = new BulkRequest(target, database, documents);
            }
            return bulk[0].of(BULK_SERIES, number * BulkRequest.DOCUMENTS);
        }
    }
}
