package archipel.coordination;

import archipel.log.Extension;
import archipel.log.LogPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.Request;
import org.apache.zookeeper.server.ServerCnxn;
import org.apache.zookeeper.server.ZKDatabase;
import org.jspecify.annotations.Nullable;

/**
 * The tree as the system group's state. A request gets its transaction where it is applied, on each node, and not at a
 * leader before it goes to the log: so one that is sent again to the next leader, or comes from any node, meets the
 * same tree everywhere, and no leader has transactions that depend on others which may never come.
 *
 * <p>On the thread that applies, a request is prepared against the tree and what is on its way there, and its rows are
 * written. Once these are durable, its transaction goes to the tree in memory, on a thread of the tree's own.
 *
 * <p>Nothing of it is made before there is a command or a row, so that a node that nobody uses it on pays nothing.
 */
final class Tree implements Extension {
    private static final System.Logger LOG = System.getLogger(Tree.class.getName());
    private static final int EPOCH_BITS = 32;

    private final CoordinationOptions options;
    private final LongSupplier steadyMs;
    private final Supplier<Coordination> owner;
    private volatile @Nullable State state;
    private boolean used;
    // Of the newest command, also where it is not in the tree in memory yet.
    private long zxid;
    // What is prepared, or what is in memory, is not what is stored: a round came to nothing, or a change failed.
    private volatile boolean stale;

    Tree(CoordinationOptions options, LongSupplier steadyMs, Supplier<Coordination> owner) {
        this.options = options;
        this.steadyMs = steadyMs;
        this.owner = owner;
    }

    /** What is made of the rows, anew whenever they are others. */
    record State(Sessions sessions, TreeServer server, Preparer preparer, RequestOrder order, Committer committer) {}

    /** Null as long as nobody has used it. */
    @Nullable
    State state() {
        return state;
    }

    /** There are clients to come. Before the node is opened. */
    void use() {
        used = true;
    }

    @Override
    public void load(Rows rows) {
        boolean[] any = {used};
        if (!used) {
            rows.forEach((key, value) -> any[0] = true);
        }
        if (any[0]) {
            build(rows);
        }
    }

    private State build(Rows rows) {
        LibrarySettings.apply();
        State former = state;
        ZKDatabase database = new StoredTree();
        Sessions sessions = new Sessions(options.server(), steadyMs);
        long newest = new TreeRows(rows).load(database.getDataTree(), new TreeRows.Reader() {
            @Override
            public void session(long session, Sessions.Held held) {
                sessions.put(session, held);
                database.getSessionWithTimeOuts().put(session, held.timeoutMs());
            }

            @Override
            public void beats(String server, long beats) {
                sessions.beats(server, beats);
            }
        });
        database.setlastProcessedZxid(newest);
        Coordination home = owner.get();
        TreeServer server = new TreeServer(database, sessions, options, home.accounts(), home::revalidate);
        Committer committer = new Committer(() -> stale = true);
        RequestOrder order = new RequestOrder(server, home.numbers(), home.log(), committer::add, home.lines());
        server.setZxid(newest);
        server.begin(order);
        State made = new State(sessions, server, new Preparer(server), order, committer);
        zxid = newest;
        stale = false;
        used = true;
        state = made;
        if (former != null) {
            former.committer().close();
        }
        home.replaced(former, made);
        return made;
    }

    @Override
    public Round begin(Rows rows) {
        State now = state;
        if (now == null || stale) {
            if (stale) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the tree is read again: a round of the log, or a change in memory, came to nothing");
            }
            now = build(rows);
        }
        return new TreeRound(now, new TreeRows(rows));
    }

    /** Commands that are stored together. */
    private final class TreeRound implements Round {
        private final State state;
        private final TreeRows rows;
        private final List<Runnable> shown = new ArrayList<>();
        private boolean changing;

        TreeRound(State state, TreeRows rows) {
            this.state = state;
            this.rows = rows;
        }

        @Override
        public boolean apply(LogPosition position, byte[] command, long timeMs) {
            changing = false;
            TreeCommand decoded = TreeCommand.decode(command);
            changing = true;
            return switch (decoded) {
                case TreeCommand.Submit submit -> submit(position, submit, timeMs);
                case TreeCommand.Move move -> move(move);
                case TreeCommand.Expire expire -> expire(position, expire, timeMs);
                case TreeCommand.Beat beat -> beat(beat);
            };
        }

        private boolean submit(LogPosition position, TreeCommand.Submit submit, long timeMs) {
            Request request = new TreeRequest(
                    null,
                    submit.session(),
                    submit.cxid(),
                    submit.type(),
                    new RequestBytes(submit.body()),
                    submit.identities());
            request.setOwner(submit.server());
            if (submit.type() == OpCode.createSession) {
                alive(submit.server());
            }
            prepare(position, request, submit.exceeded(), timeMs);
            long number = submit.server().equals(options.server().get()) ? submit.number() : 0;
            shown.add(() -> state.order().done(request, number));
            return true;
        }

        private void prepare(LogPosition position, Request request, List<String> exceeded, long timeMs) {
            zxid = Math.max(zxid, position.term() << EPOCH_BITS) + 1;
            state.server().prepare(state.preparer(), request, exceeded, zxid, timeMs);
            rows.zxid(zxid);
            if (request.getHdr() == null || request.getHdr().getType() == OpCode.error) {
                return;
            }
            rows.apply(request.getHdr(), request.getTxn());
            if (request.type == OpCode.createSession) {
                rows.session(request.sessionId, state.sessions().find(request.sessionId));
            } else if (request.type == OpCode.closeSession) {
                rows.session(request.sessionId, null);
            }
        }

        private boolean move(TreeCommand.Move move) {
            Sessions.Held held = state.sessions().find(move.session());
            if (held == null) {
                return false;
            }
            Sessions.Held moved = new Sessions.Held(held.timeoutMs(), move.server());
            state.sessions().put(move.session(), moved);
            rows.session(move.session(), moved);
            // Whoever has found the server silent before does not know of this client.
            alive(move.server());
            if (!move.server().equals(options.server().get())) {
                shown.add(() -> owner.get().movedAway(move.session()));
            }
            return true;
        }

        private boolean expire(LogPosition position, TreeCommand.Expire expire, long timeMs) {
            Sessions.Held held = state.sessions().find(expire.session());
            if (held == null
                    || !held.server().equals(expire.server())
                    || expire.beat() != TreeCommand.Expire.OWN
                            && state.sessions().beats(expire.server()) != expire.beat()) {
                return false;
            }
            Request close = new TreeRequest(null, expire.session(), 0, OpCode.closeSession, null, List.of());
            close.setOwner(held.server());
            prepare(position, close, List.of(), timeMs);
            shown.add(() -> state.order().done(close, 0));
            return true;
        }

        private boolean beat(TreeCommand.Beat beat) {
            alive(beat.server());
            return true;
        }

        private void alive(String server) {
            long beats = state.sessions().beats(server) + 1;
            state.sessions().beats(server, beats);
            rows.beats(server, beats);
            // At once: that the tree in memory is behind is no silence of that server.
            owner.get().heard(server);
        }

        // Sessions and notes of one command are not to be told from those of others: the whole round has to go.
        @Override
        public void undo() {
            if (changing) {
                throw new IllegalStateException("a change of the tree cannot be taken back alone");
            }
        }

        @Override
        public void write() {
            rows.write();
        }

        @Override
        public Runnable commit() {
            List<Runnable> all = List.copyOf(shown);
            return () -> all.forEach(state.committer()::add);
        }

        @Override
        public void rollback() {
            stale = true;
        }
    }

    void close() {
        State last = state;
        if (last != null) {
            last.committer().close();
        }
    }

    /** A tree that is stored by rows alone. */
    private static final class StoredTree extends ZKDatabase {
        @SuppressWarnings("NullAway")
        StoredTree() {
            super(null);
        }

        // Nobody asks this server for what it has committed: others have the log.
        @Override
        public void addCommittedProposal(Request request) {}

        // What a client watches is counted, beside the library's own books.

        @Override
        public @Nullable Stat statNode(String path, @Nullable ServerCnxn connection)
                throws KeeperException.NoNodeException {
            if (connection instanceof Connection watcher) {
                watcher.watches().addData(path);
            }
            return super.statNode(path, connection);
        }

        @Override
        public byte @Nullable [] getData(String path, Stat stat, @Nullable Watcher watcher)
                throws KeeperException.NoNodeException {
            byte[] data = super.getData(path, stat, watcher);
            if (watcher instanceof Connection connection) {
                connection.watches().addData(path);
            }
            return data;
        }

        @Override
        public List<String> getChildren(String path, @Nullable Stat stat, @Nullable Watcher watcher)
                throws KeeperException.NoNodeException {
            List<String> children = super.getChildren(path, stat, watcher);
            if (watcher instanceof Connection connection) {
                connection.watches().addChildren(path);
            }
            return children;
        }

        @Override
        public void addWatch(String path, Watcher watcher, int mode) {
            if (watcher instanceof Connection connection) {
                connection.watches().addStaying(path);
            }
            super.addWatch(path, watcher, mode);
        }

        // Of those that have fired since, it is told at once.
        @Override
        public void setWatches(
                long since,
                List<String> data,
                List<String> exists,
                List<String> children,
                List<String> persistent,
                List<String> recursive,
                Watcher watcher) {
            if (watcher instanceof Connection connection) {
                data.forEach(connection.watches()::addData);
                exists.forEach(connection.watches()::addData);
                children.forEach(connection.watches()::addChildren);
                persistent.forEach(connection.watches()::addStaying);
                recursive.forEach(connection.watches()::addStaying);
            }
            super.setWatches(since, data, exists, children, persistent, recursive, watcher);
        }

        @Override
        public boolean removeWatch(String path, Watcher.WatcherType type, Watcher watcher) {
            if (watcher instanceof Connection connection) {
                connection.watches().removed(type, path);
            }
            return super.removeWatch(path, type, watcher);
        }

        @Override
        public long fastForwardDataBase() {
            return getDataTreeLastProcessedZxid();
        }
    }
}
