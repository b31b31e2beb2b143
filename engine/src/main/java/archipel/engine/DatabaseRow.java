package archipel.engine;

import archipel.changes.Block;
import archipel.changes.BlockRow;
import archipel.changes.FormerHead;
import archipel.command.DataCommand;
import archipel.command.HorizonPolicy;
import archipel.document.RequestException;
import archipel.document.Revision.Stamp;
import archipel.merge.MergePolicy;
import archipel.read.DatabaseFacts;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a database in the catalog and rewritten by each batch of commands that touches it.
 *
 * @param group that holds it
 * @param number in keys, never used again
 * @param createdMs since the epoch
 * @param eventPosition of the newest command that {@code _db_updates} tells of
 * @param rulesPosition of the newest command that changed what writes are validated by: a design document, the
 *     security object, or (by a purge) what is there; 0 where there was none since this is kept
 * @param freedBytes attachment content that was ever deleted, whether or not its space was given back
 * @param former how far the databases had come that had its name before, where that was before there were groups; of
 *     later ones the system group knows
 * @param merge what becomes of conflicts
 * @param stampMs of the stamps that came with revisions, the newest time
 */
record DatabaseRow(
        int group,
        int number,
        long createdMs,
        DatabaseState state,
        int revisionsLimit,
        int purgedInfosLimit,
        long eventPosition,
        Retention retention,
        long rulesPosition,
        long freedBytes,
        FormerHead former,
        MergePolicy merge,
        long stampMs)
        implements DatabaseFacts {
    static final int DEFAULT_LIMIT = 1000;

    static DatabaseRow created(int group, DataCommand.CreateDatabase command, Block first, long position) {
        DatabaseState state = new DatabaseState(command.uuid(), first, 0, 0, 0, 0, 0, 0, position);
        return new DatabaseRow(
                group,
                command.database(),
                command.timeMs(),
                state,
                command.revisionsLimit(),
                command.purgedInfosLimit(),
                position,
                Retention.NEW,
                position,
                0,
                FormerHead.NONE,
                MergePolicy.KEEP,
                0);
    }

    @Override
    public String uuid() {
        return state.uuid();
    }

    @Override
    public long position() {
        return state.position();
    }

    @Override
    public Block head() {
        return state.head();
    }

    @Override
    public long documents() {
        return state.documents();
    }

    @Override
    public long deletedDocuments() {
        return state.deletedDocuments();
    }

    @Override
    public long purgeSeq() {
        return state.purgeSeq();
    }

    @Override
    public long contentBytes() {
        return state.bodyBytes() + state.attachmentBytes();
    }

    @Override
    public long horizon() {
        return retention.horizon();
    }

    @Override
    public long compactedTo() {
        return retention.compactedTo();
    }

    @Override
    public List<Long> restarts() {
        return retention.restarts();
    }

    DatabaseRow with(DatabaseState newState, boolean event) {
        return new DatabaseRow(
                group,
                number,
                createdMs,
                newState,
                revisionsLimit,
                purgedInfosLimit,
                event ? newState.position() : eventPosition,
                retention,
                rulesPosition,
                freedBytes + Math.max(0, state.attachmentBytes() - newState.attachmentBytes()),
                former,
                merge,
                stampMs);
    }

    DatabaseRow withLimits(int revisions, int purgedInfos, long position) {
        return new DatabaseRow(
                group,
                number,
                createdMs,
                at(state, position),
                revisions,
                purgedInfos,
                eventPosition,
                retention,
                rulesPosition,
                freedBytes,
                former,
                merge,
                stampMs);
    }

    DatabaseRow withRetention(Retention other, long position) {
        return new DatabaseRow(
                group,
                number,
                createdMs,
                at(state, position),
                revisionsLimit,
                purgedInfosLimit,
                eventPosition,
                other,
                rulesPosition,
                freedBytes,
                former,
                merge,
                stampMs);
    }

    /** From the command at that position on, writes are validated by other rules. */
    DatabaseRow withRules(long position) {
        return new DatabaseRow(
                group,
                number,
                createdMs,
                at(state, position),
                revisionsLimit,
                purgedInfosLimit,
                eventPosition,
                retention,
                position,
                freedBytes,
                former,
                merge,
                stampMs);
    }

    DatabaseRow withMerge(MergePolicy policy, long position) {
        return new DatabaseRow(
                group,
                number,
                createdMs,
                at(state, position),
                revisionsLimit,
                purgedInfosLimit,
                eventPosition,
                retention,
                rulesPosition,
                freedBytes,
                former,
                policy,
                stampMs);
    }

    /** Where a stamp came of that time. */
    DatabaseRow withStamp(long timeMs, long position) {
        return new DatabaseRow(
                group,
                number,
                createdMs,
                at(state, position),
                revisionsLimit,
                purgedInfosLimit,
                eventPosition,
                retention,
                rulesPosition,
                freedBytes,
                former,
                merge,
                timeMs);
    }

    /**
     * The stamp of revisions that are made here by a command of that time: not before what was seen. Null where it is
     * the time of their block.
     */
    @Nullable
    Stamp stampAhead(long timeMs) {
        return stampMs > Math.max(timeMs, floorMs()) ? new Stamp(stampMs, "") : null;
    }

    private static DatabaseState at(DatabaseState state, long position) {
        return new DatabaseState(
                state.uuid(),
                state.head(),
                state.documents(),
                state.deletedDocuments(),
                state.bodyBytes(),
                state.liveBodyBytes(),
                state.attachmentBytes(),
                state.purgeSeq(),
                position);
    }

    /** By how much the time that the next block gets at least is ahead of the clock; negative where it is not. */
    long aheadMs(long nowMs) {
        return floorMs() - nowMs;
    }

    /** The next block's time is not less. */
    long floorMs() {
        long head = retention.restartsAfter(state.head().number())
                ? 0
                : state.head().timeMs();
        return Math.max(head, retention.settledMs() + 1);
    }

    byte[] encode() {
        RowWriter row = new RowWriter(256);
        // Where its name was before there were groups.
        row.text("")
                .varint(createdMs)
                .varint(revisionsLimit)
                .varint(purgedInfosLimit)
                .varint(eventPosition);
        row.text(state.uuid()).varint(state.head().number()).block(BlockRow.encode(state.head()));
        row.varint(state.documents()).varint(state.deletedDocuments());
        row.varint(state.bodyBytes()).varint(state.liveBodyBytes()).varint(state.attachmentBytes());
        row.varint(state.purgeSeq()).varint(state.position());
        retention.write(row);
        row.varint(rulesPosition);
        retention.writeRestarts(row);
        row.varint(freedBytes);
        former.write(row);
        // Only where there is something to say, so that rows without are those of earlier formats.
        if (stampMs > 0 || !merge.equals(MergePolicy.KEEP)) {
            row.block(merge.json());
        }
        if (stampMs > 0) {
            row.varint(stampMs);
        }
        return row.toBytes();
    }

    static DatabaseRow decode(int group, int number, byte[] value) {
        RowReader row = new RowReader(value);
        boolean grouped = row.text().isEmpty();
        long createdMs = row.varint();
        int revisionsLimit = (int) row.varint();
        int purgedInfosLimit = (int) row.varint();
        long eventPosition = row.varint();
        String uuid = row.text();
        Block head = BlockRow.decode(row.varint(), row.block());
        DatabaseState state = new DatabaseState(
                uuid,
                head,
                row.varint(),
                row.varint(),
                row.varint(),
                row.varint(),
                row.varint(),
                row.varint(),
                row.varint());
        Retention retention = Retention.read(row);
        // Rows that were written before this was kept end here.
        long rulesPosition = row.remaining() > 0 ? row.varint() : 0;
        retention = retention.withRestarts(Retention.readRestarts(row));
        FormerHead former = FormerHead.NONE;
        long freedBytes = 0;
        if (grouped) {
            freedBytes = row.varint();
            former = FormerHead.read(row);
        } else {
            former = row.remaining() > 0 ? FormerHead.read(row) : former;
            freedBytes = row.remaining() > 0 ? row.varint() : 0;
        }
        MergePolicy merge = grouped && row.remaining() > 0 ? merge(number, row.block()) : MergePolicy.KEEP;
        long stampMs = grouped && row.remaining() > 0 ? row.varint() : 0;
        if (row.remaining() > 0) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT, row.remaining() + " bytes follow the state of database " + number);
        }
        return new DatabaseRow(
                group,
                number,
                createdMs,
                state,
                revisionsLimit,
                purgedInfosLimit,
                eventPosition,
                retention,
                rulesPosition,
                freedBytes,
                former,
                merge,
                stampMs);
    }

    private static MergePolicy merge(int number, byte[] json) {
        try {
            return MergePolicy.ofStored(new String(json, StandardCharsets.UTF_8));
        } catch (RequestException e) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT, "the state of database " + number + " has no merge policy", e);
        }
    }

    /**
     * How far back a database can be read, part of its {@link DatabaseRow}.
     *
     * @param policy null: the node's
     * @param horizon the oldest block that can be read
     * @param prunedTo what blocks up to this one left behind has been deleted; at most {@code horizon}
     * @param compactedTo bodies written up to this block are shown to latest reads only where they are a leaf's
     * @param settledMs no later block gets a time that is not after this one, since a reader was told which block stood
     *     then
     * @param restarts the numbers of the blocks after which time began anew, ascending: only there may a block have an
     *     earlier time than its parent
     */
    record Retention(
            @Nullable HorizonPolicy policy,
            long horizon,
            long prunedTo,
            long compactedTo,
            long settledMs,
            List<Long> restarts) {
        static final Retention NEW = new Retention(null, 0, 0, 0, 0, List.of());

        private static final int FOLLOWS_NODE = 0;
        private static final int ALL = 1;
        private static final int NEWEST = 2;

        Retention withPolicy(@Nullable HorizonPolicy other) {
            return new Retention(other, horizon, prunedTo, compactedTo, settledMs, restarts);
        }

        Retention withHorizon(long block) {
            return new Retention(policy, Math.max(horizon, block), prunedTo, compactedTo, settledMs, restarts);
        }

        Retention withPrunedTo(long block) {
            return new Retention(policy, horizon, Math.max(prunedTo, block), compactedTo, settledMs, restarts);
        }

        Retention withCompactedTo(long block) {
            return new Retention(policy, horizon, prunedTo, Math.max(compactedTo, block), settledMs, restarts);
        }

        Retention withSettled(long timeMs) {
            return new Retention(policy, horizon, prunedTo, compactedTo, Math.max(settledMs, timeMs), restarts);
        }

        Retention withRestarts(List<Long> blocks) {
            return new Retention(policy, horizon, prunedTo, compactedTo, settledMs, List.copyOf(blocks));
        }

        /** Time begins anew after that block, which is the newest. */
        Retention restarted(long head) {
            List<Long> more = new ArrayList<>(restarts);
            if (!restartsAfter(head)) {
                more.add(head);
            }
            return new Retention(policy, horizon, prunedTo, compactedTo, 0, List.copyOf(more));
        }

        boolean restartsAfter(long block) {
            return !restarts.isEmpty() && restarts.getLast() == block;
        }

        void writeRestarts(RowWriter row) {
            row.varint(restarts.size());
            restarts.forEach(row::varint);
        }

        // Rows that were written before these were kept end before them.
        static List<Long> readRestarts(RowReader row) {
            List<Long> blocks = new ArrayList<>();
            for (long left = row.remaining() > 0 ? row.varint() : 0; left > 0; left--) {
                blocks.add(row.varint());
            }
            return blocks;
        }

        void write(RowWriter row) {
            switch (policy) {
                case null -> row.u8(FOLLOWS_NODE);
                case HorizonPolicy.All all -> row.u8(ALL);
                case HorizonPolicy.Newest newest ->
                    row.u8(NEWEST).varint(newest.blocks()).varint(newest.age().toMillis());
            }
            row.varint(horizon).varint(prunedTo).varint(compactedTo).varint(settledMs);
        }

        static Retention read(RowReader row) {
            int kind = row.u8();
            HorizonPolicy policy = switch (kind) {
                case FOLLOWS_NODE -> null;
                case ALL -> new HorizonPolicy.All();
                case NEWEST -> new HorizonPolicy.Newest(row.varint(), Duration.ofMillis(row.varint()));
                default ->
                    throw new StorageException(
                            StorageException.Kind.CORRUPT, "a horizon policy of unknown kind " + kind);
            };
            return new Retention(policy, row.varint(), row.varint(), row.varint(), row.varint(), List.of());
        }
    }
}
