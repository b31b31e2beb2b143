package archipel.engine;

import archipel.changes.Block;
import archipel.changes.ChangesLog;
import archipel.changes.FormerHead;
import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.SystemCommand;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Applies any command to a group's rows. The one applier of local mode, replicated mode, recovery and simulation. */
final class Applier {
    private static final Family[] OF_A_DATABASE = {
        Family.DOCUMENT,
        Family.BODY,
        Family.PAST_BODY,
        Family.CHANGE,
        Family.SUPERSEDED,
        Family.HISTORY,
        Family.CHANGE_HISTORY,
        Family.BLOCK,
        Family.BLOCK_HASH,
        Family.LOCAL,
        Family.PURGE,
        Family.ATTACHMENT,
        Family.INDEX
    };

    /** For how many commands {@code _db_updates} remembers that a database was dropped. */
    private static final long DROPPED_REMEMBERED = 100_000;

    private final Catalog catalog;
    private final PendingRows rows;
    private final DocumentApplier documents;

    Applier(Catalog catalog, PendingRows rows) {
        this.catalog = catalog;
        this.rows = rows;
        this.documents = new DocumentApplier(catalog, rows);
    }

    /**
     * Applies a command.
     *
     * @param position of the command in the log
     * @throws RequestException when it is refused; nothing of it is in the group then
     */
    @SuppressWarnings("unchecked")
    <A extends @Nullable Object> A apply(long position, Command<A> command) {
        return (A)
                switch (command) {
                    case SystemCommand<?> system -> apply(system, position);
                    case DataCommand<?> data -> apply(data, position);
                    default -> throw new IllegalArgumentException("a command for something else: " + command);
                };
    }

    private @Nullable Object apply(SystemCommand<?> command, long position) {
        return switch (command) {
            case SystemCommand.CreateDatabase create -> create(create, position);
            case SystemCommand.DropDatabase drop -> drop(drop, position);
            case SystemCommand.PublishDatabase publish -> publish(publish, position);
            case SystemCommand.PutFact fact -> fact(fact);
        };
    }

    private @Nullable Object apply(DataCommand<?> command, long position) {
        DatabaseRow row = database(command.database());
        return switch (command) {
            case DataCommand.WriteDocuments write -> documents.write(write, row, position);
            case DataCommand.CopyDocuments copy -> documents.copy(copy, row, position);
            case DataCommand.WriteLocal local -> local(local, row, position);
            case DataCommand.SetSecurity security -> security(security, row, position);
            case DataCommand.SetLimit limit -> limit(limit, row, position);
            case DataCommand.Purge purge -> documents.purge(purge, row, position);
            case DataCommand.Compact compact -> compact(row, position);
            case DataCommand.SetHorizon horizon -> horizon(horizon, row, position);
            case DataCommand.RaiseHorizon raise -> raise(raise, row, position);
            case DataCommand.Prune prune -> documents.prune(prune, row, position);
            case DataCommand.Settle settle -> settle(settle, row, position);
            case DataCommand.RestartTime restart -> restart(restart, row, position);
            case DataCommand.StageChunk chunk -> stage(chunk);
            case DataCommand.DropUpload drop -> dropUpload(drop);
        };
    }

    private DatabaseRow database(int number) {
        DatabaseRow row = catalog.find(number);
        if (row == null) {
            throw new RequestException(ErrorCode.NO_DATABASE);
        }
        return row;
    }

    private Long create(SystemCommand.CreateDatabase command, long position) {
        if (catalog.find(command.name()) != null) {
            throw new RequestException(ErrorCode.DATABASE_EXISTS);
        }
        int number = catalog.nextNumber();
        KeySpace keys = new KeySpace(CatalogKeys.LOCAL_GROUP, number);
        Block first = ChangesLog.begin(rows.batch(), keys, command.uuid(), command.timeMs());
        rows.put(
                Family.CATALOG,
                CatalogKeys.database(command.name()),
                new RowWriter(4).u32(number).toBytes());
        FormerHead former = catalog.formerHeads().take(rows.batch(), command.name());
        catalog.put(DatabaseRow.created(number, command, first, former, position));
        return (long) number;
    }

    private Void drop(SystemCommand.DropDatabase command, long position) {
        DatabaseRow row = catalog.find(command.name());
        if (row == null) {
            throw new RequestException(ErrorCode.NO_DATABASE);
        }
        drop(row);
        if (row.isUnfinished()) {
            catalog.drop(row, position);
            return done();
        }
        rows.put(Family.CATALOG, CatalogKeys.dropped(position), row.name().getBytes(StandardCharsets.UTF_8));
        if (position > DROPPED_REMEMBERED) {
            rows.batch()
                    .deleteRange(
                            Family.CATALOG, CatalogKeys.dropped(0), CatalogKeys.dropped(position - DROPPED_REMEMBERED));
        }
        catalog.formerHeads().remember(rows.batch(), row.name(), row.formerHead(), position);
        catalog.drop(row, position);
        return done();
    }

    private void drop(DatabaseRow row) {
        KeySpace keys = new KeySpace(CatalogKeys.LOCAL_GROUP, row.number());
        for (Family family : OF_A_DATABASE) {
            rows.batch().deleteRange(family, keys.lower(), keys.upper());
        }
        rows.delete(Family.CATALOG, CatalogKeys.database(row.name()));
        rows.delete(Family.CATALOG, CatalogKeys.state(row.number()));
        rows.delete(Family.CATALOG, CatalogKeys.security(row.number()));
        rows.batch().delete(Family.CATALOG, CatalogKeys.reclaimed(row.number()));
        rows.batch()
                .deleteRange(
                        Family.CATALOG, CatalogKeys.upload(row.number(), 0), CatalogKeys.upload(row.number() + 1, 0));
    }

    private Void publish(SystemCommand.PublishDatabase command, long position) {
        DatabaseRow row = database(command.database());
        DatabaseRow old = catalog.find(command.name());
        if (old != null) {
            if (!command.replace()) {
                throw new RequestException(ErrorCode.DATABASE_EXISTS);
            }
            drop(old);
            catalog.drop(old, position);
        }
        FormerHead former = old == null ? catalog.formerHeads().take(rows.batch(), command.name()) : old.formerHead();
        rows.delete(Family.CATALOG, CatalogKeys.database(row.name()));
        rows.put(
                Family.CATALOG,
                CatalogKeys.database(command.name()),
                new RowWriter(4).u32(row.number()).toBytes());
        catalog.rename(row, row.withName(command.name(), former, position));
        return done();
    }

    private Long local(DataCommand.WriteLocal command, DatabaseRow row, long position) {
        long revision = documents.writeLocal(command, row);
        catalog.put(row.withLimits(row.revisionsLimit(), row.purgedInfosLimit(), position));
        return revision;
    }

    private Void security(DataCommand.SetSecurity command, DatabaseRow row, long position) {
        rows.put(Family.CATALOG, CatalogKeys.security(command.database()), command.json());
        catalog.put(row.withRules(position));
        return done();
    }

    private Void limit(DataCommand.SetLimit command, DatabaseRow row, long position) {
        catalog.put(
                switch (command.limit()) {
                    case REVISIONS -> row.withLimits(command.value(), row.purgedInfosLimit(), position);
                    case PURGED_INFOS -> row.withLimits(row.revisionsLimit(), command.value(), position);
                });
        return done();
    }

    private Void compact(DatabaseRow row, long position) {
        long head = row.state().head().number();
        catalog.put(row.withRetention(row.retention().withCompactedTo(head), position));
        return done();
    }

    private Void horizon(DataCommand.SetHorizon command, DatabaseRow row, long position) {
        catalog.put(row.withRetention(row.retention().withPolicy(command.policy()), position));
        return done();
    }

    private Void raise(DataCommand.RaiseHorizon command, DatabaseRow row, long position) {
        long block = Math.min(command.block(), row.state().head().number());
        catalog.put(row.withRetention(row.retention().withHorizon(block), position));
        return done();
    }

    private Void settle(DataCommand.Settle command, DatabaseRow row, long position) {
        catalog.put(row.withRetention(row.retention().withSettled(command.timeMs()), position));
        return done();
    }

    private Void restart(DataCommand.RestartTime command, DatabaseRow row, long position) {
        if (row.aheadMs(command.timeMs()) > 0) {
            long head = row.state().head().number();
            catalog.put(row.withRetention(row.retention().restarted(head), position));
        }
        return done();
    }

    private Void stage(DataCommand.StageChunk command) {
        KeySpace keys = new KeySpace(CatalogKeys.LOCAL_GROUP, command.database());
        if (command.index() == 0) {
            rows.put(Family.CATALOG, CatalogKeys.upload(command.database(), command.upload()), References.marker());
        }
        rows.batch().put(Family.ATTACHMENT, keys.chunk(command.upload(), command.index()), command.content());
        return done();
    }

    private Boolean dropUpload(DataCommand.DropUpload command) {
        byte[] marker = CatalogKeys.upload(command.database(), command.upload());
        if (rows.get(Family.CATALOG, marker) == null) {
            return false;
        }
        rows.delete(Family.CATALOG, marker);
        References.dropChunks(rows, new KeySpace(CatalogKeys.LOCAL_GROUP, command.database()), command.upload());
        return true;
    }

    private Void fact(SystemCommand.PutFact command) {
        String value = command.value();
        if (value == null) {
            rows.delete(Family.CATALOG, CatalogKeys.fact(command.key()));
        } else {
            rows.put(Family.CATALOG, CatalogKeys.fact(command.key()), value.getBytes(StandardCharsets.UTF_8));
        }
        return done();
    }

    @SuppressWarnings("NullAway")
    static Void done() {
        return null;
    }
}
