package archipel.engine;

import archipel.changes.Deadline;
import archipel.changes.Loop;
import archipel.changes.Loops;
import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.GroupCommand;
import archipel.command.Lease;
import archipel.command.SystemCommand;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.RowReader;
import archipel.storage.StoreSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;

/**
 * What is looked after each second beside pruning: leases that this node has to renew, what earlier runs of it have
 * left unfinished, and, where it leads a group, what nobody answers for any more.
 */
final class Upkeep implements AutoCloseable {
    private static final Duration BETWEEN_PASSES = Duration.ofSeconds(1);

    /** Looking for uploads and erased databases reads the disk, so it is done less often. */
    private static final Duration BETWEEN_SEARCHES = Duration.ofMinutes(1);

    private final Node node;
    private final DatabaseSteps steps;
    private final Leases leases;
    private final SharedUuid uuid;
    private final Loop loop;
    private Deadline nextSearch = Deadline.after(Duration.ZERO);

    Upkeep(Node node, DatabaseSteps steps, Leases leases, SharedUuid uuid, Loops loops) {
        this.node = node;
        this.steps = steps;
        this.leases = leases;
        this.uuid = uuid;
        this.loop = loops.loop("upkeep", this::pass);
    }

    void start() {
        loop.start(Duration.ZERO);
    }

    /** Looks soon. */
    void wake() {
        loop.wake();
    }

    private Duration pass() {
        loop.attempt("reports", node::reportFaults);
        loop.attempt("leases", leases::renew);
        loop.attempt("formats", node.formats()::tend);
        loop.attempt("uuid", uuid::settle);
        loop.attempt("own databases", steps::tendOwn);
        loop.attempt("shared databases", () -> tendShared(CatalogKeys.SYSTEM_GROUP));
        loop.attempt("local databases", () -> tendShared(CatalogKeys.LOCAL_GROUP));
        loop.attempt("uploads", this::search);
        node.topics().tend(loop::attempt);
        return BETWEEN_PASSES;
    }

    private void tendShared(int group) {
        node.duties().term(group).ifPresent(term -> steps.tendShared(group, term));
    }

    private void search() {
        if (nextSearch.hasPassed()) {
            for (int group : node.groups()) {
                dropUploads(group, node.nowMs());
                steps.forgetErased(group);
            }
            nextSearch = Deadline.after(BETWEEN_SEARCHES);
        }
    }

    /** Gives up the uploads of earlier runs of this node and, where it leads the group, those whose lease is over. */
    void dropUploads(int group, long nowMs) {
        OptionalLong term = node.duties().term(group);
        for (Upload upload : uploads(node.group(group))) {
            if (loop.isClosed()) {
                return;
            }
            if (upload.lease.isOfEarlierRun(leases.owner())) {
                node.submit(group, new DataCommand.DropUpload(upload.database, upload.id));
            } else if (term.isPresent() && upload.lease.isOver(nowMs)) {
                node.submit(
                        group,
                        new GroupCommand.Duty<>(
                                term.getAsLong(),
                                new DataCommand.DropUpload(upload.database, upload.id, upload.lease.untilMs())));
            }
        }
    }

    private static List<Upload> uploads(Group group) {
        List<Upload> uploads = new ArrayList<>();
        if (!group.format().isAtLeast(FormatVersion.V4)) {
            return uploads;
        }
        StoreSnapshot snapshot = group.retainEpoch().store();
        byte[] lower = new CatalogKeys(group.id()).uploads();
        try (Cursor rows = snapshot.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                RowReader key = new RowReader(rows.key(), CatalogKeys.PREFIX);
                uploads.add(new Upload(key.u32(), key.u64(), References.lease(rows.value())));
            }
            return uploads;
        } finally {
            snapshot.release();
        }
    }

    @Override
    public void close() {
        loop.close();
    }

    private record Upload(int database, long id, Lease lease) {}

    /**
     * What this run of the node has under way and answers for: uploads, and databases that are being built. Each has a
     * lease in its group, renewed from here while it is under way. So the leader of the group can tell what nobody
     * works on any more, and a node that has nothing under way writes nothing.
     */
    static final class Leases {
        /** For how long a lease goes: longer than any node is slow or its clock wrong, and still lives. */
        static final Duration DURATION = Duration.ofMinutes(10);

        private final Node node;
        private final String owner;
        private final Map<Object, Held> held = new ConcurrentHashMap<>();

        Leases(Node node, String owner) {
            this.node = node;
            this.owner = owner;
        }

        String owner() {
            return owner;
        }

        /** A lease from now on. */
        Lease lease() {
            return until(node.nowMs());
        }

        private Lease until(long nowMs) {
            return new Lease(owner, nowMs + DURATION.toMillis());
        }

        void begin(Database database, long upload) {
            int number = database.number();
            held.put(
                    new UploadKey(number, upload),
                    new Held(
                            database.group(),
                            node.nowMs(),
                            now -> new DataCommand.RenewUpload(number, upload, until(now))));
        }

        void end(Database database, long upload) {
            held.remove(new UploadKey(database.number(), upload));
        }

        void begin(int built) {
            held.put(
                    built,
                    new Held(
                            CatalogKeys.namingOf(built),
                            node.nowMs(),
                            now -> new SystemCommand.RenewDatabase(built, until(now))));
        }

        void end(int built) {
            held.remove(built);
        }

        /**
         * Renews what is older than a third of a lease, or was begun by a clock that has gone back by as much: the
         * leader's need not have. What fails is tried again at the next call.
         */
        void renew() {
            long now = node.nowMs();
            held.forEach((key, lease) -> {
                Group group = node.group(lease.group);
                if (Math.abs(now - lease.sinceMs) > DURATION.toMillis() / 3
                        && group.format().isAtLeast(FormatVersion.V4)) {
                    group.append(lease.renewal.apply(now)).thenRun(() -> held.replace(key, lease, lease.since(now)));
                }
            });
        }

        /** Those that are under way. */
        List<Long> uploads() {
            return held.keySet().stream()
                    .filter(UploadKey.class::isInstance)
                    .map(key -> ((UploadKey) key).upload)
                    .toList();
        }

        private record UploadKey(int database, long upload) {}

        private record Held(int group, long sinceMs, LongFunction<Command<?>> renewal) {
            Held since(long nowMs) {
                return new Held(group, nowMs, renewal);
            }
        }
    }

    /**
     * What replicators know a node by. Checkpoints are named after it, so that the members of an ensemble are known by
     * the same one: a replicator that goes on at another member finds what it has noted. It is that of the member which
     * led first, so that a node keeps its own when others join it.
     */
    static final class SharedUuid {
        private static final String FACT = "ensemble/uuid";

        private final Node node;
        private final String own;

        /** @param own that of the node alone */
        SharedUuid(Node node, String own) {
            this.node = node;
            this.own = own;
        }

        String get() {
            return node.isReplicated() ? Objects.requireNonNullElse(node.fact(FACT), own) : own;
        }

        /** @throws RequestException 503 where the members have none yet */
        String settled() {
            if (node.isReplicated() && node.fact(FACT) == null) {
                throw new RequestException(ErrorCode.NO_MAJORITY);
            }
            return get();
        }

        /** Has the members share this node's own, where it leads and there is none yet. */
        void settle() {
            OptionalLong term = node.duties().term(CatalogKeys.SYSTEM_GROUP);
            // In an earlier format there are no commands of a term.
            boolean able =
                    node.group(CatalogKeys.SYSTEM_GROUP).format().isAtLeast(FormatVersion.V4) && node.isReplicated();
            if (able && term.isPresent() && node.fact(FACT) == null) {
                node.inTerm(term.getAsLong(), () -> node.submit(new SystemCommand.PutFact(FACT, own)));
            }
        }
    }
}
